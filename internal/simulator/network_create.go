package simulator

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
)

type networkCreateRequest struct {
	ID                  string            `json:"id"`
	Name                string            `json:"name"`
	Description         string            `json:"description"`
	PartitionID         string            `json:"partitionid"`
	ProjectID           string            `json:"projectid"`
	Labels              map[string]string `json:"labels"`
	Prefixes            []string          `json:"prefixes"`
	DestinationPrefixes []string          `json:"destinationprefixes"`
	NAT                 bool              `json:"nat"`
	PrivateSuper        bool              `json:"privatesuper"`
	Underlay            bool              `json:"underlay"`
	VRF                 int               `json:"vrf"`
	VRFShared           bool              `json:"vrfshared"`
	ChildLengths        map[string]uint8  `json:"defaultchildprefixlength"`
	AnnouncableCIDRs    []string          `json:"additionalAnnouncableCIDRs"`
}

// network is the network asked for; its types follow from what it is, whatever the request calls them.
func (q networkCreateRequest) network() network {
	n := network{
		id: q.ID, name: q.Name, description: q.Description, project: q.ProjectID, partition: q.PartitionID, labels: q.Labels,
		networkType: typeExternal, natType: natNone, nat: q.NAT, super: q.PrivateSuper, underlay: q.Underlay,
		vrf: q.VRF, vrfShared: q.VRFShared, prefixes: q.Prefixes, destinations: q.DestinationPrefixes,
		announcable: q.AnnouncableCIDRs, childLengths: q.ChildLengths,
	}
	switch {
	case n.super:
		n.networkType = typeSuper
	case n.underlay:
		n.networkType = typeUnderlay
	}
	if n.nat {
		n.natType = natMasquerade
	}
	return n
}

// createNetwork makes a network that is nobody's child.
func createNetwork(c *call) (any, error) {
	var q networkCreateRequest
	if err := c.decode(&q); err != nil {
		return nil, err
	}
	n := q.network()
	n.note(c.entry)
	if err := c.checkNew(n); err != nil {
		return nil, err
	}
	if n.id == "" {
		n.id = c.dice.uuid()
	}
	if n.vrf != 0 {
		if err := c.vrfs.acquireThis(n.vrf); err != nil && !n.vrfShared {
			return nil, err
		}
	}
	if err := c.movePrefixes(c.ctx, nil, n.prefixes); err != nil {
		c.releaseVRF(n.vrf)
		return nil, err
	}
	n, err := c.insertNetwork(n)
	if err != nil {
		return nil, err
	}
	n.note(c.entry)
	return c.answer(n)
}

func (c *call) checkNew(n network) error {
	if _, err := c.networks.get(n.id); err == nil {
		return withStatus(http.StatusConflict, errors.New("entity already exists"))
	}
	if n.project != "" {
		if _, err := c.project(n.project); err != nil {
			return err
		}
	}
	if n.partition != "" {
		if _, err := c.partitions.get(n.partition); err != nil {
			return err
		}
	}
	if len(n.prefixes) == 0 {
		return badRequest(errors.New("a network needs prefixes"))
	}
	if err := checkPrefixes(slices.Concat(n.prefixes, n.destinations, n.announcable)); err != nil {
		return err
	}
	return c.checkKind(n)
}

// checkKind checks what super networks and underlays have, and others have not.
func (c *call) checkKind(n network) error {
	rivals := c.networks.list(func(o network) bool {
		return o.partition == n.partition && (o.super && n.super || o.underlay && n.underlay)
	})
	switch {
	case n.super && n.underlay:
		return badRequest(errors.New("a network is either a private super network or an underlay"))
	case len(rivals) > 0:
		return fmt.Errorf("partition %q has network %s already, and may have only one of type %s", n.partition, rivals[0].id, n.networkType)
	case !n.super && len(n.announcable) > 0:
		return errAnnouncable()
	case !n.super && len(n.childLengths) > 0:
		return errChildLengths()
	case !n.super:
		return nil
	}
	for _, f := range familiesOf(n.prefixes) {
		if n.childLengths[f] == 0 {
			return badRequest(fmt.Errorf("a private super network needs a defaultchildprefixlength of %s", f))
		}
	}
	return nil
}

func errAnnouncable() error {
	return errors.New("additionalannouncablecidrs can only be set in a private super network")
}

func errChildLengths() error {
	return errors.New("defaultchildprefixlength can only be set on privatesuper")
}

// deleteNetwork removes a network made by create. It does so with a child too, whose prefix is then missing in its parent.
func deleteNetwork(c *call) (any, error) {
	c.entry.ID = c.path("id")
	n, err := c.networks.get(c.path("id"))
	if err != nil {
		return nil, err
	}
	n.note(c.entry)
	if children := c.networks.list(func(o network) bool { return o.parent == n.id }); len(children) > 0 {
		return nil, fmt.Errorf("network %s has %d children", n.id, len(children))
	}
	if err := c.movePrefixes(c.ctx, n.prefixes, nil); err != nil {
		return nil, err
	}
	c.dropNetwork(n)
	return n.response(), nil
}

// movePrefixes makes and deletes prefixes in IPAM as a change from one list to another demands. The new ones have no parent.
func (s *stack) movePrefixes(ctx context.Context, from, to []string) error {
	for _, cidr := range to {
		if slices.Contains(from, cidr) {
			continue
		}
		if err := s.ipam.createPrefix(ctx, cidr); err != nil {
			return err
		}
	}
	for _, cidr := range from {
		if slices.Contains(to, cidr) {
			continue
		}
		if err := s.ipam.deletePrefix(ctx, cidr); err != nil {
			return fmt.Errorf("cannot delete prefix %s in ipam: %w", cidr, err)
		}
	}
	return nil
}
