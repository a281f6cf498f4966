package process

import (
	"context"
	"slices"
	"sync"
)

// A Group is processes that live and die together: the first that ends by
// itself ends the use of all. Make one with NewGroup.
type Group struct {
	mu       sync.Mutex
	members  []*Process
	stopping bool

	failed context.CancelCauseFunc
}

// NewGroup returns an empty group, and a context derived from ctx that ends,
// with the process's end as its cause, when one of the group ends by itself.
func NewGroup(ctx context.Context) (context.Context, *Group) {
	ctx, cancel := context.WithCancelCause(ctx)
	return ctx, &Group{failed: cancel}
}

// Start starts a program as a member of the group.
func (g *Group) Start(spec Spec) (*Process, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	p, err := Start(spec)
	if err != nil {
		return nil, err
	}
	g.members = append(g.members, p)
	go func() {
		<-p.Done()
		g.mu.Lock()
		defer g.mu.Unlock()
		if !g.stopping {
			g.failed(p.Err())
		}
	}()
	return p, nil
}

// Members returns the processes, in the order of their start.
func (g *Group) Members() []*Process {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.members)
}

// Stop stops all processes, the last started first.
func (g *Group) Stop() {
	g.mu.Lock()
	g.stopping = true
	members := slices.Clone(g.members)
	g.mu.Unlock()
	for _, p := range slices.Backward(members) {
		p.Stop()
	}
	g.failed(nil)
}
