package network

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"k8s.io/utils/ptr"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/canonical"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/relation"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// canonicalParameters: what is empty is absent, prefixes have one spelling, sets
// are sorted.
func canonicalParameters(in *v1alpha1.NetworkParameters) *v1alpha1.NetworkParameters {
	p := in.DeepCopy()
	p.Name, p.Description = canonical.Text(p.Name), canonical.Text(p.Description)
	p.AddressFamilies = canonical.Set(p.AddressFamilies)
	p.DestinationPrefixes = canonical.Set(canonical.List(p.DestinationPrefixes, canonical.Prefix))
	if l := p.PrefixLengths; l != nil && l.IPv4 == nil && l.IPv6 == nil {
		p.PrefixLengths = nil
	}
	if len(p.Labels) == 0 {
		p.Labels = nil
	}
	return p
}

// Fixed fields of a Network beside those of its network, if there is one.
func (k *Kind) Fixed(mg *v1alpha1.Network, n *metal.Network) []controller.Field {
	p := canonicalParameters(&mg.Spec.ForProvider)
	l := ptr.Deref(p.PrefixLengths, v1alpha1.PrefixLengths{})
	fields := []controller.Field{
		{Name: relation.FieldProjectID, Says: p.ProjectID},
		{Name: "addressFamilies", Says: spell(p.AddressFamilies), Identifies: true, Optional: true},
		{Name: "prefixLengths.ipv4", Says: spellNumber(l.IPv4), Identifies: true, Optional: true},
		{Name: "prefixLengths.ipv6", Says: spellNumber(l.IPv6), Identifies: true, Optional: true},
		{Name: "nat", Says: spellBool(p.NAT), Default: "false"},
		{Name: "destinationPrefixes", Says: spell(p.DestinationPrefixes)},
	}
	if n != nil {
		are := lengths(n.Prefixes)
		is := []string{
			n.ProjectID,
			spell(slices.Collect(maps.Keys(are))),
			spellNumbers(are[v1alpha1.IPv4]),
			spellNumbers(are[v1alpha1.IPv6]),
			strconv.FormatBool(n.NAT),
			spell(canonical.List(n.DestinationPrefixes, canonical.Prefix)),
		}
		for i := range fields {
			fields[i].Is, fields[i].Seen = is[i], true
		}
		// A length alone does not ask for the family.
		fields[2].Fits, fields[3].Fits = is[2] == "", is[3] == ""
	}
	return fields
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

func spell[S ~string](set []S) string {
	return strings.Join(canonical.Strings(canonical.Set(set)), ", ")
}

func spellNumber(n *int32) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(int(*n))
}

func spellNumbers(set []int32) string {
	words := canonical.Set(set)
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(words), " ", ", "), "[]")
}

func spellBool(b *bool) string {
	if b == nil {
		return ""
	}
	return strconv.FormatBool(*b)
}
