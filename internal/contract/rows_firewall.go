package contract

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// firewallRows: what the allocate of a firewall answers, and what a get says later. All look at one firewall.
func firewallRows() []Row {
	return []Row{
		{"firewall: allocate answers 200 before anything is installed", Any, func(c *check) {
			m := c.onShow().created
			c.equal("last event", m.last(), waiting)
			c.holdsf(m.Allocation.BootInfo == nil, "boot_info is set")
			_, err := uuid.Parse(m.ID)
			c.holdsf(err == nil, "id %s is not the machine's uuid", m.ID)
			_, err = uuid.Parse(m.Allocation.UUID)
			c.holdsf(err == nil, "allocationuuid %q is no uuid", m.Allocation.UUID)
		}},
		{"firewall: name, description, project, user data come back; the hostname is metal when left out", Any, func(c *check) {
			fw := c.onShow()
			for _, m := range []machine{fw.created, c.firewallByID(fw.created.ID)} {
				c.equal("role", m.Allocation.Role, "firewall")
				c.equal("name", m.Allocation.Name, fw.asked["name"])
				c.equal("description", m.Allocation.Description, fw.asked["description"])
				c.equal("project", m.Allocation.Project, labProject)
				c.equal("user_data", m.Allocation.UserData, fw.asked["user_data"])
				c.equal("hostname", m.Allocation.Hostname, "metal")
				c.equal("allocationuuid", m.Allocation.UUID, fw.created.Allocation.UUID)
			}
		}},
		{"firewall: the creator is the user of the key", Any, func(c *check) {
			creator := c.onShow().created.Allocation.Creator
			if c.suite.admin {
				c.equal("creator", creator, "metal-admin@metal-stack.io")
			}
			c.holdsf(creator != "", "creator is empty")
		}},
		{"firewall: without SSH keys the allocate answers null, and get an empty list", Any, func(c *check) {
			fw := c.onShow()
			c.holdsf(fw.created.Allocation.SSHPubKeys == nil, "allocate: want null, got %v", fw.created.Allocation.SSHPubKeys)
			c.equal("get", c.firewallByID(fw.created.ID).Allocation.SSHPubKeys, []string{})
		}},
		{"firewall: rules come back, the protocol in lower case, tcp when left out, an empty to of ingress is dropped", Any, func(c *check) {
			fw := c.onShow()
			want := rules{
				Egress: []object{
					{"comment": "dns", "ports": []any{53.0}, "protocol": "udp", "to": []any{"0.0.0.0/0"}},
					{"comment": "https", "ports": []any{443.0}, "protocol": "tcp", "to": []any{"0.0.0.0/0"}},
				},
				Ingress: []object{{"comment": "ssh", "ports": []any{22.0}, "protocol": "tcp", "from": []any{"0.0.0.0/0"}}},
			}
			c.equal("allocate", fw.created.Allocation.Rules, want)
			c.equal("get", c.firewallByID(fw.created.ID).Allocation.Rules, want)
		}},
		{"firewall: it is in the networks asked for and in the underlay, with an IP of each family in the private one", Any, func(c *check) {
			fw := c.onShow()
			m := c.firewallByID(fw.created.ID)
			ids := make([]string, 0, len(m.Allocation.Networks))
			for _, n := range m.Allocation.Networks {
				ids = append(ids, n.NetworkID)
				c.equal("private of "+n.NetworkID, n.Private, n.NetworkID == fw.network.ID)
				c.equal("underlay of "+n.NetworkID, n.Underlay, n.NetworkID == labUnderlay)
				if n.Private {
					c.equal("private IPs", len(n.IPs), 2)
				}
			}
			c.sameSet("networks", ids, []string{fw.network.ID, labInternet, labUnderlay})
			for _, i := range c.findIPs(object{"networkid": fw.network.ID}) {
				c.equal(i.Address+" type", i.Type, "ephemeral")
				c.holdsf(slices.Contains(i.Tags, machineTag+m.ID), "%s does not carry the machine's tag: %v", i.Address, i.Tags)
			}
		}},
		{"firewall: of tags with one key the last wins, plain ones stay, metal-api's own are added and overwrite", Any, func(c *check) {
			fw := c.onShow()
			m := c.firewallByID(fw.created.ID)
			user, system := []string{}, []string{}
			for _, tag := range m.Tags {
				if strings.HasPrefix(tag, "machine.metal-stack.io/") {
					system = append(system, tag)
				} else {
					user = append(user, tag)
				}
			}
			c.sameSet("tags", user, []string{"plain", "empty=", "k=w", fw.mark})
			c.sameSet("system tags", tagKeys(system), []string{
				"machine.metal-stack.io/rack", "machine.metal-stack.io/chassis", "machine.metal-stack.io/network.primary.asn",
			})
			c.holdsf(!slices.Contains(system, "machine.metal-stack.io/rack=mine"), "the user's rack tag was taken: %v", system)
			c.sameSet("allocate", fw.created.Tags, m.Tags)
		}},
		{"firewall: created is in nanoseconds in the answer of the allocate, and in a get rounded to a millisecond, before or after", Any, func(c *check) {
			fw := c.onShow()
			first, err := time.Parse(time.RFC3339Nano, fw.created.Allocation.Created)
			c.holdsf(err == nil, "allocate: %v", err)
			later, err := time.Parse(time.RFC3339Nano, c.firewallByID(fw.created.ID).Allocation.Created)
			c.holdsf(err == nil, "get: %v", err)
			c.equal("milliseconds of get", later.Format(time.RFC3339Nano), later.Truncate(time.Millisecond).Format(time.RFC3339Nano))
			c.holdsf(later.Sub(first).Abs() < time.Millisecond, "want %s rounded to milliseconds, got %s", first, later)
		}},
		{"firewall: an IP that is attached to it cannot be freed", Any, func(c *check) {
			for _, i := range c.findIPs(object{"networkid": c.onShow().network.ID}) {
				c.refused(c.remove("/v1/ip/free/"+i.Address), http.StatusBadRequest, "ip with machine scope can not be deleted")
			}
		}},
		{"firewall: its private network cannot be freed: 422, not 409", Any, func(c *check) {
			n := c.onShow().network
			// With a single IPv6 address the refused free would give the prefix away: see the last rows.
			c.ip(object{"networkid": n.ID, "addressfamily": "IPv6"})
			c.refused(c.remove("/v1/network/free/"+n.ID), http.StatusUnprocessableEntity,
				"error releasing child prefix in ipam: invalid_argument: prefix "+n.Prefixes[0]+" has ips, deletion not possible")
			c.equal("prefixes", c.networkByID(n.ID).Prefixes, n.Prefixes)
		}},
	}
}

// firewallFindRows: find and get.
func firewallFindRows() []Row {
	return []Row{
		{"firewall: find finds by id, project, name, mark, tags and network", Any, func(c *check) {
			fw := c.onShow()
			for _, filter := range []object{
				{"id": fw.created.ID},
				{"allocation_project": labProject, "allocation_name": fw.asked["name"]},
				{"tags": []string{fw.mark}},
				{"tags": []string{fw.mark, "plain", "k=w"}},
				{"network_ids": []string{fw.network.ID}},
			} {
				found := c.findFirewalls(filter)
				c.holdsf(len(found) == 1 && found[0].ID == fw.created.ID, "%s: want the firewall, got %d", show(filter), len(found))
				c.equal("allocationuuid", found[0].Allocation.UUID, fw.created.Allocation.UUID)
				machines := decode[[]machine](c, c.post("/v1/machine/find", filter), http.StatusOK)
				c.holdsf(len(machines) == 1 && machines[0].ID == fw.created.ID, "machine/find %s: want the firewall, got %d", show(filter), len(machines))
			}
		}},
		{"firewall: find of what is not there is an empty list", Any, func(c *check) {
			fw := c.onShow()
			for _, filter := range []object{
				{"id": labUnknownID},
				{"allocation_name": unique("nobody")},
				{"tags": []string{fw.mark, "k=v"}},
				{"id": fw.created.ID, "allocation_project": labSystem},
				{"network_ids": []string{labUnknownID}},
			} {
				a := c.post("/v1/firewall/find", filter)
				c.status(a, http.StatusOK)
				c.equal(show(filter), string(a.body), "[]")
			}
		}},
		{"firewall: get of an unknown id is 404", Any, func(c *check) {
			c.refused(c.get("/v1/firewall/"+labUnknownID), http.StatusNotFound, noMachine(labUnknownID))
		}},
		{"firewall: get of a machine that is none is 404 with another message", Any, func(c *check) {
			c.refused(c.get("/v1/firewall/"+c.waiting(1)[0].ID), http.StatusNotFound, "machine is not a firewall")
		}},
		{"machine: get answers for a firewall too", Any, func(c *check) {
			fw := c.onShow()
			c.equal("allocationuuid", c.machineByID(fw.created.ID).Allocation.UUID, fw.created.Allocation.UUID)
		}},
	}
}

func (c *check) firewallByID(id string) machine {
	return decode[machine](c, c.get("/v1/firewall/"+id), http.StatusOK)
}

func noMachine(id string) string { return `NotFound no machine with id "` + id + `" found` }
