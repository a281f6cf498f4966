package relation

import (
	"testing"

	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// home of two kinds: Firewalls refer to Networks, and to IPs, which are not at home.
func home(kube client.Client, live client.Reader) *Home { return New(kube, live, two()) }

func two() Kinds {
	return Kinds{
		{Name: v1alpha1.NetworkKind},
		{Name: v1alpha1.FirewallKind, To: []string{v1alpha1.NetworkKind, v1alpha1.IPKind}, Alone: []string{v1alpha1.IPKind}, References: func(mg resource.Managed) []Reference {
			p := &mg.(*v1alpha1.Firewall).Spec.ForProvider
			refs := []Reference{{
				Field: "privateNetworkID", Of: "privateNetworkID", To: v1alpha1.NetworkKind,
				ID: ptr.Deref(p.PrivateNetworkID, ""), Ref: p.PrivateNetworkIDRef, Selector: p.PrivateNetworkIDSelector,
			}}
			for _, n := range p.Networks {
				refs = append(refs, Reference{Field: "networks", Of: "networks", To: v1alpha1.NetworkKind, ID: ptr.Deref(n.NetworkID, "")})
				for _, a := range n.IPs {
					refs = append(refs, Reference{Field: "ips", Of: "ips", To: v1alpha1.IPKind, ID: string(a)})
				}
			}
			return refs
		}},
	}
}

// indexed is a cluster whose cache has the indexes of the two kinds.
func indexed(t *testing.T) *fake.ClientBuilder {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	b := fake.NewClientBuilder().WithScheme(scheme)
	for kind, o := range map[string]client.Object{v1alpha1.NetworkKind: &v1alpha1.Network{}, v1alpha1.FirewallKind: &v1alpha1.Firewall{}} {
		for field, of := range two().Indexes(kind) {
			b = b.WithIndex(o, field, of)
		}
	}
	return b
}
