package limit

import "sync"

// All limits, one for each metal-api. They are safe for concurrent use.
type All struct {
	options Options

	mu     sync.Mutex
	limits map[string]*Limit
}

// NewAll limits, each with these options.
func NewAll(o Options) *All { return &All{options: o, limits: map[string]*Limit{}} }

// Of the metal-api at an address.
func (a *All) Of(address string) *Limit {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.limits[address] == nil {
		a.limits[address] = New(a.options)
	}
	return a.limits[address]
}
