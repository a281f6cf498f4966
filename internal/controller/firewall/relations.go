package firewall

import (
	"fmt"

	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	"k8s.io/utils/ptr"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/relation"
)

// Relations of Firewalls: to their private Network and to others.
func Relations() relation.Kind {
	return relation.Kind{Name: v1alpha1.FirewallKind, To: []string{v1alpha1.NetworkKind}, References: references}
}

func references(mg resource.Managed) []relation.Reference {
	fw, ok := mg.(*v1alpha1.Firewall)
	if !ok {
		return nil
	}
	p := &fw.Spec.ForProvider
	out := []relation.Reference{{
		Field: "privateNetworkID", Of: "privateNetworkID", To: v1alpha1.NetworkKind,
		ID: ptr.Deref(p.PrivateNetworkID, ""), Ref: p.PrivateNetworkIDRef, Selector: p.PrivateNetworkIDSelector,
		Set: func(id string) { p.PrivateNetworkID = &id },
	}}
	for i := range p.Networks {
		n := &p.Networks[i]
		out = append(out, relation.Reference{
			Field: fmt.Sprintf("networks[%s].networkID", n.Name), Of: "networks", To: v1alpha1.NetworkKind,
			ID: ptr.Deref(n.NetworkID, ""), Ref: n.NetworkIDRef, Selector: n.NetworkIDSelector,
			Set: func(id string) { n.NetworkID = &id },
		})
	}
	return out
}
