package snapshot

import (
	"context"
	"slices"
	"time"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

const (
	// forever is until something happens.
	forever = time.Duration(1<<63 - 1)

	// breath before a find is tried once more: what failed because a network was
	// just being freed passes within milliseconds.
	breath = 50 * time.Millisecond

	// crowd is how long is waited for more of those who rouse the refresher: each
	// of its steps goes through all members.
	crowd = 100 * time.Millisecond
)

// A shelf is a store of any kind, as the refresher sees it.
type shelf interface {
	// due tasks, and how long there are none yet. The lock is held.
	due(now time.Time, age time.Duration) (tasks []task, idle time.Duration)

	// fetch a slice.
	fetch(ctx context.Context, s slice)

	// release all who wait. The lock is held.
	release()
}

// Run the refresher until the context ends. It asks for one slice after the other,
// and for none while nobody looks. There must be one at a time.
func (s *Shared) Run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		idle := s.step(ctx)
		var later <-chan time.Time
		if idle < forever {
			timer.Reset(idle)
			later = timer.C
		}
		select {
		case <-ctx.Done():
			return
		case <-s.poke:
			linger(ctx, crowd)
		case <-later:
		}
	}
}

// step of the refresher: one slice at most. It says how long there is nothing to
// do, if nothing happens.
func (s *Shared) step(ctx context.Context) time.Duration {
	t, idle := s.choose()
	if t != nil {
		t.shelf.fetch(ctx, t.slice)
		idle = 0
	}
	s.mu.Lock()
	told := s.news
	s.news = map[news]bool{}
	s.mu.Unlock()
	for n, changed := range told {
		s.options.Wake(n.kind, n.resource, changed)
	}
	return idle
}

// choose what to do now.
func (s *Shared) choose() (*task, time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, idle := s.options.Now(), forever
	trusted := slices.ContainsFunc(s.views, func(v *view) bool { return v.trusted })
	var tasks []task
	for _, sh := range []shelf{s.networks, s.machines, s.ips} {
		due, later := sh.due(now, s.age)
		tasks, idle = append(tasks, due...), min(idle, later)
		if !trusted {
			sh.release() // They see for themselves.
		}
	}
	s.measure()
	if !trusted {
		return nil, forever
	}
	i, later := next(tasks, s.began, now, s.age)
	if i < 0 {
		return nil, min(idle, later)
	}
	return &tasks[i], 0
}

func (s *store[O]) due(now time.Time, age time.Duration) ([]task, time.Duration) {
	s.prune(now, age)
	tasks := s.tasks(s, s.shared.options.Count(s.name), now)
	if len(tasks) == 0 {
		return nil, forever
	}
	if idle := s.gathering(now); idle > 0 {
		return nil, idle
	}
	return tasks, forever
}

func (s *store[O]) release() {
	for uid, m := range s.members {
		if !m.waits.IsZero() {
			m.waits = time.Time{}
			s.say(uid, false)
		}
	}
}

// fetch a slice.
func (s *store[O]) fetch(ctx context.Context, sl slice) {
	var took time.Duration
	caller := metal.CallerOf(ctx)
	caller.Took = &took
	began, found, err := s.ask(metal.WithCaller(ctx, caller), sl)
	if ctx.Err() != nil {
		return
	}
	s.shared.mu.Lock()
	defer s.shared.mu.Unlock()
	rec := s.slices[sl]
	if rec == nil {
		return // The last who was in it is gone.
	}
	now := s.shared.options.Now()
	if took == 0 {
		took = now.Sub(began.at)
	}
	if err == nil {
		*rec = record{tried: rec.tried, fetched: began.at, took: took, before: rec.took, size: len(found)}
		s.absorb(sl, began, found)
		s.shared.measure()
	}
	rec.failed = err != nil

	// A slice that metal-api cannot show is not watched: who is in it must look.
	warn := metal.KindOf(err) == metal.Broken && !rec.warned && now.Sub(rec.fetched) > 2*s.shared.age
	rec.warned = rec.warned || warn
	for uid, m := range s.members {
		if s.plan.slice(uid, m.config) != sl {
			continue
		}
		if warn || !m.waits.IsZero() {
			s.say(uid, warn)
		}
		m.waits = time.Time{}
	}
}

// ask for a slice, a second time if that fails, with another client if there is
// one. Who is denied is not asked again.
func (s *store[O]) ask(ctx context.Context, sl slice) (began moment, found []O, err error) {
	err = &metal.Error{Kind: metal.Denied, Attempted: "find " + s.noun + "s", Message: "metal-api answers none of those who may ask"}
	again := false
	for _, v := range s.askers(sl) {
		for {
			began = s.shared.moment()
			found, err = s.find(ctx, v.inner, sl.marks())
			v.note(err)
			if err == nil || ctx.Err() != nil || metal.KindOf(err) == metal.Denied {
				break
			}
			if again {
				return began, nil, err
			}
			again = true
			linger(ctx, breath)
		}
		if metal.KindOf(err) != metal.Denied || err == nil {
			return began, found, err
		}
	}
	return began, nil, err
}

// askers are clients that metal-api answers, for a find that begins now.
func (s *store[O]) askers(sl slice) []*view {
	s.shared.mu.Lock()
	defer s.shared.mu.Unlock()
	s.shared.began = s.shared.options.Now()
	if rec := s.slices[sl]; rec != nil {
		rec.tried = s.shared.began
	}
	return slices.DeleteFunc(slices.Clone(s.shared.views), func(v *view) bool { return !v.trusted })
}

// absorb what a find of a slice has found, and has not found any more.
func (s *store[O]) absorb(sl slice, began moment, found []O) {
	there := make(map[string]bool, len(found))
	for i := range found {
		id := s.id(&found[i])
		there[id] = true
		if e := s.entries[id]; e == nil || e.asOf.sequence < began.sequence {
			s.put(id, &found[i], began, "")
		}
	}
	marks := sl.marks()
	for id, e := range s.entries {
		if e.object != nil && !there[id] && e.asOf.sequence < began.sequence && s.carries(e.object, marks) {
			delete(s.entries, id)
			s.tell(s.marks(e.object).UID)
		}
	}
}

// linger for a while.
func linger(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
