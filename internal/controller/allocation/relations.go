package allocation

import (
	"fmt"
	"slices"

	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	"k8s.io/utils/ptr"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/canonical"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/memory"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/relation"
)

// Relations of a kind of allocations: to their Project, to their private Network and others, and to
// the IPs that no two of them may have.
func Relations(kind string) relation.Kind {
	return relation.Kind{Name: kind, To: []string{v1alpha1.ProjectKind, v1alpha1.NetworkKind, v1alpha1.IPKind}, Alone: []string{v1alpha1.IPKind}, References: references}
}

func references(mg resource.Managed) []relation.Reference {
	r, ok := mg.(Resource)
	if !ok {
		return nil
	}
	p := r.Allocation().AllocationParameters
	out := []relation.Reference{relation.ToProject(&p.ProjectID, p.ProjectIDRef, p.ProjectIDSelector), {
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
		for _, a := range canonical.Set(canonical.List(n.IPs, canonical.Address)) {
			out = append(out, relation.Reference{Field: fmt.Sprintf("networks[%s].ips", n.Name), Of: fieldIPs, To: v1alpha1.IPKind, ID: string(a)})
		}
		give := func(addresses string) {
			for _, a := range memory.Split(addresses) {
				if !slices.Contains(n.IPs, v1alpha1.IPAddress(a)) {
					n.IPs = append(n.IPs, v1alpha1.IPAddress(a))
				}
			}
		}
		for j := range n.IPRefs {
			out = append(out, relation.Reference{
				Field: fmt.Sprintf("networks[%s].ipRefs[%s]", n.Name, n.IPRefs[j].Name), Of: fieldIPs, To: v1alpha1.IPKind,
				Ref: &n.IPRefs[j], Set: give,
			})
		}
		if n.IPSelector != nil {
			out = append(out, relation.Reference{
				Field: fmt.Sprintf("networks[%s].ipSelector", n.Name), Of: fieldIPs, To: v1alpha1.IPKind,
				Selector: n.IPSelector, Many: true, Set: give,
			})
		}
	}
	return out
}
