//go:build envtest

package ordinaryday

import (
	"strings"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// A restored copy is refused, and nothing is freed or allocated, until it is
// said that it takes over.
func restored(s story) {
	old := s.manifest("restored")
	s.create(old)
	s.untilWell(old)
	was := s.one(old)
	backup := s.backup(old)
	s.vanish(old)
	writes := s.api.writes(was.id)

	o := s.restore(backup)
	s.untilRefused(o, old)
	if diff := cmp.Diff([]found{was}, s.marked(old), cmp.AllowUnexported(found{})); diff != "" {
		s.t.Errorf("want the old one's object as it was:\n%s", diff)
	}
	s.inherits(o, old, was, writes)
}

// So it is with a manifest alone, as it is in a repository: it has none of the
// annotations that a backup has.
func appliedElsewhere(s story) {
	old := s.manifest("applied-elsewhere")
	s.create(old)
	s.untilWell(old)
	was := s.one(old)
	s.vanish(old)
	writes := s.api.writes(was.id)

	o := s.manifest(old.GetName())
	s.create(o)
	s.untilLeftBehind(o, old)
	s.inherits(o, old, was, writes)
}

// inherits what an old one had: nothing has been written or allocated for it so far, and
// from the take-over on the object is its own.
func (s story) inherits(o, old *unstructured.Unstructured, was found, writes int) {
	s.t.Helper()
	s.nothing(o)
	if got := s.api.writes(was.id); got != writes {
		s.t.Errorf("want nothing written to metal-api, it was written %d times", got-writes)
	}
	s.takeOver(o, old)
	if got := s.one(o).id; got != was.id {
		s.t.Errorf("want the old one's object %s, got %s", was.id, got)
	}
	s.nothing(old)
	s.quiet(o)
	s.away(o)
}

// Who wants another one beside says so.
func appliedBeside(s story) {
	old := s.manifest("applied-beside")
	s.create(old)
	s.untilWell(old)
	was := s.one(old)
	s.vanish(old)

	o := s.manifest(old.GetName())
	s.create(o)
	s.untilLeftBehind(o, old)
	s.annotate(o, v1alpha1.AnnotationTakeOver, "none")
	s.untilWell(o)
	if s.one(o).id == was.id || s.one(old).id != was.id {
		s.t.Errorf("want another one beside %s", was.id)
	}
	s.away(o)
	if err := s.kind.free(s.t.Context(), s.stack, was.id); err != nil {
		s.t.Error(err)
	}
}

// untilLeftBehind waits until a resource says what was left behind by another of its name.
func (s story) untilLeftBehind(o, old *unstructured.Unstructured) {
	s.t.Helper()
	s.until(o, "it says what was left behind", func() bool {
		v := viewOf(o)
		return !s.gone(o) && v.Synced == corev1.ConditionFalse && strings.Contains(v.Message, v1alpha1.AnnotationTakeOver+"="+string(old.GetUID()))
	})
}

// What was once written is remembered in a backup.
func restoredWords(s story) {
	old := s.manifest("restored-words", change{s.kind.words.field: s.kind.words.two, s.kind.words.description: "for storage"})
	s.create(old)
	s.untilWell(old)
	s.others(old)
	backup := s.backup(old)
	s.vanish(old)
	o := s.restore(backup)
	s.untilRefused(o, old)
	s.takeOver(o, old)
	s.kept(o)
	s.unwanted(o)
	s.away(o)
}

// backup of an object as Velero makes it, or puts it back: without uid, owners
// and status.
func (s story) backup(o *unstructured.Unstructured) *unstructured.Unstructured {
	s.t.Helper()
	if s.gone(o) {
		s.t.Fatalf("%s is gone", o.GetName())
	}
	b := s.empty(o.GetName())
	b.SetNamespace(o.GetNamespace())
	b.SetLabels(o.GetLabels())
	b.SetAnnotations(o.GetAnnotations())
	b.Object["spec"] = o.DeepCopy().Object["spec"]
	return b
}

// vanish from the API server, as with its cluster: nothing is freed.
func (s story) vanish(o *unstructured.Unstructured) {
	s.t.Helper()
	s.annotate(o, meta.AnnotationKeyReconciliationPaused, "true")
	s.until(o, "it is paused", func() bool {
		return !s.gone(o) && conditionsOf(o)[xpv2.TypeSynced].Reason == xpv2.ReasonReconcilePaused
	})
	s.patch(o, `{"metadata":{"finalizers":null}}`)
	s.delete(o)
	uid := o.GetUID()
	s.until(o, "it is gone", func() bool { return s.gone(o) })
	o.SetUID(uid)
	if len(s.marked(o)) != 1 {
		s.t.Fatal("want its object still there")
	}
}

func (s story) restore(backup *unstructured.Unstructured) *unstructured.Unstructured {
	s.t.Helper()
	o := backup.DeepCopy()
	s.create(o)
	return o
}

// untilRefused waits until a copy says whose its object is, and how to take it
// over.
func (s story) untilRefused(o, old *unstructured.Unstructured) {
	s.t.Helper()
	s.until(o, "it says whose the object is", func() bool { return !s.gone(o) && viewOf(o).Message != "" })
	s.look(o)
	s.look(o)
	v := viewOf(o)
	for _, word := range []string{"belongs to another managed resource", string(old.GetUID()), v1alpha1.AnnotationTakeOver} {
		if v.Synced != corev1.ConditionFalse || !strings.Contains(v.Message, word) {
			s.t.Errorf("want it refused with %q, got %+v", word, v)
		}
	}
}

func (s story) takeOver(o, old *unstructured.Unstructured) {
	s.t.Helper()
	s.annotate(o, v1alpha1.AnnotationTakeOver, string(old.GetUID()))
	s.untilWell(o)
}
