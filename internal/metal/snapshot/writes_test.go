package snapshot

import (
	"context"
	"slices"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// What we wrote is seen at once, whatever a find shows that began before.
func TestOwnWrites(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	r := w.open()
	s := w.wrap(r, config)
	n, freed := w.make(s, config), w.make(s, config)
	w.work(age)
	text := "ours"

	r.found = func() {
		r.found = nil
		if err := s.UpdateNetwork(t.Context(), n.id, metal.NetworkUpdate{Description: &text}); err != nil {
			t.Error(err)
		}
		if err := s.FreeNetwork(t.Context(), freed.id); err != nil {
			t.Error(err)
		}
	}
	w.work(age) // Its answer is from before the writes.
	if r.found != nil {
		t.Fatal("want a find")
	}
	if got := w.wants(s, n, metal.Asked); got.Description != text {
		t.Errorf("want what was written, got %q", got.Description)
	}
	if got, from, err := w.look(s, freed); got != nil || err != nil || from != metal.Asked {
		t.Errorf("want it gone, got %v from %d, %v", got, from, err)
	}
	w.work(age)
	if got := w.wants(s, n, metal.Shared); got.Description != text {
		t.Errorf("want what was written, got %q", got.Description)
	}
	w.wantsTold() // Who wrote knows.

	// What is made while a find is under way is not in its answer.
	var made thing
	r.found = func() {
		r.found = nil
		made = w.make(s, config)
	}
	w.work(age)
	w.pass(toldFor)
	w.wants(s, made, metal.Shared)
	w.wantsTold()

	// The other way round: what is read while a find is under way.
	r.found = func() {
		r.found = nil
		text = "newer"
		if err := r.UpdateNetwork(t.Context(), n.id, metal.NetworkUpdate{Description: &text}); err != nil {
			t.Error(err)
		}
		if _, err := s.Network(t.Context(), n.id); err != nil {
			t.Error(err)
		}
	}
	w.work(age)
	if got := w.wants(s, n, metal.Shared); got.Description != text {
		t.Errorf("want what was read last, got %q", got.Description)
	}
}

// An answer to what was asked before a write says nothing about what is after it.
func TestLateAnswer(t *testing.T) {
	t.Parallel()
	s := newStore(New(Options{}), ofNetworks())
	v := &view{shared: s.shared, trusted: true, config: config}
	marks := metal.Marks{UID: "u", Resource: "default/n", ProviderConfig: config}
	n := &metal.Network{ID: "n", Labels: marks.Labels(), Marks: marks}
	s.allocated(n, config)
	began := s.shared.moment()
	s.wrote(n.ID)
	s.read(n.ID, n, began, "u")
	if _, what := s.look(v, &metal.Look{UID: "u"}, n.ID); what != ask {
		t.Errorf("want it asked for, got %d", what)
	}
	began = s.shared.moment()
	s.allocated(n, config)
	s.read(n.ID, nil, began, "u")
	if _, what := s.look(v, &metal.Look{UID: "u"}, n.ID); what != serveTold {
		t.Errorf("want what was told since, got %d", what)
	}
}

// Who does not look any more is forgotten, and so is what is known of its object.
func TestForgotten(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	r := w.open()
	s := w.wrap(r, config)
	left, kept := w.make(s, config), w.make(s, config)
	w.work(age)
	w.pass(remembered)
	if _, _, err := w.look(s, kept); metal.KindOf(err) != metal.Later {
		t.Errorf("want it to wait, got %v", err)
	}
	w.work(age)
	if got := w.shared.Members(Networks); got != 1 {
		t.Errorf("want one member, got %d", got)
	}
	if err := r.FreeNetwork(t.Context(), left.id); err != nil {
		t.Fatal(err)
	}
	w.wasTold()
	w.work(4 * age)
	w.wantsTold()
	if w.shared.networks.entries[left.id] != nil || w.shared.networks.entries[kept.id] == nil {
		t.Errorf("want what is looked at and no more, got %v", w.shared.networks.entries)
	}
}

// A write whose outcome nobody knows is one.
func TestFailedWrite(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	r := w.open()
	s := w.wrap(r, config)
	n := w.make(s, config)
	w.work(age)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.UpdateNetwork(ctx, n.id, metal.NetworkUpdate{Description: new("x")}); err == nil {
		t.Error("want an error")
	}
	w.wants(s, n, metal.Asked)
}

// While we free a network its slice is not asked for, the others are, and in the
// end it is.
func TestFreePauses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3000)
	r := w.open()
	s := w.wrap(r, config)
	n, other := w.make(s, config), w.make(s, config)
	w.work(age)
	slice := func(n thing) string {
		first, second := metal.SliceOf(n.uid)
		return "slice=" + first + " subslice=" + second
	}
	tried := func() (one, another int) {
		finds, _ := r.asked()
		for _, f := range finds {
			switch f {
			case slice(n):
				one++
			case slice(other):
				another++
			}
		}
		return one, another
	}
	tried()
	r.freeing = func() {
		w.work(age)
		if one, another := tried(); one != 0 || another == 0 {
			t.Errorf("want its slice left alone and the other's not, got %d and %d finds", one, another)
		}
		w.work(age)
		if one, another := tried(); one == 0 || another == 0 {
			t.Errorf("want both asked for after two ages, got %d and %d finds", one, another)
		}
	}
	if err := s.FreeNetwork(t.Context(), n.id); err != nil {
		t.Fatal(err)
	}
	w.work(age)
	if one, _ := tried(); one == 0 {
		t.Error("want it asked for again")
	}
}

// Who is refused gets to see that, and whoever is not goes on.
func TestDenied(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	one, two := w.open(), w.open()
	second := types.UID("c0ffee00-0000-4000-8000-000000000001")
	first, other := w.wrap(one, config), w.wrap(two, second)
	n, m := w.make(first, config), w.make(other, second)
	w.work(age)
	w.wants(first, n, metal.Shared)

	one.deny(true)
	one.asked()
	two.asked()
	w.work(age)
	if finds, _ := two.asked(); len(finds) != 2 {
		t.Errorf("want both slices found with the other client, got %v", finds)
	}
	for range 2 {
		if _, from, err := w.look(first, n); metal.KindOf(err) != metal.Denied || from != metal.Asked {
			t.Errorf("want it to be denied, got %v from %d", err, from)
		}
	}
	w.wants(other, m, metal.Shared)

	two.deny(true)
	w.work(3 * age)
	finds, _ := two.asked()
	if again, _ := one.asked(); len(finds)+len(again) != 0 {
		t.Errorf("want no finds with clients that are denied, got %v, %v", finds, again)
	}
	if _, _, err := w.look(other, m); metal.KindOf(err) != metal.Denied {
		t.Errorf("want it to be denied, got %v", err)
	}

	one.deny(false)
	two.deny(false)
	w.wants(first, n, metal.Asked)
	w.wants(first, n, metal.Shared)
	w.wants(other, m, metal.Asked)
}

// A client that metal-api has not answered sees nothing of what others have seen.
func TestUntrusted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	r := w.open()
	n := w.make(w.wrap(r, config), config)
	wrong := w.open()
	wrong.deny(true)
	s := w.shared.Wrap(wrong, config)
	if _, _, err := w.look(s, n); metal.KindOf(err) != metal.Denied {
		t.Errorf("want it to be denied, got %v", err)
	}
	if _, err := s.Version(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.look(s, n); metal.KindOf(err) != metal.Denied {
		t.Errorf("metal-api says its version to everybody: want it denied, got %v", err)
	}
}

// Who waits while nobody may ask any more is told to see for himself.
func TestWaitsInVain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	r := w.open()
	n := w.make(r.Stack, config)
	s := w.wrap(r, config)
	w.wantsLater(s, n)
	r.deny(true)
	w.work(quiet)
	w.wantsTold(n)
	if _, _, err := w.look(s, n); metal.KindOf(err) != metal.Denied {
		t.Errorf("want it to be denied, got %v", err)
	}
}

// The finds take a twentieth of the time at most.
func TestAge(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3000)
	r := w.open()
	s := w.wrap(r, config)
	for range 20 {
		w.make(s, config)
	}
	const took = time.Second
	r.found = func() { w.pass(took) }
	w.work(quiet)
	for range 5 {
		w.work(w.shared.Age())
	}
	finds, _ := r.asked()
	all := len(slices.Compact(finds))
	if want := time.Duration(all) * share * took; w.shared.Age() != want {
		t.Errorf("want an age of %s after %d finds, got %s", want, all, w.shared.Age())
	}
	start := w.now()
	w.work(2 * w.shared.Age())
	finds, _ = r.asked()
	if busy, rest := time.Duration(len(finds))*took, w.now().Sub(start); busy*share > rest+rest/10 || len(finds) < all {
		t.Errorf("want a twentieth of %s at most, got %s for %d finds", rest, busy, len(finds))
	}
}

// A find that was slow by chance does not have everybody wait for the next one.
func TestAgeAfterAHiccup(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	r := w.open()
	s := w.wrap(r, config)
	w.make(s, config)
	hiccup := true
	r.found = func() {
		if hiccup {
			w.pass(time.Minute)
		}
		hiccup = false
	}
	for i := range 3 {
		hiccup = true
		w.work(3 * age)
		if got := w.shared.Age(); got != age {
			t.Errorf("after hiccup %d: want an age of %s, got %s", i, age, got)
		}
	}
	r.found = func() { w.pass(time.Minute) }
	w.work(3 * age)
	if got := w.shared.Age(); got == age {
		t.Error("want a metal-api that is slow for long asked less")
	}
}

// Who looks with a key that is refused is told, to say so.
func TestDeniedIsSaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	r, other := w.open(), w.open()
	w.make(w.wrap(r, config), config)
	s := w.shared.Wrap(other, "other")
	m := w.make(s, "other")
	w.work(age)
	w.wasTold()
	other.deny(true)
	if _, err := s.Network(t.Context(), m.id); metal.KindOf(err) != metal.Denied {
		t.Fatalf("want it denied, got %v", err)
	}
	w.work(0)
	w.wantsTold(m)
}
