package quiet

import (
	"context"
	"testing"
	"time"

	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

func network(change func(*v1alpha1.Network)) *v1alpha1.Network {
	n := &v1alpha1.Network{ObjectMeta: metav1.ObjectMeta{Namespace: "team-a", Name: "net", UID: "uid", ResourceVersion: "7"}}
	n.Status.AtProvider.ID = "id"
	ready := xpv2.Available()
	ready.LastTransitionTime = metav1.NewTime(time.Unix(1000, 0))
	n.SetConditions(ready)
	if change != nil {
		change(n)
	}
	return n
}

func TestStatusUpdate(t *testing.T) {
	t.Parallel()
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}

	cases := map[string]struct {
		reason  string
		cached  *v1alpha1.Network
		obj     *v1alpha1.Network
		opts    []client.SubResourceUpdateOption
		written bool
	}{
		"Same": {
			reason: "What is there already is not written.",
			cached: network(nil),
			obj:    network(nil),
		},
		"SameCondition": {
			reason: "A condition that was marked again keeps its time.",
			cached: network(nil),
			obj:    network(func(n *v1alpha1.Network) { n.SetConditions(xpv2.Available()) }),
		},
		"NilOrEmpty": {
			reason: "An API server does not tell an empty list from none.",
			cached: network(nil),
			obj:    network(func(n *v1alpha1.Network) { n.Status.AtProvider.Prefixes = []string{} }),
		},
		"SpecOnly": {
			reason: "An update of the status does not write the spec.",
			cached: network(nil),
			obj:    network(func(n *v1alpha1.Network) { n.Spec.ForProvider.Partition = "new" }),
		},
		"Condition": {
			reason:  "A condition has changed.",
			cached:  network(nil),
			obj:     network(func(n *v1alpha1.Network) { n.SetConditions(xpv2.Unavailable()) }),
			written: true,
		},
		"AtProvider": {
			reason:  "Something was seen at metal-stack.",
			cached:  network(nil),
			obj:     network(func(n *v1alpha1.Network) { n.Status.AtProvider.ID = "other" }),
			written: true,
		},
		"Newer": {
			reason:  "The cache does not know yet what was written a moment ago: it cannot say what is there.",
			cached:  network(nil),
			obj:     network(func(n *v1alpha1.Network) { n.ResourceVersion = "8" }),
			written: true,
		},
		"Older": {
			reason:  "Who holds an old version must learn that there is a newer one.",
			cached:  network(func(n *v1alpha1.Network) { n.ResourceVersion = "8" }),
			obj:     network(nil),
			written: true,
		},
		"Another": {
			reason:  "An object of the same name is not the same.",
			cached:  network(func(n *v1alpha1.Network) { n.UID = "another" }),
			obj:     network(nil),
			written: true,
		},
		"NotCached": {
			reason:  "What is not cached is not known.",
			cached:  network(func(n *v1alpha1.Network) { n.Name = "other" }),
			obj:     network(nil),
			written: true,
		},
		"Unversioned": {
			reason:  "An update without a version is meant to be unconditional.",
			cached:  network(nil),
			obj:     network(func(n *v1alpha1.Network) { n.ResourceVersion = "" }),
			written: true,
		},
		"Options": {
			reason:  "Options may mean something else.",
			cached:  network(nil),
			obj:     network(nil),
			opts:    []client.SubResourceUpdateOption{client.DryRunAll},
			written: true,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			written := false
			server := interceptor.NewClient(fake.NewClientBuilder().WithScheme(scheme).Build(), interceptor.Funcs{
				SubResourceUpdate: func(context.Context, client.Client, string, client.Object, ...client.SubResourceUpdateOption) error {
					written = true
					return nil
				},
			})
			cache := fake.NewClientBuilder().WithScheme(scheme).WithObjects(tc.cached).Build()
			if err := New(server, cache).Status().Update(t.Context(), tc.obj, tc.opts...); err != nil {
				t.Fatal(err)
			}
			if written != tc.written {
				t.Errorf("%s\nwant it written: %t, got: %t", tc.reason, tc.written, written)
			}
		})
	}
}
