package simulator

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// A stack is one metal-stack: its database, its IPAM and its machines.
type stack struct {
	Durations

	dice *dice
	life context.Context //nolint:containedctx // the life of the stack, which its background work shares
	end  context.CancelFunc

	mu   sync.Mutex // no work begins once the stack has ended
	work sync.WaitGroup

	networks   *table[network]
	ips        *table[ip]
	machines   *table[machine]
	events     *table[eventContainer]
	partitions *table[partition]
	sizes      *table[size]
	images     *table[image]
	layouts    *table[layout]
	projects   *table[project]

	ipam  *ipam
	vrfs  *pool
	asns  *pool
	mutex *mutex
	metal map[string]*metal
}

func newStack(o Options, d *dice) (*stack, error) {
	life, end := context.WithCancel(context.Background())
	s := &stack{
		Durations:  o.Durations,
		dice:       d,
		life:       life,
		end:        end,
		networks:   newTable[network]("network"),
		ips:        newTable[ip]("ip"),
		machines:   newTable[machine]("machine"),
		events:     newTable[eventContainer]("provisioningeventcontainer"),
		partitions: newTable[partition]("partition"),
		sizes:      newTable[size]("size"),
		images:     newTable[image]("image"),
		layouts:    newTable[layout]("filesystemlayout"),
		projects:   newTable[project]("project"),
		ipam:       newIPAM(o.Durations.IPAM),
		vrfs:       newPool(d, o.VRFs),
		asns:       newPool(d, asnPoolSize),
		metal:      map[string]*metal{},
	}
	s.mutex = newMutex(o.Durations)
	if err := s.seed(o); err != nil {
		end()
		return nil, err
	}
	s.background(func() { s.mutex.sweep(life) })
	s.background(s.watchLiveliness)
	for _, m := range s.metal {
		s.background(m.run)
	}
	return s, nil
}

// background runs work, which has to end with the stack.
func (s *stack) background(work func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.life.Err() == nil {
		s.work.Go(work)
	}
}

// later runs work after a while, unless the stack ends before.
func (s *stack) later(d time.Duration, work func()) {
	s.background(func() {
		if pause(s.life, d) == nil {
			work()
		}
	})
}

func (s *stack) close() {
	s.mu.Lock()
	s.end()
	s.mu.Unlock()
	s.work.Wait()
}

// now is the clock of this metal-stack.
func now() time.Time {
	return time.Now().UTC()
}

// last is when the last metal-stack of this process was founded, in milliseconds.
var last atomic.Int64 //nolint:gochecknoglobals // It is the same clock for all of them.

// founded is when a metal-stack was: no two of a process at the same time, for that tells them apart.
func founded() time.Time {
	for {
		before := last.Load()
		if at := max(stored(now()).UnixMilli(), before+1); last.CompareAndSwap(before, at) {
			return time.UnixMilli(at).UTC()
		}
	}
}

// stored is the time as the database keeps it: metal-api answers a creation with nanoseconds, and every later read with
// the nearest millisecond.
func stored(t time.Time) time.Time {
	return t.Round(time.Millisecond)
}
