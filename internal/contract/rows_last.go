package contract

import (
	"net/http"
	"slices"
)

// lastRows come last: what they break can only be handed on, to the next network that gets the prefix.
func lastRows() []Row {
	return []Row{
		{"network: an IP that is taken in the IPAM without a row is seen in the consumption alone, and keeps the network", Sim, func(c *check) {
			n := decode[network](c, c.post("/v1/network/allocate", networkBody().with(object{"addressfamily": "IPv4"})), http.StatusCreated)
			c.later((*check).resetSimulator)
			c.control("/networks/"+n.ID+"/leak", nil, nil)
			c.equal("IPs", len(c.findIPs(object{"networkid": n.ID})), 0)
			c.equal("consumption", c.networkByID(n.ID).Consumption, consumption{IPv4: &usage{3}})
			c.refused(c.remove("/v1/network/free/"+n.ID), http.StatusUnprocessableEntity, "prefix "+n.Prefixes[0]+" has ips, deletion not possible")
		}},
		{"damage: a free that is refused for a single IPv6 address gives the prefix away all the same", Damage, func(c *check) {
			n := c.networkUntil("a network", object{"addressfamily": "IPv6"}, func(network) bool { return true })
			c.later((*check).resetSimulator)
			i := c.ip(object{"networkid": n.ID})
			c.refused(c.remove("/v1/network/free/"+n.ID), http.StatusUnprocessableEntity, `error releasing child prefix in ipam: invalid_argument: `+
				`unable to delete child prefix:"`+n.Prefixes[0]+`" :prefix `+n.Prefixes[0]+" has ips, delete prefix not possible")
			c.equal("prefixes", c.networkByID(n.ID).Prefixes, n.Prefixes)
			next := c.nextOwner(n.Prefixes[0])
			c.equal("IPs in the next network", len(c.findIPs(object{"networkid": next.ID})), 0)
			c.equal("consumption of the next network", c.networkByID(next.ID).Consumption, consumption{IPv6: &usage{2}})
			c.freeIP(i.Address)
		}},
		{"damage: a half-freed network's prefix goes to the next one, and a free of the former then takes it from that", Damage, func(c *check) {
			n, i := c.halfFreed()
			lost := n.Prefixes[0]
			c.refused(c.get("/v1/network"), http.StatusUnprocessableEntity, noUsage(lost))

			next := c.nextOwner(lost)
			for _, path := range []string{"/v1/network", "/v1/network/" + n.ID, "/v1/network/" + next.ID} {
				c.status(c.get(path), http.StatusOK)
			}
			both := networkIDs(c.findNetworks(object{"prefixes": []string{lost}}))
			for _, id := range []string{n.ID, next.ID} {
				c.holdsf(slices.Contains(both, id), "want %s among the networks with prefix %s, got %v", id, lost, both)
			}

			c.freeIP(i.Address)
			c.status(c.remove("/v1/network/free/"+n.ID), http.StatusOK)
			c.refused(c.get("/v1/network/"+n.ID), http.StatusNotFound, noNetwork(n.ID))
			c.lostFor(next, lost)
		}},
		{"damage: a half-freed network gives addresses of the family that it has left, and none of the other", Damage, func(c *check) {
			n, _ := c.halfFreed()
			i := c.ip(object{"networkid": n.ID})
			c.equal("family", families([]string{i.Address + "/32"}), []string{"IPv4"})
			a := c.post("/v1/ip/allocate", ipBody().with(object{"networkid": n.ID, "addressfamily": "IPv6"}))
			c.holdsf(a.status >= http.StatusBadRequest, "want a refusal, got %s", a)
			c.equal("IPs", len(c.findIPs(object{"networkid": n.ID})), 2)
		}},
		{"damage: a free of a network of both families with an IP in the second one half frees it, for everybody", Damage, func(c *check) {
			n, i := c.halfFreed()
			c.freeIP(i.Address)
			c.lostFor(n, n.Prefixes[0])
			c.nextOwner(n.Prefixes[0])
		}},
	}
}

// halfFreed frees a network of both families with an IP in its second prefix, whose family is IPv4: the first prefix is
// lost.
func (c *check) halfFreed() (network, ip) {
	// A free releases the prefixes in the order of the answer.
	n := c.networkUntil("a network whose first prefix is IPv6", nil, func(n network) bool { return families(n.Prefixes)[0] == "IPv6" })
	c.later((*check).resetSimulator)
	i := c.ip(object{"networkid": n.ID, "addressfamily": "IPv4"})
	c.refused(c.remove("/v1/network/free/"+n.ID), http.StatusUnprocessableEntity, "prefix "+n.Prefixes[1]+" has ips, deletion not possible")

	return n, i
}

// lostFor wants the network, and every list with it, to be unreadable for a prefix that is lost, and no free to help.
func (c *check) lostFor(n network, prefix string) {
	for range 2 {
		c.refused(c.remove("/v1/network/free/"+n.ID), http.StatusUnprocessableEntity, "error releasing child prefix in ipam: not_found: "+noPrefix(prefix))
	}
	for _, a := range []answer{
		c.get("/v1/network/" + n.ID),
		c.get("/v1/network"),
		c.post("/v1/network/find", object{"id": n.ID}),
		c.post("/v1/network/find", object{"projectid": labProject}),
	} {
		c.refused(a, http.StatusUnprocessableEntity, noUsage(prefix))
	}
}

func noPrefix(cidr string) string {
	return "NotFound prefix:" + cidr + " not found:sql: no rows in result set"
}

func noUsage(cidr string) string {
	return "prefix usage for cidr:" + cidr + " not found not_found: " + noPrefix(cidr)
}

// nextOwner allocates networks until one gets the prefix: the IPAM gives the one that fits best.
func (c *check) nextOwner(prefix string) network {
	return c.networkUntil("a network that gets the prefix "+prefix, object{"addressfamily": "IPv6"}, func(n network) bool {
		return n.Prefixes[0] == prefix
	})
}

// networkUntil allocates networks until one is as wanted. All are freed when the check is over, if they can be.
func (c *check) networkUntil(what string, fields object, wanted func(network) bool) (n network) {
	c.await(what, func() (any, bool) {
		n = decode[network](c, c.post("/v1/network/allocate", networkBody().with(fields)), http.StatusCreated)
		id := n.ID
		c.later(func(c *check) {
			if c.get("/v1/network/"+id).status == http.StatusOK {
				c.freeNetwork(id)
			}
		})

		return n.Prefixes, wanted(n)
	})

	return n
}

// resetSimulator puts a new metal-stack in place of the broken one. A real metal-api stays as it is.
func (c *check) resetSimulator() {
	if c.suite.cfg.Control != "" {
		c.control("/reset", nil, nil)
	}
}
