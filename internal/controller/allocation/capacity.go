package allocation

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

const (
	// capacityFor is how long a capacity is taken for what it was: metal-api reads all
	// machines twice for each.
	capacityFor = 10 * time.Second

	// triedAnyway is how often an allocate is tried where none is free: metal-api's
	// allocate counts reservations otherwise than its capacity.
	triedAnyway = 5 * time.Minute
)

// A wish for a machine.
type wish struct {
	address                    string
	partition, size, projectID string
}

// capacities of partitions, as they were a moment ago.
type capacities struct {
	now func() time.Time

	mu    sync.Mutex
	known map[wish]known
	tried map[types.UID]time.Time
}

type known struct {
	metal.Capacity

	at time.Time
}

func newCapacities() *capacities {
	return &capacities{now: time.Now, known: map[wish]known{}, tried: map[types.UID]time.Time{}}
}

// of what is wished.
func (c *capacities) of(ctx context.Context, s metal.Stack, w wish) (metal.Capacity, error) {
	c.mu.Lock()
	k, ok := c.known[w]
	c.mu.Unlock()
	if ok && c.now().Sub(k.at) < capacityFor {
		return k.Capacity, nil
	}
	got, err := s.Capacity(ctx, w.partition, w.size, w.projectID)
	if err != nil {
		return metal.Capacity{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	for w, k := range c.known {
		if now.Sub(k.at) >= capacityFor {
			delete(c.known, w)
		}
	}
	c.known[w] = known{Capacity: *got, at: now}
	return *got, nil
}

// mayTry to allocate for a resource where none is free.
func (c *capacities) mayTry(uid types.UID) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	for uid, at := range c.tried {
		if now.Sub(at) >= triedAnyway {
			delete(c.tried, uid)
		}
	}
	if _, ok := c.tried[uid]; ok {
		return false
	}
	c.tried[uid] = now
	return true
}

// room for a machine, or why there is none. It comes by itself.
func (c *capacities) room(ctx context.Context, s metal.Stack, w wish, uid types.UID) error {
	has, err := c.of(ctx, s, w)
	if err != nil {
		return err
	}
	if has.Allocatable > 0 && (has.Free > 0 || c.mayTry(uid)) {
		return nil
	}
	return exhausted(w, has)
}

// exhausted is a partition.
func exhausted(w wish, has metal.Capacity) error {
	return &metal.Error{Kind: metal.Exhausted, Attempted: toAllocate, Message: full(w, has), Refused: true}
}

// full is a partition, in numbers.
func full(w wish, has metal.Capacity) string {
	if has.Total == 0 {
		return fmt.Sprintf("no machine available: there is none of size %s in partition %s; choose another size, or have machines added: it goes on by itself", w.size, w.partition)
	}
	var words []string
	for _, n := range []struct {
		count int
		are   string
	}{{has.Allocated, "allocated"}, {has.Unavailable, "unavailable"}, {has.Reserved, "reserved for others"}} {
		if n.count > 0 {
			words = append(words, fmt.Sprintf("%d %s", n.count, n.are))
		}
	}
	return fmt.Sprintf("no machine available: of %d of size %s in partition %s 0 are free: %s; free one, or have some added: it goes on by itself",
		has.Total, w.size, w.partition, strings.Join(words, ", "))
}
