package snapshot

import (
	"context"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// All snapshots, one for each metal-stack. They are safe for concurrent use.
type All struct {
	options Options
	ctx     context.Context //nolint:containedctx // It is the life of the refreshers.

	mu     sync.Mutex
	shared map[string]*Shared
}

// NewAll snapshots, each with these options; of no age there are none. Their refreshers run until the context
// ends.
func NewAll(ctx context.Context, o Options) *All {
	return &All{options: o, ctx: metal.WithCaller(ctx, metal.Caller{Class: metal.Refresh}), shared: map[string]*Shared{}}
}

// Wrap the client that a ProviderConfig gives of a metal-stack, which is known by
// its address.
func (a *All) Wrap(stack metal.Stack, providerConfig types.UID) metal.Stack {
	if a.options.Age == 0 {
		return stack
	}
	return a.of(stack.Address()).Wrap(stack, providerConfig)
}

// Age of what is served, of the metal-stack of which it is oldest: it is found anew
// when it is so old. Zero if there is none.
func (a *All) Age() time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	var age time.Duration
	for _, s := range a.shared {
		age = max(age, s.Age())
	}
	return age
}

func (a *All) of(address string) *Shared {
	a.mu.Lock()
	defer a.mu.Unlock()
	s, ok := a.shared[address]
	if !ok {
		s = New(a.options)
		a.shared[address] = s
		go s.Run(a.ctx)
	}
	return s
}
