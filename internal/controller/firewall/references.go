package firewall

import (
	"fmt"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	"k8s.io/utils/ptr"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller"
)

// toNetwork is what the networks of a Firewall refer to.
func toNetwork() controller.Referent {
	return controller.Referent{
		Kind: v1alpha1.NetworkKind,
		New:  func() resource.Managed { return &v1alpha1.Network{} },
		List: func() resource.ManagedList { return &v1alpha1.NetworkList{} },
	}
}

// References of a Firewall to its private Network and to others.
func (k *Kind) References(fw *v1alpha1.Firewall) []controller.Reference {
	p := &fw.Spec.ForProvider
	out := []controller.Reference{{
		Field: "privateNetworkID", Of: "privateNetworkID", To: toNetwork(),
		ID: ptr.Deref(p.PrivateNetworkID, ""), Ref: p.PrivateNetworkIDRef, Selector: p.PrivateNetworkIDSelector,
		Set: func(id string) { p.PrivateNetworkID = &id },
	}}
	for i := range p.Networks {
		n := &p.Networks[i]
		out = append(out, controller.Reference{
			Field: fmt.Sprintf("networks[%s].networkID", n.Name), Of: "networks", To: toNetwork(),
			ID: ptr.Deref(n.NetworkID, ""), Ref: n.NetworkIDRef, Selector: n.NetworkIDSelector,
			Set: func(id string) { n.NetworkID = &id },
		})
	}
	return out
}

// Names is true if a Firewall names a Network: by its id, by what a reference led
// to when it was asked for, or, as long as it may yet be created, by a reference.
func Names(fw *v1alpha1.Firewall, nw *v1alpha1.Network) bool {
	id := meta.GetExternalName(nw)
	if asked := controller.AskedOf(fw); asked != nil && id != "" {
		for _, f := range asked.Followed {
			if f.ID == id {
				return true
			}
		}
	}
	for _, r := range (&Kind{}).References(fw) {
		if r.ID != "" && r.ID == id {
			return true
		}
	}
	return !meta.WasDeleted(fw) && awaits(fw, nw)
}

// awaits is true if a Firewall that has yet to be created refers to a Network.
func awaits(fw *v1alpha1.Firewall, nw *v1alpha1.Network) bool {
	if meta.GetExternalName(fw) != "" {
		return false
	}
	for _, r := range (&Kind{}).References(fw) {
		if r.ID == "" && r.Matches(fw, nw) {
			return true
		}
	}
	return false
}
