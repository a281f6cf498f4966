package simulator

import "slices"

type networkQuery struct {
	ID                  *string           `json:"id"`
	Name                *string           `json:"name"`
	PartitionID         *string           `json:"partitionid"`
	ProjectID           *string           `json:"projectid"`
	ParentNetworkID     *string           `json:"parentnetworkid"`
	Prefixes            []string          `json:"prefixes"`
	DestinationPrefixes []string          `json:"destinationprefixes"`
	NAT                 *bool             `json:"nat"`
	PrivateSuper        *bool             `json:"privatesuper"`
	Underlay            *bool             `json:"underlay"`
	VRF                 *int              `json:"vrf"`
	Labels              map[string]string `json:"labels"`
	AddressFamily       *string           `json:"addressfamily"`
}

func (q networkQuery) matches(n network) bool {
	return is(q.ID, n.id) && is(q.Name, n.name) && is(q.PartitionID, n.partition) && is(q.ProjectID, n.project) &&
		is(q.ParentNetworkID, n.parent) && is(q.NAT, n.nat) && is(q.PrivateSuper, n.super) && is(q.Underlay, n.underlay) &&
		is(q.VRF, n.vrf) && containsAll(n.prefixes, q.Prefixes) && containsAll(n.destinations, q.DestinationPrefixes) &&
		q.matchesLabels(n) && (q.AddressFamily == nil || slices.Contains(familiesOf(n.prefixes), *q.AddressFamily))
}

func (q networkQuery) matchesLabels(n network) bool {
	for k, v := range q.Labels {
		if have, ok := n.labels[k]; !ok || have != v {
			return false
		}
	}
	return true
}

func findNetworks(c *call) (any, error) {
	var q networkQuery
	if err := c.decode(&q); err != nil {
		return nil, err
	}
	if q.AddressFamily != nil {
		f, err := family(*q.AddressFamily)
		if err != nil {
			return nil, err
		}
		q.AddressFamily = &f
	}
	return c.networkResponses(q.matches)
}
