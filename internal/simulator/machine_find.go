package simulator

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
)

func findMachine(c *call) (any, error) {
	m, err := c.machines.get(c.path("id"))
	if err != nil {
		return nil, err
	}
	return c.machineResponse(m)
}

func findFirewall(c *call) (any, error) {
	m, err := c.machines.get(c.path("id"))
	if err != nil {
		return nil, err
	}
	if !m.isFirewall() {
		return nil, withStatus(http.StatusNotFound, errors.New("machine is not a firewall"))
	}
	return c.machineResponse(m)
}

func (m machine) isFirewall() bool {
	return m.allocation != nil && m.allocation.role == roleFirewall
}

func (s *stack) listOf(match func(machine) bool) []*machineResponse {
	all := []*machineResponse{}
	for _, m := range s.machines.list(match) {
		all = append(all, s.bareMachineResponse(m))
	}
	return all
}

func listMachines(c *call) (any, error) { return c.listOf(nil), nil }

func listFirewalls(c *call) (any, error) { return c.listOf(machine.isFirewall), nil }

type machineQuery struct {
	ID                         *string  `json:"id"`
	Name                       *string  `json:"name"`
	PartitionID                *string  `json:"partition_id"`
	SizeID                     *string  `json:"sizeid"`
	RackID                     *string  `json:"rackid"`
	Tags                       []string `json:"tags"`
	StateValue                 *string  `json:"state_value"`
	AllocationName             *string  `json:"allocation_name"`
	AllocationProject          *string  `json:"allocation_project"`
	AllocationImageID          *string  `json:"allocation_image_id"`
	AllocationHostname         *string  `json:"allocation_hostname"`
	AllocationRole             *string  `json:"allocation_role"`
	AllocationSucceeded        *bool    `json:"allocation_succeeded"`
	NetworkIDs                 []string `json:"network_ids"`
	NetworkIPs                 []string `json:"network_ips"`
	NetworkPrefixes            []string `json:"network_prefixes"`
	NetworkDestinationPrefixes []string `json:"network_destination_prefixes"`
	NetworkVRFs                []int    `json:"network_vrfs"`
	NetworkASNs                []int64  `json:"network_asns"`
}

func (q machineQuery) matches(m machine) bool {
	return is(q.ID, m.id) && is(q.Name, "") && is(q.PartitionID, m.partition) && is(q.SizeID, m.size) && is(q.RackID, m.rack) &&
		is(q.StateValue, m.state.Value) && containsAll(m.tags, q.Tags) && (!q.asksAllocation() || m.allocation != nil && q.matchesAllocation(*m.allocation))
}

// asksAllocation tells whether the query has a filter that no machine without allocation passes.
func (q machineQuery) asksAllocation() bool {
	return q.AllocationName != nil || q.AllocationProject != nil || q.AllocationImageID != nil || q.AllocationHostname != nil ||
		q.AllocationRole != nil || q.AllocationSucceeded != nil || len(q.NetworkIDs) > 0 || len(q.NetworkIPs) > 0 ||
		len(q.NetworkPrefixes) > 0 || len(q.NetworkDestinationPrefixes) > 0 || len(q.NetworkVRFs) > 0 || len(q.NetworkASNs) > 0
}

func (q machineQuery) matchesAllocation(a allocation) bool {
	var ids, ips, prefixes, destinations []string
	var vrfs []int
	var asns []int64
	for _, n := range a.networks {
		ids, vrfs, asns = append(ids, n.NetworkID), append(vrfs, n.VRF), append(asns, n.ASN)
		ips, prefixes = slices.Concat(ips, n.IPs), slices.Concat(prefixes, n.Prefixes)
		destinations = slices.Concat(destinations, n.DestinationPrefixes)
	}
	return is(q.AllocationName, a.name) && is(q.AllocationProject, a.project) && is(q.AllocationImageID, a.image) &&
		is(q.AllocationHostname, a.hostname) && is(q.AllocationRole, a.role) && is(q.AllocationSucceeded, false) &&
		containsAll(ids, q.NetworkIDs) && containsAll(ips, q.NetworkIPs) && containsAll(prefixes, q.NetworkPrefixes) &&
		containsAll(destinations, q.NetworkDestinationPrefixes) && containsAll(vrfs, q.NetworkVRFs) && containsAll(asns, q.NetworkASNs)
}

// asksHardware tells whether the query has a filter on hardware, which no simulated machine passes.
func asksHardware(body []byte) bool {
	var fields map[string]any
	if json.Unmarshal(body, &fields) != nil {
		return false
	}
	for name, v := range fields {
		prefix, _, _ := strings.Cut(name, "_")
		if list, isList := v.([]any); v == nil || isList && len(list) == 0 {
			continue
		}
		if slices.Contains([]string{"disk", "fru", "hardware", "ipmi", "nics"}, prefix) {
			return true
		}
	}
	return false
}

func findMachines(c *call) (any, error) { return c.search("") }

func findFirewalls(c *call) (any, error) { return c.search(roleFirewall) }

func (c *call) search(role string) (any, error) {
	var q machineQuery
	if err := c.decode(&q); err != nil {
		return nil, err
	}
	if role != "" {
		q.AllocationRole = &role
	}
	if asksHardware(c.body) {
		return []*machineResponse{}, nil
	}
	return c.listOf(q.matches), nil
}
