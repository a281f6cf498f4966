package snapshot

import (
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// leastKept is how long it is remembered at least that something was written: no
// answer to what was asked before comes later.
const leastKept = 2 * time.Minute

// An entry is what is known of an object.
type entry[O any] struct {
	// object as it was seen, nil if it has been written or was gone.
	object *O

	// asOf is the moment of that. What was asked before says nothing about it.
	asOf moment

	// told is true for the answer to its allocate.
	told bool
}

// A store of all that is known of a kind. Its shared lock guards it.
type store[O any] struct {
	kind[O]
	roll

	shared  *Shared
	entries map[string]*entry[O]
	pruned  time.Time
}

func newStore[O any](s *Shared, k kind[O]) *store[O] {
	return &store[O]{kind: k, roll: newRoll(), shared: s, entries: map[string]*entry[O]{}}
}

// look at an object, without asking if possible. An action to ask leaves it to the
// caller.
func (s *store[O]) look(v *view, l *metal.Look, id string) (*O, action) {
	s.shared.mu.Lock()
	defer s.shared.mu.Unlock()
	now := s.shared.options.Now()
	m := s.join(l.UID, v.config, id, Kind(l.Kind), l.Resource, now)
	rec := s.record(m)
	st := standing{trusted: v.trusted, unshared: l.Unshared, fetched: rec.fetched, failed: rec.failed, waits: m.waits}
	e := s.entries[id]
	switch {
	case e == nil:
	case e.object == nil || s.marks(e.object).UID != l.UID:
		st.unsettled = true
	default:
		st.seen, st.told = e.asOf.at, e.told
	}

	what := decide(st, now, s.shared.age)
	switch what {
	case serveTold, serveShared:
		m.waits = time.Time{}
		e.told = false // Once: the next look wants to know what has become of it.
		return s.clone(e.object), what
	case wait:
		if m.waits.IsZero() {
			m.waits = now
		}
		s.shared.rouse()
	case ask:
		m.waits = time.Time{}
		if rec.tried.IsZero() {
			s.shared.rouse() // Nobody has looked for it together with others.
		}
	}
	return nil, what
}

// read of one object, that began at a moment, by whose it is (or nobody who is
// known): it is not told what it sees itself. Nil: the object is gone.
func (s *store[O]) read(id string, o *O, began moment, by types.UID) {
	s.shared.mu.Lock()
	defer s.shared.mu.Unlock()
	before := s.entries[id]
	if before != nil && before.asOf.sequence > began.sequence {
		return
	}
	if o != nil {
		o = s.clone(o)
	}
	s.put(id, o, began, by)
	if o == nil {
		if m := s.holder(id); m != nil {
			if m.uid != by {
				s.tell(m.uid)
			}
			delete(s.members, m.uid)
		}
	}
}

// put in what was seen, and tell whom it matters to.
func (s *store[O]) put(id string, o *O, asOf moment, by types.UID) {
	before := s.entries[id]
	s.entries[id] = &entry[O]{object: o, asOf: asOf}
	var whose types.UID
	if o != nil {
		whose = s.introduce(id, o)
	}
	if before == nil || before.object == nil {
		return // What was there before is not known.
	}
	if was := s.marks(before.object).UID; was != whose {
		if was != by {
			s.tell(was)
		}
		if whose != by {
			s.tell(whose)
		}
	} else if whose != by && !s.same(before.object, o) {
		s.tell(whose)
	}
}

// introduce a member to what its object says of it.
func (s *store[O]) introduce(id string, o *O) types.UID {
	marks := s.marks(o)
	m := s.members[marks.UID]
	if m == nil || m.id != id {
		return marks.UID
	}
	if marks.ProviderConfig != "" {
		m.config = marks.ProviderConfig
	}
	if m.kind == "" {
		m.kind = s.role(o)
	}
	if m.resource.Name == "" {
		namespace, name, _ := strings.Cut(marks.Resource, "/")
		m.resource = types.NamespacedName{Namespace: namespace, Name: name}
	}
	return marks.UID
}

// allocated is the answer to an allocate through a ProviderConfig.
func (s *store[O]) allocated(o *O, via types.UID) {
	s.shared.mu.Lock()
	defer s.shared.mu.Unlock()
	id, now := s.id(o), s.shared.tick()
	s.join(s.marks(o).UID, via, id, s.role(o), types.NamespacedName{}, now.at)
	s.put(id, s.clone(o), now, s.marks(o).UID)
	s.entries[id].told = true
	s.shared.rouse()
}

// wrote to an object, or tried to: what is known of it may be wrong.
func (s *store[O]) wrote(id string) {
	s.shared.mu.Lock()
	defer s.shared.mu.Unlock()
	s.entries[id] = &entry[O]{asOf: s.shared.tick()}
}

// free something: until done is called, finds of its slice would fail.
func (s *store[O]) free(id string) (done func()) {
	s.shared.mu.Lock()
	defer s.shared.mu.Unlock()
	m := s.holder(id)
	if m == nil {
		return func() { s.wrote(id) }
	}
	s.freeing[m.uid]++
	return func() {
		s.wrote(id)
		s.shared.mu.Lock()
		defer s.shared.mu.Unlock()
		if s.freeing[m.uid]--; s.freeing[m.uid] == 0 {
			delete(s.freeing, m.uid)
		}
		s.shared.rouse()
	}
}

// tell a member that there is something new, when the lock is no longer held.
func (s *store[O]) tell(uid types.UID) { s.say(uid, true) }

// say that there is something for a member: something new, or what it waits for.
func (s *store[O]) say(uid types.UID, changed bool) {
	if m := s.members[uid]; m != nil && m.kind != "" && m.resource.Name != "" {
		n := news{kind: m.kind, resource: m.resource}
		s.shared.news[n] = s.shared.news[n] || changed
		s.shared.rouse()
	}
}

// warn the members that look through a ProviderConfig.
func (s *store[O]) warn(via types.UID) {
	for uid, m := range s.members {
		if m.via == via {
			s.tell(uid)
		}
	}
}

// dismiss the members that look through a ProviderConfig.
func (s *store[O]) dismiss(via types.UID) {
	for uid, m := range s.members {
		if m.via == via {
			delete(s.members, uid)
		}
	}
}

// prune what nobody will ask for.
func (s *store[O]) prune(now time.Time, age time.Duration) {
	if now.Sub(s.pruned) < age {
		return
	}
	s.pruned = now
	for id, e := range s.entries {
		old := now.Sub(e.asOf.at)
		switch {
		case e.object == nil && old > max(2*age, leastKept):
			delete(s.entries, id)
		case e.object != nil && old > 2*age && s.members[s.marks(e.object).UID] == nil:
			delete(s.entries, id)
		}
	}
}
