package contract

import (
	"net/http"

	"github.com/google/uuid"
)

// A createRefusal is an allocate of a firewall or machine that metal-api does not carry out.
type createRefusal struct {
	name    string
	path    string
	fields  func(c *check) object
	status  int
	message string
}

// row checks the refusal, and that what was taken meanwhile was given back: a machine and IPs in the private network.
func (r createRefusal) row(class Class) Row {
	return Row{r.name + " is refused, and nothing is left of it", class, func(c *check) {
		before := c.waiting(1)
		body := firewallBody(c.private().ID)
		if r.path == machinePath {
			body = machineBody(c.private().ID)
		}
		c.refused(c.post(r.path, body.with(r.fields(c))), r.status, r.message)

		c.empty(c.private().ID)
		for _, m := range before {
			now := c.machineByID(m.ID)
			c.holdsf(now.available(), "machine %s is no longer available: %s", m.ID, now.last())
		}
	}}
}

const (
	firewallPath = "/v1/firewall/allocate"
	machinePath  = "/v1/machine/allocate"

	// oddImage has an operating system that no filesystem layout knows.
	oddImage = "contract-nolayout-1.0.20260101"
)

// set returns the fields, whatever the check.
func set(fields object) func(*check) object {
	return func(*check) object { return fields }
}

// firewallRefusalRows: everything that can be wrong with a create, networks aside.
func firewallRefusalRows() []Row {
	rows := make([]Row, 0, 14)
	for _, r := range []createRefusal{
		{"firewall: an unknown size", firewallPath, set(object{"sizeid": "nope"}), 400, `size:nope not found err:NotFound no size with id "nope" found`},
		{
			"firewall: an unknown image", firewallPath, set(object{"imageid": "nope-1.0"}), 400,
			"NotFound no image for id:nope-1.0 found:no image for os:nope version:1.0.0 found",
		},
		{"firewall: an image for machines", firewallPath, set(object{"imageid": labMachine}), 400, "given image is not usable for a firewall, features: machine"},
		{"machine: an image for firewalls", machinePath, set(object{"imageid": labFirewall}), 400, "given image is not usable for a machine, features: firewall"},
		{"firewall: an unknown partition", firewallPath, set(object{"partitionid": "nope"}), 400, `partition:nope not found err:NotFound no partition with id "nope" found`},
		{"firewall: an unknown project", firewallPath, set(object{"projectid": labUnknownID}), 404, noProject},
		{"firewall: an empty project", firewallPath, set(object{"projectid": ""}), 422, "project id must be specified"},
		{"firewall: a bad SSH key", firewallPath, set(object{"ssh_pub_keys": []string{"nope"}}), 422, "invalid public SSH key: nope error:ssh: no key found"},
		{
			"firewall: a rule of an unknown protocol", firewallPath, set(object{"firewall_rules": object{"egress": []object{
				{"protocol": "XYZ", "ports": []int{80}, "to": []string{"0.0.0.0/0"}},
			}}}), 400, "no such protocol: XYZ",
		},
		{
			"firewall: an unknown filesystem layout", firewallPath, set(object{"filesystemlayoutid": "nope"}), 404,
			`NotFound no filesystemlayout with id "nope" found`,
		},
		{
			"firewall: the uuid of no machine", firewallPath, set(object{"uuid": uuid.NewString()}), 400,
			"uuid given but no machine found with uuid:",
		},
	} {
		rows = append(rows, r.row(Any))
	}

	return append(rows, createRefusal{
		"firewall: a size and an image without a filesystem layout that suits both", firewallPath, func(c *check) object {
			image := decode[named](c, c.get("/v1/image/"+labFirewall), http.StatusOK)
			c.image(object{"id": oddImage, "url": image.URL, "features": []string{"firewall"}})

			return object{"imageid": oddImage}
		}, 422,
		"could not find a matching filesystemLayout for size:" + labSize + " and image:" + oddImage,
	}.row(Admin))
}

// firewallNetworkRefusalRows: everything that can be wrong with the networks and IPs of a create.
func firewallNetworkRefusalRows() []Row {
	networks := func(ids ...string) func(*check) object {
		return func(c *check) object {
			return object{"networks": attach(append([]string{c.private().ID}, ids...)...)}
		}
	}
	withoutAuto := func(ips ...string) func(*check) object {
		return func(c *check) object {
			list := append(attach(c.private().ID), object{"networkid": labInternet, "autoacquire": false})
			return object{"networks": list, "ips": ips}
		}
	}

	rows := make([]Row, 0, 14)
	for _, r := range []createRefusal{
		{"firewall: an empty list of networks", firewallPath, set(object{"networks": []object{}}), 400, "network ids cannot be empty"},
		{"firewall: null for networks", firewallPath, set(object{"networks": nil}), 400, "network ids cannot be nil"},
		{
			"firewall: an unknown private network", firewallPath, set(object{"networks": attach(labUnknownID, labInternet)}), 404,
			"unable to gather networks:" + noNetwork(labUnknownID),
		},
		{"firewall: an unknown external network", firewallPath, networks("nope"), 404, "unable to gather networks:" + noNetwork("nope")},
		{
			"firewall: no private network", firewallPath, set(object{"networks": attach(labInternet)}), 422,
			"unable to gather networks:no private network given",
		},
		{
			"firewall: the underlay", firewallPath, networks(labInternet, labUnderlay), 422,
			"underlay networks are not allowed to be set explicitly: " + labUnderlay,
		},
		{
			"firewall: the super network", firewallPath, networks(labInternet, labSuper), 422,
			"private super networks are not allowed to be set explicitly: " + labSuper,
		},
		{
			"firewall: two private networks", firewallPath, func(c *check) object {
				second := c.network(object{"addressfamily": "IPv4"})

				return object{"networks": attach(c.private().ID, second.ID, labInternet)}
			}, 422,
			"unable to gather networks:multiple private networks are specified but there must be only one primary private network that must not be shared",
		},
		{
			"firewall: a network without automatic IP and without IPs", firewallPath, withoutAuto(), 422,
			"missing ip(s) for network(s) without automatic ip allocation",
		},
		{
			// metal-api finds out only when it has taken a machine, which it gives back.
			"firewall: an IP that is not allocated", firewallPath, withoutAuto("203.0.113.200"), 404,
			`unable to gather networks:NotFound no ip with id "203.0.113.200" found`,
		},
		{"firewall: a malformed IP", firewallPath, withoutAuto("nope"), 422, `"nope" is not a valid IP address`},
	} {
		rows = append(rows, r.row(Any))
	}

	return append(rows, createRefusal{
		"firewall: a private network of another project", firewallPath, func(c *check) object {
			theirs := c.network(object{"projectid": c.otherProject().Meta.ID, "addressfamily": "IPv4"})

			return object{"networks": attach(theirs.ID, labInternet)}
		}, 422,
		"unable to gather networks:the given private network does not belong to the project, which is not allowed",
	}.row(Admin))
}
