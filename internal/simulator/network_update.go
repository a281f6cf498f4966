package simulator

import (
	"errors"
	"fmt"
	"slices"
)

type networkUpdateRequest struct {
	ID                  string            `json:"id"`
	Name                *string           `json:"name"`
	Description         *string           `json:"description"`
	Labels              map[string]string `json:"labels"`
	Shared              *bool             `json:"shared"`
	Prefixes            []string          `json:"prefixes"`
	DestinationPrefixes []string          `json:"destinationprefixes"`
	ChildLengths        map[string]uint8  `json:"defaultchildprefixlength"`
	AnnouncableCIDRs    []string          `json:"additionalAnnouncableCIDRs"`
}

// updateNetwork changes what may be changed and ignores the rest. New prefixes of a child are no children of its super
// network, so that it can never be freed again.
func updateNetwork(c *call) (any, error) {
	var q networkUpdateRequest
	if err := c.decode(&q); err != nil {
		return nil, err
	}
	c.entry.ID = q.ID
	old, err := c.networks.find(q.ID)
	if err != nil {
		return nil, err
	}
	old.value.note(c.entry)
	if err := q.check(old.value, c.query.Get("force") == "true"); err != nil {
		return nil, err
	}
	n := q.apply(old.value)
	n.note(c.entry)

	_ = pause(c.ctx, c.Window)
	if err := c.movePrefixes(c.ctx, old.value.prefixes, n.prefixes); err != nil {
		return nil, err
	}
	n.changed = stored(now())
	if err := replace(c, c.networks, n.id, old, n); err != nil {
		return nil, err
	}
	return c.answer(n)
}

func (q networkUpdateRequest) check(n network, force bool) error {
	switch {
	case n.shared && q.Shared != nil && !*q.Shared:
		return badRequest(errors.New("once a network is marked as shared it is not possible to unshare it"))
	case !n.super && len(q.AnnouncableCIDRs) > 0:
		return errAnnouncable()
	case !n.super && len(q.ChildLengths) > 0:
		return errChildLengths()
	}
	for _, cidr := range n.announcable {
		if !force && !slices.Contains(q.AnnouncableCIDRs, cidr) {
			return fmt.Errorf("additionalannouncablecidrs lacks %s, which is removed only with force", cidr)
		}
	}
	return checkPrefixes(slices.Concat(q.Prefixes, q.DestinationPrefixes, q.AnnouncableCIDRs))
}

// apply returns the network with the changes; an empty list or map empties, an absent one keeps.
func (q networkUpdateRequest) apply(n network) network {
	set(&n.name, q.Name)
	set(&n.description, q.Description)
	set(&n.shared, q.Shared)
	if q.Labels != nil {
		n.labels = q.Labels
	}
	if len(q.Prefixes) > 0 {
		n.prefixes = q.Prefixes
	}
	if q.DestinationPrefixes != nil {
		n.destinations = q.DestinationPrefixes
	}
	if n.super {
		n.announcable = q.AnnouncableCIDRs
		if len(q.ChildLengths) > 0 {
			n.childLengths = q.ChildLengths
		}
	}
	return n
}
