package simulator

import (
	"context"
	"fmt"
	"slices"
)

const (
	// asnBase and those above it are private ASNs, of which every allocation has its own.
	asnBase     = 4210000000
	asnPoolSize = 1 << 17
)

// attach gives the machine an ASN and, in each of its networks, addresses.
func (c *call) attach(m *machine, d demand) error {
	links, err := c.gather(d)
	if err != nil {
		return fmt.Errorf("unable to gather networks:%w", err)
	}
	n, err := c.asns.acquire()
	if err != nil {
		return err
	}
	for _, l := range links {
		attached := l.machineNetwork()
		attached.ASN = asnBase + int64(n)
		m.allocation.networks = append(m.allocation.networks, attached)
	}
	for i, l := range links {
		m.allocation.networks[i].IPs, err = c.takeAddresses(l, m)
		if err != nil {
			return fmt.Errorf("unable to make networks:%w", err)
		}
	}
	return nil
}

func (l link) machineNetwork() machineNetwork {
	n := l.network
	return machineNetwork{
		NetworkID: n.id, Prefixes: n.prefixes, DestinationPrefixes: append([]string{}, n.destinations...),
		NetworkType: l.kind, NetworkTypeV2: n.networkType, NATTypeV2: n.natType, Nat: n.nat, VRF: n.vrf,
		Private: n.private(), Underlay: n.underlay, ProjectID: n.project,
	}
}

// takeAddresses attaches the given addresses of the network to the machine, or takes one of each family.
func (c *call) takeAddresses(l link, m *machine) ([]string, error) {
	addresses := []string{}
	for _, given := range l.given {
		c.ips.change(given, func(i *ip) { i.tags = shuffle(c.dice, unique(append(slices.Clone(i.tags), attachment(m.id)))) })
		addresses = append(addresses, given)
	}
	if !l.auto {
		return addresses, nil
	}
	for _, f := range familiesOf(l.network.prefixes) {
		address, prefix, err := c.takeAddress(c.ctx, l.network, f)
		if err != nil {
			return nil, err
		}
		i, err := c.insertIP(ip{
			address: address, prefix: prefix, name: m.allocation.name, description: "autoassigned", network: l.network.id,
			project: m.allocation.project, kind: ephemeral, tags: []string{attachment(m.id)},
		})
		if err != nil {
			return nil, err
		}
		addresses = append(addresses, i.address)
	}
	return addresses, nil
}

// releaseNetworks gives back the allocation's ASN and every address with the machine's tag, whether or not the allocation
// lists it. First all lose the tag, then the rows of those go that are ephemeral, then their entries in IPAM.
func (s *stack) releaseNetworks(id string, a *allocation) {
	if len(a.networks) > 0 {
		s.asns.release(int(a.networks[0].ASN - asnBase))
	}
	var gone []ip
	for _, i := range s.ips.list(func(i ip) bool { return i.attachedTo(id) }) {
		s.ips.change(i.address, func(row *ip) { row.tags = row.without(attachment(id)).tags })
		if i.kind == ephemeral && !i.without(attachment(id)).attached() {
			gone = append(gone, i)
		}
	}
	if len(gone) == 0 || pause(s.life, s.IPAMRelease) != nil {
		return
	}
	gone = slices.DeleteFunc(gone, func(i ip) bool {
		now, err := s.ips.get(i.address)
		return err != nil || now.allocation != i.allocation // somebody was faster
	})
	for _, i := range gone {
		s.ips.remove(i.address)
	}
	if pause(s.life, s.IPAMRelease) != nil {
		return
	}
	for _, i := range gone {
		_ = s.ipam.releaseIP(context.Background(), i.prefix, i.address) // an address that stays taken has leaked
	}
}

// without returns the IP without a tag.
func (i ip) without(tag string) ip {
	i.tags = slices.DeleteFunc(slices.Clone(i.tags), func(t string) bool { return t == tag })
	return i
}
