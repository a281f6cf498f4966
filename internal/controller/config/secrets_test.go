package config

import (
	"testing"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

func TestSecret(t *testing.T) {
	t.Parallel()
	const ns = v1alpha1.ProviderConfigKind
	marked := func(s *corev1.Secret) *corev1.Secret {
		s.Labels = map[string]string{InUse: "true"}
		s.Finalizers = []string{InUse}
		return s
	}
	mine := func() *corev1.Secret { return secret(team, "metal-api", "hmac", "s") }
	second := providerConfig(func(pc *v1alpha1.ProviderConfig) { pc.Name, pc.UID = "second", "second" })

	type want struct{ Labelled, Kept bool }
	cases := map[string]struct {
		reason string
		there  []client.Object
		want   want
		writes int
	}{
		"Foreign":    {reason: "Secrets of others are not touched.", there: []client.Object{mine()}},
		"Namesake":   {reason: "Nor are those that are called alike in another namespace.", there: []client.Object{secret("other", "metal-api", "hmac", "s"), providerConfig(), usage(ns, "metal")}},
		"Known":      {reason: "A configuration's Secret is watched.", there: []client.Object{mine(), providerConfig()}, want: want{Labelled: true}, writes: 1},
		"Used":       {reason: "It is kept until the last user is gone.", there: []client.Object{mine(), providerConfig(), usage(ns, "metal")}, want: want{Labelled: true, Kept: true}, writes: 1},
		"AtRest":     {reason: "Nothing is written twice.", there: []client.Object{marked(mine()), providerConfig(), usage(ns, "metal")}, want: want{Labelled: true, Kept: true}},
		"Unused":     {reason: "When the last user is gone, it may go.", there: []client.Object{marked(mine()), providerConfig()}, want: want{Labelled: true}, writes: 1},
		"Forgotten":  {reason: "When no configuration names it, it is as it was.", there: []client.Object{marked(mine())}, writes: 1},
		"UsedTwice":  {reason: "Another configuration with the same Secret is in use.", there: []client.Object{marked(mine()), providerConfig(), second, usage(ns, "second")}, want: want{Labelled: true, Kept: true}},
		"ForCluster": {reason: "A ClusterProviderConfig's Secret is kept as well.", there: []client.Object{secret("platform", "metal-api", "hmac", "s"), clusterProviderConfig(), usage(v1alpha1.ClusterProviderConfigKind, "metal")}, want: want{Labelled: true, Kept: true}, writes: 1},
		"BeingGone":  {reason: "A Secret that is being deleted takes no new finalizer, only its label.", there: []client.Object{deleted(mine(), "other"), providerConfig(), usage(ns, "metal")}, want: want{Labelled: true}, writes: 1},
	}
	for n, tc := range cases {
		t.Run(n, func(t *testing.T) {
			t.Parallel()
			kube, wrote := writes(cluster(t, tc.there...))
			at := client.ObjectKeyFromObject(tc.there[0])
			r := &secretReconciler{kube: kube}
			if _, err := r.Reconcile(t.Context(), reconcile.Request{NamespacedName: at}); err != nil {
				t.Fatal(err)
			}
			s := get(t, kube, &corev1.Secret{}, at)
			if diff := cmp.Diff(tc.want, want{Labelled: s.Labels[InUse] == "true", Kept: meta.FinalizerExists(s, InUse)}); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
			if *wrote != tc.writes {
				t.Errorf("%s\nwant %d writes, got %d", tc.reason, tc.writes, *wrote)
			}
			if string(s.Data["hmac"]) != "s" {
				t.Errorf("%s\nthe Secret's data was changed", tc.reason)
			}
		})
	}
}

func TestSecretSelector(t *testing.T) {
	t.Parallel()
	s := &metav1.PartialObjectMetadata{}
	if SecretSelector().Matches(labelsOf(s)) {
		t.Error("a Secret without the label is cached")
	}
	mark(s, true, false)
	if !SecretSelector().Matches(labelsOf(s)) {
		t.Error("a Secret that was marked is not cached")
	}
}

func labelsOf(o client.Object) labels.Set { return o.GetLabels() }
