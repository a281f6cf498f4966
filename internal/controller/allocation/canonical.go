package allocation

import (
	"strings"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/canonical"
)

// canonical parameters: what is empty is absent, defaults are as metal-api takes
// them, addresses and prefixes have one spelling. Networks that have no id are
// left out: an optional reference may lead nowhere.
func canonicalParameters(in *v1alpha1.AllocationParameters) *v1alpha1.AllocationParameters {
	p := in.DeepCopy()
	for _, text := range []**string{&p.PrivateNetworkID, &p.Hostname, &p.Name, &p.Description, &p.FileSystemLayout} {
		*text = canonical.Text(*text)
	}
	p.Networks = nil
	for _, n := range in.DeepCopy().Networks {
		if n.NetworkID = canonical.Text(n.NetworkID); n.NetworkID == nil {
			continue
		}
		n.IPs = canonical.Set(canonical.List(n.IPs, canonical.Address))
		n.AddressFamilies = canonical.Set(n.AddressFamilies)
		p.Networks = append(p.Networks, n)
	}
	p.Tags = canonical.Set(p.Tags)
	p.PlacementTags = canonical.Set(p.PlacementTags)
	p.SSHPublicKeys = canonical.Set(canonical.List(p.SSHPublicKeys, trim))
	p.DNSServers = canonical.List(p.DNSServers, canonical.Address)
	p.NTPServers = canonical.List(p.NTPServers, func(s v1alpha1.NTPServer) v1alpha1.NTPServer { return s })
	return p
}

// trim a key: metal-api, and those who write files, end it with a newline.
func trim[S ~string](key S) S { return S(strings.TrimSpace(string(key))) }
