package simulator

import (
	"errors"
	"fmt"
)

type machineUpdateRequest struct {
	ID          string   `json:"id"`
	Description *string  `json:"description"`
	Tags        []string `json:"tags"`
	SSHPubKeys  []string `json:"ssh_pub_keys"`
}

func updateMachine(c *call) (any, error) {
	var q machineUpdateRequest
	if err := c.decode(&q); err != nil {
		return nil, err
	}
	c.entry.ID = q.ID
	return c.edit(q.ID, func(m *machine) error {
		if m.allocation == nil {
			return badRequest(errors.New("only allocated machines can be updated"))
		}
		a := *m.allocation
		set(&a.description, q.Description)
		if len(q.SSHPubKeys) > 0 {
			a.keys = q.SSHPubKeys
		}
		m.allocation = &a
		if len(q.Tags) > 0 {
			m.tags = c.machineTags(*m, q.Tags)
		}
		return nil
	})
}

// edit reads a machine, changes it, and writes it if nobody else has meanwhile.
func (c *call) edit(id string, change func(*machine) error) (any, error) {
	old, err := c.machines.find(id)
	if err != nil {
		return nil, err
	}
	m := old.value
	m.note(c.entry)
	if err := change(&m); err != nil {
		return nil, err
	}
	m.note(c.entry)
	_ = pause(c.ctx, c.Window)
	m.changed = stored(now())
	if err := replace(c, c.machines, id, old, m); err != nil {
		return nil, err
	}
	return c.machineResponse(m)
}

func setMachineState(c *call) (any, error) {
	var q machineState
	if err := c.decode(&q); err != nil {
		return nil, err
	}
	c.entry.ID = c.path("id")
	switch q.Value {
	case "", locked, reserved:
	default:
		return nil, badRequest(fmt.Errorf("state %q is neither empty nor LOCKED nor RESERVED", q.Value))
	}
	next := machineState{Value: q.Value, Description: q.Description}
	if q.Value != "" {
		if q.Description == "" {
			return nil, badRequest(errors.New("a state needs a description"))
		}
		next.Issuer = c.user.EMail
	}
	return c.edit(c.path("id"), func(m *machine) error {
		m.state = next
		return nil
	})
}

// freeMachine frees whatever allocation the machine has, also one that is not the caller's, and also none: metal-api has no
// guard but the lock. The machine is power-cycled each time.
func freeMachine(c *call) (any, error) {
	id := c.path("id")
	c.entry.ID = id
	old, err := c.machines.find(id)
	if err != nil {
		return nil, err
	}
	m := old.value
	m.note(c.entry)
	if m.state.Value == locked {
		return nil, errors.New("machine is locked")
	}
	c.tell(id, reboot)
	if a := m.allocation; a != nil {
		// The message bus takes its time, but less than the machine needs to be allocated again.
		c.later(c.dice.between(c.IPRelease), func() { c.releaseNetworks(id, a) })
	}
	m.allocation, m.tags, m.preallocated, m.changed = nil, nil, false, stored(now())
	if err := replace(c, c.machines, id, old, m); err != nil {
		return nil, err // the machine is being reset all the same
	}
	answer, err := c.machineResponse(m)
	// metal-api writes the event only after it has answered: the answer does not show it.
	c.report(id, reclaim, "free machine called")
	return answer, err
}

// deleteMachine removes a machine that is neither allocated nor alive.
func deleteMachine(c *call) (any, error) {
	c.entry.ID = c.path("id")
	m, err := c.machines.get(c.path("id"))
	if err != nil {
		return nil, err
	}
	if m.allocation != nil {
		return nil, errors.New("an allocated machine cannot be deleted")
	}
	if e, err := c.events.get(m.id); err == nil && e.liveliness != dead {
		return nil, errors.New("can only delete dead machines, if you power off this machine it will reach dead state.") //nolint:revive,staticcheck // metal-api's words
	}
	answer, err := c.machineResponse(m)
	c.machines.remove(m.id)
	c.metal[m.id].end()
	return answer, err
}

func reinstallMachine(c *call) (any, error) {
	var q struct {
		ImageID string `json:"imageid"`
	}
	if err := c.decode(&q); err != nil {
		return nil, err
	}
	id := c.path("id")
	c.entry.ID = id
	m, err := c.machines.get(id)
	if err != nil {
		return nil, err
	}
	if _, err := c.images.get(q.ImageID); err != nil || m.allocation == nil || m.state.Value == locked {
		return nil, badRequest(fmt.Errorf("machine %s is locked or not allocated, or there is no image %q", id, q.ImageID))
	}
	answer, err := c.edit(id, func(m *machine) error {
		a := *m.allocation
		a.reinstall, a.image = true, q.ImageID
		m.allocation = &a
		return nil
	})
	if err == nil {
		c.tell(id, reboot)
	}
	return answer, err
}

// power serves the power commands that a simulated machine obeys.
func power(name string, order command) func(*call) (any, error) {
	return func(c *call) (any, error) {
		id := c.path("id")
		c.entry.ID = id
		m, err := c.machines.get(id)
		if err != nil {
			return nil, err
		}
		m.note(c.entry)
		e, err := c.events.get(id)
		if err != nil {
			return nil, err
		}
		if order != turnOn {
			c.report(id, plannedReboot, name)
			if e.last() == phonedHome {
				// The running system phones home once more before it goes down, which hides the planned reboot: the
				// boot that follows counts as a crash loop.
				c.report(id, phonedHome, "")
			}
		}
		c.tell(id, order)
		return c.machineResponse(m)
	}
}
