package project

import (
	"context"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/relation"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// Relations of Projects: others refer to them.
func Relations() relation.Kind {
	return relation.Kind{Name: v1alpha1.ProjectKind, Owner: owner}
}

// owner of a project. Its id is its own for ever.
func owner(ctx context.Context, s metal.Stack, id string) (*relation.Owner, error) {
	p, err := s.Project(ctx, id)
	if err != nil || p == nil {
		return nil, err
	}
	return &relation.Owner{Marks: p.Marks, AllocationUUID: p.ID}, nil
}
