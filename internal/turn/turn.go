// Package turn lets those take turns who ask a metal-stack for what it does one
// after the other. Who has no turn goes away, and is woken when it has come: nobody
// blocks a worker for as long as others work.
package turn

import (
	"context"
	"sync"
	"time"
)

const (
	// seats in a room: while one works, the next ones get ready.
	seats = 4

	// lapse of a turn that has come and is not taken.
	lapse = 2 * time.Second
)

// A Room is where things are done one after the other.
type Room struct {
	// Stack is where the metal-stack is.
	Stack string

	// Kind of what is done, and the partition in which.
	Kind      string
	Partition string
}

// A Visitor of a room.
type Visitor struct {
	// ID of the visitor, one among all.
	ID string

	// ProjectID in whose queue it waits.
	ProjectID string

	// Wake it when its turn has come. It must not block.
	Wake func()

	since time.Time
}

// Rooms of all metal-stacks. They are safe for concurrent use.
type Rooms struct {
	mu     sync.Mutex
	rooms  map[Room]*room
	after  func(time.Duration, func()) (stop func() bool)
	now    func() time.Time
	waited func(time.Duration)
}

// NewRooms that nobody is in, on a clock. Waited is told of each who takes a seat, how
// long that was waited for; nobody is told if it is nil.
func NewRooms(now func() time.Time, waited func(time.Duration)) *Rooms {
	if waited == nil {
		waited = func(time.Duration) {}
	}
	return &Rooms{rooms: map[Room]*room{}, waited: waited, after: func(d time.Duration, f func()) func() bool { return time.AfterFunc(d, f).Stop }, now: now}
}

type room struct {
	seated  map[string]*seat // By the visitor's id.
	queue   Rounds[string]
	waiting map[string]Visitor

	// work is done by one at a time.
	work chan struct{}
}

// A seat that is taken, or kept for who was woken.
type seat struct {
	taken bool
	since time.Time // Waited for.
	stop  func() bool
}

// Take a seat in a room. False says that it is another's turn: the visitor waits,
// for how long already is said, and is woken. A seat is given back by Leave.
func (rs *Rooms) Take(at Room, v Visitor) (seated bool, waited time.Duration) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	r, ok := rs.rooms[at]
	if !ok {
		r = &room{seated: map[string]*seat{}, waiting: map[string]Visitor{}, work: make(chan struct{}, 1)}
		rs.rooms[at] = r
	}
	if s, ok := r.seated[v.ID]; ok {
		if !s.taken {
			s.stop()
			s.taken = true
			rs.waited(rs.now().Sub(s.since))
		}
		return true, 0
	}
	if len(r.seated) < seats && !r.queue.Any() {
		r.seated[v.ID] = &seat{taken: true}
		rs.waited(0)
		return true, 0
	}
	now := rs.now()
	old, waits := r.waiting[v.ID]
	if waits && old.ProjectID != v.ProjectID {
		r.queue.Remove(old.ProjectID, v.ID)
		waits = false
	}
	v.since = now
	if waits {
		v.since = old.since
	} else {
		r.queue.Add(v.ProjectID, v.ID)
	}
	r.waiting[v.ID] = v
	rs.call(at, r)
	return false, now.Sub(v.since)
}

// Leave the seat that was taken.
func (rs *Rooms) Leave(at Room, id string) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	r, ok := rs.rooms[at]
	if !ok {
		return
	}
	if s, ok := r.seated[id]; ok && s.taken {
		delete(r.seated, id)
	}
	rs.call(at, r)
}

// Forget a visitor that does not come any more, in whatever room it waits.
func (rs *Rooms) Forget(id string) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	for at, r := range rs.rooms {
		if v, ok := r.waiting[id]; ok {
			r.queue.Remove(v.ProjectID, id)
			delete(r.waiting, id)
		}
		if s, ok := r.seated[id]; ok && !s.taken {
			s.stop()
			delete(r.seated, id)
		}
		rs.call(at, r)
	}
}

// Work alone in a room. The error is that of the context.
func (rs *Rooms) Work(ctx context.Context, at Room) (done func(), err error) {
	rs.mu.Lock()
	r, ok := rs.rooms[at]
	rs.mu.Unlock()
	if !ok {
		return func() {}, nil // Nobody has taken a seat: there is nobody to be alone of.
	}
	select {
	case r.work <- struct{}{}:
		return func() { <-r.work }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// call those whose turn it is, and let a room go that nobody is in.
func (rs *Rooms) call(at Room, r *room) {
	for len(r.seated) < seats {
		id, ok := r.queue.Next(func(string) bool { return true })
		if !ok {
			break
		}
		v := r.waiting[id]
		delete(r.waiting, id)
		s := &seat{since: v.since}
		s.stop = rs.after(lapse, func() { rs.lapsed(at, id, s) })
		r.seated[id] = s
		v.Wake()
	}
	if len(r.seated) == 0 && len(r.work) == 0 {
		delete(rs.rooms, at)
	}
}

func (rs *Rooms) lapsed(at Room, id string, s *seat) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	r, ok := rs.rooms[at]
	if !ok || r.seated[id] != s || s.taken {
		return
	}
	delete(r.seated, id)
	rs.call(at, r)
}
