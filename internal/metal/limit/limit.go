// Package limit protects a metal-api: it says how many requests are under way at
// the same time, and how many there are in a second. Who waits for a turn, waits in
// the queue of its project, and the projects take turns.
package limit

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
	"github.com/crossplane-contrib/provider-metal-stack/internal/turn"
)

// Options of a limit.
type Options struct {
	// InFlight is how many requests may be under way, PerSecond how many may be
	// made in a second. Half of both, but one at least, for what is not work.
	InFlight  int
	PerSecond int

	// Waited is told how many seconds a request waited for its turn. Optional.
	Waited func(c metal.Class, seconds float64)

	// Now is the time. time.Now if nil.
	Now func() time.Time
}

// A Limit of the requests to one metal-api. It is safe for concurrent use.
type Limit struct {
	now    func() time.Time
	waited func(metal.Class, float64)

	mu     sync.Mutex
	all    pool
	rest   pool // What is not work takes a place in both.
	queue  turn.Rounds[*waiter]
	strain strain
	timer  *time.Timer
}

// A pool of places.
type pool struct {
	size  int
	taken int
	pace  *rate.Limiter
}

func newPool(inFlight, perSecond int) pool {
	return pool{size: max(1, inFlight), pace: rate.NewLimiter(rate.Limit(max(1, perSecond)), max(1, inFlight))}
}

// New limit.
func New(o Options) *Limit {
	l := &Limit{now: o.Now, waited: o.Waited, all: newPool(o.InFlight, o.PerSecond), rest: newPool(o.InFlight/2, o.PerSecond/2)}
	if l.now == nil {
		l.now = time.Now
	}
	if l.waited == nil {
		l.waited = func(metal.Class, float64) {}
	}
	l.strain.jitter = jitter
	return l
}

// A waiter for its turn.
type waiter struct {
	class metal.Class
	come  chan error // Of one.
}

// Enter when it is the caller's turn. Leave, which must be called once, tells how it
// went: the error, nil if there was none, and after how long the metal-api wants to
// be asked again, if it said. An error means that nothing may be sent.
func (l *Limit) Enter(ctx context.Context) (leave func(err error, retryAfter time.Duration), err error) {
	c := metal.CallerOf(ctx)
	begin := l.now()
	t := &waiter{class: c.Class, come: make(chan error, 1)}

	l.mu.Lock()
	if err := l.strain.refuses(begin); err != nil {
		l.mu.Unlock()
		return nil, err
	}
	l.queue.Add(c.ProjectID, t)
	l.admit()
	if c.Class == metal.Glance && l.queue.Remove(c.ProjectID, t) {
		l.mu.Unlock()
		return nil, later()
	}
	l.mu.Unlock()

	select {
	case err := <-t.come:
		if err != nil {
			return nil, err
		}
	case <-ctx.Done():
		l.mu.Lock()
		waits := l.queue.Remove(c.ProjectID, t)
		l.mu.Unlock()
		if waits {
			return nil, &metal.Error{Kind: metal.Transient, Message: "its turn did not come in time", Refused: true, Err: ctx.Err()}
		}
		if err := <-t.come; err != nil {
			return nil, err
		}
	}
	started := l.now()
	l.waited(c.Class, started.Sub(begin).Seconds())
	return func(err error, retryAfter time.Duration) { l.leave(c.Class, started, err, retryAfter) }, nil
}

func (l *Limit) leave(c metal.Class, started time.Time, err error, retryAfter time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all.taken--
	if c != metal.Work {
		l.rest.taken--
	}
	if l.strain.tell(l.now(), started, err, retryAfter) {
		// Nobody waits at a door that stays shut for long.
		if err := l.strain.refuses(l.now()); err != nil {
			for _, t := range l.queue.Drop() {
				t.come <- err
			}
		}
	}
	l.admit()
}

// admit those whose turn it is.
func (l *Limit) admit() {
	now := l.now()
	if d := l.strain.until.Sub(now); d > 0 {
		l.again(d)
		return
	}
	for l.queue.Any() && l.all.taken < l.size() {
		d := delay(l.all.pace, now)
		if d > 0 {
			l.again(d)
			return
		}
		t, ok := l.queue.Next(func(t *waiter) bool {
			return t.class == metal.Work || l.rest.taken < l.rest.size && delay(l.rest.pace, now) == 0
		})
		if !ok {
			// What is not work has its half.
			if d := delay(l.rest.pace, now); d > 0 {
				l.again(d)
			}
			return
		}
		l.all.take(now)
		if t.class != metal.Work {
			l.rest.take(now)
		}
		t.come <- nil
	}
}

// size of what may be under way: one, until a metal-api that was strained answers
// again.
func (l *Limit) size() int {
	if l.strain.steps > 0 {
		return 1
	}
	return l.all.size
}

// again admits those whose turn it is after some time.
func (l *Limit) again(d time.Duration) {
	if l.timer != nil {
		l.timer.Stop()
	}
	l.timer = time.AfterFunc(d, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.admit()
	})
}

func (p *pool) take(now time.Time) {
	p.taken++
	p.pace.AllowN(now, 1)
}

// delay until there is a token.
func delay(r *rate.Limiter, now time.Time) time.Duration {
	missing := 1 - r.TokensAt(now)
	if missing <= 0 {
		return 0
	}
	return time.Duration(missing / float64(r.Limit()) * float64(time.Second))
}

// later is how a look ends that would have to wait.
func later() error {
	return &metal.Error{Kind: metal.Later, Message: "metal-api is asked for others now", Refused: true}
}
