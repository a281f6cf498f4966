package firewall

import (
	"maps"
	"slices"
	"strings"

	"k8s.io/utils/ptr"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// ImportDifferences say why a firewall cannot be the one that the spec
// describes.
func (k *Kind) ImportDifferences(mg *v1alpha1.Firewall, f *metal.Firewall, onlyObserved bool) []string {
	p := mg.Spec.ForProvider
	says, are := networksOf(&p), attached(f)
	if onlyObserved && within(says, are) {
		are = says
	}
	return slices.Concat(
		controller.Unlike("partition", p.Partition, f.PartitionID, onlyObserved),
		controller.Unlike("projectID", p.ProjectID, f.ProjectID, onlyObserved),
		controller.Unlike("size", p.Size, f.Size, onlyObserved),
		controller.Unlike("networks", strings.Join(says, ", "), strings.Join(are, ", "), onlyObserved),
	)
}

// networksOf a spec, sorted: the private one and the others.
func networksOf(p *v1alpha1.FirewallParameters) []string {
	var ids []string
	if id := ptr.Deref(p.PrivateNetworkID, ""); id != "" {
		ids = append(ids, id)
	}
	for _, n := range p.Networks {
		if id := ptr.Deref(n.NetworkID, ""); id != "" {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// attached networks, sorted, without the underlay, which metal-api adds.
func attached(f *metal.Firewall) []string {
	var ids []string
	for _, n := range f.Networks {
		if !n.Underlay {
			ids = append(ids, n.NetworkID)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

func within(some, all []string) bool {
	for _, s := range some {
		if !slices.Contains(all, s) {
			return false
		}
	}
	return true
}

// drift of a firewall from its spec. What the spec leaves out does not differ.
func drift(p *v1alpha1.FirewallParameters, f *metal.Firewall) (repairable, fixed []string) {
	u := update(p, f, metal.Marks{})
	for field, differs := range map[string]bool{
		"description":   u.Description != nil,
		"sshPublicKeys": u.SSHPublicKeys != nil,
		"tags":          u.Tags != nil,
	} {
		if differs {
			repairable = append(repairable, field)
		}
	}
	networks := networksOf(p)
	for field, differs := range map[string]bool{
		"dnsServers":       len(p.DNSServers) > 0 && !slices.Equal(strs(p.DNSServers), f.DNSServers),
		"fileSystemLayout": p.FileSystemLayout != nil && *p.FileSystemLayout != f.FileSystemLayout,
		"hostname":         p.Hostname != nil && *p.Hostname != f.Hostname,
		"image":            p.Image != "" && !isImage(p.Image, f.Image),
		"ips":              !holdsIPs(p, f),
		"name":             p.Name != nil && *p.Name != f.Name,
		"networks":         !within(networks, attached(f)),
		"ntpServers":       len(p.NTPServers) > 0 && !slices.Equal(strs(p.NTPServers), f.NTPServers),
		"rules":            p.Rules != nil && !equalRules(*p.Rules, f.Rules),
		"size":             p.Size != "" && p.Size != f.Size,
	} {
		if differs {
			fixed = append(fixed, field)
		}
	}
	slices.Sort(repairable)
	slices.Sort(fixed)
	return repairable, fixed
}

// isImage is true if an image's full id is what an id, in full or short, stands
// for: metal-api takes the newest firewall-ubuntu-3.0.20260101 for
// firewall-ubuntu-3.0 and firewall-ubuntu-3.
func isImage(says, is string) bool {
	return is == says || strings.HasPrefix(is, says+".")
}

// holdsIPs is true if a firewall has the addresses that the spec names.
func holdsIPs(p *v1alpha1.FirewallParameters, f *metal.Firewall) bool {
	has := map[string]bool{}
	for _, n := range f.Networks {
		for _, ip := range n.IPs {
			has[address(ip)] = true
		}
	}
	for _, n := range p.Networks {
		for _, ip := range n.IPs {
			if !has[address(string(ip))] {
				return false
			}
		}
	}
	return true
}

// update that makes a firewall what the spec says, as far as it can be changed
// in place. Tags of others, metal-api's own among them, are kept.
func update(p *v1alpha1.FirewallParameters, f *metal.Firewall, marks metal.Marks) metal.FirewallUpdate {
	u := metal.FirewallUpdate{}
	if p.Description != nil && *p.Description != f.Description {
		u.Description = p.Description
	}
	if keys := set(p.SSHPublicKeys); len(keys) > 0 && !slices.Equal(keys, set(f.SSHPublicKeys)) {
		u.SSHPublicKeys = keys
	}

	tags := map[string]string{}
	for _, t := range f.Tags {
		tags[metal.TagKey(t)] = t
	}
	for _, t := range p.Tags {
		tags[metal.TagKey(string(t))] = string(t)
	}
	if marks.UID != "" {
		for _, t := range marks.Tags() {
			tags[metal.TagKey(t)] = t
		}
	}
	if want := slices.Sorted(maps.Values(tags)); !slices.Equal(want, set(f.Tags)) {
		u.Tags = want
	}
	return u
}

// set of strings: trimmed, sorted, each once.
func set[S ~string](in []S) []string {
	out := make([]string, 0, len(in))
	for _, s := range in {
		out = append(out, strings.TrimSpace(string(s)))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func strs[S ~string](in []S) []string {
	out := make([]string, 0, len(in))
	for _, s := range in {
		out = append(out, string(s))
	}
	return out
}
