package snapshot

import (
	"slices"
	"testing"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// An object without the marks of a slice is asked for by itself.
func TestUnmarked(t *testing.T) {
	t.Parallel()
	older := func(w *world, r *wire, n thing) {
		labels := map[string]string{metal.MarkUID: string(n.uid), metal.MarkResource: "default/" + n.name, metal.MarkProviderConfig: string(config)}
		if err := r.UpdateNetwork(w.Context(), n.id, metal.NetworkUpdate{Labels: labels}); err != nil {
			w.Fatal(err)
		}
	}
	t.Run("Few", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 0)
		r := w.open()
		n := w.make(r.Stack, config)
		older(w, r, n)
		s := w.wrap(r, config)
		w.wantsLater(s, n)
		w.work(quiet)
		w.wants(s, n, metal.Shared)
	})
	t.Run("Some", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 300)
		r := w.open()
		n, other := w.make(r.Stack, config), w.make(r.Stack, config)
		older(w, r, n)
		s := w.wrap(r, config)
		w.wantsLater(s, n)
		w.wantsLater(s, other)
		w.work(quiet)
		w.wantsTold(n, other)
		w.wants(s, n, metal.Asked)
		w.wants(s, n, metal.Shared) // What it was a moment ago.
		w.work(2*age + 1)
		if err := r.UpdateNetwork(t.Context(), n.id, metal.NetworkUpdate{Description: new("by others")}); err != nil {
			t.Fatal(err)
		}
		if got := w.wants(s, n, metal.Asked); got.Description != "by others" {
			t.Errorf("want it as it is, got %q", got.Description)
		}
		w.wants(s, other, metal.Shared)
		w.work(0)
		w.wantsTold() // It has seen it itself.
	})
	t.Run("Nobodys", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 0)
		r := w.open()
		n := w.make(r.Stack, config)
		if err := r.UpdateNetwork(t.Context(), n.id, metal.NetworkUpdate{Labels: map[string]string{"a": "b"}}); err != nil {
			t.Fatal(err)
		}
		s := w.wrap(r, config)
		w.wantsLater(s, n)
		w.work(quiet)
		w.wantsTold(n)
		if err := r.FreeNetwork(t.Context(), n.id); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Network(t.Context(), n.id); got != nil || err != nil {
			t.Errorf("want it gone, got %v, %v", got, err)
		}
		w.work(0)
		w.wantsTold(n) // Somebody else has seen that.
	})
	t.Run("Moved", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 0)
		r := w.open()
		n := w.make(r.Stack, config)
		s := w.wrap(r, "another ProviderConfig now")
		w.wantsLater(s, n)
		w.work(quiet)
		w.wants(s, n, metal.Asked)
		w.work(4 * age)
		w.wants(s, n, metal.Shared)
	})
	t.Run("Lost", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, 0)
		r := w.open()
		s := w.wrap(r, config)
		n, other := w.make(s, config), w.make(s, config)
		w.work(age)
		if err := r.UpdateNetwork(t.Context(), n.id, metal.NetworkUpdate{Labels: map[string]string{"a": "b"}}); err != nil {
			t.Fatal(err)
		}
		w.wasTold()
		w.work(age)
		w.wantsTold(n)
		for range 2 {
			w.wants(s, n, metal.Asked)
		}
		w.wants(s, other, metal.Shared)
	})
}

// A half-freed network makes the find of its slice fail, and no other.
func TestPoisoned(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 300)
	r := w.open()
	s := w.wrap(r, config)
	slicesOf := map[string][]thing{}
	var broken, beside, elsewhere thing
	for beside.id == "" || elsewhere.id == "" {
		n := w.make(s, config)
		first, _ := metal.SliceOf(n.uid)
		slicesOf[first] = append(slicesOf[first], n)
		switch {
		case len(slicesOf[first]) == 2:
			broken, beside = slicesOf[first][0], n
		case len(slicesOf) > 1 && elsewhere.id == "":
			elsewhere = n
		}
		if first2, _ := metal.SliceOf(broken.uid); broken.id != "" {
			if f, _ := metal.SliceOf(elsewhere.uid); f == first2 {
				elsewhere = thing{}
			}
		}
	}
	w.work(age)
	if err := w.sim.HalfFree(broken.id); err != nil {
		t.Fatal(err)
	}
	r.asked()
	w.wasTold()
	w.work(age)
	finds, _ := r.asked()
	first, _ := metal.SliceOf(broken.uid)
	if got := len(slices.DeleteFunc(finds, func(f string) bool { return f != "slice="+first })); got != 2 {
		t.Errorf("want it tried once more, got %d finds", got)
	}
	w.wants(s, beside, metal.Shared)
	w.wants(s, elsewhere, metal.Shared)
	w.wantsTold()
	w.wants(s, broken, metal.Shared) // As it was.
	if _, err := s.Network(t.Context(), broken.id); metal.KindOf(err) != metal.Broken {
		t.Errorf("want metal-api's own word, got %v", err)
	}
	if _, from, err := w.look(s, broken); metal.KindOf(err) != metal.Broken || from != metal.Asked {
		t.Errorf("want it no more as it was, got %v from %d", err, from)
	}

	w.work(2 * age)
	w.wants(s, elsewhere, metal.Shared)
	w.wants(s, beside, metal.Asked)
	if _, from, err := w.look(s, broken); metal.KindOf(err) != metal.Broken || from != metal.Asked {
		t.Errorf("want metal-api's own word, got %v from %d", err, from)
	}
	w.wantsTold(slicesOf[first]...)
	w.work(2 * age)
	w.wantsTold() // They know.
}
