package contract

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"
)

// damageRows: what metal-api lets a client break. What can be mended again is.
func damageRows() []Row {
	return []Row{
		{"damage: an update of a child's prefixes is accepted, and the network can never be freed again", Damage, func(c *check) {
			body := networkBody().with(object{"addressfamily": "IPv4"})
			n := decode[network](c, c.post("/v1/network/allocate", body), http.StatusCreated)
			c.later(func(c *check) {
				c.status(c.remove("/v1/network/"+n.ID), http.StatusOK)
				c.status(c.get("/v1/network/"+n.ID), http.StatusNotFound)
			})
			c.updateNetwork(n.ID, object{"prefixes": []string{testPrefix()}})
			for range 2 {
				c.refused(c.remove("/v1/network/free/"+n.ID), http.StatusUnprocessableEntity, `unable to find prefix for cidr:""`)
			}
		}},
		{"damage: an update of an IP's tags that leaves out the machine's detaches it, and another firewall gets it", Damage, func(c *check) {
			c.waiting(machinesInLab)
			i := c.ip(object{"type": "static"})
			body := firewallBody(c.private().ID).with(object{
				"networks": append(attach(c.private().ID), object{"networkid": labInternet, "autoacquire": false}),
				"ips":      []string{i.Address},
			})
			first := c.firewall(body)
			c.equal("tags", c.ipByAddress(i.Address).Tags, []string{machineTag + first.ID})
			c.updateIP(i, object{"tags": []string{"mine"}})
			c.equal("IPs of the firewall", len(c.findIPs(object{"machineid": first.ID, "networkid": labInternet})), 0)
			second := c.firewall(body.with(object{"name": unique("firewall")}))
			c.holdsf(slices.Contains(second.addresses(), i.Address), "the second firewall has %v", second.addresses())
		}},
		{"damage: the uuid of an allocated machine is refused", Damage, func(c *check) {
			m := c.firewall(firewallBody(c.private().ID))
			c.refused(c.post(firewallPath, firewallBody(c.private().ID).with(object{"uuid": m.ID})), http.StatusUnprocessableEntity,
				"machine is already allocated")
		}},
		{"damage: of three allocates of one uuid one succeeds, and then loses its IPs to the others' roll-back", Damage, func(c *check) {
			wanted := c.waiting(1)[0].ID
			var winner machine
			refused := 0
			for _, a := range c.parallel(3, func(int) (answer, error) {
				return c.suite.main.send(c.ctx, http.MethodPost, firewallPath, firewallBody(c.private().ID).with(object{"uuid": wanted}))
			}) {
				if a.status == http.StatusOK {
					winner = c.keepMachine(a)
					continue
				}
				c.refused(a, http.StatusUnprocessableEntity, "already allocated")
				refused++
			}
			c.equal("refused", refused, 2)
			c.equal("id", winner.ID, wanted)
			c.await("the winner's IPs to be gone", func() (any, bool) {
				ips := c.findIPs(object{"machineid": wanted})

				return ips, len(ips) == 0
			})
			c.holdsf(len(c.machineByID(wanted).addresses()) > 0, "the allocation no longer lists the IPs")
		}},
		{"damage: an allocate that is cancelled leaves the partition's mutex behind, which heals by itself", Damage, func(c *check) {
			c.waiting(1)
			attempt := 0
			c.await("a cancelled allocate to leave the mutex", func() (any, bool) {
				// The mutex is held for some milliseconds, beginning some milliseconds after the call.
				attempt++
				c.cancelledAllocate(time.Duration(6+2*(attempt%6)) * time.Millisecond)
				a := c.post(firewallPath, c.doomedBody())
				if a.status == http.StatusNotFound {
					return a.String(), false
				}
				c.refused(a, http.StatusUnprocessableEntity, mutexMessage)
				c.waitedForMutex(a)

				return "", true
			})
			start := time.Now()
			c.await("allocates to get as far as the networks again", func() (any, bool) {
				a := c.post(firewallPath, c.doomedBody())

				return a.String(), a.status == http.StatusNotFound
			})
			healed, most := time.Since(start), 5*c.suite.cfg.MutexWait
			c.holdsf(healed <= most, "want it healed within %s, took %s", most, healed)
		}},
	}
}

// doomedBody asks for a firewall in a network that does not exist: metal-api finds out when it has had the mutex and
// taken a machine, which it gives back without a reboot.
func (c *check) doomedBody() object {
	return firewallBody(c.private().ID).with(object{"networks": attach(c.private().ID, labUnknownID)})
}

// cancelledAllocate begins an allocate and gives it up after a while.
func (c *check) cancelledAllocate(after time.Duration) {
	body := c.doomedBody()
	ctx, cancel := context.WithTimeout(c.ctx, after)
	defer cancel()

	_, err := c.suite.main.send(ctx, http.MethodPost, firewallPath, body)
	c.holdsf(err == nil || errors.Is(err, context.DeadlineExceeded), "%v", err)
}
