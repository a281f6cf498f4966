package controller

import (
	"context"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// A reading of a metal-stack before an allocate, in which each network is read once,
// whoever asks.
type reading struct {
	metal.Stack

	networks map[string]*metal.Network
	over     bool
}

// Network of that id.
func (r *reading) Network(ctx context.Context, id string) (*metal.Network, error) {
	if n, ok := r.networks[id]; ok && !r.over {
		return n, nil
	}
	n, err := r.Stack.Network(ctx, id)
	if err == nil && !r.over {
		if r.networks == nil {
			r.networks = map[string]*metal.Network{}
		}
		r.networks[id] = n
	}
	return n, err
}

// done reading: what is asked for from now on is read anew.
func (r *reading) done() { r.over = true }
