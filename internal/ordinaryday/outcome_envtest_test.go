//go:build envtest

package ordinaryday

import (
	"slices"
	"sort"
	"strings"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	kerrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// expect an outcome of a change of something that exists.
func (r *row) expect(o *unstructured.Unstructured, want outcome, c change, value any) {
	r.t.Helper()
	before := o.DeepCopy()
	others := r.others(o, want)
	id := r.one(o).id
	writes := r.api.writes(id)
	switch want {
	case refused:
		said := r.moved
		if value == nil {
			said = r.required
		}
		r.refusedWith(r.tryToEdit(o, c), said)
		r.stillWell(o)
	case same:
		r.edit(o, c)
		r.stillWell(o)
	case repaired:
		r.edit(o, c)
		r.until(o, "it is repaired", func() bool { return !r.gone(o) && r.hasValue(o, value) && viewOf(o) == well })
		writes = r.api.writes(id)
		r.stillWell(o)
	case fixed, consent:
		r.edit(o, c)
		if want == consent {
			r.untilConsent(o)
		} else {
			r.untilFixed(o)
		}
		r.edit(o, change{"spec": before.Object["spec"]})
		r.untilWell(o)
		r.stillWell(o)
	}
	if got := r.api.writes(id); got != writes {
		r.t.Errorf("want nothing more written to metal-api, it was written %d times", got-writes)
	}
	if now := r.one(o).words; !contain(now, others) {
		r.t.Errorf("want what others wrote as they wrote it, %q, got %q", others, now)
	}
}

// replace an object by its manifest, as kubectl does: without annotations and
// finalizers.
func (r *row) replace(o *unstructured.Unstructured, c change) {
	r.t.Helper()
	name := meta.GetExternalName(o)
	r.edit(o, c, change{"metadata.annotations": nil, "metadata.finalizers": nil})
	r.until(o, "it has its identity again", func() bool { return !r.gone(o) && meta.GetExternalName(o) == name && len(o.GetFinalizers()) > 0 })
}

// others write to metal-api what the resource must keep, if the field holds such
// words and is going to be repaired.
func (r *row) others(o *unstructured.Unstructured, want outcome) []string {
	r.t.Helper()
	w := r.kind.words
	if want != repaired || r.path != w.field {
		return nil
	}
	r.write(r.one(o), w.strangers)
	return w.strangers
}

// untilFixed waits until an object says that its spec cannot be carried out.
func (r *row) untilFixed(o *unstructured.Unstructured) {
	r.t.Helper()
	want := view{Ready: corev1.ConditionTrue, Synced: corev1.ConditionTrue, UpToDate: corev1.ConditionFalse, Reason: "Fixed"}
	for range 2 {
		r.look(o)
		got := viewOf(o)
		message := got.Message
		got.Message = ""
		if diff := cmp.Diff(want, got); diff != "" {
			r.t.Fatalf("want it to say that the change is not carried out:\n-want, +got:\n%s\n%s", diff, r.said(o))
		}
		called := slices.ContainsFunc(r.names(), func(name string) bool { return strings.Contains(message, name) })
		if !called || !strings.Contains(message, "create another") {
			r.t.Errorf("want %q and what to do in the message, got %q", r.names(), message)
		}
	}
}

// untilConsent waits until an object says that a person must consent to its change.
func (r *row) untilConsent(o *unstructured.Unstructured) {
	r.t.Helper()
	r.look(o)
	v := viewOf(o)
	if v.Ready != corev1.ConditionTrue || v.Synced != corev1.ConditionTrue || v.UpToDate != corev1.ConditionFalse || !strings.Contains(v.Message, "consent by the annotation") {
		r.t.Errorf("want it to say how to consent, got %+v", v)
	}
}

// names that messages may call the field by.
func (r *row) names() []string {
	if r.called != "" {
		return []string{r.called}
	}
	parts := strings.FieldsFunc(r.path, func(c rune) bool { return strings.ContainsRune(".[]", c) })
	return []string{parts[0], parts[len(parts)-1]}
}

// refusedWith is an error of the API server that says why.
func (r *row) refusedWith(err error, words string) {
	r.t.Helper()
	if !kerrors.IsInvalid(err) || words == "" || !strings.Contains(err.Error(), words) {
		r.t.Errorf("want it refused with %q, got %v", words, err)
	}
}

// has compares metal-api's value of the field, if it is one that metal-api shows.
func (r *row) has(o *unstructured.Unstructured, value any) {
	r.t.Helper()
	if !r.hasValue(o, value) {
		r.t.Errorf("want %v at metal-api, got %v", value, r.one(o).values[r.path])
	}
}

func (r *row) hasValue(o *unstructured.Unstructured, value any) bool {
	r.t.Helper()
	got, shown := r.one(o).values[r.path]
	return !shown || cmp.Equal(sorted(own(r.t, value, o.GetName())), sorted(own(r.t, got, "")))
}

// sorted list, if it is one. Nothing is an empty one.
func sorted(v any) any {
	l, ok := v.(list)
	if v == nil || !ok {
		if v == nil {
			return list{}
		}
		return v
	}
	l = slices.Clone(l)
	sort.Slice(l, func(i, j int) bool {
		a, _ := l[i].(string)
		b, _ := l[j].(string)
		return a < b
	})
	return l
}

// contain is true if some are among all.
func contain(all, some []string) bool {
	have := map[string]bool{}
	for _, w := range all {
		have[w] = true
	}
	for _, w := range some {
		if !have[w] {
			return false
		}
	}
	return true
}
