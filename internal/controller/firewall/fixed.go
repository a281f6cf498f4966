package firewall

import (
	"slices"
	"strings"

	"k8s.io/utils/ptr"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/canonical"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// Fixed fields of a Firewall beside those of its firewall, if there is one.
func (k *Kind) Fixed(mg *v1alpha1.Firewall, f *metal.Firewall) []controller.Field {
	p := canonicalParameters(&mg.Spec.ForProvider)
	fields := []controller.Field{
		{Name: "size", Says: p.Size, Identifies: true},
		{Name: "image", Says: p.Image},
		{Name: "hostname", Says: ptr.Deref(p.Hostname, ""), Default: mg.GetName()},
		{Name: "name", Says: ptr.Deref(p.Name, ""), Default: mg.GetName()},
		{Name: "fileSystemLayout", Says: ptr.Deref(p.FileSystemLayout, "")},
		{Name: "privateNetworkID", Says: ptr.Deref(p.PrivateNetworkID, ""), Identifies: true},
		{Name: "networks", Says: spellSet(others(p)), Identifies: true},
		{Name: "networks[].ips", Says: spellSet(addresses(p))},
		{Name: "networks[].autoAcquire", Says: spellSet(unacquired(p))},
		{Name: "dnsServers", Says: strings.Join(canonical.Strings(p.DNSServers), ", ")},
		{Name: "ntpServers", Says: strings.Join(canonical.Strings(p.NTPServers), ", ")},
		{Name: "placementTags", Says: spellSet(canonical.Strings(p.PlacementTags))},
		{Name: "userDataSecretRef", Says: spellSecret(p.UserDataSecretRef)},
		{Name: "rules", Says: spellRules(p.Rules), Long: true},
	}
	if f != nil {
		seen := seenOf(f)
		for i := range fields {
			if is, ok := seen[fields[i].Name]; ok {
				fields[i].Is, fields[i].Seen = is, true
				fields[i].Fits = fits(fields[i].Name, fields[i].Says, p, f)
				fields[i].Part = fields[i].Name == "networks" && within(others(p), attached(f))
			}
		}
	}
	return fields
}

// attached are the networks that a firewall has joined beside its private one,
// without the underlay, which metal-api adds.
func attached(f *metal.Firewall) []string {
	var ids []string
	for _, n := range f.Networks {
		if !n.Underlay && !n.Primary {
			ids = append(ids, n.NetworkID)
		}
	}
	return ids
}

// seenOf a firewall, by field: what metal-api tells.
func seenOf(f *metal.Firewall) map[string]string {
	private, ips := "", []string{}
	for _, n := range f.Networks {
		switch {
		case n.Underlay:
			continue
		case n.Primary:
			private = n.NetworkID
		default:
			ips = append(ips, canonical.List(n.IPs, canonical.Address)...)
		}
	}
	return map[string]string{
		"size":             f.Size,
		"image":            f.Image,
		"hostname":         f.Hostname,
		"name":             f.Name,
		"fileSystemLayout": f.FileSystemLayout,
		"privateNetworkID": private,
		"networks":         spellSet(attached(f)),
		"networks[].ips":   spellSet(ips),
		"dnsServers":       strings.Join(canonical.List(f.DNSServers, canonical.Address), ", "),
		"ntpServers":       strings.Join(f.NTPServers, ", "),
		"rules":            spellRules(&f.Rules),
	}
}

// fits where a value is spelled otherwise: metal-api takes the newest patch of an
// image, and adds addresses to those that it is given.
func fits(field, says string, p *v1alpha1.FirewallParameters, f *metal.Firewall) bool {
	switch field {
	case "image":
		return isImage(says, f.Image)
	case "networks[].ips":
		return holdsIPs(p, f)
	default:
		return false
	}
}

// isImage is true if an image's full id is what an id, in full or short, stands
// for: metal-api takes the newest firewall-ubuntu-3.0.20260101 for
// firewall-ubuntu-3.0 and firewall-ubuntu-3.
func isImage(says, is string) bool {
	return is == says || strings.HasPrefix(is, says+".")
}

// holdsIPs is true if a firewall has the addresses that the spec names.
func holdsIPs(p *v1alpha1.FirewallParameters, f *metal.Firewall) bool {
	var has []string
	for _, n := range f.Networks {
		has = append(has, canonical.List(n.IPs, canonical.Address)...)
	}
	return within(addresses(p), has)
}

// addresses that canonical parameters name.
func addresses(p *v1alpha1.FirewallParameters) []string {
	var ips []string
	for _, n := range p.Networks {
		ips = append(ips, canonical.Strings(n.IPs)...)
	}
	return ips
}

// others are the ids of the networks beside the private one.
func others(p *v1alpha1.FirewallParameters) []string {
	ids := make([]string, 0, len(p.Networks))
	for _, n := range p.Networks {
		ids = append(ids, ptr.Deref(n.NetworkID, ""))
	}
	return ids
}

// unacquired are the networks that no address is taken from.
func unacquired(p *v1alpha1.FirewallParameters) []string {
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
