package simulator

import "time"

const (
	alive   = "Alive"
	dead    = "Dead"
	unknown = "Unknown"
)

// sign notes a sign of life.
func (c *eventContainer) sign(t time.Time) {
	c.lastTime, c.liveliness, c.pinned = t, alive, false
}

// age evaluates the liveliness by the time of the last event. Nobody knows about a silent machine that is allocated: its
// user may have stopped the service that phones home.
func (c *eventContainer) age(allocated bool, most time.Duration) {
	switch {
	case c.pinned:
	case now().Sub(c.lastTime) <= most:
		c.liveliness = alive
	case allocated:
		c.liveliness = unknown
	default:
		c.liveliness = dead
	}
}

// watchLiveliness is metal-api's periodic evaluation of all machines.
func (s *stack) watchLiveliness() {
	for pause(s.life, s.LivelinessCheck) == nil {
		for _, m := range s.machines.list(nil) {
			s.events.change(m.id, func(c *eventContainer) { c.age(m.allocation != nil, s.DeadAfter) })
		}
	}
}
