//go:build envtest

package ordinaryday

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

// awkward spellings are taken as they are, once.
func awkward(t *testing.T, b *bench, k *kind) {
	t.Helper()
	for name, c := range k.awkward {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := b.story(t, k)
			o := s.manifest("awkward-"+name, c)
			s.create(o)
			s.untilWell(o)
			s.quiet(o)
			s.edit(o, change{"metadata.annotations": nil, "metadata.finalizers": nil})
			s.until(o, "it has its finalizer again", func() bool { return !s.gone(o) && len(o.GetFinalizers()) > 0 })
			s.untilWell(o)
			s.quiet(o)
			s.away(o)
		})
	}
}

// someChange is of a field that is fixed at creation and needs nothing around it, or,
// where a kind has none such, of one that is repaired.
func (s story) someChange() *row {
	s.t.Helper()
	fields := s.kind.fields(s.world)
	for _, outcome := range []outcome{fixed, repaired} {
		for _, path := range slices.Sorted(maps.Keys(fields)) {
			alone := path != s.kind.words.description && path != s.kind.words.field
			if f := fields[path]; alone && f.changed == outcome && f.given == nil && f.instead == nil && f.required == "" && !f.hidden {
				return &row{story: s, path: path, field: f}
			}
		}
	}
	s.t.Fatalf("no field of %s stands alone: this story needs one", s.kind.name)
	return nil
}

// untilHeeded waits until a change to the other value is told, or made.
func (r *row) untilHeeded(o *unstructured.Unstructured) {
	r.t.Helper()
	if r.changed == fixed {
		r.untilFixed(o)
		return
	}
	r.until(o, "it is repaired", func() bool { return cmp.Equal(r.one(o).values[r.path], r.other) })
	r.untilWell(o)
}

// Of two changes the one that can be made is made, and the other one is told.
// What differs can be deleted.
func twoChanges(s story) {
	r := s.someChange()
	o := s.manifest("two-changes", r.with(r.set))
	s.create(o)
	s.untilWell(o)
	s.edit(o, r.with(r.other), change{s.kind.words.description: "changed", s.kind.words.field: s.kind.words.one})
	s.until(o, "the description is changed", func() bool { return s.one(o).values[s.kind.words.description] == "changed" })
	r.untilHeeded(o)
	id := s.one(o).id
	writes := s.api.writes(id)
	r.untilHeeded(o)
	if got := s.api.writes(id); got != writes {
		s.t.Errorf("want nothing more written to metal-api, it was written %d times", got-writes)
	}
	s.away(o)
}

// What is freed outside is made anew as the spec says now.
func freedOutside(s story) {
	r := s.someChange()
	o := s.manifest("freed-outside", r.with(r.set))
	s.create(o)
	s.untilWell(o)
	was := s.order(o)
	s.edit(o, r.with(r.other))
	r.untilHeeded(o)
	id := s.one(o).id
	if err := s.kind.free(s.t.Context(), s.stack, id); err != nil {
		s.t.Fatal(err)
	}
	s.until(o, "another one is made", func() bool { return !cmp.Equal(was, s.order(o)) })
	s.untilWell(o)
	s.stillWell(o)
	s.away(o)
}

// An answer to an allocate is lost, and the spec is changed before it is known
// what came of it. The bench is the story's own.
func answerLost(s story) {
	r := s.someChange()
	for when, cameTrue := range map[simulator.Moment]bool{simulator.Before: false, simulator.After: true} {
		fault := s.api.AddFault(simulator.Fault{Operation: s.kind.allocates, Drop: when, Count: 1})
		o := s.manifest("answer-lost-"+string(when), r.with(r.set))
		s.create(o)
		s.until(o, "the answer is lost", func() bool { return !s.gone(o) && strings.Contains(viewOf(o).Message, "may have come true") })
		s.edit(o, r.with(r.other))
		if cameTrue && r.changed == fixed {
			s.until(o, "it is there, and is not what the spec says", func() bool {
				return !s.gone(o) && viewOf(o).Ready == corev1.ConditionTrue && viewOf(o).UpToDate == corev1.ConditionFalse
			})
			r.untilFixed(o)
			s.edit(o, r.with(r.set))
		}
		s.untilWell(o)
		s.stillWell(o)
		if !cameTrue {
			s.sameOrder(o, r.with(r.other))
		}
		s.away(o)
		_ = s.api.RemoveFault(fault) // It is gone once it has struck.
	}
}

// sameOrder as that of another object with a change.
func (s story) sameOrder(o *unstructured.Unstructured, c change) {
	s.t.Helper()
	another := s.manifest(o.GetName()+"-another", c)
	s.create(another)
	s.untilWell(another)
	if diff := cmp.Diff(s.order(another), s.order(o)); diff != "" {
		s.t.Errorf("want it made as the spec says now:\n%s", diff)
	}
	s.away(another)
}
