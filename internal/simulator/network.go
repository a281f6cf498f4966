package simulator

import (
	"context"
	"time"

	goipam "github.com/metal-stack/go-ipam"
)

const (
	natNone       = "none"
	natMasquerade = "ipv4-masq"

	typeExternal    = "external"
	typeUnderlay    = "underlay"
	typeSuper       = "super"
	typeChild       = "child"
	typeChildShared = "child-shared"
)

type network struct {
	id, name, description        string
	project, partition, parent   string
	networkType, natType         string
	nat, shared, super, underlay bool
	vrf                          int
	vrfShared                    bool
	prefixes                     []string // in the order in which a free releases them
	destinations, announcable    []string
	childLengths                 map[string]uint8 // by address family
	labels                       map[string]string
	created, changed             time.Time
}

// private tells whether the network was allocated from a super network.
func (n network) private() bool { return n.parent != "" }

type networkUsage struct {
	AvailableIPs      uint64 `json:"available_ips"`
	UsedIPs           uint64 `json:"used_ips"`
	AvailablePrefixes uint64 `json:"available_prefixes"`
	UsedPrefixes      uint64 `json:"used_prefixes"`
}

func (u *networkUsage) add(more goipam.Usage) {
	u.AvailableIPs += more.AvailableIPs
	u.UsedIPs += more.AcquiredIPs
	u.AvailablePrefixes += more.AvailableSmallestPrefixes
	u.UsedPrefixes += more.AcquiredPrefixes
}

// networkConsumption is the usage by address family, null for one that the network does not have.
type networkConsumption struct {
	IPv4 *networkUsage `json:"ipv4"`
	IPv6 *networkUsage `json:"ipv6"`
}

type networkResponse struct {
	ID                   string             `json:"id"`
	Name                 string             `json:"name"`
	Description          string             `json:"description"`
	ProjectID            string             `json:"projectid"`
	PartitionID          string             `json:"partitionid"`
	ParentNetworkID      string             `json:"parentnetworkid"`
	NetworkType          string             `json:"networktype"`
	NATType              string             `json:"nattype"`
	NAT                  bool               `json:"nat"`
	Shared               bool               `json:"shared"`
	PrivateSuper         bool               `json:"privatesuper"`
	Underlay             bool               `json:"underlay"`
	VRF                  int                `json:"vrf"`
	VRFShared            bool               `json:"vrfshared"`
	Prefixes             []string           `json:"prefixes"`
	DestinationPrefixes  []string           `json:"destinationprefixes"`
	AnnouncableCIDRs     []string           `json:"additionalAnnouncableCIDRs,omitempty"`
	DefaultChildPrefixes map[string]uint8   `json:"defaultchildprefixlength,omitempty"`
	Labels               map[string]string  `json:"labels"`
	Consumption          networkConsumption `json:"consumption"`
	Usage                networkUsage       `json:"usage"`
	Created              time.Time          `json:"created"`
	Changed              time.Time          `json:"changed"`
}

// response is the network as the database has it, without its consumption.
func (n network) response() networkResponse {
	r := networkResponse{
		ID: n.id, Name: n.name, Description: n.description,
		ProjectID: n.project, PartitionID: n.partition, ParentNetworkID: n.parent,
		NetworkType: n.networkType, NATType: n.natType, NAT: n.nat,
		Shared: n.shared, PrivateSuper: n.super, Underlay: n.underlay,
		VRF: n.vrf, VRFShared: n.vrfShared,
		Prefixes:            append([]string{}, n.prefixes...),
		DestinationPrefixes: append([]string{}, n.destinations...),
		AnnouncableCIDRs:    n.announcable, DefaultChildPrefixes: n.childLengths,
		Labels: n.labels, Created: n.created, Changed: n.changed,
	}
	if r.Labels == nil {
		r.Labels = map[string]string{}
	}
	return r
}

// networkResponse asks IPAM for the consumption of each prefix, and fails with the first that IPAM does not know.
func (s *stack) networkResponse(ctx context.Context, n network) (networkResponse, error) {
	r := n.response()
	for _, cidr := range n.prefixes {
		usage, err := s.ipam.usage(ctx, cidr)
		if err != nil {
			return r, err
		}
		of := &r.Consumption.IPv4
		if familyOf(cidr) == ipv6 {
			of = &r.Consumption.IPv6
		}
		if *of == nil {
			*of = &networkUsage{}
		}
		(*of).add(usage)
		r.Usage.add(usage)
	}
	return r, nil
}

// networkResponses fails as a whole with any network that cannot be answered.
func (c *call) networkResponses(match func(network) bool) (any, error) {
	all := []networkResponse{}
	for _, n := range c.networks.list(match) {
		r, err := c.networkResponse(c.ctx, n)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}

// note tells the journal about the network.
func (n network) note(e *JournalEntry) {
	e.ID, e.Project, e.Name, e.Marks = n.id, n.project, n.name, nil
	for k, v := range n.labels {
		e.Marks = append(e.Marks, k+"="+v)
	}
}

func (s *stack) insertNetwork(n network) (network, error) {
	fresh := n
	fresh.created = now()
	fresh.changed = fresh.created
	n.created, n.changed = stored(fresh.created), stored(fresh.created)
	return fresh, s.networks.insert(n.id, n)
}

func findNetwork(c *call) (any, error) {
	n, err := c.networks.get(c.path("id"))
	if err != nil {
		return nil, err
	}
	return c.answer(n)
}

func (c *call) answer(n network) (any, error) {
	r, err := c.networkResponse(c.ctx, n)
	if err != nil {
		return nil, err
	}
	return r, nil
}

func listNetworks(c *call) (any, error) { return c.networkResponses(nil) }
