package simulator

import "errors"

func allocateMachine(c *call) (any, error) { return c.allocate(roleMachine) }

func allocateFirewall(c *call) (any, error) { return c.allocate(roleFirewall) }

// allocate gives out a machine. The answer does not wait for the installation.
func (c *call) allocate(role string) (any, error) {
	d, err := c.demand(role)
	if err != nil {
		return nil, err
	}
	a := d.allocation(c.dice.uuid(), c.user.EMail)
	if err := pause(c.ctx, c.Validate); err != nil {
		return nil, err
	}
	found, err := c.candidate(c.ctx, d)
	if err != nil {
		return nil, err
	}
	m := found.value
	m.allocation = &a
	if err := c.occupy(&m, d); err != nil {
		c.giveBack(m)
		return nil, err
	}
	m.note(c.entry)
	answer, err := c.machineResponse(m)
	c.tell(m.id, allocated)
	return answer, err
}

// allocation is what the demand alone says about it. Keys that are not given are null in the answer of the allocate, and
// only there.
func (d demand) allocation(uuid, creator string) allocation {
	a := allocation{
		uuid: uuid, creator: creator, name: d.Name, description: d.Description, project: d.ProjectID, image: d.image,
		hostname: d.Hostname, role: d.role, layout: d.FilesystemLayoutID, userData: d.UserData, rules: d.rules,
		dns: d.DNSServers, ntp: d.NTPServers, created: now(),
	}
	if len(d.SSHPubKeys) > 0 {
		a.keys = d.SSHPubKeys
	}
	return a
}

// occupy attaches the machine to its networks and writes its allocation. Only here does an allocate by uuid find out that
// another one was faster.
func (c *call) occupy(m *machine, d demand) error {
	if err := c.attach(m, d); err != nil {
		return err
	}
	m.tags = c.machineTags(*m, d.Tags)
	m.preallocated = false

	kept := *m.allocation
	kept.created = stored(kept.created)
	kept.keys = append([]string{}, kept.keys...)
	written := false
	c.machines.change(m.id, func(row *machine) {
		if row.allocation == nil {
			row.allocation, row.tags, row.preallocated, row.changed = &kept, m.tags, false, stored(now())
			written = true
		}
	})
	if !written {
		return errors.New("machine is already allocated")
	}
	return nil
}

// giveBack rolls a failed allocate back. It releases every address with the machine's tag: after an allocate by uuid
// also those of the one that was faster.
func (c *call) giveBack(m machine) {
	c.releaseNetworks(m.id, m.allocation)
	c.machines.change(m.id, func(row *machine) { row.preallocated = false })
}
