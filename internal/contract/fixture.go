package contract

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// unique returns a name that the next run recognizes as a leftover.
func unique(what string) string {
	return namePrefix + what + "-" + uuid.NewString()[:8]
}

// networkBody asks for a network in both address families, which is mini-lab's default.
func networkBody() object {
	return object{"name": unique("network"), "projectid": labProject, "partitionid": labPartition}
}

// network allocates a network with the given fields; it is freed when the check is over.
func (c *check) network(fields object) network {
	n := decode[network](c, c.post("/v1/network/allocate", networkBody().with(fields)), http.StatusCreated)
	c.later(func(c *check) { c.freeNetwork(n.ID) })

	return n
}

// freeNetwork frees a network once it is empty: metal-api releases one prefix after the other without a way back, and
// a network that still has an IP in one family would be half freed.
func (c *check) freeNetwork(id string) {
	if c.get("/v1/network/"+id).status == http.StatusNotFound {
		return
	}
	c.empty(id)
	c.status(c.remove("/v1/network/free/"+id), http.StatusOK)
}

// empty waits until no IP is left in the network, neither a row nor an entry in the IPAM, where it goes last.
func (c *check) empty(id string) {
	c.await("network "+id+" to be empty", func() (any, bool) {
		n := c.networkByID(id)

		return n.Consumption, n.atRest() && len(c.findIPs(object{"networkid": id})) == 0
	})
}

// atRest says whether the IPAM holds no IP of the network. Network and broadcast address of an IPv4 prefix count as
// used, and so does the first address of an IPv6 prefix.
func (n network) atRest() bool {
	v4, v6 := n.Consumption.IPv4, n.Consumption.IPv6

	return (v4 == nil || v4.UsedIPs <= 2) && (v6 == nil || v6.UsedIPs <= 1)
}

func (c *check) findIPs(filter object) []ip {
	return decode[[]ip](c, c.post("/v1/ip/find", filter), http.StatusOK)
}

func (c *check) findNetworks(filter object) []network {
	return decode[[]network](c, c.settled(func() answer { return c.post("/v1/network/find", filter) }), http.StatusOK)
}

func (c *check) listNetworks(cl client) []network {
	return decode[[]network](c, c.settled(func() answer { return c.send(cl, http.MethodGet, "/v1/network", nil) }), http.StatusOK)
}

// settled asks for networks again for as long as one of them has no prefix in the IPAM: while a network is being
// freed, by whomever, its prefixes are gone and its row is not.
func (c *check) settled(ask func() answer) answer {
	var a answer
	c.await("networks that are all readable", func() (any, bool) {
		a = ask()

		return a.String(), !unreadable(a)
	})

	return a
}

// unreadable says whether the answer is that of a network that has lost a prefix in the IPAM.
func unreadable(a answer) bool {
	return a.status == http.StatusUnprocessableEntity && strings.HasPrefix(a.message(), "prefix usage for cidr:")
}

// retried changes a machine, and again for as long as metal-api answers that the machine has changed meanwhile, which
// happens while its events come in.
func (c *check) retried(change func() answer) answer {
	var a answer
	c.await("a change with no other in between", func() (any, bool) {
		a = change()

		return a.String(), !tooLate(a)
	})

	return a
}

// tooLate says whether the answer is that of a change that another one came before.
func tooLate(a answer) bool {
	return a.status == http.StatusConflict && strings.HasSuffix(a.message(), changedMessage)
}

const changedMessage = "the entity was changed from another, please retry"

// changed is what metal-api says to a change of a machine that another one came before.
func changed(id string) string {
	return "Conflict cannot update machine (" + id + "): " + changedMessage
}

// free frees a machine, whoever has it.
func (c *check) free(cl client, id string) answer {
	return c.retried(func() answer { return c.send(cl, http.MethodDelete, "/v1/machine/"+id+"/free", nil) })
}

func (c *check) findFirewalls(filter object) []machine {
	return decode[[]machine](c, c.post("/v1/firewall/find", filter), http.StatusOK)
}

func (c *check) machineByID(id string) machine {
	return decode[machine](c, c.get("/v1/machine/"+id), http.StatusOK)
}

// ip allocates an ephemeral IP of the internet with the given fields; it is freed when the check is over.
func (c *check) ip(fields object) ip {
	return c.keepIP(c.post("/v1/ip/allocate", ipBody().with(fields)))
}

// keepIP takes the answer of an allocate that succeeded; the IP is freed when the check is over.
func (c *check) keepIP(a answer) ip {
	got := decode[ip](c, a, http.StatusCreated)
	c.later(func(c *check) { c.freeIP(got.Address) })

	return got
}

// freeIP frees an IP as soon as its machine, which was freed before, has let go of it.
func (c *check) freeIP(address string) {
	c.await("IP "+address+" to be free to go", func() (any, bool) {
		a := c.remove("/v1/ip/free/" + address)

		return a.String(), a.status == http.StatusOK || a.status == http.StatusNotFound
	})
}

// image makes an image, with the URL of another one, since metal-api looks whether it is there; it is removed when the
// check is over.
func (c *check) image(fields object) {
	i := decode[named](c, c.put("/v1/image", object{"name": unique("image")}.with(fields)), http.StatusCreated)
	c.later(func(c *check) { c.status(c.remove("/v1/image/"+i.ID), http.StatusOK) })
}

// firewallBody asks for a firewall between the private network and the internet.
func firewallBody(private string) object {
	return object{
		"name": unique("firewall"), "projectid": labProject, "partitionid": labPartition,
		"sizeid": labSize, "imageid": labFirewall, "ssh_pub_keys": []string{},
		"networks": attach(private, labInternet),
	}
}

// machineBody asks for a machine in the private network.
func machineBody(private string) object {
	return firewallBody(private).with(object{
		"name": unique("machine"), "imageid": labMachine, "networks": attach(private),
	})
}

// attach asks for an automatic IP in each network.
func attach(networks ...string) []object {
	out := make([]object, 0, len(networks))
	for _, id := range networks {
		out = append(out, object{"networkid": id, "autoacquire": true})
	}

	return out
}

// firewall allocates a firewall as soon as a machine is waiting; it is freed when the check is over.
func (c *check) firewall(body object) machine {
	return c.allocate(firewallPath, body)
}

func (c *check) allocate(path string, body object) machine {
	c.waiting(1)

	return c.keepMachine(c.post(path, body))
}

// keepMachine takes the answer of an allocate that succeeded; the machine is freed when the check is over.
func (c *check) keepMachine(a answer) machine {
	m := decode[machine](c, a, http.StatusOK)
	c.holdsf(m.Allocation != nil, "%s: no allocation in the answer", a.request)
	c.later(func(c *check) { c.freeMachine(m) })

	return m
}

// freeMachine frees the machine if it is still allocated as it was: metal-api frees a machine whoever has it now. It
// waits until the IPs are released, which happens after the answer.
func (c *check) freeMachine(m machine) {
	held := slices.DeleteFunc(c.findIPs(object{"machineid": m.ID}), func(i ip) bool {
		return !slices.Contains(m.addresses(), i.Address)
	})
	c.await("machine "+m.ID+" to be freed", func() (any, bool) {
		now := c.machineByID(m.ID)
		if now.Allocation == nil || now.Allocation.UUID != m.Allocation.UUID {
			return "", true
		}
		a := c.remove("/v1/machine/" + m.ID + "/free")
		if !tooLate(a) {
			c.status(a, http.StatusOK)
		}

		return a.String(), false
	})
	for _, i := range held {
		c.released(m.ID, i)
	}
}

// released waits until a machine that was freed has let go of the IP: a static one loses the machine's tag, an
// ephemeral one first the tag and then its row.
func (c *check) released(machineID string, held ip) {
	c.await("IP "+held.Address+" of machine "+machineID+" to be released", func() (any, bool) {
		now := slices.DeleteFunc(c.findIPs(object{"ipaddress": held.Address}), func(i ip) bool {
			return i.AllocationUUID != held.AllocationUUID || i.Type == "static" && !slices.Contains(i.Tags, machineTag+machineID)
		})

		return now, len(now) == 0
	})
}

// waiting waits until n machines can be allocated, and returns them.
func (c *check) waiting(n int) []machine {
	if n == machinesInLab {
		c.suite.lab.close()
	}

	var ready []machine
	c.await("machines to be waiting", func() (any, bool) {
		all := decode[[]machine](c, c.get("/v1/machine"), http.StatusOK)
		seen := make([]string, 0, len(all))
		for _, m := range all {
			seen = append(seen, m.ID+" "+m.last()+" "+m.Liveliness+" "+m.State.Value)
		}
		ready = slices.DeleteFunc(all, func(m machine) bool { return !m.available() })

		return seen, len(ready) >= n
	})

	return ready
}

// installed waits until the firewall or machine has phoned home, and returns it.
func (c *check) installed(id string) machine {
	var m machine
	c.await("machine "+id+" to phone home", func() (any, bool) {
		m = c.machineByID(id)
		c.holdsf(m.Allocation != nil, "machine %s lost its allocation", id)

		return m.last(), m.last() == phonedHome && !m.Events.CrashLoop
	})

	return m
}

// setState sets the state of a machine: LOCKED, RESERVED or empty.
func (c *check) setState(cl client, id, value string) answer {
	body := object{"value": value, "description": namePrefix + "row"}

	return c.retried(func() answer { return c.send(cl, http.MethodPost, "/v1/machine/"+id+"/state", body) })
}

// lock locks a machine until the check is over.
func (c *check) lock(cl client, id string) {
	c.status(c.setState(cl, id, "LOCKED"), http.StatusOK)
	c.later(func(c *check) { c.status(c.setState(c.suite.main, id, ""), http.StatusOK) })
}

// families returns the address family of each prefix.
func families(prefixes []string) []string {
	out := make([]string, 0, len(prefixes))
	for _, text := range prefixes {
		p, err := netip.ParsePrefix(text)
		switch {
		case err != nil:
			out = append(out, "no prefix: "+text)
		case p.Addr().Is4():
			out = append(out, "IPv4")
		default:
			out = append(out, "IPv6")
		}
	}

	return out
}

// tagKeys returns the parts of key=value tags before the "=".
func tagKeys(tags []string) []string {
	keys := make([]string, 0, len(tags))
	for _, tag := range tags {
		key, _, _ := strings.Cut(tag, "=")
		keys = append(keys, key)
	}

	return keys
}
