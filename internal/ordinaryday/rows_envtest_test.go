//go:build envtest

package ordinaryday

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// A row is what is done to one field of a kind.
type row struct {
	story

	path string
	field

	// absentOrder and setOrder are what metal-api gets without the field and with
	// it, once that is known.
	absentOrder, setOrder any
}

// rows of a kind: each optional field is absent, empty, set, changed while
// nothing exists, and changed and removed while something does.
func rows(t *testing.T, b *bench, k *kind) {
	t.Helper()
	entries := k.fields(b.world)
	for _, c := range crds(t) {
		if c.Spec.Names.Kind != k.name {
			continue
		}
		for path, schema := range optional(t, c) {
			t.Run(path, func(t *testing.T) {
				t.Parallel()
				r := &row{path: path, field: entries[path]}
				for _, do := range []struct {
					name string
					run  func()
				}{
					{"absent", r.isAbsent},
					{"empty", func() { r.isEmpty(empties(schema)) }},
					{"set", r.isSet},
					{"changed-before", r.isChangedBefore},
					{"changed", r.isChanged},
					{"removed", r.isRemoved},
				} {
					t.Run(do.name, func(t *testing.T) {
						r.story = b.story(t, k)
						do.run()
					})
				}
			})
		}
	}
}

// fit for the name of a resource.
func fit(path string) string {
	unfit := regexp.MustCompile(`[^a-z0-9]+`)
	return strings.Trim(unfit.ReplaceAllString(strings.ToLower(path), "-"), "-")
}

// without the field, and with it.
func (r *row) without() change { return r.given.with(r.instead, change{r.path: nil}) }

func (r *row) with(v any) change {
	return r.given.with(r.instead.without(), change{r.path: v})
}

// one object for a row.
func (r *row) make(name string, c change) *unstructured.Unstructured {
	r.t.Helper()
	return r.manifest(fit(r.path+"-"+name), c)
}

func (r *row) isAbsent() {
	o := r.make("absent", r.without())
	if r.required != "" {
		r.refusedWith(r.kube.Create(r.t.Context(), o), r.required)
		return
	}
	r.create(o)
	r.untilWell(o)
	r.absentOrder = r.order(o)
	if r.preset != nil {
		r.expect(o, same, r.with(r.preset), nil)
		r.expect(o, same, r.without(), nil)
	}
	r.expect(o, r.added, r.with(r.set), r.set)
	r.away(o)
}

func (r *row) isEmpty(empties []any) {
	for _, v := range empties {
		empty := r.without().with(change{r.path: v})
		o := r.make("empty", empty)
		if r.notEmpty != "" {
			r.refusedWith(r.kube.Create(r.t.Context(), o), r.notEmpty)
			continue
		}
		r.create(o)
		r.untilWell(o)
		if diff := cmp.Diff(r.absentOrder, r.order(o)); diff != "" {
			r.t.Errorf("want the empty ordered as the absent one:\n-absent, +empty:\n%s", diff)
		}
		r.expect(o, same, r.without(), nil)
		r.expect(o, same, empty, nil)
		r.away(o)
	}
}

func (r *row) isSet() {
	o := r.make("set", r.with(r.set))
	r.create(o)
	r.untilWell(o)
	r.setOrder = r.order(o)
	switch same := cmp.Equal(r.absentOrder, r.setOrder); {
	case r.absentOrder == nil:
	case same && !r.still:
		r.t.Error("want it to make a difference to the order, and it makes none")
	case !same && r.still:
		r.t.Errorf("want it to make no difference to the order:\n-absent, +set:\n%s", cmp.Diff(r.absentOrder, r.setOrder))
	}
	r.has(o, r.set)
	for _, v := range r.spellings {
		r.expect(o, same, r.with(v), nil)
	}
	r.away(o)
}

func (r *row) isChangedBefore() {
	o := r.make("before", r.with(r.other).with(r.kind.blocked))
	r.create(o)
	r.until(o, "it is refused, and says why", func() bool {
		v := viewOf(o)
		return !r.gone(o) && v.Message != "" && v.Synced == corev1.ConditionFalse
	})
	r.nothing(o)
	r.edit(o, change{"spec.forProvider": r.kind.base(r.world)}, r.with(r.set))
	r.untilWell(o)
	if diff := cmp.Diff(r.setOrder, r.order(o)); diff != "" {
		r.t.Errorf("want ordered what it was changed to:\n-set, +changed before:\n%s", diff)
	}
	r.has(o, r.set)
	r.away(o)
}

func (r *row) isChanged() {
	o := r.make("changed", r.with(r.set))
	r.create(o)
	r.untilWell(o)
	r.expect(o, r.changed, r.with(r.other), r.other)
	if r.changed == fixed && !r.hidden {
		// kubectl replace takes the memory away, and what exists is still seen.
		r.replace(o, r.with(r.other))
		r.untilFixed(o)
		r.replace(o, r.with(r.set))
		r.untilWell(o)
	}
	r.away(o)
}

func (r *row) isRemoved() {
	o := r.make("removed", r.with(r.set))
	r.create(o)
	r.untilWell(o)
	r.expect(o, r.removed, r.without(), r.left)
	r.away(o)
}
