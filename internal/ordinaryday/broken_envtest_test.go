//go:build envtest

package ordinaryday

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

// What is deleted while something is broken says so, and goes when that is
// mended. The bench is the story's own.
func deletedWhileBroken(s story) {
	pc := &v1alpha1.ProviderConfig{ObjectMeta: metav1.ObjectMeta{Namespace: s.world.namespace, Name: configuration}}
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: s.world.namespace, Name: credentials}}
	patch := func(o client.Object, patch string) {
		s.t.Helper()
		if err := s.kube.Patch(s.t.Context(), o, client.RawPatch(types.MergePatchType, []byte(patch))); err != nil {
			s.t.Fatal(err)
		}
	}
	key := func(key string) string {
		return fmt.Sprintf(`{"data":{"hmac":%q}}`, base64.StdEncoding.EncodeToString([]byte(key)))
	}
	for name, way := range map[string]struct {
		breaks, mends func()
		says          string
	}{
		"metal-api-down": {breaks: func() { s.api.down.Store(true) }, mends: func() { s.api.down.Store(false) }},
		"wrong-url": {
			breaks: func() { patch(pc, `{"spec":{"url":"http://127.0.0.1:1/metal"}}`) },
			mends:  func() { patch(pc, fmt.Sprintf(`{"spec":{"url":%q}}`, s.api.url)) },
		},
		"wrong-key": {breaks: func() { patch(secret, key("wrong")) }, mends: func() { patch(secret, key(adminKey)) }, says: "Secret"},
		"no-key":    {breaks: func() { patch(secret, `{"data":{"hmac":null}}`) }, mends: func() { patch(secret, key(adminKey)) }, says: credentials},
		"no-secret": {breaks: func() { s.rename(pc, credentials, "gone") }, mends: func() { s.rename(pc, "gone", credentials) }, says: "gone"},
		"not-freed": {
			breaks: func() {
				s.api.AddFault(simulator.Fault{Operation: s.kind.frees, Status: http.StatusInternalServerError})
			},
			mends: s.api.ClearFaults,
		},
	} {
		o := s.manifest(name, change{"spec.providerConfigRef": object{"kind": "ProviderConfig", "name": configuration}})
		s.create(o)
		s.untilWell(o)
		way.breaks()
		s.delete(o)
		s.until(o, name+": it says why it does not go", func() bool {
			v := viewOf(o)
			return !s.gone(o) && v.Synced == corev1.ConditionFalse && v.Message != "" && strings.Contains(v.Message, way.says)
		})
		way.mends()
		s.untilGone(o)
	}
}

// rename the Secret that a configuration names.
func (s story) rename(pc *v1alpha1.ProviderConfig, from, to string) {
	s.t.Helper()
	if err := s.kube.Get(s.t.Context(), client.ObjectKeyFromObject(pc), pc); err != nil {
		s.t.Fatal(err)
	}
	if got := pc.Spec.Credentials.SecretRef.Name; got != from {
		s.t.Fatalf("want the Secret %s, got %s", from, got)
	}
	pc.Spec.Credentials.SecretRef.Name = to
	if err := s.kube.Update(s.t.Context(), pc); err != nil {
		s.t.Fatal(err)
	}
}

// A finalizer of somebody else keeps a resource, and is named.
func othersHands(s story) {
	const finalizer = "example.org/hold"
	o := s.manifest("others-hands", change{"metadata.finalizers": list{finalizer}})
	s.create(o)
	s.untilWell(o)
	s.delete(o)
	s.until(o, "it names the finalizer", func() bool { return !s.gone(o) && strings.Contains(viewOf(o).Message, finalizer) })
	s.edit(o, allBut(o, finalizer))
	s.untilGone(o)
}

// allBut one of the finalizers of an object.
func allBut(o *unstructured.Unstructured, finalizer string) change {
	left := list{}
	for _, f := range o.GetFinalizers() {
		if f != finalizer {
			left = append(left, f)
		}
	}
	return change{"metadata.finalizers": left}
}

// What is paused says so, and what goes on says nothing.
func paused(s story) {
	o := s.manifest("paused")
	o.SetAnnotations(map[string]string{meta.AnnotationKeyReconciliationPaused: "true"})
	s.create(o)
	s.untilSilencedBy(o)
	s.nothing(o)
	s.annotate(o, meta.AnnotationKeyReconciliationPaused, "")
	s.untilWell(o)
	s.annotate(o, meta.AnnotationKeyReconciliationPaused, "true")
	s.untilSilencedBy(o)
	s.annotate(o, meta.AnnotationKeyReconciliationPaused, "")
	s.untilWell(o)

	// A paused one that is deleted waits, and says for what.
	s.annotate(o, meta.AnnotationKeyReconciliationPaused, "true")
	s.untilSilencedBy(o)
	s.delete(o)
	s.untilSilencedBy(o)
	s.annotate(o, meta.AnnotationKeyReconciliationPaused, "")
	s.untilGone(o)
}

// No policies at all pause as well.
func pausedByPolicies(s story) {
	o := s.manifest("paused-policies")
	s.create(o)
	s.untilWell(o)
	s.edit(o, change{"spec.managementPolicies": list{}})
	s.untilSilencedBy(o)
	s.edit(o, change{"spec.managementPolicies": list{"*"}})
	s.untilWell(o)
	s.away(o)
}

// untilSilencedBy waits until a resource that is not carried out says why.
func (s story) untilSilencedBy(o *unstructured.Unstructured) {
	s.t.Helper()
	s.until(o, "it says why nothing is done", func() bool {
		v := viewOf(o)
		return !s.gone(o) && v.Synced == corev1.ConditionFalse && v.Message != ""
	})
}

// What names a configuration that is not there says so, and goes on when it is.
func noConfiguration(s story) {
	o := s.manifest("no-configuration", change{"spec.providerConfigRef": object{"kind": "ProviderConfig", "name": "later"}})
	s.create(o)
	s.until(o, "it names the configuration", func() bool {
		v := viewOf(o)
		return !s.gone(o) && v.Synced == corev1.ConditionFalse && strings.Contains(v.Message, "later")
	})
	s.edit(o, change{"spec.providerConfigRef": object{"kind": "ProviderConfig", "name": configuration}})
	s.untilWell(o)
	s.away(o)
}

// A connection secret that is somebody else's is not touched, and that is said.
func othersSecret(s story) {
	name := "others-secret-" + s.kind.plural
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: s.world.namespace, Name: name}, StringData: map[string]string{"is": "mine"}}
	if err := s.kube.Create(s.t.Context(), secret); err != nil {
		s.t.Fatal(err)
	}
	o := s.manifest("others-secret", change{"spec.writeConnectionSecretToRef": object{"name": name}})
	s.create(o)
	s.untilSilencedBy(o)
	s.look(o)
	if v := viewOf(o); v.Synced != corev1.ConditionFalse || !strings.Contains(v.Message, "secret") {
		s.t.Errorf("want it said that the secret is somebody else's, got %+v", v)
	}
	if err := s.kube.Delete(s.t.Context(), secret); err != nil {
		s.t.Fatal(err)
	}
	s.untilWell(o)
	s.away(o)
}

// An external name that is none is told, and nothing is made until it is gone.
func wrongExternalName(s story) {
	for _, id := range []string{"no such id", "00000000-0000-0000-0000-00000000dead"} {
		o := s.manifest("wrong-external-name")
		o.SetAnnotations(map[string]string{meta.AnnotationKeyExternalName: id})
		s.create(o)
		s.until(o, "it says what is wrong", func() bool {
			v := viewOf(o)
			return !s.gone(o) && v.Synced == corev1.ConditionFalse && strings.Contains(v.Message, id)
		})
		s.nothing(o)
		s.annotate(o, meta.AnnotationKeyExternalName, "")
		s.untilWell(o)
		s.away(o)
	}
}

// What shall only look and has nothing to look at says so.
func observeNothing(s story) {
	o := s.manifest("observe-nothing", change{"spec.managementPolicies": list{"Observe"}})
	s.create(o)
	s.untilSilencedBy(o)
	s.nothing(o)
	s.edit(o, change{"spec.managementPolicies": list{"*"}})
	s.untilWell(o)
	s.away(o)
}
