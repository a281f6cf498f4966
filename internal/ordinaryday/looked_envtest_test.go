//go:build envtest

package ordinaryday

import (
	"maps"
	"slices"
	"strings"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// What people do with what was there before: they look at it first, and take it over
// when the spec says what it is.
func lookedFirst(s story) {
	was := s.nobodys("looked-first")
	o := s.looking("looked-first", was)
	for path, wrong := range s.kind.identifies(s.world) {
		s.edit(o, s.all(), change{path: wrong})
		s.untilUnlike(o, path)
		s.untouched(o, was)

		// What only looks must not say it either, and may be corrected.
		s.edit(o, change{"spec.managementPolicies": list{"Observe"}})
		s.untilUnlike(o, path)
		s.edit(o, change{"spec.forProvider": object{}})
		s.until(o, "it is looked at again", func() bool { return s.ready(o) })
	}
	s.edit(o, s.all())
	s.until(o, "it is marked", func() bool { return len(s.marked(o)) == 1 })
	s.untilWell(o)
	if got := s.one(o).id; got != was.id {
		s.t.Errorf("want %s taken over, got %s", was.id, got)
	}
	s.quiet(o)
	s.away(o)
}

// What was looked at, then claimed with a spec that it is not, is let go untouched when it
// is deleted; and so is what is deleted before it was taken over.
func lookedThenDeleted(s story) {
	was := s.nobodys("looked-deleted")
	wrongs := s.kind.identifies(s.world)
	path := slices.Sorted(maps.Keys(wrongs))[0]
	for _, look := range []bool{false, true} {
		var o *unstructured.Unstructured
		if look {
			o = s.looking("looked-deleted", was)
			s.edit(o, s.all(), change{path: wrongs[path]})
		} else {
			o = s.manifest("looked-deleted", change{path: wrongs[path], "metadata.annotations": object{meta.AnnotationKeyExternalName: was.id}})
			s.create(o)
		}
		s.untilUnlike(o, path)
		s.away(o)
		s.untouched(o, was)
	}
	o := s.looking("looked-deleted", was)
	s.patch(o, `{"metadata":{"annotations":{"crossplane.io/paused":"true"}}}`)
	s.untilSilencedBy(o)
	s.edit(o, s.all())
	s.delete(o)
	s.patch(o, `{"metadata":{"annotations":{"crossplane.io/paused":null}}}`)
	s.untilGone(o)
	s.untouched(o, was)

	// So an ordinary import goes on, and frees it.
	o = s.manifest("looked-deleted", change{"metadata.annotations": object{meta.AnnotationKeyExternalName: was.id}})
	s.create(o)
	s.untilWell(o)
	s.away(o)
}

// A name that was wrong is corrected by who only looks.
func lookedElsewhere(s story) {
	one, other := s.nobodys("looked-one"), s.nobodys("looked-other")
	o := s.looking("looked-elsewhere", one)
	s.annotate(o, meta.AnnotationKeyExternalName, other.id)
	s.look(o)
	v := viewOf(o)
	if v != well || meta.GetExternalName(o) != other.id {
		s.t.Errorf("want it to look at the other, got %+v", v)
	}
	s.untouched(o, one)
	s.untouched(o, other)
	s.away(o)
	for _, f := range []nobodysOwn{one, other} {
		if err := s.kind.free(s.t.Context(), s.stack, f.id); err != nil {
			s.t.Error(err)
		}
	}
}

// all policies, and what the spec must say.
func (s story) all() change {
	return change{"spec.managementPolicies": list{"*"}, "spec.forProvider": s.kind.base(s.world)}
}

// What is nobodysOwn at metal-api, and how often it had been written to.
type nobodysOwn struct {
	found

	writes int
}

// nobodys object at metal-api, as metalctl makes them.
func (s story) nobodys(name string) nobodysOwn {
	s.t.Helper()
	o := s.manifest(name)
	s.create(o)
	s.untilWell(o)
	s.vanish(o)
	f := s.one(o)
	f.words = slices.DeleteFunc(f.words, func(w string) bool { return strings.HasPrefix(w, metal.MarkPrefix) })
	s.write(f, []string{"of=nobody"})
	return nobodysOwn{f, s.api.writes(f.id)}
}

// looking at an object, with an empty spec.
func (s story) looking(name string, at nobodysOwn) *unstructured.Unstructured {
	s.t.Helper()
	o := s.manifest(name, change{
		"spec.managementPolicies": list{"Observe"}, "spec.forProvider": object{}, "metadata.annotations": object{meta.AnnotationKeyExternalName: at.id},
	})
	s.create(o)
	s.until(o, "it is looked at", func() bool { return s.ready(o) })
	return o
}

// untilUnlike waits until a resource says that an object is not what its spec describes.
func (s story) untilUnlike(o *unstructured.Unstructured, path string) {
	s.t.Helper()
	field, _, _ := strings.Cut(path, "[")
	s.until(o, "it says what is wrong: "+path, func() bool {
		v := viewOf(o)
		says := strings.Contains(v.Message, "is not what the spec describes") || strings.Contains(v.Message, "is of project")
		return !s.gone(o) && v.Synced == corev1.ConditionFalse && v.Ready == corev1.ConditionFalse && says && strings.Contains(v.Message, field) && strings.Contains(v.Message, "correct")
	})
}

// untouched is what was nobody's, and still is.
func (s story) untouched(o *unstructured.Unstructured, was nobodysOwn) {
	s.t.Helper()
	s.nothing(o)
	if got := s.api.writes(was.id); got != was.writes {
		s.t.Errorf("want nothing written to %s, it was written %d times", was.id, got-was.writes)
	}
}
