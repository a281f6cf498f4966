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
			c.freeIP(i.Address)
		}
	}
	for _, n := range c.listNetworks(c.suite.main) {
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
