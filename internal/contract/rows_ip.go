package contract

import (
	"net/http"
	"strings"
)

// ipRows: allocate, update and free.
func ipRows() []Row {
	return []Row{
		{"ip: a type that is left out or unknown becomes ephemeral", Any, func(c *check) {
			c.equal("bogus", c.ip(object{"type": "bogus"}).Type, "ephemeral")
			body := ipBody()
			delete(body, "type")
			c.equal("left out", c.keepIP(c.post("/v1/ip/allocate", body)).Type, "ephemeral")
		}},
		{"ip: tags come back once each, in any order; none are an empty list", Any, func(c *check) {
			c.sameSet("tags", c.ip(object{"tags": []string{"z", "a=1", "z", "a=2", "a=1"}}).Tags, []string{"z", "a=1", "a=2"})
			c.equal("no tags", c.ip(nil).Tags, []string{})
		}},
		{"ip: a mark comes back, find finds by it, and the allocationuuid is in every answer", Any, func(c *check) {
			mark := markKey + "=" + unique("uid")
			i := c.ip(object{"tags": []string{mark}})
			c.holdsf(i.AllocationUUID != "", "allocationuuid is not set")
			c.equal("get", c.ipByAddress(i.Address), i)
			c.equal("by mark", c.findIPs(object{"tags": []string{mark}}), []ip{i})
			c.equal("by address and another project", len(c.findIPs(object{"ipaddress": i.Address, "projectid": labSystem})), 0)
		}},
		{"ip: a network of both families gives an IPv4 address unless asked for IPv6", Any, func(c *check) {
			c.equal("unasked", families([]string{c.ip(nil).Address + "/32"}), []string{"IPv4"})
			c.equal("asked", families([]string{c.ip(object{"addressfamily": "IPv6"}).Address + "/128"}), []string{"IPv6"})
		}},
		{"ip: a chosen address is given once; again it is 409, also for another project", Any, func(c *check) {
			address := c.freeAddress()
			body := ipBody().with(object{"type": "static"})
			i := c.keepIP(c.post("/v1/ip/allocate/"+address, body))
			c.equal("address", i.Address, address)
			c.equal("type", i.Type, "static")
			for _, owner := range []string{labProject, labSystem} {
				c.refused(c.post("/v1/ip/allocate/"+address, body.with(object{"projectid": owner})), http.StatusConflict, "Conflict ip already allocated")
			}
		}},
		{"ip: the broadcast address counts as given", Any, func(c *check) {
			c.refused(c.post("/v1/ip/allocate/203.0.113.255", ipBody()), http.StatusConflict, "Conflict ip already allocated")
		}},
		{"ip: free answers 200; get, update, a second free are 404 then, and a new allocate is another allocation", Any, func(c *check) {
			i := c.ip(nil)
			c.status(c.remove("/v1/ip/free/"+i.Address), http.StatusOK)
			for _, a := range []answer{
				c.get("/v1/ip/" + i.Address),
				c.remove("/v1/ip/free/" + i.Address),
				c.post("/v1/ip", object{"ipaddress": i.Address, "type": "ephemeral"}),
			} {
				c.refused(a, http.StatusNotFound, `NotFound no ip with id "`+i.Address+`" found`)
			}
			again := c.keepIP(c.post("/v1/ip/allocate/"+i.Address, ipBody()))
			c.holdsf(again.AllocationUUID != i.AllocationUUID, "the new allocation has the uuid of the old one")
		}},
		{"ip update: ephemeral becomes static, but not the reverse", Any, func(c *check) {
			i := c.ip(nil)
			c.equal("type", c.updateIP(i, object{"type": "static"}).Type, "static")
			c.refused(c.post("/v1/ip", object{"ipaddress": i.Address, "type": "ephemeral"}), http.StatusBadRequest,
				"cannot change type of ip address from static to ephemeral")
		}},
		{"ip update: tags that leave out the machine's detach the IP, and metal-api takes them", Any, func(c *check) {
			i := c.ip(object{"type": "static", "tags": []string{machineTag + labUnknownID, "mine"}})
			c.equal("attached", len(c.findIPs(object{"machineid": labUnknownID})), 1)
			c.updateIP(i, object{"tags": []string{"mine"}})
			c.equal("detached", len(c.findIPs(object{"machineid": labUnknownID})), 0)
		}},
		{"ip update: name and description change", Any, func(c *check) {
			i := c.ip(nil)
			name := unique("renamed")
			c.updateIP(i, object{"name": name, "description": "after"})
			got := c.ipByAddress(i.Address)
			c.equal("name", got.Name, name)
			c.equal("description", got.Description, "after")
		}},
		{"ip update: tags are replaced as a whole, [] empties them, absent keeps them", Any, func(c *check) {
			i := c.ip(object{"tags": []string{"a", "b"}})
			c.updateIP(i, object{"tags": []string{"c"}})
			c.equal("replaced", c.ipByAddress(i.Address).Tags, []string{"c"})
			c.updateIP(i, object{"description": "tags are absent"})
			c.equal("kept", c.ipByAddress(i.Address).Tags, []string{"c"})
			c.updateIP(i, object{"tags": []string{}})
			c.equal("emptied", c.ipByAddress(i.Address).Tags, []string{})
		}},
	}
}

// ipRefusalRows: what metal-api says to an allocate of an IP that it does not carry out.
func ipRefusalRows() []Row {
	type refusal struct {
		name    string
		path    string
		fields  object
		status  int
		message string
	}

	rows := make([]Row, 0, 6)
	for _, r := range []refusal{
		{"an address outside of the prefixes", "/192.0.2.1", nil, 422, "specific ip not contained in any of the defined prefixes"},
		{"a malformed address", "/nope", nil, 422, `unable to parse specific ip: ParseAddr("nope"): unable to parse IP`},
		{"an address and an address family", "/203.0.113.250", object{"addressfamily": "IPv4"}, 400, "it is not possible to specify specificIP and addressfamily"},
		{"an unknown network", "", object{"networkid": "nope"}, 404, noNetwork("nope")},
		{"an unknown project", "", object{"projectid": labUnknownID}, 404, strings.TrimSuffix(noProject, " not found sql: no rows in result set")},
	} {
		rows = append(rows, Row{"ip: allocate with " + r.name + " is refused", Any, func(c *check) {
			c.refused(c.post("/v1/ip/allocate"+r.path, ipBody().with(r.fields)), r.status, r.message)
		}})
	}

	return append(rows, Row{"ip: allocate in a private network of another project is refused", Admin, func(c *check) {
		n := c.network(object{"projectid": c.otherProject().Meta.ID})
		c.refused(c.post("/v1/ip/allocate", ipBody().with(object{"networkid": n.ID})), http.StatusUnprocessableEntity,
			`can not allocate ip for project "`+labProject+`" because network belongs to "`+n.ProjectID+`" and the network is not shared`)
	}})
}

func ipBody() object {
	return object{"name": unique("ip"), "networkid": labInternet, "projectid": labProject, "type": "ephemeral"}
}

func (c *check) ipByAddress(address string) ip {
	return decode[ip](c, c.get("/v1/ip/"+address), http.StatusOK)
}

// updateIP sends the given fields, and the type, without which metal-api takes no update.
func (c *check) updateIP(i ip, fields object) ip {
	return decode[ip](c, c.post("/v1/ip", object{"ipaddress": i.Address, "type": i.Type}.with(fields)), http.StatusOK)
}

// freeAddress returns an address of the internet that nobody has at the moment.
func (c *check) freeAddress() string {
	i := c.ip(nil)
	c.status(c.remove("/v1/ip/free/"+i.Address), http.StatusOK)

	return i.Address
}
