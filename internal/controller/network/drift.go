package network

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"k8s.io/utils/ptr"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// ImportDifferences say why a network cannot be the one that the spec
// describes.
func (k *Kind) ImportDifferences(mg *v1alpha1.Network, n *metal.Network, onlyObserved bool) []string {
	p := mg.Spec.ForProvider
	differs := slices.Concat(
		controller.Unlike("partition", p.Partition, n.PartitionID, onlyObserved),
		controller.Unlike("projectID", p.ProjectID, n.ProjectID, onlyObserved),
	)
	if !n.Child && !onlyObserved {
		differs = append(differs, "it was not allocated from a super network, and metal-api cannot free it: set managementPolicies to [Observe]")
	}
	return differs
}

// drift of a network from its spec. What the spec leaves out does not differ.
func drift(p *v1alpha1.NetworkParameters, n *metal.Network) (repairable, fixed []string) {
	if p.Description != nil && *p.Description != n.Description {
		repairable = append(repairable, "description")
	}
	if !maps.Equal(labelsOf(p, n, metal.Marks{}), n.Labels) && len(p.Labels) > 0 {
		repairable = append(repairable, "labels")
	}
	if p.Name != nil && *p.Name != n.Name {
		repairable = append(repairable, "name")
	}
	if p.Shared != nil && *p.Shared != n.Shared {
		if *p.Shared {
			repairable = append(repairable, "shared")
		} else {
			fixed = append(fixed, "shared")
		}
	}

	if len(p.AddressFamilies) > 0 && !equalSets(p.AddressFamilies, slices.Sorted(maps.Keys(lengths(n.Prefixes)))) {
		fixed = append(fixed, "addressFamilies")
	}
	if len(p.DestinationPrefixes) > 0 && !equalSets(masked(p.DestinationPrefixes), masked(n.DestinationPrefixes)) {
		fixed = append(fixed, "destinationPrefixes")
	}
	if p.NAT != nil && *p.NAT != n.NAT {
		fixed = append(fixed, "nat")
	}
	if l := p.PrefixLengths; l != nil {
		fixed = append(fixed, driftOfLength("prefixLengths.ipv4", l.IPv4, lengths(n.Prefixes)[v1alpha1.IPv4])...)
		fixed = append(fixed, driftOfLength("prefixLengths.ipv6", l.IPv6, lengths(n.Prefixes)[v1alpha1.IPv6])...)
	}
	slices.Sort(repairable)
	slices.Sort(fixed)
	return repairable, fixed
}

// driftOfLength of the prefixes of a family, which there may be none of: a
// length alone does not ask for the family.
func driftOfLength(field string, says *int32, are []int32) []string {
	for _, is := range are {
		if ptr.Deref(says, is) != is {
			return []string{fmt.Sprintf("%s (%d)", field, is)}
		}
	}
	return nil
}

// lengths of prefixes by address family.
func lengths(prefixes []string) map[v1alpha1.AddressFamily][]int32 {
	of := map[v1alpha1.AddressFamily][]int32{}
	for _, s := range prefixes {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			continue
		}
		family := v1alpha1.IPv4
		if p.Addr().Is6() {
			family = v1alpha1.IPv6
		}
		of[family] = append(of[family], int32(p.Bits())) //nolint:gosec // At most 128.
	}
	return of
}

// masked prefixes, for 10.0.0.1/8 is 10.0.0.0/8.
func masked[S ~string](prefixes []S) []string {
	out := make([]string, 0, len(prefixes))
	for _, s := range prefixes {
		if p, err := netip.ParsePrefix(string(s)); err == nil {
			out = append(out, p.Masked().String())
		} else {
			out = append(out, string(s))
		}
	}
	return out
}

func equalSets[S ~string](a, b []S) bool {
	sorted := func(s []S) []S { return slices.Compact(slices.Sorted(slices.Values(s))) }
	return slices.Equal(sorted(a), sorted(b))
}

// labelsOf a network as it shall have: its own, the spec's, and the marks. Those
// of others are kept.
func labelsOf(p *v1alpha1.NetworkParameters, n *metal.Network, marks metal.Marks) map[string]string {
	out := maps.Clone(n.Labels)
	if out == nil {
		out = map[string]string{}
	}
	for k, v := range p.Labels {
		out[k] = string(v)
	}
	if marks.UID != "" {
		maps.Copy(out, marks.Labels())
	}
	return out
}

// update that makes a network what the spec says, as far as it can be changed
// in place.
func update(p *v1alpha1.NetworkParameters, n *metal.Network, marks metal.Marks) metal.NetworkUpdate {
	u := metal.NetworkUpdate{Shared: ptr.Deref(p.Shared, false) && !n.Shared}
	if p.Name != nil && *p.Name != n.Name {
		u.Name = p.Name
	}
	if p.Description != nil && *p.Description != n.Description {
		u.Description = p.Description
	}
	if want := labelsOf(p, n, marks); !maps.Equal(want, n.Labels) {
		u.Labels = want
	}
	return u
}
