package controller_test

import (
	"context"

	"k8s.io/apimachinery/pkg/types"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// An interrupted stack lets something happen after an object was looked at.
type interrupted struct {
	metal.Stack

	w *world
}

func (i interrupted) NetworksOf(ctx context.Context, uid types.UID) ([]metal.Network, error) {
	ns, err := i.Stack.NetworksOf(ctx, uid)
	if i.w.between != nil {
		i.w.between()
	}
	return ns, err
}

func (i interrupted) Network(ctx context.Context, id string) (*metal.Network, error) {
	if i.w.later && metal.CallerOf(ctx).Class == metal.Glance {
		return nil, &metal.Error{Kind: metal.Later, Message: "not now"}
	}
	return i.Stack.Network(ctx, id)
}

func (i interrupted) Project(ctx context.Context, id string) (*metal.Project, error) {
	p, err := i.Stack.Project(ctx, id)
	if i.w.between != nil {
		i.w.between()
	}
	return p, err
}

func (i interrupted) Machine(ctx context.Context, id string) (*metal.Machine, error) {
	f, err := i.Stack.Machine(ctx, id)
	if i.w.between != nil {
		i.w.between()
	}
	return f, err
}
