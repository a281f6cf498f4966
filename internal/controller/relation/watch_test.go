package relation

import (
	"testing"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// What is being deleted is looked at again when who named it is gone.
func TestWaiting(t *testing.T) {
	t.Parallel()
	now := metav1.NewTime(time.Unix(0, 0))
	network := func(namespace, name, id string, deleted bool) *v1alpha1.Network {
		n := &v1alpha1.Network{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: map[string]string{"cluster": name}}}
		meta.SetExternalName(n, id)
		if deleted {
			n.SetDeletionTimestamp(&now)
			n.SetFinalizers([]string{"kept"})
		}
		return n
	}
	kube := indexed(t).WithObjects(
		network("a", "n1", "id1", true),
		network("a", "n2", "id2", true),
		network("a", "n3", "id3", false),
		network("b", "n1", "id4", true),
	).Build()
	request := func(namespace, name string) reconcile.Request {
		return reconcile.Request{NamespacedName: types.NamespacedName{Namespace: namespace, Name: name}}
	}
	type params = v1alpha1.AllocationParameters
	cases := map[string]struct {
		reason string
		p      params
		want   []reconcile.Request
	}{
		"Private":        {"by its id", params{PrivateNetworkID: new("id1")}, []reconcile.Request{request("a", "n1")}},
		"Beside":         {"in any namespace", params{Networks: []v1alpha1.AllocationNetwork{{NetworkID: new("id4")}, {NetworkID: new("id2")}}}, []reconcile.Request{request("a", "n2"), request("b", "n1")}},
		"NotBeingGone":   {"only those that are being deleted", params{PrivateNetworkID: new("id3")}, nil},
		"Reference":      {"by a reference that was not resolved yet", params{PrivateNetworkIDRef: &v1alpha1.Reference{Name: "n1"}}, []reconcile.Request{request("a", "n1")}},
		"Selector":       {"by a selector", params{PrivateNetworkIDSelector: &v1alpha1.Selector{MatchLabels: map[string]string{"cluster": "n2"}}}, []reconcile.Request{request("a", "n2")}},
		"SelectorOwner":  {"by a selector of the same owner", params{PrivateNetworkIDSelector: &v1alpha1.Selector{MatchLabels: map[string]string{"cluster": "n2"}, MatchControllerRef: new(true)}}, nil},
		"ResolvedByName": {"what is resolved counts", params{PrivateNetworkID: new("id2"), PrivateNetworkIDRef: &v1alpha1.Reference{Name: "n1"}}, []reconcile.Request{request("a", "n2")}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fw := &v1alpha1.Firewall{ObjectMeta: metav1.ObjectMeta{Namespace: "a", Name: "f", DeletionTimestamp: &now}}
			fw.Spec.ForProvider.AllocationParameters = tc.p
			got, err := home(kube, nil).waiting(t.Context(), two().named(v1alpha1.FirewallKind), fw, v1alpha1.NetworkKind)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// Who waits for an IP of a user that is gone tries again.
func TestWanting(t *testing.T) {
	t.Parallel()
	fw := func(name, id string, addresses ...v1alpha1.IPAddress) *v1alpha1.Firewall {
		f := &v1alpha1.Firewall{ObjectMeta: metav1.ObjectMeta{Namespace: "a", Name: name}}
		if id != "" {
			meta.SetExternalName(f, id)
		}
		f.Spec.ForProvider.Networks = []v1alpha1.AllocationNetwork{{Name: "internet", NetworkID: new("internet"), IPs: addresses}}
		return f
	}
	kube := indexed(t).WithObjects(fw("same", "", "203.0.113.150"), fw("other", "", "203.0.113.151"), fw("none", ""), fw("has-it", "m1", "203.0.113.150")).Build()
	of := two().named(v1alpha1.FirewallKind)
	got, err := home(kube, nil).wanting(t.Context(), of, fw("gone", "m2", "203.0.113.150", "203.0.113.160"), of, v1alpha1.IPKind)
	if err != nil {
		t.Fatal(err)
	}
	want := []reconcile.Request{{NamespacedName: types.NamespacedName{Namespace: "a", Name: "same"}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}
