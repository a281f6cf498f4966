package config

import (
	"context"
	"errors"
	"testing"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	kerrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

func TestOrphans(t *testing.T) {
	t.Parallel()
	const ns = v1alpha1.ProviderConfigKind
	ownerless := func(u *v1alpha1.ProviderConfigUsage) *v1alpha1.ProviderConfigUsage { u.OwnerReferences = nil; return u }
	released := func(u *v1alpha1.ProviderConfigUsage) *v1alpha1.ProviderConfigUsage { u.Finalizers = nil; return u }
	reborn := network(ns, "metal")
	reborn.UID = types.UID("another")

	cases := map[string]struct {
		reason string
		usage  *v1alpha1.ProviderConfigUsage
		owner  *v1alpha1.Network
		gone   bool // Released, and as it was deleted also gone.
		held   bool
		again  bool
		writes int
	}{
		"InUse":            {reason: "Who has an owner and was not deleted is in use: nothing is asked.", usage: usage(ns, "metal"), held: true},
		"DeletedInUse":     {reason: "Foreground deletion deletes usages before the resource.", usage: deleted(usage(ns, "metal"), InUse), owner: network(ns, "metal"), held: true, again: true},
		"DeletedOrphan":    {reason: "The resource is gone.", usage: deleted(usage(ns, "metal"), InUse), gone: true, writes: 1},
		"DeletedReborn":    {reason: "A resource of the same name is another one.", usage: deleted(usage(ns, "metal"), InUse), owner: reborn, gone: true, writes: 1},
		"Ownerless":        {reason: "Nobody collects what has no owner, and we may not delete: it no longer counts, and gets an owner to miss.", usage: ownerless(usage(ns, "metal")), writes: 1},
		"OwnerlessReborn":  {reason: "A restored resource has another uid, and a usage of its own.", usage: ownerless(usage(ns, "metal")), owner: reborn, writes: 1},
		"OwnerlessFree":    {reason: "What was released without an owner is to be collected, too.", usage: released(ownerless(usage(ns, "metal"))), writes: 1},
		"Free":             {reason: "What was released is left to garbage collection.", usage: released(usage(ns, "metal"))},
		"OwnerlessRestore": {reason: "A restored usage of a living resource is held until the resource tracks it again.", usage: ownerless(usage(ns, "metal")), owner: network(ns, "metal"), held: true, again: true},
		"OwnerlessGoing":   {reason: "What somebody else keeps goes without an owner.", usage: deleted(ownerless(usage(ns, "metal")), "other")},
	}
	for n, tc := range cases {
		t.Run(n, func(t *testing.T) {
			t.Parallel()
			there := []client.Object{tc.usage}
			if tc.owner != nil {
				there = append(there, tc.owner)
			}
			kube, wrote := writes(cluster(t, copies(there)...))
			r := &usageReconciler{kube: kube, live: kube}
			req := reconcile.Request{NamespacedName: key(team, "net-uid")}
			res, err := r.Reconcile(t.Context(), req)
			if err != nil {
				t.Fatal(err)
			}
			if got := res.RequeueAfter > 0; got != tc.again {
				t.Errorf("%s\nwant to look again: %t, got: %s", tc.reason, tc.again, res.RequeueAfter)
			}
			u := &v1alpha1.ProviderConfigUsage{}
			err = kube.Get(t.Context(), req.NamespacedName, u)
			if got := kerrors.IsNotFound(err); got != tc.gone {
				t.Errorf("%s\nwant it gone: %t, got: %v", tc.reason, tc.gone, err)
			}
			if got := meta.FinalizerExists(u, InUse); got != tc.held {
				t.Errorf("%s\nwant it held: %t, got: %t", tc.reason, tc.held, got)
			}
			if there := err == nil && !meta.WasDeleted(u); there && !tc.again {
				collectable(t, tc.reason, u)
			}

			// A second time nothing is left to do.
			if _, err := r.Reconcile(t.Context(), req); err != nil {
				t.Fatal(err)
			}
			if *wrote != tc.writes {
				t.Errorf("%s\nwant %d writes, got %d", tc.reason, tc.writes, *wrote)
			}
		})
	}
}

// collectable is what has an owner: the resource of the uid that the usage is
// named by, whatever became of it.
func collectable(t *testing.T, reason string, u *v1alpha1.ProviderConfigUsage) {
	t.Helper()
	want := &metav1.OwnerReference{
		APIVersion: v1alpha1.SchemeGroupVersion.String(), Kind: v1alpha1.NetworkKind, Name: "net", UID: "net-uid", Controller: new(true),
	}
	got := metav1.GetControllerOf(u)
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(metav1.OwnerReference{}, "BlockOwnerDeletion")); diff != "" {
		t.Errorf("%s\nowner: -want, +got:\n%s", reason, diff)
	}
	if got != nil && got.BlockOwnerDeletion != nil && *got.BlockOwnerDeletion {
		t.Errorf("%s\nthe usage blocks the deletion of its owner", reason)
	}
}

// A usage must not hold its configuration where only who may delete an object
// may change its owners.
func TestReleaseWhereOwnersCannotBeChanged(t *testing.T) {
	t.Parallel()
	u := usage(v1alpha1.ProviderConfigKind, "metal")
	u.OwnerReferences = nil
	server := cluster(t, u)
	kube := interceptor.NewClient(server, interceptor.Funcs{
		Patch: func(ctx context.Context, c client.WithWatch, o client.Object, p client.Patch, opts ...client.PatchOption) error {
			if len(o.GetOwnerReferences()) > 0 {
				return kerrors.NewForbidden(schema.GroupResource{Resource: "providerconfigusages"}, o.GetName(), errors.New("cannot set an ownerRef on a resource you can't delete"))
			}
			return c.Patch(ctx, o, p, opts...)
		},
	})
	r := &usageReconciler{kube: kube, live: kube}
	for range 2 { // The second time there is nothing that it may do.
		if _, err := r.Reconcile(t.Context(), reconcile.Request{NamespacedName: key(team, "net-uid")}); err != nil {
			t.Fatal(err)
		}
	}
	if meta.FinalizerExists(get(t, server, &v1alpha1.ProviderConfigUsage{}, key(team, "net-uid")), InUse) {
		t.Error("Reconcile(...): the usage still counts")
	}
}
