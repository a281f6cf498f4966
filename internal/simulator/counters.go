package simulator

import (
	"maps"
	"sync"
	"time"
)

// Requests of one operation since the last reset, refused ones included.
type Requests struct {
	Count int `json:"count"`
	// Seconds from each request to its answer, added up.
	Seconds float64 `json:"seconds"`
	// Busy are the seconds of them in which what the request costs was spent, see Costs.
	Busy float64 `json:"busy"`
}

type counters struct {
	mu sync.Mutex
	by map[string]Requests
}

func newCounters() *counters {
	return &counters{by: map[string]Requests{}}
}

func (c *counters) edit(operation string, edit func(*Requests)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.by[operation]
	edit(&r)
	c.by[operation] = r
}

func (c *counters) add(operation string) {
	c.edit(operation, func(r *Requests) { r.Count++ })
}

func (c *counters) spent(operation string, all, busy time.Duration) {
	c.edit(operation, func(r *Requests) {
		r.Seconds += all.Seconds()
		r.Busy += busy.Seconds()
	})
}

func (c *counters) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.by)
}

// Counters returns the number of requests by operation since the last reset, refused ones included.
func (s *Simulator) Counters() map[string]int {
	counts := map[string]int{}
	for operation, r := range s.Requests() {
		counts[operation] = r.Count
	}
	return counts
}

// Requests returns the requests by operation since the last reset, and the time that they took. A request under way is
// counted, and its time is not.
func (s *Simulator) Requests() map[string]Requests {
	s.counters.mu.Lock()
	defer s.counters.mu.Unlock()
	return maps.Clone(s.counters.by)
}

// ResetCounters sets all counters to zero.
func (s *Simulator) ResetCounters() { s.counters.reset() }
