package contract

import (
	"net/http"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"
)

// eventRows: events that cannot be had from a healthy machine.
func eventRows() []Row {
	return []Row{
		{"event: a crash sets crash_loop until the machine phones home again", Sim, func(c *check) {
			id := c.onShow().created.ID
			c.installed(id)
			c.machineControl(id, "crash")
			c.awaitCrashLoop(id)
			c.equal("crash_loop", c.installed(id).Events.CrashLoop, false)
		}},
		{"event: a power cycle sets crash_loop until it phones home, and nothing else", Sim, func(c *check) {
			fw := c.onShow()
			before := c.installed(fw.created.ID)
			c.status(c.post("/v1/machine/"+fw.created.ID+"/power/cycle", object{}), http.StatusOK)
			c.awaitCrashLoop(fw.created.ID)
			c.equal("allocation", c.installed(fw.created.ID).Allocation, before.Allocation, cmpopts.SortSlices(
				func(a, b machineNetwork) bool { return a.NetworkID < b.NetworkID },
			))
		}},
		{"event: liveliness Unknown is shown, the allocation is untouched, and the next event makes it Alive", Sim, func(c *check) {
			id := c.onShow().created.ID
			before := c.installed(id)
			c.machineControl(id, "unknown")
			unknown := c.machineByID(id)
			c.equal("liveliness", unknown.Liveliness, "Unknown")
			c.equal("allocationuuid", unknown.Allocation.UUID, before.Allocation.UUID)
			c.machineControl(id, "crash")
			c.equal("liveliness", c.installed(id).Liveliness, "Alive")
		}},
		{"event: a machine that repeats Phoned Home has no new event, only a newer last_event_time", Sim, func(c *check) {
			id := c.onShow().created.ID
			before := c.installed(id)
			c.await("the next Phoned Home", func() (any, bool) {
				now := c.machineByID(id)
				c.equal("log", now.Events.Log, before.Events.Log)

				return now.Events.LastTime, now.Events.LastTime != before.Events.LastTime
			})
		}},
		{"event: a machine that is not Alive is not given out", Sim, func(c *check) {
			for _, m := range c.waiting(machinesInLab) {
				c.machineControl(m.ID, "dead")
				c.later(func(c *check) { c.machineControl(m.ID, "alive") })
			}
			c.refused(c.post(firewallPath, firewallBody(c.private().ID)), http.StatusUnprocessableEntity, "no machine available")
		}},
		{"event: a machine that is held installs no further, and can be freed", Sim, func(c *check) {
			m := c.firewall(firewallBody(c.private().ID))
			c.machineControl(m.ID, "hold")
			c.later(func(c *check) { c.machineControl(m.ID, "release") })
			held := c.machineByID(m.ID).last()
			c.holdsf(held != phonedHome, "the machine phoned home before it was held")
			c.status(c.free(c.suite.main, m.ID), http.StatusOK)
		}},
	}
}

func (c *check) machineControl(id, verb string) {
	c.control("/machines/"+id+"/"+verb, nil, nil)
}

// created returns the time of the allocation, which is metal-api's clock as the events' times are.
func (m machine) created(c *check) time.Time {
	at, err := time.Parse(time.RFC3339Nano, m.Allocation.Created)
	c.holdsf(err == nil, "created: %v", err)

	return at
}
