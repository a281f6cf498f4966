package chaos

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

const (
	// repairAfter is how long a network stays as metal-api broke it, half-freed, and
	// then again if its prefix is given away: who runs the metal-stack comes
	// later than the provider tries again.
	repairAfter = 3 * time.Second

	// lookEvery so often for what is broken.
	lookEvery = 100 * time.Millisecond
)

// Broke is what metal-api itself broke, for its caller went away in the middle
// of an allocate or a free: that is nobody's fault.
type Broke struct {
	// HalfFreed networks, and prefixes of them that went to another network.
	HalfFreed int `json:"halfFreed"`
	GivenAway int `json:"givenAway"`

	// Taken prefixes that no network has, and Lost addresses that IPAM has as taken and
	// metal-api knows nothing of.
	Taken int `json:"taken"`
	Lost  int `json:"lost"`
}

// Plus what else was broken.
func (b Broke) Plus(more Broke) Broke {
	return Broke{HalfFreed: b.HalfFreed + more.HalfFreed, GivenAway: b.GivenAway + more.GivenAway, Taken: b.Taken + more.Taken, Lost: b.Lost + more.Lost}
}

// String is a few words.
func (b Broke) String() string {
	return fmt.Sprintf("metal-api broke: half-freed %d given-away %d prefixes-taken %d addresses-lost %d", b.HalfFreed, b.GivenAway, b.Taken, b.Lost)
}

// An operator runs the metal-stack: repairs what metal-api has broken, which no
// user of it can.
type operator struct {
	repair func(id string) error

	mu    sync.Mutex
	since map[simulator.BrokenNetwork]time.Time

	// given are the prefixes that were found given away.
	given int
}

func newOperator(repair func(id string) error) *operator {
	return &operator{repair: repair, since: map[simulator.BrokenNetwork]time.Time{}}
}

// look at what is broken, and repair what has been so for long enough.
func (o *operator) look(now time.Time, all []simulator.BrokenNetwork) {
	o.mu.Lock()
	defer o.mu.Unlock()
	since := map[simulator.BrokenNetwork]time.Time{}
	for _, b := range all {
		began, known := o.since[b]
		switch {
		case !known:
			since[b] = now
		case now.Sub(began) < repairAfter, o.repair(b.ID) != nil: // Then the next time.
			since[b] = began
		case b.Holder != "":
			o.given++
		}
	}
	o.since = since
}

// drain what was found given away since the last call.
func (o *operator) drain() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	given := o.given
	o.given = 0
	return given
}

// operate the metal-stack until the context ends.
func (w *World) operate(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			w.operator.look(now, w.sim.Broken())
		}
	}
}
