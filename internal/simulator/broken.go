package simulator

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"sync"
)

// leases say to which network IPAM gave each child prefix. Neither metal-api nor IPAM keeps that: metal-api knows it from the
// rows of networks, and after a free that ended in the middle two of them may have one prefix.
type leases struct {
	mu sync.Mutex
	of map[string]string // a prefix's network, empty when the allocate that took it failed

	lost map[string]string // a freed address's prefix, when IPAM has not heard of the free
}

// lose an address whose free failed: IPAM has it as taken, and no row tells of it.
func (l *leases) lose(prefix, address string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lost[address] = prefix
}

// found again are all addresses that were lost, by address their prefix.
func (l *leases) found() map[string]string {
	l.mu.Lock()
	defer l.mu.Unlock()
	lost := l.lost
	l.lost = map[string]string{}
	return lost
}

// abandon what an allocate took that has failed: IPAM has it as taken, and no network has it.
func (i *ipam) abandon(network string) {
	i.leases.mu.Lock()
	defer i.leases.mu.Unlock()
	for cidr, holder := range i.leases.of {
		if holder == network {
			i.leases.of[cidr] = ""
		}
	}
}

// A BrokenNetwork lost a prefix when a free of it ended in the middle: it is half-freed.
type BrokenNetwork struct {
	ID string `json:"id"`
	// Prefix that the network's row has.
	Prefix string `json:"prefix"`
	// Holder is the network that IPAM gave the prefix to since, empty when nobody has got it.
	Holder string `json:"holder"`
}

// Broken returns the networks that have lost a prefix, by id, one whose free is under way too.
func (s *Simulator) Broken() []BrokenNetwork {
	return s.stack.Load().broken(network.private)
}

func (s *stack) broken(match func(network) bool) []BrokenNetwork {
	all := []BrokenNetwork{}
	s.ipam.leases.mu.Lock()
	defer s.ipam.leases.mu.Unlock()
	for _, n := range s.networks.list(match) {
		for _, cidr := range n.prefixes {
			holder := s.ipam.leases.of[cidr]
			_, err := s.ipam.PrefixFrom(context.Background(), cidr)
			if err != nil || holder != "" && holder != n.id {
				all = append(all, BrokenNetwork{ID: n.id, Prefix: cidr, Holder: holder})
			}
		}
	}
	return all
}

// Repair a network that has lost prefixes, as who runs a metal-stack would: what nobody has got meanwhile is acquired again in
// IPAM, what another network has got is taken out of this one's row. It fails for an unknown network, and when somebody gets
// the prefix at this very moment.
func (s *Simulator) Repair(id string) error {
	st := s.stack.Load()
	n, err := st.networks.get(id)
	if err != nil {
		return err
	}
	for _, b := range st.broken(func(n network) bool { return n.id == id }) {
		if b.Holder == "" {
			err = st.acquireAgain(n, b.Prefix)
		} else {
			st.networks.change(id, func(n *network) {
				n.prefixes = slices.DeleteFunc(slices.Clone(n.prefixes), func(cidr string) bool { return cidr == b.Prefix })
			})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *stack) acquireAgain(n network, cidr string) error {
	super, err := s.networks.get(n.parent)
	if err != nil {
		return err
	}
	child, err := netip.ParsePrefix(cidr)
	if err != nil {
		return fmt.Errorf("cannot acquire %s again: %w", cidr, err)
	}
	for _, parent := range super.prefixes {
		if p, err := netip.ParsePrefix(parent); err == nil && p.Contains(child.Addr()) {
			return s.ipam.acquireThisChild(parent, cidr, n.id)
		}
	}
	return fmt.Errorf("prefix %s is in none of network %s", cidr, super.id)
}

func (i *ipam) acquireThisChild(parent, cidr, network string) error {
	i.leases.mu.Lock()
	defer i.leases.mu.Unlock()
	if _, err := i.AcquireSpecificChildPrefix(context.Background(), parent, cidr); err != nil {
		return fmt.Errorf("cannot acquire %s again: %w", cidr, err)
	}
	i.leases.of[cidr] = network
	return nil
}

// Abandoned returns the child prefixes, sorted, that IPAM has as taken and no network has: an allocate took them and failed.
func (s *Simulator) Abandoned() []string {
	st := s.stack.Load()
	had := map[string]bool{}
	for _, n := range st.networks.list(nil) {
		for _, cidr := range n.prefixes {
			had[cidr] = true
		}
	}
	st.ipam.leases.mu.Lock()
	defer st.ipam.leases.mu.Unlock()
	all := []string{}
	for _, cidr := range slices.Sorted(maps.Keys(st.ipam.leases.of)) {
		if st.ipam.leases.of[cidr] == "" && !had[cidr] {
			all = append(all, cidr)
		}
	}
	return all
}

// ReleaseAbandoned prefixes in IPAM, and addresses that it has as taken because a free failed, as who runs a metal-stack
// would.
func (s *Simulator) ReleaseAbandoned() error {
	st := s.stack.Load()
	for address, prefix := range st.ipam.leases.found() {
		if err := st.ipam.releaseIP(context.Background(), prefix, address); err != nil {
			return err
		}
	}
	for _, cidr := range s.Abandoned() {
		if _, err := st.ipam.releaseChild(context.Background(), cidr, ""); err != nil {
			return err
		}
	}
	return nil
}
