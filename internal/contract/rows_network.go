package contract

import (
	"net/http"
	"slices"

	"github.com/google/uuid"
)

const noProject = "rpc error: code = NotFound desc = project with id:" + labUnknownID + " not found sql: no rows in result set"

// networkRows: allocate, find and free.
func networkRows() []Row {
	return []Row{
		{"network: find of an unknown id or name is an empty list", Any, func(c *check) {
			for _, filter := range []object{{"id": labUnknownID}, {"name": unique("nowhere")}} {
				a := c.post("/v1/network/find", filter)
				c.status(a, http.StatusOK)
				c.equal("body", string(a.body), "[]")
			}
		}},
		{"network: allocate gives a child of the super network with both families, and fills in the rest", Any, func(c *check) {
			n := c.network(nil)
			c.sameSet("families", families(n.Prefixes), []string{"IPv4", "IPv6"})
			c.equal("parentnetworkid", n.ParentNetworkID, labSuper)
			c.equal("projectid", n.ProjectID, labProject)
			c.equal("partitionid", n.PartitionID, labPartition)
			c.equal("networktype", n.NetworkType, "child")
			c.equal("nattype", n.NATType, "none")
			c.equal("nat", n.NAT, false)
			c.equal("shared", n.Shared, false)
			c.equal("description", n.Description, "")
			c.equal("destinationprefixes", n.DestinationPrefixes, []string{})
			c.equal("labels", n.Labels, map[string]string{})
			c.holdsf(n.VRF > 0, "vrf is not set")
		}},
		{"network: allocate makes the id, and ignores one that is sent", Any, func(c *check) {
			wanted := uuid.NewString()
			n := c.network(object{"id": wanted})
			_, err := uuid.Parse(n.ID)
			c.holdsf(err == nil && n.ID != wanted, "want a fresh uuid, got %s", n.ID)
			c.status(c.get("/v1/network/"+wanted), http.StatusNotFound)
		}},
		{"network: one name can be allocated twice, find returns both", Any, func(c *check) {
			name := unique("twice")
			first, second := c.network(object{"name": name}), c.network(object{"name": name})
			c.sameSet("ids", networkIDs(c.findNetworks(object{"name": name, "projectid": labProject})), []string{first.ID, second.ID})
		}},
		{"network: find by id and another project is empty", Any, func(c *check) {
			n := c.network(nil)
			c.equal("same project", len(c.findNetworks(object{"id": n.ID, "projectid": labProject})), 1)
			c.equal("another project", len(c.findNetworks(object{"id": n.ID, "projectid": labSystem})), 0)
		}},
		{"network: labels come back exactly, and find finds by them", Any, func(c *check) {
			mark := uuid.NewString()
			labels := map[string]string{"a": "b", "empty": "", "example.org/x-y": "v=1;2", markKey: mark}
			n := c.network(object{"labels": labels})
			c.equal("allocate", n.Labels, labels)
			c.equal("get", c.networkByID(n.ID).Labels, labels)
			c.sameSet("by mark", networkIDs(c.findNetworks(object{"labels": object{markKey: mark}})), []string{n.ID})
			c.sameSet("by two labels", networkIDs(c.findNetworks(object{"labels": object{markKey: mark, "a": "b"}})), []string{n.ID})
			c.sameSet("by an empty value", networkIDs(c.findNetworks(object{"labels": object{markKey: mark, "empty": ""}})), []string{n.ID})
			c.equal("by an empty value of a label that is not there", len(c.findNetworks(object{"labels": object{markKey: mark, "none": ""}})), 0)
			c.equal("by a wrong value", len(c.findNetworks(object{"labels": object{markKey: mark, "a": "c"}})), 0)
		}},
		{"network: description, destination prefixes, nat and shared are taken", Any, func(c *check) {
			n := c.network(object{
				"addressfamily": "IPv4", "description": "for the contract", "destinationprefixes": []string{"192.0.2.0/24"},
				"nat": true, "shared": true,
			})
			n = c.networkByID(n.ID)
			c.equal("description", n.Description, "for the contract")
			c.equal("destinationprefixes", n.DestinationPrefixes, []string{"192.0.2.0/24"})
			c.equal("nat", n.NAT, true)
			c.equal("shared", n.Shared, true)
		}},
		{"network: the order of the prefixes does not change after the allocate", Any, func(c *check) {
			n := c.network(nil)
			for range 5 {
				c.equal("prefixes", c.networkByID(n.ID).Prefixes, n.Prefixes)
			}
			c.equal("prefixes found", c.findNetworks(object{"id": n.ID})[0].Prefixes, n.Prefixes)
		}},
		{"network: free answers with the network; then it is gone, and a second free is 404", Any, func(c *check) {
			n := c.network(nil)
			freed := decode[network](c, c.remove("/v1/network/free/"+n.ID), http.StatusOK)
			c.equal("id", freed.ID, n.ID)
			c.equal("consumption", freed.Consumption, consumption{})
			c.refused(c.get("/v1/network/"+n.ID), http.StatusNotFound, noNetwork(n.ID))
			c.refused(c.remove("/v1/network/free/"+n.ID), http.StatusNotFound, noNetwork(n.ID))
			c.equal("found", len(c.findNetworks(object{"id": n.ID})), 0)
		}},
		{"network: while one is being freed a list of networks can answer 422, and answers 200 afterwards", Any, func(c *check) {
			c.await("a list that answers 422", func() (any, bool) {
				n := c.network(object{"addressfamily": "IPv4"})
				list := c.listWhileFreed(n)
				c.equal("networks of that id afterwards", slices.Contains(networkIDs(c.listNetworks(c.suite.main)), n.ID), false)
				if list.status == http.StatusOK {
					return list.String(), false
				}
				c.refused(list, http.StatusUnprocessableEntity, noUsage(n.Prefixes[0]))

				return "", true
			})
		}},
		{"network: an IPv4 network with an IP is not freed, and is none the worse for it", Any, func(c *check) {
			n := c.network(object{"addressfamily": "IPv4"})
			i := c.ip(object{"networkid": n.ID})
			c.refused(c.remove("/v1/network/free/"+n.ID), http.StatusUnprocessableEntity,
				"error releasing child prefix in ipam: invalid_argument: prefix "+n.Prefixes[0]+" has ips, deletion not possible")
			c.equal("prefixes", c.networkByID(n.ID).Prefixes, n.Prefixes)
			c.status(c.remove("/v1/ip/free/"+i.Address), http.StatusOK)
			c.status(c.remove("/v1/network/free/"+n.ID), http.StatusOK)
		}},
		{"network: one that is no child is not freed", Any, func(c *check) {
			c.refused(c.remove("/v1/network/free/"+labUnderlay), http.StatusUnprocessableEntity,
				`error releasing child prefix in ipam: invalid_argument: NotFound: unable to find prefix for cidr:"" error:netip.ParsePrefix(""): no '/'`)
		}},
	}
}

// networkRefusalRows: what metal-api says to a network request that it does not carry out.
func networkRefusalRows() []Row {
	type refusal struct {
		name    string
		fields  object
		status  int
		message string
	}

	rows := []Row{
		{"network: get, free, delete and update of an unknown id are 404", Admin, func(c *check) {
			for _, a := range []answer{
				c.get("/v1/network/" + labUnknownID),
				c.remove("/v1/network/free/" + labUnknownID),
				c.remove("/v1/network/" + labUnknownID),
				c.post("/v1/network", object{"id": labUnknownID, "name": "contract-nobody"}),
			} {
				c.refused(a, http.StatusNotFound, noNetwork(labUnknownID))
			}
		}},
	}
	for _, r := range []refusal{
		{"an unknown project", object{"projectid": labUnknownID}, 404, noProject},
		{"a project that is no uuid", object{"projectid": "nope"}, 404, "rpc error: code = NotFound desc = project with id:nope not found sql: no rows in result set"},
		{"an unknown partition", object{"partitionid": "nope"}, 404, `NotFound no partition with id "nope" found`},
		{"no project", object{"projectid": ""}, 400, "projectid should not be empty"},
		{"no partition", object{"partitionid": ""}, 400, "partitionid should not be empty"},
		{"a bad address family", object{"addressfamily": "IPv5"}, 400, `addressfamily is invalid given addressfamily:"IPv5" is invalid`},
		{
			"a length above the super network's",
			object{"addressfamily": "IPv4", "length": object{"IPv4": 8}},
			422,
			"cannot allocate free child prefix in ipam: error creating new prefix from:10.0.0.0/16 in ipam: " +
				"invalid_argument: given length:8 must be greater than prefix length:16",
		},
		{"a bad destination prefix", object{"destinationprefixes": []string{"nope"}}, 400, "given prefix nope is not a valid ip with mask: "},
	} {
		rows = append(rows, Row{"network: allocate with " + r.name + " is refused", Any, func(c *check) {
			body := networkBody().with(r.fields)
			c.refused(c.post("/v1/network/allocate", body), r.status, r.message)
			c.equal("networks of that name", len(c.findNetworks(object{"name": body["name"]})), 0)
		}})
	}

	return rows
}

// consumptionRows: what the IPAM counts in a network that is empty, and in one with an IP.
func consumptionRows() []Row {
	type size struct {
		name   string
		fields object
		want   consumption
	}

	rows := []Row{{"network: each IP adds one to the consumption of its family", Any, func(c *check) {
		n := c.network(nil)
		c.equal("empty", c.networkByID(n.ID).Consumption, consumption{&usage{2}, &usage{1}})
		c.ip(object{"networkid": n.ID, "addressfamily": "IPv4"})
		c.ip(object{"networkid": n.ID, "addressfamily": "IPv6"})
		c.ip(object{"networkid": n.ID, "addressfamily": "IPv6"})
		c.equal("with IPs", c.networkByID(n.ID).Consumption, consumption{&usage{3}, &usage{3}})
	}}}
	for _, s := range []size{
		{"default IPv4", object{"addressfamily": "IPv4"}, consumption{IPv4: &usage{2}}},
		{"IPv4 length 30", object{"addressfamily": "IPv4", "length": object{"IPv4": 30}}, consumption{IPv4: &usage{2}}},
		{"IPv4 length 31", object{"addressfamily": "IPv4", "length": object{"IPv4": 31}}, consumption{IPv4: &usage{2}}},
		{"IPv4 length 32", object{"addressfamily": "IPv4", "length": object{"IPv4": 32}}, consumption{IPv4: &usage{1}}},
		{"default IPv6", object{"addressfamily": "IPv6"}, consumption{IPv6: &usage{1}}},
		{"IPv6 length 127", object{"addressfamily": "IPv6", "length": object{"IPv6": 127}}, consumption{IPv6: &usage{1}}},
		{"IPv6 length 128", object{"addressfamily": "IPv6", "length": object{"IPv6": 128}}, consumption{IPv6: &usage{1}}},
	} {
		rows = append(rows, Row{"network: the consumption of an empty network of " + s.name + ", null for the family it lacks", Any, func(c *check) {
			c.equal("consumption", c.networkByID(c.network(s.fields).ID).Consumption, s.want)
		}})
	}

	return rows
}

func (c *check) networkByID(id string) network {
	return decode[network](c, c.get("/v1/network/"+id), http.StatusOK)
}

// listWhileFreed frees the network, and lists all until that is done or a list is not answered with 200. It returns the
// last list.
func (c *check) listWhileFreed(n network) answer {
	freed := make(chan struct{})
	answers := c.parallel(2, func(i int) (answer, error) {
		if i == 0 {
			defer close(freed)

			return c.suite.main.send(c.ctx, http.MethodDelete, "/v1/network/free/"+n.ID, nil)
		}
		for {
			list, err := c.suite.main.send(c.ctx, http.MethodGet, "/v1/network", nil)
			if err != nil || list.status != http.StatusOK {
				return list, err
			}
			select {
			case <-freed:
				return list, nil
			default:
			}
		}
	})
	c.status(answers[0], http.StatusOK)

	return answers[1]
}

func networkIDs(networks []network) []string {
	ids := make([]string, 0, len(networks))
	for _, n := range networks {
		ids = append(ids, n.ID)
	}

	return ids
}

func noNetwork(id string) string { return `NotFound no network with id "` + id + `" found` }
