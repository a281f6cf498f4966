package controller

import (
	"context"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"

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

// ProjectExists is nil if there is such a project: every kind reads that before an allocate.
func ProjectExists(ctx context.Context, s metal.Stack, id string) error {
	if id == "" {
		return errors.New("projectID is not set: name the project by projectID, projectIDRef or projectIDSelector")
	}
	p, err := s.Project(ctx, id)
	if err == nil && p == nil {
		err = errors.Errorf("there is no project %s: correct its id", id)
	}
	return err
}

// done reading: what is asked for from now on is read anew.
func (r *reading) done() { r.over = true }
