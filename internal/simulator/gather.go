package simulator

import (
	"errors"
	"fmt"
	"slices"
)

// The types of a machine's networks, in metal-api's older words.
const (
	primaryUnshared = "privateprimaryunshared"
	primaryShared   = "privateprimaryshared"
	secondaryShared = "privatesecondaryshared"
)

// A link is a network that a machine is to be in.
type link struct {
	network network
	kind    string
	auto    bool     // it gets an address of each family
	given   []string // addresses that the request names
}

// gather returns the links of the machine to be, in random order.
func (c *call) gather(d demand) ([]link, error) {
	var links []link
	for _, w := range d.Networks {
		n, err := c.networks.get(w.NetworkID)
		switch {
		case err != nil:
			return nil, err
		case n.underlay:
			return nil, fmt.Errorf("underlay networks are not allowed to be set explicitly: %s", n.id)
		case n.super:
			return nil, fmt.Errorf("private super networks are not allowed to be set explicitly: %s", n.id)
		}
		links = append(links, link{network: n, kind: typeExternal, auto: w.auto()})
	}
	if err := choosePrimary(links, d); err != nil {
		return nil, err
	}
	if err := c.giveAddresses(links, d); err != nil {
		return nil, err
	}
	if d.role == roleFirewall {
		for _, n := range c.networks.list(func(n network) bool { return n.underlay && n.partition == d.PartitionID }) {
			links = append(links, link{network: n, kind: typeUnderlay, auto: true})
		}
	}
	return shuffle(c.dice, links), nil
}

// choosePrimary finds the private network that the machine is for, and gives the private ones their types.
func choosePrimary(links []link, d demand) error {
	var private, unshared []*link
	for i := range links {
		l := &links[i]
		if !l.network.private() {
			continue
		}
		l.kind = secondaryShared
		private = append(private, l)
		if !l.network.shared {
			unshared = append(unshared, l)
		}
	}
	var primary *link
	switch {
	case len(private) == 0:
		return errors.New("no private network given")
	case len(unshared) == 1:
		primary = unshared[0]
		primary.kind = primaryUnshared
	case len(private) == 1:
		primary = private[0]
		primary.kind = primaryShared
	default:
		return errors.New("multiple private networks are specified but there must be only one primary private network that must not be shared")
	}
	if d.role == roleMachine && len(private) > 1 {
		return errors.New("a machine can be in one private network only")
	}
	if primary.network.project != d.ProjectID {
		return errors.New("the given private network does not belong to the project, which is not allowed")
	}
	return nil
}

// giveAddresses deals the given IPs out to their networks. A network with one gets none automatically. That an IP is attached
// to another machine already is no obstacle.
func (c *call) giveAddresses(links []link, d demand) error {
	for _, address := range d.IPs {
		i, err := c.ips.get(address)
		if err != nil {
			return err
		}
		if i.project != d.ProjectID {
			return fmt.Errorf("ip %s belongs to project %q, not to %q", address, i.project, d.ProjectID)
		}
		at := slices.IndexFunc(links, func(l link) bool { return l.network.id == i.network })
		if at < 0 {
			return fmt.Errorf("ip %s is in network %s, which is not among the given ones", address, i.network)
		}
		links[at].auto = false
		links[at].given = append(links[at].given, i.address)
	}
	for _, l := range links {
		if l.network.private() && !l.auto && len(l.given) == 0 {
			return fmt.Errorf("private network %s has no automatic ip allocation, and no ip in it is given", l.network.id)
		}
	}
	return nil
}
