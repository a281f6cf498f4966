package allocation

import (
	"slices"
	"strings"

	"k8s.io/utils/ptr"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/canonical"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/relation"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// Fixed fields of a resource beside those of its machine, if there is one.
func (k *Kind[T]) Fixed(mg T, m *metal.Machine) []controller.Field {
	p := canonical.Parameters(mg.Allocation().AllocationParameters)
	fields := []controller.Field{
		{Name: relation.FieldProjectID, Says: p.ProjectID},
		{Name: "size", Says: p.Size, Identifies: true},
		{Name: "hostname", Says: ptr.Deref(p.Hostname, ""), Default: mg.GetName()},
		{Name: "name", Says: ptr.Deref(p.Name, ""), Default: mg.GetName()},
		{Name: "fileSystemLayout", Says: ptr.Deref(p.FileSystemLayout, "")},
		{Name: "privateNetworkID", Says: ptr.Deref(p.PrivateNetworkID, ""), Identifies: true},
		{Name: "networks", Says: spellSet(others(p)), Identifies: true},
		{Name: fieldIPs, Says: spellSet(addresses(p))},
		{Name: "networks[].autoAcquire", Says: spellSet(unacquired(p))},
		{Name: "dnsServers", Says: strings.Join(canonical.Strings(p.DNSServers), ", ")},
		{Name: "ntpServers", Says: strings.Join(canonical.Strings(p.NTPServers), ", ")},
		{Name: "placementTags", Says: spellSet(canonical.Strings(p.PlacementTags))},
		{Name: "userDataSecretRef", Says: spellSecret(p.UserDataSecretRef)},
	}
	if m != nil {
		seen := seenOf(m)
		for i := range fields {
			f := &fields[i]
			if is, ok := seen[f.Name]; ok {
				f.Is, f.Seen = is, true
				f.Fits = f.Name == fieldIPs && holdsIPs(p, m)
				f.Part = f.Name == "networks" && within(others(p), attached(m))
			}
		}
	}
	if wants := families(p); len(wants) > 0 {
		f := controller.Field{Name: "networks[].addressFamilies", Says: spellSet(wants)}
		if m != nil {
			f.Is, f.Seen = spellSet(familiesOf(p, m)), true
		}
		fields = append(fields, f)
	}
	return append(fields, k.role.Fixed(mg, m)...)
}

// attached are the networks that a machine has joined beside its private one,
// without the underlay, which metal-api adds.
func attached(m *metal.Machine) []string {
	var ids []string
	for _, n := range m.Networks {
		if !n.Underlay && !n.Primary {
			ids = append(ids, n.NetworkID)
		}
	}
	return ids
}

// private network that a machine is in.
func private(m *metal.Machine) string {
	for _, n := range m.Networks {
		if n.Primary && !n.Underlay {
			return n.NetworkID
		}
	}
	return ""
}

// seenOf a machine, by field: what metal-api tells.
func seenOf(m *metal.Machine) map[string]string {
	var ips []string
	for _, n := range m.Networks {
		if !n.Underlay && !n.Primary {
			ips = append(ips, canonical.List(n.IPs, canonical.Address)...)
		}
	}
	return map[string]string{
		relation.FieldProjectID: m.ProjectID,

		"size":             m.Size,
		"hostname":         m.Hostname,
		"name":             m.Name,
		"fileSystemLayout": m.FileSystemLayout,
		"privateNetworkID": private(m),
		"networks":         spellSet(attached(m)),
		fieldIPs:           spellSet(ips),
		"dnsServers":       strings.Join(canonical.List(m.DNSServers, canonical.Address), ", "),
		"ntpServers":       strings.Join(m.NTPServers, ", "),
	}
}

// IsImage is true if an image's full id is what an id, in full or short, stands
// for: metal-api takes the newest firewall-ubuntu-3.0.20260101 for
// firewall-ubuntu-3.0 and firewall-ubuntu-3.
func IsImage(says, is string) bool {
	return is == says || strings.HasPrefix(is, says+".")
}

// holdsIPs is true if a machine has the addresses that the spec names.
func holdsIPs(p *v1alpha1.AllocationParameters, m *metal.Machine) bool {
	var has []string
	for _, n := range m.Networks {
		has = append(has, canonical.List(n.IPs, canonical.Address)...)
	}
	return within(addresses(p), has)
}

// addresses that canonical parameters name.
func addresses(p *v1alpha1.AllocationParameters) []string {
	var ips []string
	for _, n := range p.Networks {
		ips = append(ips, canonical.Strings(n.IPs)...)
	}
	return ips
}

// others are the ids of the networks beside the private one.
func others(p *v1alpha1.AllocationParameters) []string {
	ids := make([]string, 0, len(p.Networks))
	for _, n := range p.Networks {
		ids = append(ids, ptr.Deref(n.NetworkID, ""))
	}
	return ids
}

// families that are wanted where addresses are given.
func families(p *v1alpha1.AllocationParameters) []string {
	var all []string
	for _, n := range p.Networks {
		if len(n.AddressFamilies) > 0 {
			all = append(all, words(n.AddressFamilies)+" of "+ptr.Deref(n.NetworkID, ""))
		}
	}
	return all
}

// familiesOf a machine's addresses in the networks that name some.
func familiesOf(p *v1alpha1.AllocationParameters, m *metal.Machine) []string {
	var all []string
	for _, n := range p.Networks {
		i := slices.IndexFunc(m.Networks, func(a metal.Attachment) bool { return a.NetworkID == ptr.Deref(n.NetworkID, "") })
		if len(n.AddressFamilies) > 0 && i >= 0 {
			all = append(all, words(canonical.Families(m.Networks[i].IPs))+" of "+m.Networks[i].NetworkID)
		}
	}
	return all
}

// unacquired are the networks that no address is taken from.
func unacquired(p *v1alpha1.AllocationParameters) []string {
	var ids []string
	for _, n := range p.Networks {
		if !ptr.Deref(n.AutoAcquire, true) {
			ids = append(ids, "not of "+ptr.Deref(n.NetworkID, ""))
		}
	}
	return ids
}

func spellSet(set []string) string {
	return strings.Join(slices.Compact(slices.Sorted(slices.Values(set))), ", ")
}

func spellSecret(k *v1alpha1.LocalSecretKey) string {
	if k == nil {
		return ""
	}
	return k.Name + "/" + k.Key
}
