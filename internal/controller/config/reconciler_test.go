package config

import (
	"errors"
	"testing"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/logging"
	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/crossplane/crossplane-runtime/v2/pkg/reconciler/providerconfig"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"
	kerrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

const msgUsed = "still used by Network team-a/net: delete them first"

func terminating() xpv2.Condition { return providerconfig.Terminating().WithMessage(msgUsed) }

func TestReconcile(t *testing.T) {
	t.Parallel()
	const ns = v1alpha1.ProviderConfigKind
	key1 := secret(team, "metal-api", "hmac", "s")
	plain := func(pc *v1alpha1.ProviderConfig) { pc.Spec.URL = "http://api.172.17.0.1.nip.io:8080/metal" }
	known := func(pc *v1alpha1.ProviderConfig) {
		pc.Finalizers = []string{InUse}
		pc.Status.Role, pc.Status.Version = "admin", "v0.44.1"
		pc.SetConditions(xpv2.Available().WithObservedGeneration(1))
	}
	no := func(reason, msg string) xpv2.Condition {
		return xpv2.Condition{Type: xpv2.TypeReady, Status: corev1.ConditionFalse, Reason: xpv2.ConditionReason(reason), Message: msg, ObservedGeneration: 1}
	}
	yes := xpv2.Available().WithObservedGeneration(1)

	cases := map[string]struct {
		reason string
		pc     *v1alpha1.ProviderConfig
		there  []client.Object
		role   metal.Role
		err    error

		want   v1alpha1.ProviderConfigStatus
		writes int
		events []string
		soon   bool
	}{
		"New": {
			reason: "What can be reached is Ready, with role and version.",
			pc:     providerConfig(), there: []client.Object{key1}, role: metal.RoleEdit,
			want:   status(0, "edit", "v0.44.1", yes),
			writes: 2,
		},
		"Used": {
			reason: "Users are counted.",
			pc:     providerConfig(known), there: []client.Object{key1, usage(ns, "metal"), usageOf("other", ns, "metal"), usageOf(team, v1alpha1.ClusterProviderConfigKind, "metal")}, role: metal.RoleAdmin,
			want:   status(1, "admin", "v0.44.1", yes),
			writes: 1,
		},
		"AtRest": {
			reason: "What is known is not written again.",
			pc:     providerConfig(known), there: []client.Object{key1}, role: metal.RoleAdmin,
			want: status(0, "admin", "v0.44.1", yes),
		},
		"Denied": {
			reason: "A wrong key is said in metal-api's words, and the role is not known any more.",
			pc:     providerConfig(known), there: []client.Object{key1},
			err:    &metal.Error{Kind: metal.Denied, Attempted: "read the user's role", Message: "wrong key"},
			want:   status(0, "", "", no("Denied", "cannot read the user's role: wrong key")),
			writes: 1, soon: true,
		},
		"Unreachable": {
			reason: "No answer does not change the role.",
			pc:     providerConfig(known), there: []client.Object{key1},
			err:    &metal.Error{Kind: metal.Transient, Attempted: "read the user's role", Message: "no answer"},
			want:   status(0, "admin", "v0.44.1", no("Transient", "cannot read the user's role: no answer")),
			writes: 1, soon: true,
		},
		"NoRole": {
			reason: "A user without a role can do nothing.",
			pc:     providerConfig(known), there: []client.Object{key1},
			want:   status(0, "", "v0.44.1", no("Denied", "cannot use the metal-stack: "+errNoRole)),
			writes: 1, soon: true,
		},
		"NoSecret": {
			reason: "A missing Secret is said, and looked for soon: it is not watched yet.",
			pc:     providerConfig(known), role: metal.RoleAdmin,
			want:   status(0, "admin", "v0.44.1", no("NoCredentials", "Secret team-a/metal-api does not exist: create it with the key hmac, or correct spec.credentials.secretRef of ProviderConfig team-a/metal")),
			writes: 1, soon: true,
		},
		"PlainHTTP": {
			reason: "Plain http is warned of.",
			pc:     providerConfig(plain), there: []client.Object{key1}, role: metal.RoleAdmin,
			want:   status(0, "admin", "v0.44.1", yes),
			writes: 2, events: []string{"Warning PlainHTTP: " + msgPlainHTTP},
		},
		"PlainHTTPKnown": {
			reason: "Once per generation is enough, also after a restart.",
			pc:     providerConfig(plain, known), there: []client.Object{key1, usage(ns, "metal")}, role: metal.RoleAdmin,
			want:   status(1, "admin", "v0.44.1", yes),
			writes: 1,
		},
		"PlainHTTPChanged": {
			reason: "A new generation is warned of again.",
			pc:     providerConfig(plain, known, func(pc *v1alpha1.ProviderConfig) { pc.Generation = 2 }), there: []client.Object{key1}, role: metal.RoleAdmin,
			want:   status(0, "admin", "v0.44.1", xpv2.Available().WithObservedGeneration(2)),
			writes: 1, events: []string{"Warning PlainHTTP: " + msgPlainHTTP},
		},
		"Blocked": {
			reason: "A configuration in use is kept, and says who uses it.",
			pc:     deleted(providerConfig(plain, known, func(pc *v1alpha1.ProviderConfig) { pc.Generation = 2 }), InUse), there: []client.Object{key1, usage(ns, "metal")}, role: metal.RoleAdmin,
			want:   status(1, "admin", "v0.44.1", yes.WithMessage("being deleted, "+msgUsed).WithObservedGeneration(2), terminating()),
			writes: 1, events: []string{"Warning InUse: cannot be deleted: " + msgUsed},
		},
	}
	for n, tc := range cases {
		t.Run(n, func(t *testing.T) {
			t.Parallel()
			kube, wrote := writes(cluster(t, append(copies(tc.there), tc.pc)...))
			stacks, _ := stacksOf(tc.role, tc.err)
			recorded := &events{}
			r := &reconciler{kind: ns, kube: kube, live: kube, stacks: stacks, record: recorded, log: logging.NewNopLogger()}
			req := reconcile.Request{NamespacedName: key(team, "metal")}
			res, err := r.Reconcile(t.Context(), req)
			if err != nil {
				t.Fatal(err)
			}
			got := get(t, kube, &v1alpha1.ProviderConfig{}, req.NamespacedName)
			if diff := cmp.Diff(tc.want, got.Status, cmpopts.IgnoreFields(xpv2.Condition{}, "LastTransitionTime"), cmpopts.SortSlices(func(a, b xpv2.Condition) bool { return a.Type < b.Type })); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
			if !meta.FinalizerExists(got, InUse) {
				t.Errorf("%s\nit has no finalizer", tc.reason)
			}
			if got := res.RequeueAfter > 0 && res.RequeueAfter < time.Minute; got != tc.soon {
				t.Errorf("%s\nwant to look again soon: %t, got: %s", tc.reason, tc.soon, res.RequeueAfter)
			}

			// A second time nothing is news.
			if _, err := r.Reconcile(t.Context(), req); err != nil {
				t.Fatal(err)
			}
			if *wrote != tc.writes {
				t.Errorf("%s\nwant %d writes, got %d", tc.reason, tc.writes, *wrote)
			}
			if diff := cmp.Diff(tc.events, recorded.messages); diff != "" {
				t.Errorf("%s\n-want events, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestReconcileDeletion(t *testing.T) {
	t.Parallel()
	const all = v1alpha1.ClusterProviderConfigKind

	cases := map[string]struct {
		reason string
		cached []client.Object
		live   []client.Object
		gone   bool
	}{
		"Unused":         {reason: "Nobody uses it: it goes.", gone: true},
		"UsedBehindBack": {reason: "What the cache does not know yet counts: the last look is live.", live: []client.Object{usage(all, "metal")}},
		"UsedOther":      {reason: "Usages of a ProviderConfig of the same name are not of a ClusterProviderConfig.", cached: []client.Object{usage(v1alpha1.ProviderConfigKind, "metal")}, gone: true},
	}
	for n, tc := range cases {
		t.Run(n, func(t *testing.T) {
			t.Parallel()
			kube := cluster(t, append(tc.cached, deleted(clusterProviderConfig(), InUse))...)
			stacks, made := stacksOf(metal.RoleAdmin, nil)
			if _, err := stacks.session("cpc-uid", metal.Config{}); err != nil {
				t.Fatal(err)
			}
			r := &reconciler{kind: all, kube: kube, live: cluster(t, append(tc.live, tc.cached...)...), stacks: stacks, record: &events{}, log: logging.NewNopLogger()}
			if _, err := r.Reconcile(t.Context(), reconcile.Request{NamespacedName: key("", "metal")}); err != nil {
				t.Fatal(err)
			}
			err := kube.Get(t.Context(), key("", "metal"), &v1alpha1.ClusterProviderConfig{})
			if got := kerrors.IsNotFound(err); got != tc.gone {
				t.Errorf("%s\nwant it gone: %t, got: %v", tc.reason, tc.gone, err)
			}
			if got := (*made)[0].closed; got != tc.gone {
				t.Errorf("%s\nwant its client closed: %t, got: %t", tc.reason, tc.gone, got)
			}
		})
	}
}

func TestReconcileGone(t *testing.T) {
	t.Parallel()
	kube := cluster(t)
	r := &reconciler{kind: v1alpha1.ProviderConfigKind, kube: kube, live: kube, record: &events{}, log: logging.NewNopLogger()}
	if _, err := r.Reconcile(t.Context(), reconcile.Request{NamespacedName: key(team, "metal")}); err != nil {
		t.Errorf("Reconcile(...): a configuration that is gone needs nothing, got %v", err)
	}
}

func TestSentence(t *testing.T) {
	t.Parallel()
	us := make([]v1alpha1.ProviderConfigUsage, 5)
	for i := range us {
		us[i] = *usage(v1alpha1.ProviderConfigKind, "metal")
		us[i].ResourceReference.Name = string(rune('a' + i))
	}
	want := "still used by Network team-a/a, Network team-a/b, Network team-a/c and 2 more: delete them first"
	if diff := cmp.Diff(want, sentence(us)); diff != "" {
		t.Errorf("sentence(...): -want, +got:\n%s", diff)
	}
}

func TestReadinessKeepsKinds(t *testing.T) {
	t.Parallel()
	wrapped := errors.Join(&metal.Error{Kind: metal.Misdirected, Attempted: "a", Message: "b"})
	if got := readiness(wrapped).Reason; got != "Misdirected" {
		t.Errorf("readiness(...): want reason Misdirected, got %s", got)
	}
}

func status(users int64, role, version string, cs ...xpv2.Condition) v1alpha1.ProviderConfigStatus {
	s := v1alpha1.ProviderConfigStatus{Role: role, Version: version}
	s.Users = users
	s.SetConditions(cs...)
	return s
}

func usageOf(namespace, kind, config string) *v1alpha1.ProviderConfigUsage {
	u := usage(kind, config)
	u.Namespace, u.Name = namespace, kind
	return u
}
