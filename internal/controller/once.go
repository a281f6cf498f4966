package controller

import (
	"context"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// A reading of a metal-stack before an allocate, in which each network and project is
// read once, whoever asks.
type reading struct {
	metal.Stack

	networks map[string]*metal.Network
	projects map[string]*metal.Project
	over     bool
}

// Network of that id.
func (r *reading) Network(ctx context.Context, id string) (*metal.Network, error) {
	return once(ctx, r, &r.networks, id, r.Stack.Network)
}

// Project of that id.
func (r *reading) Project(ctx context.Context, id string) (*metal.Project, error) {
	return once(ctx, r, &r.projects, id, r.Stack.Project)
}

func once[O any](ctx context.Context, r *reading, read *map[string]*O, id string, find func(context.Context, string) (*O, error)) (*O, error) {
	if o, ok := (*read)[id]; ok && !r.over {
		return o, nil
	}
	o, err := find(ctx, id)
	if err == nil && !r.over {
		if *read == nil {
			*read = map[string]*O{}
		}
		(*read)[id] = o
	}
	return o, err
}

// done reading: what is asked for from now on is read anew.
func (r *reading) done() { r.over = true }
