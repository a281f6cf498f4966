package contract

import (
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// newerImage is a newer patch of the firewall image than any real one.
const newerImage = labFirewall + ".29991231"

// allocationRows: rows that need machines of their own.
func allocationRows() []Row {
	return []Row{
		{"allocate: three at once of one name on two machines: two succeed, the third finds no machine, a fourth too", Any, func(c *check) {
			c.waiting(machinesInLab)
			body := firewallBody(c.private().ID)
			var refused []answer
			for _, a := range c.parallel(3, func(int) (answer, error) {
				return c.suite.main.send(c.ctx, http.MethodPost, firewallPath, body)
			}) {
				if a.status == http.StatusOK {
					c.keepMachine(a)
				} else {
					refused = append(refused, a)
				}
			}
			c.equal("firewalls of that name", len(c.findFirewalls(object{"allocation_name": body["name"]})), machinesInLab)
			c.equal("refused", len(refused), 1)
			c.refused(refused[0], http.StatusUnprocessableEntity, "no machine available")
			c.refused(c.post(firewallPath, body), http.StatusUnprocessableEntity, "no machine available")
		}},
		{"allocate: a freed machine is given out again under its id, with a new allocationuuid and its old events", Any, func(c *check) {
			c.waiting(machinesInLab)
			first := c.firewall(firewallBody(c.private().ID))
			c.installed(first.ID)
			c.firewall(firewallBody(c.private().ID))
			c.freeMachine(first)
			second := c.firewall(firewallBody(c.private().ID))
			c.equal("id", second.ID, first.ID)
			c.holdsf(second.Allocation.UUID != first.Allocation.UUID, "the allocationuuid is the same")
			c.holdsf(slices.ContainsFunc(second.Events.Log, func(e event) bool {
				return e.Event == phonedHome && e.Time.Before(second.created(c))
			}), "the log has no older Phoned Home: %s", show(second.Events.Log))
		}},
		{"allocate: an image is resolved to its newest patch", Admin, func(c *check) {
			c.waiting(machinesInLab)
			image := decode[named](c, c.get("/v1/image/"+labFirewall), http.StatusOK)
			c.image(object{"id": newerImage, "url": image.URL, "features": []string{"firewall"}})
			for _, asked := range []string{labFirewall, strings.TrimSuffix(labFirewall, ".0")} {
				m := c.firewall(firewallBody(c.private().ID).with(object{"imageid": asked}))
				c.equal(asked, m.Allocation.Image.ID, newerImage)
			}
		}},
		{"allocate: given IPs are used, and after the free the static one stays with its tags, the ephemeral one is gone", Any, func(c *check) {
			mark := markKey + "=" + uuid.NewString()
			static, ephemeral := c.ip(object{"type": "static", "tags": []string{mark}}), c.ip(nil)
			m := c.firewall(firewallBody(c.private().ID).with(object{
				"networks": append(attach(c.private().ID), object{"networkid": labInternet, "autoacquire": false}),
				"ips":      []string{static.Address, ephemeral.Address},
			}))
			for _, n := range m.Allocation.Networks {
				if n.NetworkID == labInternet {
					c.sameSet("IPs in the internet", n.IPs, []string{static.Address, ephemeral.Address})
				}
			}
			c.sameSet("tags while attached", c.ipByAddress(static.Address).Tags, []string{mark, machineTag + m.ID})
			c.freeMachine(m)
			c.status(c.get("/v1/ip/"+ephemeral.Address), http.StatusNotFound)
			left := c.ipByAddress(static.Address)
			c.equal("tags after the free", left.Tags, []string{mark})
			c.equal("allocationuuid after the free", left.AllocationUUID, static.AllocationUUID)
		}},
	}
}
