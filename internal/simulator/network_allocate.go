package simulator

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

type networkAllocateRequest struct {
	Name                string            `json:"name"`
	Description         string            `json:"description"`
	PartitionID         string            `json:"partitionid"`
	ProjectID           string            `json:"projectid"`
	Labels              map[string]string `json:"labels"`
	Shared              bool              `json:"shared"`
	NAT                 bool              `json:"nat"`
	DestinationPrefixes []string          `json:"destinationprefixes"`
	Length              map[string]uint8  `json:"length"`
	AddressFamily       string            `json:"addressfamily"`
}

// network is what the request alone says about the network.
func (q networkAllocateRequest) network() network {
	n := network{
		name: q.Name, description: q.Description, project: q.ProjectID, partition: q.PartitionID, labels: q.Labels,
		networkType: typeChild, natType: natNone, shared: q.Shared, nat: q.NAT, destinations: q.DestinationPrefixes,
	}
	if n.shared {
		n.networkType = typeChildShared
	}
	if n.nat {
		n.natType = natMasquerade
	}
	return n
}

// allocateNetwork makes a child of the partition's super network. What it has taken before it fails stays taken: the VRF,
// and the prefix of the first address family.
func allocateNetwork(c *call) (any, error) {
	var q networkAllocateRequest
	if err := c.decode(&q); err != nil {
		return nil, err
	}
	n := q.network()
	n.note(c.entry)
	super, err := c.superFor(q)
	if err != nil {
		return nil, err
	}
	lengths, err := q.lengths(super)
	if err != nil {
		return nil, err
	}

	n.parent = super.id
	if n.vrf, err = c.vrfs.acquire(); err != nil {
		return nil, err
	}
	n.id = c.dice.uuid()
	for i, f := range shuffle(c.dice, slices.Sorted(maps.Keys(lengths))) {
		c.between(i)
		cidr, err := c.childPrefix(super, f, lengths[f], n.id)
		if err != nil {
			c.ipam.abandon(n.id)
			return nil, fmt.Errorf("cannot allocate free child prefix in ipam: %w", err)
		}
		n.prefixes = append(n.prefixes, cidr)
		c.entry.Prefixes = append(c.entry.Prefixes, cidr)
	}
	if n, err = c.insertNetwork(n); err != nil {
		return nil, err
	}
	n.note(c.entry)
	return c.answer(n) // can fail although the network exists by now
}

// superFor checks the request and returns the super network that it is to be served from.
func (c *call) superFor(q networkAllocateRequest) (network, error) {
	switch {
	case q.ProjectID == "":
		return network{}, badRequest(errors.New("projectid should not be empty"))
	case q.PartitionID == "":
		return network{}, badRequest(errors.New("partitionid should not be empty"))
	}
	if err := checkPrefixes(q.DestinationPrefixes); err != nil {
		return network{}, err
	}
	if _, err := c.project(q.ProjectID); err != nil {
		return network{}, err
	}
	if _, err := c.partitions.get(q.PartitionID); err != nil {
		return network{}, err
	}
	supers := c.networks.list(func(n network) bool { return n.super && n.partition == q.PartitionID })
	if len(supers) == 0 {
		return network{}, fmt.Errorf("partition %s has no private super network", q.PartitionID)
	}
	return supers[0], nil
}

// lengths are those of the prefixes to allocate, by address family: the super network's, overwritten by the request's, of one
// family only when the request names one.
func (q networkAllocateRequest) lengths(super network) (map[string]uint8, error) {
	lengths := maps.Clone(super.childLengths)
	for name, bits := range q.Length {
		f, err := family(name)
		if err != nil {
			return nil, err
		}
		if _, ok := lengths[f]; !ok {
			return nil, badRequest(fmt.Errorf("network %s has no children of %s", super.id, f))
		}
		lengths[f] = bits
	}
	if q.AddressFamily == "" {
		return lengths, nil
	}
	f, err := family(q.AddressFamily)
	if err != nil {
		return nil, err
	}
	bits, ok := lengths[f]
	if !ok {
		return nil, badRequest(fmt.Errorf("network %s has no children of %s", super.id, f))
	}
	return map[string]uint8{f: bits}, nil
}

// childPrefix takes a child for a network from the first of the super network's prefixes that has room.
func (c *call) childPrefix(super network, family string, bits uint8, id string) (string, error) {
	err := fmt.Errorf("network %s has no prefix of %s", super.id, family)
	for _, parent := range super.prefixes {
		if familyOf(parent) != family {
			continue
		}
		var cidr string
		if cidr, err = c.ipam.acquireChild(c.ctx, parent, bits, id); err == nil {
			return cidr, nil
		}
	}
	return "", err
}

// between two prefixes of a network a fault may wait for the caller to go away.
func (c *call) between(prefixes int) {
	if prefixes > 0 && c.gap > 0 {
		_ = pause(c.ctx, c.gap)
	}
}

// freeNetwork releases one prefix after the other without a way back. An address in a later one, or a caller that goes
// away, leaves a network that has lost the earlier ones. What IPAM has given to another network since is released there.
func freeNetwork(c *call) (any, error) {
	c.entry.ID = c.path("id")
	n, err := c.networks.get(c.path("id"))
	if err != nil {
		return nil, err
	}
	n.note(c.entry)
	for i, cidr := range n.prefixes {
		c.between(i)
		from, err := c.ipam.releaseChild(c.ctx, cidr, n.id)
		if err != nil {
			return nil, err
		}
		c.entry.Prefixes = append(c.entry.Prefixes, cidr)
		if from != "" {
			c.entry.TakenFrom = append(c.entry.TakenFrom, from)
		}
	}
	// The row goes last: until then neither the network nor a list with it can be read.
	_ = pause(c.life, c.Removal)
	c.dropNetwork(n)
	return n.response(), nil
}

func (s *stack) dropNetwork(n network) {
	s.networks.remove(n.id)
	s.releaseVRF(n.vrf)
}

// releaseVRF gives a VRF back that no network has any more.
func (s *stack) releaseVRF(vrf int) {
	if len(s.networks.list(func(n network) bool { return n.vrf == vrf })) == 0 {
		s.vrfs.release(vrf)
	}
}
