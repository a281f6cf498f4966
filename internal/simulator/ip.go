package simulator

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

const (
	ephemeral = "ephemeral"
	static    = "static"

	// machineTag attaches an IP to a machine: its value is the machine's id.
	machineTag = "machine.metal-stack.io/id"
)

type ip struct {
	address, allocation, prefix string
	name, description           string
	network, project, kind      string
	tags                        []string
	created, changed            time.Time
}

type ipResponse struct {
	IPAddress      string    `json:"ipaddress"`
	AllocationUUID string    `json:"allocationuuid"`
	Name           string    `json:"name"`
	Description    string    `json:"description"`
	NetworkID      string    `json:"networkid"`
	ProjectID      string    `json:"projectid"`
	Type           string    `json:"type"`
	Tags           []string  `json:"tags"`
	Created        time.Time `json:"created"`
	Changed        time.Time `json:"changed"`
}

func (i ip) response() ipResponse {
	r := ipResponse{
		IPAddress:      i.address,
		AllocationUUID: i.allocation,
		Name:           i.name,
		Description:    i.description,
		NetworkID:      i.network,
		ProjectID:      i.project,
		Type:           i.kind,
		Tags:           i.tags,
		Created:        i.created,
		Changed:        i.changed,
	}
	if r.Tags == nil {
		r.Tags = []string{}
	}
	return r
}

func ipResponses(list []ip) []ipResponse {
	all := []ipResponse{}
	for _, i := range list {
		all = append(all, i.response())
	}
	return all
}

func (i ip) note(e *JournalEntry) {
	e.ID, e.AllocationUUID, e.Project, e.Name, e.Marks = i.address, i.allocation, i.project, i.name, i.tags
}

// attached tells whether the IP carries any machine's tag; metal-api calls that machine scope.
func (i ip) attached() bool {
	return i.project != "" && slices.ContainsFunc(i.tags, func(t string) bool { return strings.HasPrefix(t, machineTag) })
}

func attachment(machine string) string { return machineTag + "=" + machine }

func (i ip) attachedTo(machine string) bool {
	return slices.Contains(i.tags, attachment(machine))
}

func (s *stack) insertIP(i ip) (ip, error) {
	fresh := i
	fresh.allocation = s.dice.uuid()
	fresh.created = now()
	fresh.changed = fresh.created
	i = fresh
	i.created, i.changed = stored(fresh.created), stored(fresh.created)
	return fresh, s.ips.insert(i.address, i)
}

func findIP(c *call) (any, error) {
	i, err := c.ips.get(c.path("id"))
	if err != nil {
		return nil, err
	}
	return i.response(), nil
}

func listIPs(c *call) (any, error) {
	return ipResponses(c.ips.list(nil)), nil
}

type ipQuery struct {
	IPAddress      *string  `json:"ipaddress"`
	AllocationUUID *string  `json:"allocationuuid"`
	Name           *string  `json:"name"`
	NetworkPrefix  *string  `json:"networkprefix"`
	NetworkID      *string  `json:"networkid"`
	Tags           []string `json:"tags"`
	ProjectID      *string  `json:"projectid"`
	Type           *string  `json:"type"`
	MachineID      *string  `json:"machineid"`
	AddressFamily  *string  `json:"addressfamily"`
}

func (q ipQuery) matches(i ip) bool {
	return is(q.IPAddress, i.address) && is(q.AllocationUUID, i.allocation) && is(q.Name, i.name) && is(q.NetworkPrefix, i.prefix) &&
		is(q.NetworkID, i.network) && is(q.ProjectID, i.project) && is(q.Type, i.kind) && containsAll(i.tags, q.Tags) &&
		(q.MachineID == nil || i.attachedTo(*q.MachineID)) &&
		(q.AddressFamily == nil || strings.EqualFold(familyOf(i.address), *q.AddressFamily))
}

func findIPs(c *call) (any, error) {
	var q ipQuery
	if err := c.decode(&q); err != nil {
		return nil, err
	}
	if q.AddressFamily != nil {
		if _, err := family(*q.AddressFamily); err != nil {
			return nil, err
		}
	}
	return ipResponses(c.ips.list(q.matches)), nil
}

type ipUpdateRequest struct {
	IPAddress   string   `json:"ipaddress"`
	Name        *string  `json:"name"`
	Description *string  `json:"description"`
	Type        string   `json:"type"`
	Tags        []string `json:"tags"`
}

// updateIP replaces the tags as a whole, so an update that leaves out the machine's tag detaches the IP.
func updateIP(c *call) (any, error) {
	var q ipUpdateRequest
	if err := c.decode(&q); err != nil {
		return nil, err
	}
	c.entry.ID = q.IPAddress
	old, err := c.ips.find(q.IPAddress)
	if err != nil {
		return nil, err
	}
	i := old.value
	set(&i.name, q.Name)
	set(&i.description, q.Description)
	if q.Tags != nil {
		i.tags = shuffle(c.dice, unique(q.Tags))
	}
	if q.Type == static || q.Type == ephemeral {
		i.kind = q.Type
	}
	i.note(c.entry)
	if old.value.kind == static && i.kind == ephemeral {
		return nil, badRequest(errors.New("cannot change type of ip address from static to ephemeral"))
	}
	_ = pause(c.ctx, c.Window)
	i.changed = stored(now())
	if err := replace(c, c.ips, i.address, old, i); err != nil {
		return nil, err
	}
	return i.response(), nil
}

// unique drops repeated tags and keeps the order of the others.
func unique(tags []string) []string {
	kept := []string{}
	for _, t := range tags {
		if !slices.Contains(kept, t) {
			kept = append(kept, t)
		}
	}
	return kept
}

func freeIP(c *call) (any, error) {
	i, err := c.ips.get(c.path("id"))
	if err != nil {
		c.entry.ID = c.path("id")
		return nil, err
	}
	i.note(c.entry)
	if i.attached() {
		return nil, badRequest(errors.New("ip with machine scope can not be deleted"))
	}
	c.ips.remove(i.address)
	if err := c.ipam.releaseIP(c.ctx, i.prefix, i.address); err != nil {
		// The row is gone: nobody can free it any more.
		c.ipam.leases.lose(i.prefix, i.address)
		c.entry.Prefixes = []string{i.prefix}
		return nil, fmt.Errorf("cannot release ip %s: %w", i.address, err)
	}
	return i.response(), nil
}
