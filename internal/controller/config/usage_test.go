package config

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	kerrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// tracked is the usage that a tracker writes.
func tracked(kind, config string, labels map[string]string) *v1alpha1.ProviderConfigUsage {
	u := usage(kind, config)
	u.Labels = labels
	u.OwnerReferences[0].BlockOwnerDeletion = new(false)
	return u
}

func TestTrack(t *testing.T) {
	t.Parallel()
	const ns, all = v1alpha1.ProviderConfigKind, v1alpha1.ClusterProviderConfigKind
	long := strings.Repeat("long-name.", 10) + "end"

	cases := map[string]struct {
		reason string
		mg     *v1alpha1.Network
		found  *v1alpha1.ProviderConfigUsage
		want   *v1alpha1.ProviderConfigUsage
		writes int
		err    bool
	}{
		"New": {
			reason: "A usage has crossplane-runtime's labels, and does not block its owner's deletion.",
			mg:     network(all, "metal"),
			want: tracked(all, "metal", map[string]string{
				"crossplane.io/provider-config-kind": all, "crossplane.io/provider-config": "metal",
			}),
			writes: 1,
		},
		"LongName": {
			reason: "A name may be longer than a label's value.",
			mg:     network(ns, long),
			want:   tracked(ns, long, map[string]string{"crossplane.io/provider-config-kind": ns}),
			writes: 1,
		},
		"Unchanged": {
			reason: "At rest nothing is written.",
			mg:     network(ns, "metal"),
			found:  usage(ns, "metal"),
			want:   usage(ns, "metal"),
		},
		"OtherConfig": {
			reason: "A resource may be made to refer to another configuration.",
			mg:     network(all, "metal"),
			found:  usage(ns, "metal"),
			want: tracked(all, "metal", map[string]string{
				"crossplane.io/provider-config-kind": all, "crossplane.io/provider-config": "metal",
			}),
			writes: 1,
		},
		"Restored": {
			reason: "A backup brings usages back without owner and finalizer.",
			mg:     network(ns, "metal"),
			found: func() *v1alpha1.ProviderConfigUsage {
				u := usage(ns, "metal")
				u.Finalizers, u.OwnerReferences = nil, nil
				return u
			}(),
			want: tracked(ns, "metal", map[string]string{
				"crossplane.io/provider-config-kind": ns, "crossplane.io/provider-config": "metal",
			}),
			writes: 1,
		},
		"Disowned": {
			reason: "A usage without its owner is never collected.",
			mg:     network(ns, "metal"),
			found:  func() *v1alpha1.ProviderConfigUsage { u := usage(ns, "metal"); u.OwnerReferences = nil; return u }(),
			want: tracked(ns, "metal", map[string]string{
				"crossplane.io/provider-config-kind": ns, "crossplane.io/provider-config": "metal",
			}),
			writes: 1,
		},
		"BeingDeleted": {
			reason: "A usage that was deleted is kept by its finalizer, and still counts.",
			mg:     network(ns, "metal"),
			found:  deleted(usage(ns, "metal"), InUse),
			want:   usage(ns, "metal"),
		},
		"Going": {
			reason: "A usage that is about to go takes no finalizer: it must be waited for.",
			mg:     network(ns, "metal"),
			found:  deleted(usage(ns, "metal"), "other"),
			want: func() *v1alpha1.ProviderConfigUsage {
				u := usage(ns, "metal")
				u.Finalizers = []string{"other"}
				return u
			}(),
			err: true,
		},
	}
	for n, tc := range cases {
		t.Run(n, func(t *testing.T) {
			t.Parallel()
			there := []client.Object{}
			if tc.found != nil {
				there = append(there, tc.found)
			}
			kube, wrote := writes(cluster(t, there...))
			err := (&tracker{kube: kube}).track(t.Context(), tc.mg, tc.found)
			if (err != nil) != tc.err {
				t.Fatalf("%s\nwant an error: %t, got: %v", tc.reason, tc.err, err)
			}
			if *wrote != tc.writes {
				t.Errorf("%s\nwant %d writes, got %d", tc.reason, tc.writes, *wrote)
			}
			got := get(t, kube, &v1alpha1.ProviderConfigUsage{}, key(team, "net-uid"))
			if diff := cmp.Diff(tc.want, got, cmpopts.IgnoreFields(metav1.ObjectMeta{}, "ResourceVersion", "DeletionTimestamp"), cmpopts.IgnoreTypes(metav1.TypeMeta{})); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestUsersCountBothKindsApart(t *testing.T) {
	t.Parallel()
	of := func(namespace, uid, resource, kind string, released bool) *v1alpha1.ProviderConfigUsage {
		u := usage(kind, "metal")
		u.Namespace, u.Name, u.ResourceReference.Name = namespace, uid, resource
		if released {
			u.Finalizers = nil
		}
		return u
	}
	const ns, all = v1alpha1.ProviderConfigKind, v1alpha1.ClusterProviderConfigKind
	kube := cluster(t,
		of("a", "1", "one", ns, false), of("a", "2", "two", ns, true), of("b", "3", "three", ns, false),
		of("a", "4", "four", all, false), of("b", "5", "five", all, false), of("a", "6", "another", all, false),
	)

	cases := map[string]struct {
		reason string
		of     name
		want   []string
	}{
		"Namespaced": {reason: "A ProviderConfig is used in its namespace.", of: named(ns, "a", "metal"), want: []string{"Network a/one"}},
		"Cluster":    {reason: "A ClusterProviderConfig is used everywhere; users are in order.", of: named(all, "", "metal"), want: []string{"Network a/another", "Network a/four", "Network b/five"}},
		"Other":      {reason: "Another name is another configuration.", of: named(all, "", "other")},
	}
	for n, tc := range cases {
		t.Run(n, func(t *testing.T) {
			t.Parallel()
			us, err := users(t.Context(), kube, tc.of)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for i := range us {
				got = append(got, user(&us[i]))
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestRemoveFinalizer(t *testing.T) {
	t.Parallel()
	const own = "finalizer.managedresource.crossplane.io"
	boom := errors.New("boom")

	cases := map[string]struct {
		reason string
		own    error // Of the managed resource's finalizer.
		used   bool
		want   bool // The usage is still held.
		err    error
	}{
		"Both":    {reason: "The usage is released after the resource's own finalizer.", used: true},
		"NoUsage": {reason: "There may be none: nothing is tracked while deleting."},
		"First":   {reason: "The usage is held as long as the resource is.", own: boom, used: true, want: true, err: boom},
	}
	for n, tc := range cases {
		t.Run(n, func(t *testing.T) {
			t.Parallel()
			there := []client.Object{}
			if tc.used {
				there = append(there, usage(v1alpha1.ProviderConfigKind, "metal"))
			}
			kube := cluster(t, there...)
			f := NewFinalizer(kube, kube, resource.FinalizerFns{RemoveFinalizerFn: func(ctx context.Context, _ resource.Object) error {
				u := &v1alpha1.ProviderConfigUsage{}
				if err := kube.Get(ctx, key(team, "net-uid"), u); err == nil && !meta.FinalizerExists(u, InUse) {
					t.Errorf("%s\nthe usage was released before the resource", tc.reason)
				}
				return tc.own
			}})
			if err := f.RemoveFinalizer(t.Context(), deleted(network(v1alpha1.ProviderConfigKind, "metal"), own)); !errors.Is(err, tc.err) {
				t.Fatalf("%s\nwant %v, got %v", tc.reason, tc.err, err)
			}
			if !tc.used {
				return
			}
			if got := meta.FinalizerExists(get(t, kube, &v1alpha1.ProviderConfigUsage{}, key(team, "net-uid")), InUse); got != tc.want {
				t.Errorf("%s\nwant the usage held: %t, got: %t", tc.reason, tc.want, got)
			}
		})
	}
}

// Garbage collection marks a usage as deleted while its resource goes.
func TestRemoveFinalizerInSpiteOfAConflict(t *testing.T) {
	t.Parallel()
	server := cluster(t, usage(v1alpha1.ProviderConfigKind, "metal"))
	conflicts := 2
	kube := interceptor.NewClient(server, interceptor.Funcs{
		Patch: func(ctx context.Context, c client.WithWatch, o client.Object, p client.Patch, opts ...client.PatchOption) error {
			if conflicts > 0 {
				conflicts--
				return kerrors.NewConflict(schema.GroupResource{Resource: "providerconfigusages"}, o.GetName(), errors.New("somebody wrote"))
			}
			return c.Patch(ctx, o, p, opts...)
		},
	})
	f := NewFinalizer(kube, server, resource.NewNopFinalizer())
	if err := f.RemoveFinalizer(t.Context(), network(v1alpha1.ProviderConfigKind, "metal")); err != nil {
		t.Fatal(err)
	}
	if u := get(t, server, &v1alpha1.ProviderConfigUsage{}, key(team, "net-uid")); meta.FinalizerExists(u, InUse) {
		t.Error("RemoveFinalizer(...): the usage was not released")
	}
}
