package simulator

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
)

// What a mini-lab has when it has come up.
const (
	seedPartition = "mini-lab"
	seedSize      = "v1-small-x86"
	seedRack      = "test-rack"
	defaultLayout = "default"
	superNetwork  = "tenant-super-network-mini-lab"

	systemProject = "00000000-0000-0000-0000-000000000000"
	sampleProject = "00000000-0000-0000-0000-000000000001"

	underlayPrefix = "10.1.0.0/24"
)

func internetPrefixes() []string { return []string{"203.0.113.128/25", "2001:db8:0:113::/64"} }

func (s *stack) seed(o Options) error {
	t := founded()
	s.partitions.put(seedPartition, partition{id: seedPartition, name: seedPartition, description: "partition created by mini-lab", created: t, changed: t})
	s.sizes.put(seedSize, size{
		id: seedSize, name: seedSize, created: t, changed: t,
		constraints: []sizeConstraint{{Type: "cores", Min: 1, Max: 4}, {Type: "memory", Min: 500000000, Max: 8000000000}, {Type: "storage", Min: 1000000000, Max: 20000000000}},
	})
	for id, feature := range map[string]string{"firewall-ubuntu-3.0": roleFirewall, "ubuntu-26.4": roleMachine, "debian-13.0": roleMachine} {
		s.images.put(id, image{
			id: id, name: id, url: "http://images.example.org/" + id + "/img.tar.lz4", features: []string{feature},
			classification: "supported", expires: t.AddDate(1, 0, 0), created: t, changed: t,
		})
	}
	s.layouts.put(defaultLayout, layout{
		id: defaultLayout, name: defaultLayout, description: "default fsl layout",
		sizes: []string{seedSize}, systems: []string{"debian", "firewall-ubuntu", "ubuntu"},
	})
	s.projects.put(systemProject, project{id: systemProject, name: "metal-system", tenant: tenant, created: t, updated: t})
	s.projects.put(sampleProject, project{id: sampleProject, name: "sample-project", tenant: tenant, created: t, updated: t})

	if err := s.seedNetworks(o); err != nil {
		return err
	}
	for n := range o.Machines {
		id := fmt.Sprintf("00000000-0000-0000-0000-%012d", n+1)
		s.machines.put(id, machine{
			id: id, partition: seedPartition, size: seedSize, rack: seedRack, created: t, changed: t,
			state: machineState{MetalHammerVersion: "simulated"},
		})
		s.events.put(id, eventContainer{liveliness: alive})
		for _, name := range []string{pxeBooting, preparing, registering, waiting} {
			s.report(id, name, "")
		}
		s.metal[id] = newMetal(s, id)
	}
	return nil
}

func (s *stack) seedNetworks(o Options) error {
	lengths := map[string]uint8{}
	for i, cidr := range o.SuperPrefixes {
		p, err := netip.ParsePrefix(cidr)
		if err != nil {
			return fmt.Errorf("cannot use super prefix %q: %w", cidr, err)
		}
		if err := apart(p, o.SuperPrefixes[:i]); err != nil {
			return err
		}
		preset := 22
		if p.Addr().Is6() {
			preset = 96
		}
		if p.Bits() >= preset {
			preset = p.Bits() + 2
		}
		f := familyOf(cidr)
		lengths[f] = max(lengths[f], uint8(preset))
	}
	for _, n := range []network{
		{
			id: "internet-mini-lab", name: "Internet Network", description: "Internet", networkType: "external", natType: "ipv4-masq", nat: true, vrf: 104009,
			prefixes: internetPrefixes(), destinations: []string{"0.0.0.0/0", "::/0"},
			labels: map[string]string{"network.metal-stack.io/default": "", "network.metal-stack.io/default-external": ""},
		},
		{
			id: superNetwork, name: "Project Super Network", description: "Super network of all project networks", partition: seedPartition,
			networkType: "super", natType: "none", super: true, prefixes: o.SuperPrefixes, childLengths: lengths, announcable: []string{"10.240.0.0/12"},
		},
		{
			id: "underlay-mini-lab", name: "Underlay Network", description: "Underlay Network", partition: seedPartition,
			networkType: "underlay", natType: "none", underlay: true, prefixes: []string{underlayPrefix},
		},
	} {
		_ = s.vrfs.acquireThis(n.vrf) // not in the pool: none, or the pool is smaller than mini-lab's
		if err := s.movePrefixes(context.Background(), nil, n.prefixes); err != nil {
			return err
		}
		if _, err := s.insertNetwork(n); err != nil {
			return err
		}
	}
	addresses := map[string]string{"203.0.113.142": "203.0.113.128/25", "2001:db8:0:113::142": "2001:db8:0:113::/64"}
	for _, address := range slices.Sorted(maps.Keys(addresses)) {
		if _, err := s.ipam.acquireIP(context.Background(), addresses[address], address); err != nil {
			return err
		}
		if _, err := s.insertIP(ip{
			address: address, prefix: addresses[address], name: "mini-lab", network: "internet-mini-lab", project: systemProject, kind: static,
		}); err != nil {
			return err
		}
	}
	return nil
}

// apart is an error if a super prefix overlaps what the lab has beside it, or
// another super prefix.
func apart(super netip.Prefix, others []string) error {
	taken := map[string]string{underlayPrefix: "the underlay"}
	for _, p := range internetPrefixes() {
		taken[p] = "the internet"
	}
	for _, p := range others {
		taken[p] = "another super prefix"
	}
	for _, cidr := range slices.Sorted(maps.Keys(taken)) {
		if netip.MustParsePrefix(cidr).Overlaps(super) {
			return fmt.Errorf("cannot use super prefix %s: it overlaps %s, %s; take one that does not, such as 10.0.0.0/16, or 10.128.0.0/9 for many networks", super, taken[cidr], cidr)
		}
	}
	return nil
}
