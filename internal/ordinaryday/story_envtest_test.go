//go:build envtest

package ordinaryday

import (
	"context"
	"fmt"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// composite is an owner that several resources have in common.
var composite = list{object{
	"apiVersion": "example.org/v1", "kind": "Composite", "name": "one", "uid": "00000000-0000-0000-0000-00000000c0de", "controller": true,
}}

// A story is what one test does to resources of a kind.
type story struct {
	*bench

	t    *testing.T
	kind *kind
}

func (b *bench) story(t *testing.T, k *kind) story {
	t.Helper()
	return story{bench: b, t: t, kind: k}
}

// of another kind.
func (s story) of(kind string) story {
	s.kind = kinds()[kind]
	return s
}

// empty object of the story's kind.
func (s story) empty(name string) *unstructured.Unstructured {
	o := &unstructured.Unstructured{}
	o.SetGroupVersionKind(schema.GroupVersionKind{Group: v1alpha1.Group, Version: v1alpha1.Version, Kind: s.kind.name})
	o.SetNamespace(s.world.namespace)
	o.SetName(name)
	return o
}

// manifest of an object that says no more than it must, changed.
func (s story) manifest(name string, cs ...change) *unstructured.Unstructured {
	s.t.Helper()
	o := s.empty(name)
	change{"spec.forProvider": s.kind.base(s.world)}.apply(s.t, o)
	for _, c := range cs {
		c.apply(s.t, o)
	}
	return o
}

// create an object. If a test fails before it deletes it, it is deleted all the
// same, but nobody waits for that.
func (s story) create(o *unstructured.Unstructured) {
	s.t.Helper()
	if err := s.kube.Create(s.t.Context(), o); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		if s.t.Failed() {
			_ = s.kube.Delete(context.WithoutCancel(s.t.Context()), o.DeepCopy()) // It may be gone.
		}
	})
}

// edit an object as a person does.
func (s story) edit(o *unstructured.Unstructured, cs ...change) {
	s.t.Helper()
	if err := s.tryToEdit(o, cs...); err != nil {
		s.t.Fatalf("want the change accepted: %v", err)
	}
}

func (s story) tryToEdit(o *unstructured.Unstructured, cs ...change) error {
	s.t.Helper()
	return retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		if err := s.kube.Get(s.t.Context(), client.ObjectKeyFromObject(o), o); err != nil {
			return err
		}
		for _, c := range cs {
			c.apply(s.t, o)
		}
		return s.kube.Update(s.t.Context(), o)
	})
}

// annotate an object; an empty value removes the annotation.
func (s story) annotate(o *unstructured.Unstructured, key, value string) {
	s.t.Helper()
	patch := fmt.Sprintf(`{"metadata":{"annotations":{%q:%q}}}`, key, value)
	if value == "" {
		patch = fmt.Sprintf(`{"metadata":{"annotations":{%q:null}}}`, key)
	}
	s.patch(o, patch)
}

func (s story) patch(o *unstructured.Unstructured, patch string) {
	s.t.Helper()
	if err := s.kube.Patch(s.t.Context(), o, client.RawPatch("application/merge-patch+json", []byte(patch))); err != nil {
		s.t.Fatal(err)
	}
}

func (s story) delete(o *unstructured.Unstructured) {
	s.t.Helper()
	if err := s.kube.Delete(s.t.Context(), o.DeepCopy()); err != nil {
		s.t.Fatal(err)
	}
}

// gone is true if there is no such object any more. Else it is read anew.
func (s story) gone(o *unstructured.Unstructured) bool {
	s.t.Helper()
	err := s.kube.Get(s.t.Context(), client.ObjectKeyFromObject(o), o)
	if client.IgnoreNotFound(err) != nil {
		s.t.Fatal(err)
	}
	return err != nil
}

// until something is so.
func (s story) until(o *unstructured.Unstructured, what string, so func() bool) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-ctx.Done():
			s.t.Fatalf("not so in time: %s\n%s", what, s.said(o))
		case <-tick.C:
		}
	}
}

// said of an object, in its status and in events.
func (s story) said(o *unstructured.Unstructured) string {
	now := o.DeepCopy()
	ctx := context.WithoutCancel(s.t.Context())
	if err := s.kube.Get(ctx, client.ObjectKeyFromObject(o), now); err != nil {
		return err.Error()
	}
	now.SetManagedFields(nil)
	b, err := yaml.Marshal(now.Object)
	if err != nil {
		return err.Error()
	}
	out := string(b)
	for _, e := range s.events(ctx, o) {
		out += fmt.Sprintf("%d x %s %s: %s\n", e.Count, e.Type, e.Reason, e.Message)
	}
	return out
}

func (s story) events(ctx context.Context, o *unstructured.Unstructured) []corev1.Event {
	s.t.Helper()
	all := &corev1.EventList{}
	if err := s.kube.List(ctx, all, client.InNamespace(o.GetNamespace()), client.MatchingFields{"involvedObject.uid": string(o.GetUID())}); err != nil {
		s.t.Error(err)
	}
	return all.Items
}
