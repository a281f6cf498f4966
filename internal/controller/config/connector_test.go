package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	kerrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

func TestConnect(t *testing.T) {
	t.Parallel()
	const ns, all = v1alpha1.ProviderConfigKind, v1alpha1.ClusterProviderConfigKind

	type want struct {
		config types.UID
		secret string
		err    string
		used   bool
	}
	cases := map[string]struct {
		reason string
		mg     *v1alpha1.Network
		there  []client.Object
		live   []client.Object // The same if nil.
		want   want
	}{
		"Namespaced": {
			reason: "A ProviderConfig is looked for in the resource's own namespace.",
			mg:     network(ns, "metal"),
			there:  []client.Object{providerConfig(), clusterProviderConfig(), secret(team, "metal-api", "hmac", "s1")},
			want:   want{config: "pc-uid", secret: "s1", used: true},
		},
		"Cluster": {
			reason: "A ClusterProviderConfig names its Secret's namespace.",
			mg:     network(all, "metal"),
			there:  []client.Object{providerConfig(), clusterProviderConfig(), secret("platform", "metal-api", "hmac", "s2")},
			want:   want{config: "cpc-uid", secret: "s2", used: true},
		},
		"Newline": {
			reason: "What an editor leaves at the end of a key is not a part of it.",
			mg:     network(ns, "metal"),
			there:  []client.Object{providerConfig(), secret(team, "metal-api", "hmac", "s1 \r\n")},
			want:   want{config: "pc-uid", secret: "s1", used: true},
		},
		"NoReference": {
			reason: "A resource must name a configuration.",
			mg:     &v1alpha1.Network{},
			want:   want{err: "spec.providerConfigRef is missing: name a ProviderConfig of this namespace or a ClusterProviderConfig"},
		},
		"UnknownKind": {
			reason: "There are two kinds of configurations.",
			mg:     network("Config", "metal"),
			want:   want{err: `spec.providerConfigRef.kind "Config" is not known: use ProviderConfig or ClusterProviderConfig`},
		},
		"OtherNamespace": {
			reason: "A ProviderConfig of another namespace is not to be had.",
			mg:     network(ns, "metal"),
			there:  []client.Object{providerConfig(func(pc *v1alpha1.ProviderConfig) { pc.Namespace = "team-b" })},
			want:   want{err: "ProviderConfig team-a/metal does not exist: create it"},
		},
		"NoSecret": {
			reason: "The Secret of a ProviderConfig is in its namespace, whatever is called alike elsewhere.",
			mg:     network(ns, "metal"),
			there:  []client.Object{providerConfig(), secret("platform", "metal-api", "hmac", "s2")},
			want:   want{used: true, err: "Secret team-a/metal-api does not exist: create it with the key hmac, or correct spec.credentials.secretRef of ProviderConfig team-a/metal"},
		},
		"NoKey": {
			reason: "A Secret without the key says which one.",
			mg:     network(all, "metal"),
			there:  []client.Object{clusterProviderConfig(), secret("platform", "metal-api", "key", "s2")},
			want:   want{used: true, err: "Secret platform/metal-api has no key hmac: add it, or correct spec.credentials.secretRef of ClusterProviderConfig metal"},
		},
		"EmptyKey": {
			reason: "White space is no key.",
			mg:     network(all, "metal"),
			there:  []client.Object{clusterProviderConfig(), secret("platform", "metal-api", "hmac", "\n")},
			want:   want{used: true, err: "Secret platform/metal-api has nothing in its key hmac: put the credentials of ClusterProviderConfig metal there"},
		},
		"Deleting": {
			reason: "Nothing is tracked while deleting: a namespace that is being deleted takes no new objects.",
			mg:     deleted(network(ns, "metal"), "any"),
			there:  []client.Object{deleted(providerConfig(), InUse), secret(team, "metal-api", "hmac", "s1")},
			want:   want{config: "pc-uid", secret: "s1"},
		},
		"ConfigBeingDeleted": {
			reason: "Nothing new is begun with a configuration that is being deleted.",
			mg:     network(ns, "metal"),
			there:  []client.Object{deleted(providerConfig(), InUse), secret(team, "metal-api", "hmac", "s1")},
			want:   want{err: "ProviderConfig team-a/metal is being deleted: nothing new is made with it, create it anew when it is gone"},
		},
		"ConfigBeingDeletedUsed": {
			reason: "Who uses it already goes on to do so.",
			mg:     network(ns, "metal"),
			there:  []client.Object{deleted(providerConfig(), InUse), usage(ns, "metal"), secret(team, "metal-api", "hmac", "s1")},
			want:   want{config: "pc-uid", secret: "s1", used: true},
		},
		"ConfigDeletedBehindTheCache": {
			reason: "The first use of a configuration does not trust the cache: the configuration may be going for want of users.",
			mg:     network(ns, "metal"),
			there:  []client.Object{providerConfig(), secret(team, "metal-api", "hmac", "s1")},
			live:   []client.Object{deleted(providerConfig(), InUse)},
			want:   want{used: true, err: "ProviderConfig team-a/metal is being deleted: nothing new is made with it, create it anew when it is gone"},
		},
	}
	for n, tc := range cases {
		t.Run(n, func(t *testing.T) {
			t.Parallel()
			kube := cluster(t, tc.there...)
			live := client.Reader(kube)
			if tc.live != nil {
				live = cluster(t, tc.live...)
			}
			stacks, made := stacksOf(metal.RoleAdmin, nil)
			conn, err := NewConnector(kube, live, stacks).Connect(t.Context(), tc.mg)

			got := want{}
			if err != nil {
				got.err = err.Error()
			}
			if conn != nil {
				got.config = conn.ProviderConfigUID
				got.secret = (*made)[0].cfg.Secret
			}
			u := &v1alpha1.ProviderConfigUsage{}
			err = kube.Get(t.Context(), key(team, "net-uid"), u)
			if client.IgnoreNotFound(err) != nil {
				t.Fatal(err)
			}
			got.used = err == nil
			if diff := cmp.Diff(tc.want, got, cmp.AllowUnexported(want{})); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestConnectDoesNotHideWhatFailed(t *testing.T) {
	t.Parallel()
	stacks, _ := stacksOf(metal.RoleAdmin, nil)
	kube := cluster(t)
	_, err := NewConnector(kube, kube, stacks).Connect(t.Context(), network(v1alpha1.ProviderConfigKind, "metal"))
	if !kerrors.IsNotFound(err) {
		t.Errorf("Connect(...): want an error that is NotFound, got %v", err)
	}
}

// The credentials come first in a session's life, and must not be in anything
// that is shown.
func TestErrorsHoldNoSecrets(t *testing.T) {
	t.Parallel()
	const hmac = "very-secret-key"
	kube := cluster(t, providerConfig(), secret(team, "metal-api", "hmac", hmac))
	stacks := NewStacks(func(types.UID, metal.Config, Observer) (metal.Stack, error) {
		return nil, &metal.Error{Kind: metal.Invalid, Attempted: "use the ProviderConfig", Message: "its url is none"}
	})
	_, err := NewConnector(kube, kube, stacks).Connect(t.Context(), network(v1alpha1.ProviderConfigKind, "metal"))
	if err == nil || strings.Contains(err.Error(), hmac) {
		t.Errorf("Connect(...): want an error without the key, got %v", err)
	}
	if metal.KindOf(err) != metal.Invalid {
		t.Errorf("Connect(...): want the kind of the error kept, got %v", metal.KindOf(err))
	}
}
