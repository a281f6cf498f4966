package rest

import (
	"context"
	"slices"
	"strings"

	"github.com/metal-stack/metal-go/api/client/ip"
	"github.com/metal-stack/metal-go/api/models"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// NetworkUse says what keeps a network from being freed. It counts anew what
// IPAM counts, after the IPs: metal-api takes an address from IPAM before it
// writes the IP, and gives it back after it deleted the IP. In this order an
// allocation in between shows in one of the two.
func (s *stack) NetworkUse(ctx context.Context, n *metal.Network) (*metal.NetworkUse, error) {
	what := "find what uses network " + n.ID
	if err := checkID("network", n.ID); err != nil {
		return nil, attempted(what, err)
	}
	use := &metal.NetworkUse{}

	machines, err := s.findMachines(ctx, &models.V1MachineFindRequest{NetworkIds: []string{n.ID}})
	if err != nil {
		return nil, attempted(what, err)
	}
	for _, m := range machines {
		u := metal.Use{ID: value(m.ID)}
		if m.Allocation != nil {
			u.ProjectID = value(m.Allocation.Project)
		}
		use.Machines = append(use.Machines, u)
	}
	slices.SortFunc(use.Machines, byID)

	ips, err := s.api.IP.FindIPs(ip.NewFindIPsParamsWithContext(ctx).WithBody(&models.V1IPFindRequest{Networkid: n.ID}), nil)
	if err != nil {
		return nil, attempted(what, err)
	}
	held := map[v1alpha1.AddressFamily]int64{}
	for _, i := range ips.Payload {
		if i == nil || value(i.Networkid) != n.ID {
			return nil, attempted(what, misdirected(0, "the answer is of other IPs: "+checkURL))
		}
		use.IPs = append(use.IPs, metal.Use{ID: value(i.Ipaddress), ProjectID: value(i.Projectid)})
		held[familyOf(value(i.Ipaddress))]++
	}
	slices.SortFunc(use.IPs, byID)

	shared, now, err := s.sharedPrefixes(ctx, n)
	if err != nil {
		return nil, err
	}
	if now == nil {
		if now, err = s.Network(ctx, n.ID); err != nil {
			return nil, attempted(what, err)
		}
		if now == nil {
			return use, nil
		}
	}
	if slices.ContainsFunc(now.Prefixes, func(p string) bool { return !slices.Contains(n.Prefixes, p) }) {
		if shared, _, err = s.sharedPrefixes(ctx, now); err != nil {
			return nil, err
		}
	}
	use.SharedPrefixes = shared
	base := baseIPs(now.Prefixes)
	for family, used := range now.UsedIPs {
		if leaked := used - base[family] - held[family]; leaked > 0 {
			if use.LeakedIPs == nil {
				use.LeakedIPs = map[v1alpha1.AddressFamily]int64{}
			}
			use.LeakedIPs[family] = leaked
		}
	}
	return use, nil
}

// SharedPrefixes of a network. A free that ended in the middle has given a prefix
// back, IPAM gives it to whoever asks next, and a free that is tried again takes it
// from them: metal-api answers 200.
func (s *stack) SharedPrefixes(ctx context.Context, n *metal.Network) ([]metal.SharedPrefix, error) {
	shared, _, err := s.sharedPrefixes(ctx, n)
	return shared, err
}

// sharedPrefixes of a network, and the network itself, which is found by its prefixes
// as others are: as it is now, or nil if it was not found by the last of them.
func (s *stack) sharedPrefixes(ctx context.Context, n *metal.Network) (shared []metal.SharedPrefix, self *metal.Network, err error) {
	for _, prefix := range n.Prefixes {
		found, err := s.findNetworks(ctx, &models.V1NetworkFindRequest{Prefixes: []string{prefix}})
		if err != nil {
			return nil, nil, attempted("find who has prefix "+prefix, err)
		}
		self = nil
		for _, other := range found {
			if !slices.Contains(other.Prefixes, prefix) {
				return nil, nil, attempted("find who has prefix "+prefix, misdirected(0, "the answer is of other networks: "+checkURL))
			}
			if other.ID == n.ID {
				self = &other
			} else {
				shared = append(shared, metal.SharedPrefix{Prefix: prefix, NetworkID: other.ID, ProjectID: other.ProjectID, Older: other.Created.Before(n.Created)})
			}
		}
	}
	return shared, self, nil
}

func byID(a, b metal.Use) int { return strings.Compare(a.ID, b.ID) }
