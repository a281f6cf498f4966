package contract

import (
	"net/http"
	"slices"
)

// A freedFirewall is what metal-api said to the free of the shared firewall, and immediately after it.
type freedFirewall struct {
	firewallOnShow

	held    []ip
	answer  answer
	get     answer
	found   []machine
	machine machine
}

// freed frees the shared firewall; later rows look at what that answered.
func (c *check) freed() freedFirewall {
	l := c.suite.lab
	if l.gone != nil {
		return *l.gone
	}

	fw := c.onShow()
	gone := freedFirewall{firewallOnShow: fw, held: c.findIPs(object{"machineid": fw.created.ID})}
	gone.answer = c.free(c.suite.main, fw.created.ID)
	gone.get = c.get("/v1/firewall/" + fw.created.ID)
	gone.found = c.findFirewalls(object{"id": fw.created.ID})
	gone.machine = c.machineByID(fw.created.ID)
	l.fw, l.gone = nil, &gone

	return gone
}

// freeRows: what a free does, and that it asks nobody.
func freeRows() []Row {
	return []Row{
		{"free: answers 200 at once, with allocation null and no tags", Any, func(c *check) {
			m := decode[machine](c, c.freed().answer, http.StatusOK)
			c.holdsf(m.Allocation == nil, "allocation is set")
			c.equal("tags", m.Tags, []string{})
		}},
		{"free: right after it the firewall is a 404, find an empty list, and the machine has no allocation", Any, func(c *check) {
			gone := c.freed()
			c.refused(gone.get, http.StatusNotFound, "machine is not a firewall")
			c.equal("found", len(gone.found), 0)
			c.holdsf(gone.machine.Allocation == nil, "allocation is set")
			c.equal("tags", gone.machine.Tags, []string{})
		}},
		{"free: the machine tells of it by the event Machine Reclaim", Any, func(c *check) {
			gone := c.freed()
			c.await("the event Machine Reclaim", func() (any, bool) {
				log := c.machineByID(gone.created.ID).Events.Log

				return log, slices.ContainsFunc(log, func(e event) bool {
					return e.Event == "Machine Reclaim" && e.Message == "free machine called" && e.Time.After(gone.created.created(c))
				})
			})
		}},
		{"free: the IPs are released some time after the answer, and only then is the network free to go", Any, func(c *check) {
			gone := c.freed()
			for _, i := range gone.held {
				c.released(gone.created.ID, i)
			}
			c.freeNetwork(gone.network.ID)
			c.status(c.get("/v1/network/"+gone.network.ID), http.StatusNotFound)
		}},
		{"free: the machine is waiting again after its reboot", Any, func(c *check) {
			gone := c.freed()
			c.await("the machine to be waiting", func() (any, bool) {
				m := c.machineByID(gone.created.ID)

				return m.last(), m.available()
			})
		}},
		{"free: of a machine that is waiting answers 200 and reboots it", Any, func(c *check) {
			id := c.waiting(1)[0].ID
			before := c.machineByID(id).Events.Log[0].Time
			for range 2 {
				c.status(c.free(c.suite.main, id), http.StatusOK)
			}
			c.await("the machine to be waiting anew", func() (any, bool) {
				m := c.machineByID(id)

				return m.last(), m.available() && m.Events.Log[0].Time.After(before)
			})
		}},
		{"free: of a machine that is already free answers 200 again", Any, func(c *check) {
			m := c.firewall(firewallBody(c.private().ID))
			for range 2 {
				c.status(c.free(c.suite.main, m.ID), http.StatusOK)
			}
		}},
		{"free: of several at once each answers 200 or 409, and after the 409 the next one 200", Any, func(c *check) {
			m := c.firewall(firewallBody(c.private().ID))
			for _, a := range c.parallel(5, func(int) (answer, error) {
				return c.suite.main.send(c.ctx, http.MethodDelete, "/v1/machine/"+m.ID+"/free", nil)
			}) {
				if a.status != http.StatusOK {
					c.refused(a, http.StatusConflict, changed(m.ID))
				}
			}
			c.status(c.free(c.suite.main, m.ID), http.StatusOK)
			c.holdsf(c.machineByID(m.ID).Allocation == nil, "allocation is set")
		}},
		{"free: while the machine is installing answers 200", Any, func(c *check) {
			m := c.firewall(firewallBody(c.private().ID))
			c.await("the installation to begin", func() (any, bool) {
				now := c.machineByID(m.ID)

				return now.last(), now.last() != waiting
			})
			freed := decode[machine](c, c.free(c.suite.main, m.ID), http.StatusOK)
			c.holdsf(freed.Allocation == nil, "allocation is set")
		}},
		{"free: of an unknown machine is 404", Any, func(c *check) {
			c.refused(c.remove("/v1/machine/"+labUnknownID+"/free"), http.StatusNotFound, noMachine(labUnknownID))
		}},
		{"free: of a locked machine is 422", Any, func(c *check) {
			id := c.waiting(1)[0].ID
			c.lock(c.suite.main, id)
			c.refused(c.remove("/v1/machine/"+id+"/free"), http.StatusUnprocessableEntity, "machine is locked")
		}},
		{"machine: a live one cannot be deleted", Admin, func(c *check) {
			c.refused(c.remove("/v1/machine/"+c.waiting(1)[0].ID), http.StatusUnprocessableEntity,
				"can only delete dead machines, if you power off this machine it will reach dead state.")
		}},
	}
}
