package contract

import "net/http"

// lastRows come last: no call of metal-api mends what they break.
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
		{"damage: a free of a network of both families with an IP in the second one half frees it, for everybody", Damage, func(c *check) {
			n, second := c.firstIPv6()
			c.later((*check).resetSimulator)
			i := c.ip(object{"networkid": n.ID, "addressfamily": "IPv4"})
			c.refused(c.remove("/v1/network/free/"+n.ID), http.StatusUnprocessableEntity, "prefix "+second+" has ips, deletion not possible")

			lost := "NotFound prefix:" + n.Prefixes[0] + " not found:sql: no rows in result set"
			c.status(c.remove("/v1/ip/free/"+i.Address), http.StatusOK)
			for range 2 {
				c.refused(c.remove("/v1/network/free/"+n.ID), http.StatusUnprocessableEntity,
					"error releasing child prefix in ipam: not_found: "+lost)
			}
			for _, a := range []answer{
				c.get("/v1/network/" + n.ID),
				c.get("/v1/network"),
				c.post("/v1/network/find", object{"id": n.ID}),
				c.post("/v1/network/find", object{"projectid": labProject}),
			} {
				c.refused(a, http.StatusUnprocessableEntity, "prefix usage for cidr:"+n.Prefixes[0]+" not found not_found: "+lost)
			}
			next := c.network(object{"addressfamily": "IPv6"})
			c.equal("prefix of the next network", next.Prefixes, n.Prefixes[:1])
		}},
	}
}

// firstIPv6 allocates networks until one has its IPv6 prefix first, in which order a free releases them; the others
// are freed when the check is over, and so is this one if it can be.
func (c *check) firstIPv6() (n network, second string) {
	c.await("a network whose first prefix is IPv6", func() (any, bool) {
		n = decode[network](c, c.post("/v1/network/allocate", networkBody()), http.StatusCreated)
		id := n.ID
		c.later(func(c *check) {
			if c.get("/v1/network/"+id).status == http.StatusOK {
				c.freeNetwork(id)
			}
		})

		return n.Prefixes, families(n.Prefixes)[0] == "IPv6"
	})

	return n, n.Prefixes[1]
}

// resetSimulator puts a new metal-stack in place of the broken one. A real metal-api stays as it is.
func (c *check) resetSimulator() {
	if c.suite.cfg.Control != "" {
		c.control("/reset", nil, nil)
	}
}
