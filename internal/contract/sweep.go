package contract

import (
	"net/http"
	"strings"
)

// sweep removes what an earlier run left behind, in the order in which metal-api lets go: machines, then IPs, then
// networks, then what only the admin key could have made.
func (c *check) sweep() {
	for _, m := range decode[[]machine](c, c.get("/v1/machine"), http.StatusOK) {
		if m.State.Value != "" && leftover(m.State.Description) {
			c.status(c.setState(c.suite.main, m.ID, ""), http.StatusOK)
		}
		if m.Allocation != nil && leftover(m.Allocation.Name) {
			c.freeMachine(m)
		}
	}
	for _, i := range decode[[]ip](c, c.get("/v1/ip"), http.StatusOK) {
		if leftover(i.Name) {
			c.sweepIP(i.Address)
		}
	}
	for _, n := range decode[[]network](c, c.get("/v1/network"), http.StatusOK) {
		switch {
		case !leftover(n.Name):
		case n.ParentNetworkID != "":
			c.freeNetwork(n.ID)
		case c.suite.admin:
			c.status(c.remove("/v1/network/"+n.ID), http.StatusOK)
		}
	}
	if c.suite.admin {
		c.sweepAdmin()
	}
}

// sweepIP frees an IP as soon as its machine, which was freed before, has let go of it.
func (c *check) sweepIP(address string) {
	c.await("IP "+address+" to be free to go", func() (any, bool) {
		a := c.remove("/v1/ip/free/" + address)

		return a.String(), a.status == http.StatusOK || a.status == http.StatusNotFound
	})
}

func (c *check) sweepAdmin() {
	for _, p := range decode[[]project](c, c.get("/v1/project"), http.StatusOK) {
		if leftover(p.Name) || leftover(p.Description) {
			c.status(c.remove("/v1/project/"+p.Meta.ID), http.StatusOK)
		}
	}
	for _, i := range decode[[]named](c, c.get("/v1/image"), http.StatusOK) {
		if leftover(i.Name) {
			c.status(c.remove("/v1/image/"+i.ID), http.StatusOK)
		}
	}
}

func leftover(name string) bool { return strings.HasPrefix(name, namePrefix) }
