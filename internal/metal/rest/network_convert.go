package rest

import (
	"maps"
	"net/netip"
	"strings"
	"time"

	"github.com/metal-stack/metal-go/api/models"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// networkRequest asks for a network.
func networkRequest(o metal.NetworkOrder) *models.V1NetworkAllocateRequest {
	r := &models.V1NetworkAllocateRequest{
		Name:                o.Name,
		Description:         value(o.Description),
		Partitionid:         o.Partition,
		Projectid:           o.ProjectID,
		Shared:              value(o.Shared),
		Nat:                 value(o.NAT),
		Destinationprefixes: strs(o.DestinationPrefixes),
		Labels:              map[string]string{},
	}
	for k, v := range o.Labels {
		r.Labels[k] = string(v)
	}
	maps.Copy(r.Labels, o.Marks.Labels())

	// Without a family metal-api takes all of the super network's.
	if len(o.AddressFamilies) == 1 {
		r.Addressfamily = string(o.AddressFamilies[0])
	}
	if l := o.PrefixLengths; l != nil {
		r.Length = map[string]int64{}
		if l.IPv4 != nil {
			r.Length[string(v1alpha1.IPv4)] = int64(*l.IPv4)
		}
		if l.IPv6 != nil {
			r.Length[string(v1alpha1.IPv6)] = int64(*l.IPv6)
		}
	}
	return r
}

// networkOf an answer. Nothing is nobody's network.
func networkOf(n *models.V1NetworkResponse) metal.Network {
	if n == nil {
		return metal.Network{}
	}
	out := metal.Network{
		ID:                  value(n.ID),
		Created:             time.Time(n.Created),
		Name:                n.Name,
		Description:         n.Description,
		PartitionID:         n.Partitionid,
		ProjectID:           n.Projectid,
		Labels:              n.Labels,
		Marks:               metal.MarksOfLabels(n.Labels),
		Prefixes:            sorted(n.Prefixes),
		DestinationPrefixes: sorted(n.Destinationprefixes),
		ParentNetworkID:     n.Parentnetworkid,
		Shared:              n.Shared,
		NAT:                 value(n.Nat),
		PrivateSuper:        value(n.Privatesuper),
		Underlay:            value(n.Underlay),
		UsedIPs:             map[v1alpha1.AddressFamily]int64{},
	}
	out.Child = out.ParentNetworkID != "" && !out.PrivateSuper && !out.Underlay &&
		strings.HasPrefix(value(n.Networktype), "child") // child or child-shared
	if n.Vrf != 0 {
		out.VRF = &n.Vrf
	}
	if c := n.Consumption; c != nil {
		if c.IPV4 != nil {
			out.UsedIPs[v1alpha1.IPv4] = value(c.IPV4.UsedIps)
		}
		if c.IPV6 != nil {
			out.UsedIPs[v1alpha1.IPv6] = value(c.IPV6.UsedIps)
		}
	}
	return out
}

// baseIPs are those that IPAM counts in prefixes that nobody uses: network and
// broadcast address of IPv4, the first address of IPv6.
func baseIPs(prefixes []string) map[v1alpha1.AddressFamily]int64 {
	base := map[v1alpha1.AddressFamily]int64{}
	for _, s := range prefixes {
		p, err := netip.ParsePrefix(s)
		switch {
		case err != nil: // Not counted: then too few are expected, and nothing is freed.
		case p.Addr().Is6():
			base[v1alpha1.IPv6]++
		case p.IsSingleIP():
			base[v1alpha1.IPv4]++
		default:
			base[v1alpha1.IPv4] += 2
		}
	}
	return base
}

// familyOf an address.
func familyOf(ip string) v1alpha1.AddressFamily {
	if a, err := netip.ParseAddr(ip); err == nil && a.Unmap().Is6() {
		return v1alpha1.IPv6
	}
	return v1alpha1.IPv4
}
