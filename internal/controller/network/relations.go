package network

import (
	"context"

	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/relation"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// Relations of Networks: to their Project. Others refer to them.
func Relations() relation.Kind {
	return relation.Kind{Name: v1alpha1.NetworkKind, To: []string{v1alpha1.ProjectKind}, References: references, Owner: owner}
}

func references(mg resource.Managed) []relation.Reference {
	n, ok := mg.(*v1alpha1.Network)
	if !ok {
		return nil
	}
	p := &n.Spec.ForProvider
	return []relation.Reference{relation.ToProject(&p.ProjectID, p.ProjectIDRef, p.ProjectIDSelector)}
}

// owner of a network. Its id is never reused.
func owner(ctx context.Context, s metal.Stack, id string) (*relation.Owner, error) {
	n, err := s.Network(ctx, id)
	if err != nil || n == nil {
		return nil, err
	}
	return &relation.Owner{Marks: n.Marks, AllocationUUID: n.ID}, nil
}
