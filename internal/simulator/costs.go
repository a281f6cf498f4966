package simulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Costs are what a request costs a metal-api beyond what it costs here, off by default. A real one reads all rows of a kind
// to find one, and asks IPAM for each network that it answers. They are spent as a pause while one of Cores places is held,
// so that requests at the same time slow one another.
type Costs struct {
	// Request is the cost of any request.
	Request Duration `json:"request"`
	// Find is the cost, for each object of the kind that exists, of a request that scans: find, list, and the free of a
	// network.
	Find Duration `json:"find"`
	// Match is the cost of each network in an answer of find or list.
	Match Duration `json:"match"`
	// Allocate is the cost of an allocate of a network, for each network that exists. Allocates of one partition wait for
	// one another if it is not zero.
	Allocate Duration `json:"allocate"`
	// Cores is the number of places, 0 for 2.
	Cores int `json:"cores"`
}

// cores that a metal-api has when nobody says otherwise.
const cores = 2

func (c Costs) validate() error {
	if c.Request < 0 || c.Find < 0 || c.Match < 0 || c.Allocate < 0 || c.Cores < 0 {
		return badRequest(errors.New("a cost must not be negative"))
	}
	return nil
}

// A meter makes requests cost what they are to.
type meter struct {
	mu    sync.Mutex
	free  *sync.Cond
	costs Costs
	taken int

	turn sync.Mutex // of allocates of networks: there is one partition
}

func newMeter(c Costs) *meter {
	m := &meter{costs: c}
	m.free = sync.NewCond(&m.mu)
	return m
}

func (m *meter) set(c Costs) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.costs = c
	m.free.Broadcast()
}

func (m *meter) get() Costs {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.costs
}

// take a place.
func (m *meter) take() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for places := m.places(); m.taken >= places; places = m.places() {
		m.free.Wait()
	}
	m.taken++
}

func (m *meter) places() int {
	if m.costs.Cores > 0 {
		return m.costs.Cores
	}
	return cores
}

func (m *meter) give() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.taken--
	m.free.Signal()
}

// carryOut an operation and what it costs: what it scans before, what it answers after.
func (c *call) carryOut(op route) (any, error) {
	costs := c.meter.get()
	scan := costs.Request
	switch op.operation {
	case "findNetworks", "listNetworks", "freeNetwork", "freeNetworkDeprecated":
		scan += costs.Find * Duration(c.networks.size())
	case "findMachines", "listMachines", "findFirewalls", "listFirewalls":
		scan += costs.Find * Duration(c.machines.size())
	case "findIPs", "listIPs":
		scan += costs.Find * Duration(c.ips.size())
	case "allocateNetwork":
		if costs.Allocate > 0 {
			c.meter.turn.Lock()
			defer c.meter.turn.Unlock()
		}
		scan += costs.Allocate * Duration(c.networks.size())
	}
	c.spend(scan)
	body, err := op.handle(c)
	if answered, ok := body.([]networkResponse); ok {
		c.spend(costs.Match * Duration(len(answered)))
	}
	return body, err
}

// spend a cost. The database works on for a caller who has gone.
func (c *call) spend(d Duration) {
	if d <= 0 {
		return
	}
	c.meter.take()
	defer c.meter.give()
	began := time.Now()
	_ = pause(c.life, time.Duration(d))
	c.busy += time.Since(began)
}

// Costs returns the costs in force.
func (s *Simulator) Costs() Costs { return s.meter.get() }

// SetCosts changes what requests cost from now on. It fails when one is negative.
func (s *Simulator) SetCosts(c Costs) error {
	if err := c.validate(); err != nil {
		return err
	}
	s.meter.set(c)
	return nil
}

// decodeCosts of a control call: a field that is left out is zero.
func decodeCosts(decoder *json.Decoder) (Costs, error) {
	var c Costs
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&c); err != nil {
		return c, fmt.Errorf("cannot read the costs: %w", err)
	}
	return c, nil
}
