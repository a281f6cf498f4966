package simulator

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"

	goipam "github.com/metal-stack/go-ipam"
)

type ipAllocateRequest struct {
	Name          string   `json:"name"`
	Description   string   `json:"description"`
	NetworkID     string   `json:"networkid"`
	ProjectID     string   `json:"projectid"`
	Type          string   `json:"type"`
	Tags          []string `json:"tags"`
	MachineID     string   `json:"machineid"`
	AddressFamily string   `json:"addressfamily"`
}

// allocateIP takes the address of the path, or any when the path has none.
func allocateIP(c *call) (any, error) {
	var q ipAllocateRequest
	if err := c.decode(&q); err != nil {
		return nil, err
	}
	i := ip{
		address: c.path("ip"), name: q.Name, description: q.Description, network: q.NetworkID, project: q.ProjectID,
		kind: ephemeral, tags: q.Tags,
	}
	if q.Type == static {
		i.kind = static
	}
	if q.MachineID != "" {
		i.tags = append(i.tags, attachment(q.MachineID))
	}
	i.tags = shuffle(c.dice, unique(i.tags))
	i.note(c.entry)

	n, err := c.networkForIP(q)
	if err != nil {
		return nil, err
	}
	if i.address == "" {
		i.address, i.prefix, err = c.anyAddress(n, q.AddressFamily)
	} else {
		i.address, i.prefix, err = c.thisAddress(n, i.address, q.AddressFamily)
	}
	if err != nil {
		return nil, err
	}
	if i, err = c.insertIP(i); err != nil {
		return nil, err
	}
	i.note(c.entry)
	return i.response(), nil
}

// networkForIP returns the network that the request may take an address of.
func (c *call) networkForIP(q ipAllocateRequest) (network, error) {
	switch {
	case q.NetworkID == "":
		return network{}, badRequest(errors.New("networkid should not be empty"))
	case q.ProjectID == "":
		return network{}, badRequest(errors.New("projectid should not be empty"))
	}
	if _, err := c.project(q.ProjectID); err != nil {
		return network{}, err
	}
	n, err := c.networks.get(q.NetworkID)
	if err != nil {
		return n, err
	}
	if n.private() && !n.shared && n.project != q.ProjectID {
		return n, fmt.Errorf("can not allocate ip for project %q because network belongs to %q and the network is not shared", q.ProjectID, n.project)
	}
	return n, nil
}

// anyAddress takes the next free address, an IPv4 one where the network has any and nothing else is asked for.
func (c *call) anyAddress(n network, asked string) (address, prefix string, err error) {
	families := familiesOf(n.prefixes)
	f := families[0]
	if asked != "" {
		if f, err = family(asked); err != nil {
			return "", "", err
		}
	}
	if !slices.Contains(families, f) {
		return "", "", badRequest(fmt.Errorf("network %s has no prefix of %s", n.id, f))
	}
	address, prefix, err = c.takeAddress(c.ctx, n, f)
	if errors.Is(err, goipam.ErrNoIPAvailable) {
		err = withStatus(http.StatusInternalServerError, err)
	}
	return address, prefix, err
}

// takeAddress takes the next free address of a family from the first prefix that has one.
func (s *stack) takeAddress(ctx context.Context, n network, family string) (address, prefix string, err error) {
	for _, prefix = range n.prefixes {
		if familyOf(prefix) != family {
			continue
		}
		if address, err = s.ipam.acquireIP(ctx, prefix, ""); !errors.Is(err, goipam.ErrNoIPAvailable) {
			return address, prefix, err
		}
	}
	return "", "", err
}

// thisAddress takes the wanted address.
func (c *call) thisAddress(n network, wanted, family string) (address, prefix string, err error) {
	if family != "" {
		return "", "", badRequest(errors.New("it is not possible to specify specificIP and addressfamily"))
	}
	parsed, err := netip.ParseAddr(wanted)
	if err != nil {
		return "", "", fmt.Errorf("unable to parse specific ip: %w", err)
	}
	for _, prefix = range n.prefixes {
		if p, err := netip.ParsePrefix(prefix); err != nil || !p.Contains(parsed) {
			continue
		}
		address, err = c.ipam.acquireIP(c.ctx, prefix, parsed.String())
		if errors.Is(err, goipam.ErrAlreadyAllocated) {
			err = conflict("ip already allocated")
		}
		return address, prefix, err
	}
	return "", "", errors.New("specific ip not contained in any of the defined prefixes")
}
