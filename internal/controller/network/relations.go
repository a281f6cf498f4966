package network

import (
	"context"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/relation"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// Relations of Networks: others refer to them.
func Relations() relation.Kind {
	return relation.Kind{Name: v1alpha1.NetworkKind, Owner: owner}
}

// owner of a network. Its id is never reused.
func owner(ctx context.Context, s metal.Stack, id string) (*relation.Owner, error) {
	n, err := s.Network(ctx, id)
	if err != nil || n == nil {
		return nil, err
	}
	return &relation.Owner{Marks: n.Marks, AllocationUUID: n.ID}, nil
}
