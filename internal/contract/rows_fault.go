package contract

import (
	"net/http"
	"time"

	"github.com/google/uuid"
)

const mutexMessage = "too many parallel machine allocations taking place, try again later"

// faultRows: what a client sees, and what is true, when an answer is late, wrong or lost.
func faultRows() []Row {
	return []Row{
		{"allocate: while the partition's mutex is held it waits, and is then refused", Sim, func(c *check) {
			c.waiting(1)
			c.control("/partitions/"+labPartition+"/block", nil, nil)
			c.later(func(c *check) { c.control("/partitions/"+labPartition+"/release", nil, nil) })
			a := c.post(firewallPath, firewallBody(c.private().ID))
			c.refused(a, http.StatusUnprocessableEntity, mutexMessage)
			c.waitedForMutex(a)
		}},
		{"allocate: a firewall whose answer is lost exists, and is found by its mark", Sim, func(c *check) {
			c.waiting(1)
			found := c.lostFirewall(object{"drop": "after"})
			c.equal("firewalls of that mark", len(found), 1)
			c.later(func(c *check) { c.freeMachine(found[0]) })
		}},
		{"allocate: of a firewall whose request is lost nothing exists", Sim, func(c *check) {
			c.waiting(1)
			c.equal("firewalls of that mark", len(c.lostFirewall(object{"drop": "before"})), 0)
		}},
		{"free: that another change comes before answers 409: reset, without IPs, still allocated, and the next free 200", Sim, func(c *check) {
			m := c.firewall(firewallBody(c.private().ID))
			c.installed(m.ID)
			c.fault(object{"operation": "freeMachine", "count": 1, "conflict": true})
			c.refused(c.remove("/v1/machine/"+m.ID+"/free"), http.StatusConflict, changed(m.ID))
			c.equal("allocationuuid", c.machineByID(m.ID).Allocation.UUID, m.Allocation.UUID)
			c.awaitCrashLoop(m.ID)
			c.await("the IPs to be gone", func() (any, bool) {
				ips := c.findIPs(object{"machineid": m.ID})

				return ips, len(ips) == 0
			})
			freed := decode[machine](c, c.remove("/v1/machine/"+m.ID+"/free"), http.StatusOK)
			c.holdsf(freed.Allocation == nil, "allocation is set")
		}},
		{"network: an allocate that answers 422 can have made the network, which is found by its mark", Sim, func(c *check) {
			mark := uuid.NewString()
			c.fault(object{"operation": "allocateNetwork", "count": 1, "status": 422, "when": "after"})
			c.status(c.post("/v1/network/allocate", networkBody().with(object{"labels": object{markKey: mark}})), http.StatusUnprocessableEntity)
			found := c.findNetworks(object{"labels": object{markKey: mark}})
			c.equal("networks of that mark", len(found), 1)
			c.later(func(c *check) { c.freeNetwork(found[0].ID) })
		}},
		{"network: while an allocate into it is under way it looks empty and is freed, and the allocate fails", Sim, func(c *check) {
			c.waiting(1)
			n := c.network(object{"addressfamily": "IPv4"})
			c.fault(object{"operation": "allocateFirewall", "count": 1, "delayBefore": "300ms"})

			answers := c.parallel(2, func(i int) (answer, error) {
				if i == 0 {
					return c.suite.main.send(c.ctx, http.MethodPost, firewallPath, firewallBody(n.ID))
				}

				return c.suite.main.send(c.ctx, http.MethodDelete, "/v1/network/free/"+n.ID, nil)
			})
			c.status(answers[1], http.StatusOK)
			c.refused(answers[0], http.StatusNotFound, "unable to gather networks:"+noNetwork(n.ID))
		}},
	}
}

// lostFirewall allocates a firewall that the given fault meets, and returns what find has of its mark.
func (c *check) lostFirewall(fault object) []machine {
	mark := markKey + "=" + uuid.NewString()
	c.fault(fault.with(object{"operation": "allocateFirewall", "count": 1}))
	a, err := c.suite.main.send(c.ctx, http.MethodPost, firewallPath, firewallBody(c.private().ID).with(object{"tags": []string{mark}}))
	c.holdsf(err != nil, "want no answer, got %s", a)

	return c.findFirewalls(object{"tags": []string{mark}})
}

// waitedForMutex wants the answer to have taken as long as an allocate waits for the mutex.
func (c *check) waitedForMutex(a answer) {
	want := c.suite.cfg.MutexWait
	c.holdsf(a.took >= want*9/10 && a.took <= want*3/2+time.Second, "%s\n  want an answer after %s\n  got  one after %s", a.request, want, a.took)
}
