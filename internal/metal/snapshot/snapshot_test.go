package snapshot

import (
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// A start costs the finds of the slices, and so does each age.
func TestPlans(t *testing.T) {
	t.Parallel()
	const networks = 30
	second := types.UID("c0ffee00-0000-4000-8000-000000000001")
	cases := map[string]struct {
		reason string
		count  int
		of     func(uid, pc types.UID) string
	}{
		"Few":  {"a find for each ProviderConfig", 0, func(_, pc types.UID) string { return "provider-config=" + string(pc) }},
		"Some": {"ten finds", 300, func(uid, _ types.UID) string { first, _ := metal.SliceOf(uid); return "slice=" + first }},
		"Many": {"a hundred finds", 3000, func(uid, _ types.UID) string {
			first, second := metal.SliceOf(uid)
			return "slice=" + first + " subslice=" + second
		}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, tc.count)
			one, two := w.open(), w.open()
			var things []thing
			var want []string
			for i := range networks {
				pc := []types.UID{config, second}[i%2]
				n := w.make(one.Stack, pc)
				things, want = append(things, n), append(want, tc.of(n.uid, pc))
			}
			slices.Sort(want)
			want = slices.Compact(want)

			through := []metal.Stack{w.wrap(one, config), w.wrap(two, second)}
			for i, n := range things {
				w.wantsLater(through[i%2], n)
			}
			if w.shared.Members(Networks) != networks || w.shared.Members(Firewalls) != 0 {
				t.Errorf("want %d members, got %d", networks, w.shared.Members(Networks))
			}
			for _, within := range []time.Duration{quiet, age, age} {
				w.work(within)
				finds, _ := one.asked()
				if got := slices.Compact(finds); !slices.Equal(got, want) || len(got) != len(finds) {
					t.Errorf("%s: want %v, got %v", tc.reason, want, finds)
				}
				if within == quiet {
					w.wantsTold(things...)
				} else {
					w.wantsTold()
				}
				for i, n := range things {
					if got := w.wants(through[i%2], n, metal.Shared); got.Name != n.name {
						t.Errorf("want %s, got %s", n.name, got.Name)
					}
				}
				if _, single := one.asked(); single != 0 {
					t.Errorf("want none asked for singly, got %d", single)
				}
			}
		})
	}
}

// Nobody looks, nobody asks.
func TestIdle(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	r := w.open()
	n := w.make(r.Stack, config)
	s := w.wrap(r, config)
	w.work(time.Hour)
	w.wantsLater(s, n)
	w.work(age)
	if finds, _ := r.asked(); len(finds) == 0 {
		t.Error("want it asked for")
	}
	if err := s.(io.Closer).Close(); err != nil {
		t.Error(err)
	}
	if w.shared.Members(Networks) != 0 {
		t.Error("who looked through a ProviderConfig that is gone is no member")
	}
	w.work(time.Hour)
	if finds, _ := r.asked(); len(finds) != 0 {
		t.Errorf("want nothing asked, got %v", finds)
	}
}

// What was allocated is served at once, without a request, as what it is for one
// time.
func TestTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	r := w.open()
	s := w.wrap(r, config)
	n := w.make(s, config)
	got := w.wants(s, n, metal.Told)
	got.Labels["a"], got.Prefixes[0] = "b", "corrupt"
	if again := w.wants(s, n, metal.Shared); again.Labels["a"] != "" || again.Prefixes[0] == "corrupt" {
		t.Error("what was served is the caller's own")
	}
	late := w.make(s, config)
	w.pass(toldFor + 1)
	w.wants(s, late, metal.Shared)
	w.work(age)
	w.wants(s, n, metal.Shared)
	w.wantsTold() // The time of creation is rounded by now, and nothing else.
	if _, single := r.asked(); single != 0 {
		t.Errorf("want none asked for singly, got %d", single)
	}
}

// Who does not look is always given metal-api's own answer, and what it is replaces
// what was known.
func TestFresh(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	r := w.open()
	s := w.wrap(r, config)
	n := w.make(s, config)
	w.work(age)
	text := "by others"
	if err := r.UpdateNetwork(t.Context(), n.id, metal.NetworkUpdate{Description: &text}); err != nil {
		t.Fatal(err)
	}
	if got := w.wants(s, n, metal.Shared); got.Description != "" {
		t.Error("nobody has seen it yet")
	}
	if got, err := s.Network(t.Context(), n.id); err != nil || got.Description != text {
		t.Errorf("want it as it is, got %v, %v", got, err)
	}
	if got := w.wants(s, n, metal.Shared); got.Description != text {
		t.Error("want it as it was seen last")
	}
	w.work(0)
	w.wantsTold(n) // Somebody else has seen it.

	if err := r.Stack.FreeNetwork(t.Context(), n.id); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Network(t.Context(), n.id); err != nil || got != nil {
		t.Errorf("want it gone, got %v, %v", got, err)
	}
	w.work(0)
	w.wantsTold(n)
	if w.shared.Members(Networks) != 0 {
		t.Error("what is gone needs no looking after")
	}
}

// Whose object has changed or vanished is told, and nobody else.
func TestChanged(t *testing.T) {
	t.Parallel()
	for name, count := range map[string]int{"Few": 0, "Some": 300, "Many": 3000} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, count)
			r := w.open()
			s := w.wrap(r, config)
			var ns []thing
			for range 8 {
				ns = append(ns, w.make(s, config))
			}
			w.work(age)
			w.wantsTold()

			text := "by others"
			if err := r.UpdateNetwork(t.Context(), ns[1].id, metal.NetworkUpdate{Description: &text}); err != nil {
				t.Fatal(err)
			}
			if err := r.Stack.FreeNetwork(t.Context(), ns[2].id); err != nil {
				t.Fatal(err)
			}
			if err := w.sim.LeakIP(ns[3].id); err != nil { // Addresses come and go.
				t.Fatal(err)
			}
			w.work(age)
			w.wantsTold(ns[1], ns[2])
			if got := w.wants(s, ns[1], metal.Shared); got.Description != text {
				t.Errorf("want it as it is, got %q", got.Description)
			}
			if got, from, err := w.look(s, ns[2]); got != nil || err != nil || from != metal.Asked {
				t.Errorf("only metal-api itself says that something is gone: got %v from %d, %v", got, from, err)
			}
			w.work(2 * age)
			w.wantsTold()
			if w.shared.Members(Networks) != len(ns)-1 {
				t.Errorf("want %d members, got %d", len(ns)-1, w.shared.Members(Networks))
			}
		})
	}
}

// A resource whose object was found by its marks is told by the name in them.
func TestNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	r := w.open()
	s := w.wrap(r, config)
	n := w.make(r.Stack, config)
	if _, err := s.Network(metal.WithLook(t.Context(), &metal.Look{UID: n.uid}), n.id); metal.KindOf(err) != metal.Later || !strings.Contains(err.Error(), n.id) {
		t.Errorf("want it to wait, got %v", err)
	}
	w.work(quiet)
	w.wantsTold(n)
}
