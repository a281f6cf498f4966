package canonical

import (
	"strings"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// Parameters of an allocation: what is empty is absent, defaults are as metal-api takes
// them, addresses and prefixes have one spelling. Networks that have no id are
// left out: an optional reference may lead nowhere.
func Parameters(in *v1alpha1.AllocationParameters) *v1alpha1.AllocationParameters {
	p := in.DeepCopy()
	for _, text := range []**string{&p.PrivateNetworkID, &p.Hostname, &p.Name, &p.Description, &p.FileSystemLayout} {
		*text = Text(*text)
	}
	p.Networks = nil
	for _, n := range in.DeepCopy().Networks {
		if n.NetworkID = Text(n.NetworkID); n.NetworkID == nil {
			continue
		}
		n.IPs = Set(List(n.IPs, Address))
		n.AddressFamilies = Set(n.AddressFamilies)
		p.Networks = append(p.Networks, n)
	}
	p.Tags = Set(p.Tags)
	p.PlacementTags = Set(p.PlacementTags)
	p.SSHPublicKeys = Set(List(p.SSHPublicKeys, Key))
	p.DNSServers = List(p.DNSServers, Address)
	p.NTPServers = List(p.NTPServers, func(s v1alpha1.NTPServer) v1alpha1.NTPServer { return s })
	return p
}

// Key without what surrounds it: metal-api, and those who write files, end it with a newline.
func Key[S ~string](key S) S { return S(strings.TrimSpace(string(key))) }
