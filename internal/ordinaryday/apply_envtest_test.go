//go:build envtest

package ordinaryday

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/jsonmergepatch"
	"sigs.k8s.io/yaml"
)

// What says no more than it must is applied again, by everybody's tools.
func appliedAgain(s story) { s.applyAgain(s.manifest("applied-again")) }

// So is what says all there is.
func maximalAppliedAgain(s story) {
	s.applyAgain(s.manifest("maximal", change{"spec.forProvider": s.kind.maximal(s.world)}))
}

// applyAgain a manifest, once it is as it shall be: client side, server side by
// another manager, and with replace, and as Argo CD compares it.
func (s story) applyAgain(o *unstructured.Unstructured) {
	s.t.Helper()
	manifest := s.yaml(o)
	live := s.empty(o.GetName())
	live.SetNamespace(o.GetNamespace())
	s.applied(manifest, "created", "apply")
	s.untilWell(live)
	s.look(live)
	s.applied(manifest, "unchanged", "apply")
	s.threeWay(o, live)

	serverSide := []string{"apply", "--server-side", "--field-manager=argocd"}
	s.applied(manifest, "serverside-applied", serverSide...)
	s.look(live)
	version := live.GetResourceVersion()
	s.applied(manifest, "serverside-applied", serverSide...)
	if s.gone(live); live.GetResourceVersion() != version {
		s.t.Errorf("want the resource version %s kept by a server-side apply that changes nothing, got %s", version, live.GetResourceVersion())
	}
	s.threeWay(o, live)

	id := s.one(live).id
	writes := s.api.writes(id)
	s.replaced(manifest, live)
	s.untilWell(live)
	s.look(live)
	s.untilWell(live)
	if got := s.api.writes(id); got != writes || s.one(live).id != id {
		s.t.Errorf("want nothing written to metal-api by a replace, got %d writes", got-writes)
	}
	s.away(live)
}

// replaced with kubectl: that takes annotations and finalizers away, and the
// resource finds itself again.
func (s story) replaced(manifest []byte, live *unstructured.Unstructured) {
	s.t.Helper()
	name, finalizers, uid := meta.GetExternalName(live), len(live.GetFinalizers()), live.GetUID()
	s.applied(manifest, "replaced", "replace")
	s.until(live, "it has its external name and its finalizer again", func() bool {
		return !s.gone(live) && meta.GetExternalName(live) == name && len(live.GetFinalizers()) == finalizers
	})
	if live.GetUID() != uid {
		s.t.Error("want the same resource")
	}
}

func (s story) yaml(o *unstructured.Unstructured) []byte {
	s.t.Helper()
	b, err := yaml.Marshal(o.Object)
	if err != nil {
		s.t.Fatal(err)
	}
	return b
}

// applied with kubectl, which says what became of it.
func (s story) applied(manifest []byte, want string, args ...string) {
	s.t.Helper()
	said, err := s.kubectl(s.t, manifest, append(args, "-f", "-")...)
	if err != nil || !strings.HasSuffix(strings.TrimSpace(said), " "+want) {
		s.t.Fatalf("kubectl %s: want %q, got %v: %s", strings.Join(args, " "), want, err, said)
	}
}

// threeWay merges a manifest with what was applied last and what is live, as
// Argo CD and kubectl do, and wants nothing to change.
func (s story) threeWay(o, live *unstructured.Unstructured) {
	s.t.Helper()
	if s.gone(live) {
		s.t.Fatalf("%s is gone", live.GetName())
	}
	threeWay(s.t, o, live)
}

func threeWay(t *testing.T, o, live *unstructured.Unstructured) {
	t.Helper()
	written := o.DeepCopy()
	if written.GetAnnotations() == nil {
		change{"metadata.annotations": object{}}.apply(t, written) // As kubectl does.
	}
	last := live.GetAnnotations()[corev1.LastAppliedConfigAnnotation]
	patch, err := jsonmergepatch.CreateThreeWayJSONMergePatch([]byte(last), asJSON(t, written.Object), asJSON(t, live.Object))
	if err != nil {
		t.Fatal(err)
	}
	if string(patch) != "{}" {
		t.Errorf("want nothing to merge, got %s", patch)
	}
	want := o.Object["spec"]
	if diff := cmp.Diff(want, shown(want, live.Object["spec"])); diff != "" {
		t.Errorf("want the spec live as it was written:\n-written, +live:\n%s", diff)
	}
}

// shown is the part of what is live that a manifest is about; lists are compared
// whole.
func shown(want, live any) any {
	w, ok := want.(object)
	l, is := live.(object)
	if !ok || !is {
		return live
	}
	out := object{}
	for key, v := range w {
		if has, ok := l[key]; ok {
			out[key] = shown(v, has)
		}
	}
	return out
}

func asJSON(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
