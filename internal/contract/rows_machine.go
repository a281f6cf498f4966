package contract

import (
	"net/http"
	"slices"
	"strings"
)

// machineUpdateRows: what the admin key may change on a machine, and that it may not change more.
func machineUpdateRows() []Row {
	return []Row{
		{"machine update: the description changes, fields that are absent or null are kept", Admin, func(c *check) {
			fw := c.installedOnShow()
			before := c.machineByID(fw.created.ID)
			for _, body := range []object{{"description": "first"}, {"description": "updated", "tags": nil, "ssh_pub_keys": nil}} {
				c.updateMachine(body.with(object{"id": fw.created.ID}))
			}
			after := c.machineByID(fw.created.ID)
			c.equal("description", after.Allocation.Description, "updated")
			c.sameSet("tags", after.Tags, before.Tags)
			c.equal("ssh_pub_keys", after.Allocation.SSHPubKeys, before.Allocation.SSHPubKeys)
			c.updateMachine(object{"id": fw.created.ID, "description": fw.asked["description"]})
		}},
		{"machine update: tags are replaced but for metal-api's own, and [] keeps them", Admin, func(c *check) {
			fw := c.installedOnShow()
			c.later(func(c *check) {
				body := object{"id": fw.created.ID, "description": fw.asked["description"], "tags": fw.asked["tags"]}
				c.updateMachine(body)
			})
			for _, tags := range [][]string{{"other", fw.mark}, {}} {
				c.updateMachine(object{"id": fw.created.ID, "description": fw.asked["description"], "tags": tags})
				got := c.machineByID(fw.created.ID).Tags
				c.sameSet("keys", tagKeys(got), []string{
					"other", markKey,
					"machine.metal-stack.io/rack", "machine.metal-stack.io/chassis", "machine.metal-stack.io/network.primary.asn",
				})
			}
		}},
		{"machine update: SSH keys are replaced", Admin, func(c *check) {
			fw := c.installedOnShow()
			body := object{"id": fw.created.ID, "description": fw.asked["description"], "ssh_pub_keys": []string{sshKey}}
			c.updateMachine(body)
			c.equal("ssh_pub_keys", c.machineByID(fw.created.ID).Allocation.SSHPubKeys, []string{sshKey})
		}},
		{"machine update: of a machine that is not allocated is 400, of an unknown one 404", Admin, func(c *check) {
			c.refused(c.post("/v1/machine", object{"id": c.waiting(1)[0].ID, "description": ""}), http.StatusBadRequest,
				"only allocated machines can be updated")
			c.refused(c.post("/v1/machine", object{"id": labUnknownID, "description": ""}), http.StatusNotFound, noMachine(labUnknownID))
		}},
	}
}

// installedOnShow returns the shared firewall when its installation is over: at its end metal-api writes the machine,
// and an update at the same moment would be refused with 409.
func (c *check) installedOnShow() firewallOnShow {
	fw := c.onShow()
	c.installed(fw.created.ID)

	return fw
}

// lifeCycleRows: what happens to a firewall after its allocate. All look at one firewall.
func lifeCycleRows() []Row {
	return []Row{
		{"life cycle: the firewall phones home, later than its allocation was created, and is alive", Any, func(c *check) {
			m := c.installed(c.onShow().created.ID)
			c.equal("liveliness", m.Liveliness, "Alive")
			c.equal("crash_loop", m.Events.CrashLoop, false)
			c.holdsf(m.Events.Log[0].Time.After(m.created(c)), "phoned home %s, created %s", m.Events.Log[0].Time, m.Allocation.Created)
		}},
		{"life cycle: the newest event comes first, and the steps come in their order", Any, func(c *check) {
			m := c.installed(c.onShow().created.ID)
			steps := make([]string, 0, len(m.Events.Log))
			for i, e := range m.Events.Log {
				c.holdsf(i == 0 || !e.Time.After(m.Events.Log[i-1].Time), "event %d is newer than the one before it", i)
				if e.Time.After(m.created(c)) {
					steps = append(steps, e.Event)
				}
			}
			slices.Reverse(steps)
			c.equal("events", steps, []string{"Installing", "Booting New Kernel", phonedHome})
		}},
		{"life cycle: succeeded stays false even when the firewall has phoned home", Any, func(c *check) {
			c.equal("succeeded", c.installed(c.onShow().created.ID).Allocation.SetSucceeded, false)
		}},
		{"life cycle: a reinstall keeps tags, allocationuuid and created; crash_loop until it phones home", Any, func(c *check) {
			fw := c.onShow()
			before := c.installed(fw.created.ID)
			c.status(c.reinstall(c.suite.main, fw.created.ID, object{"id": fw.created.ID, "imageid": labFirewall}), http.StatusOK)
			c.equal("reinstall", c.machineByID(fw.created.ID).Allocation.Reinstall, true)
			c.awaitCrashLoop(fw.created.ID)
			after := c.installed(fw.created.ID)
			c.sameSet("tags", after.Tags, before.Tags)
			c.equal("allocationuuid", after.Allocation.UUID, before.Allocation.UUID)
			c.equal("created", after.Allocation.Created, before.Allocation.Created)
			c.sameSet("addresses", after.addresses(), before.addresses())
		}},
	}
}

func (c *check) updateMachine(body object) {
	c.status(c.retried(func() answer { return c.post("/v1/machine", body) }), http.StatusOK)
}

func (c *check) reinstall(cl client, id string, body object) answer {
	return c.retried(func() answer { return c.send(cl, http.MethodPost, "/v1/machine/"+id+"/reinstall", body) })
}

func (c *check) awaitCrashLoop(id string) {
	c.await("crash_loop", func() (any, bool) {
		m := c.machineByID(id)

		return m.Events, m.Events.CrashLoop
	})
}

// sshKey is a public key whose private half was thrown away.
const sshKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFrKjWyO838Jwup+Ijw9DDwUdFflsqHTsvHSty+IwXw9 contract"

// machineRows: machines that are no firewalls.
func machineRows() []Row {
	return []Row{
		{"machine: allocate in a private network; hostname and SSH keys come back; it is not a firewall", Any, func(c *check) {
			n := c.network(object{"addressfamily": "IPv4"})
			m := c.allocate(machinePath, machineBody(n.ID).with(object{"hostname": "contract", "ssh_pub_keys": []string{sshKey}}))
			c.equal("role", m.Allocation.Role, "machine")
			c.equal("hostname", m.Allocation.Hostname, "contract")
			c.equal("ssh_pub_keys", c.machineByID(m.ID).Allocation.SSHPubKeys, []string{sshKey})
			c.refused(c.get("/v1/firewall/"+m.ID), http.StatusNotFound, "machine is not a firewall")
			c.equal("firewalls of that id", len(c.findFirewalls(object{"id": m.ID})), 0)
			c.holdsf(strings.HasPrefix(m.Allocation.Image.ID, labMachine), "image %s", m.Allocation.Image.ID)
		}},
		{"machine: a given address of one family turns automatic ones off in the other, too", Any, func(c *check) {
			n := c.network(object{"addressfamily": "IPv4"})
			i := c.ip(object{"type": "static"})
			m := c.allocate(machinePath, machineBody(n.ID).with(object{"networks": attach(n.ID, labInternet), "ips": []string{i.Address}}))
			for _, attached := range m.Allocation.Networks {
				if attached.NetworkID == labInternet {
					c.equal("addresses of the internet", attached.IPs, []string{i.Address})
				}
			}
			c.equal("the machine's tag on the IP", slices.Contains(c.ipByAddress(i.Address).Tags, machineTag+m.ID), true)
			c.refused(c.remove("/v1/ip/free/"+i.Address), http.StatusBadRequest, "ip with machine scope can not be deleted")
			c.freeMachine(m)
			c.equal("type of the IP when its machine is freed", c.ipByAddress(i.Address).Type, "static")
		}},
		{"machine: a reinstall with another image gives it that image, and keeps the allocation", Any, func(c *check) {
			m := c.allocate(machinePath, machineBody(c.network(object{"addressfamily": "IPv4"}).ID))
			c.installed(m.ID)
			const other = "debian-13.0"
			c.status(c.reinstall(c.suite.main, m.ID, object{"id": m.ID, "imageid": other}), http.StatusOK)
			again := c.installed(m.ID)
			c.holdsf(strings.HasPrefix(again.Allocation.Image.ID, other), "image %s", again.Allocation.Image.ID)
			c.equal("allocationuuid", again.Allocation.UUID, m.Allocation.UUID)
		}},
		{"capacity: machines of a size that wait are allocatable and free, and counts of zero are left out", Any, func(c *check) {
			c.waiting(machinesInLab)
			all := c.capacity()
			c.equal("total", all["total"], float64(machinesInLab))
			c.equal("allocatable", all["allocatable"], float64(machinesInLab))
			c.equal("free", all["free"], float64(machinesInLab))
			_, zero := all["allocated"]
			c.equal("allocated is there", zero, false)
			c.allocate(machinePath, machineBody(c.network(object{"addressfamily": "IPv4"}).ID))
			one := c.capacity()
			c.equal("allocated, when one is", one["allocated"], float64(1))
			c.equal("allocatable, when one is allocated", one["allocatable"], float64(machinesInLab-1))
		}},
	}
}

// capacity of the lab's partition in machines of its size.
func (c *check) capacity() map[string]any {
	body := object{"id": labPartition, "sizeid": labSize, "projectid": labProject}
	all := decode[[]struct {
		Servers []map[string]any `json:"servers"`
	}](c, c.post("/v1/partition/capacity", body), http.StatusOK)
	c.holdsf(len(all) == 1 && len(all[0].Servers) == 1, "want one partition with one size, got %v", all)
	return all[0].Servers[0]
}
