package contract

import (
	"net/http"
	"slices"
)

// seedRows: what mini-lab is seeded with. All other rows build on it.
func seedRows() []Row {
	return []Row{
		{"seed: the partition is there, and its created is the same in every answer", Any, func(c *check) {
			path := "/v1/partition/" + labPartition
			first := decode[map[string]any](c, c.get(path), http.StatusOK)
			second := decode[map[string]any](c, c.get(path), http.StatusOK)
			c.equal("id", first["id"], labPartition)
			c.holdsf(first["created"] != nil && first["created"] != "", "created is not set")
			c.equal("created", second["created"], first["created"])
			all := decode[[]map[string]any](c, c.get("/v1/partition"), http.StatusOK)
			c.holdsf(slices.ContainsFunc(all, func(p map[string]any) bool { return p["created"] == first["created"] }), "created is not that of the list: %v", all)
		}},
		{"seed: the size is there", Any, func(c *check) {
			c.equal("id", decode[named](c, c.get("/v1/size/"+labSize), http.StatusOK).ID, labSize)
		}},
		{"seed: the images are there, each with its feature", Any, func(c *check) {
			for id, feature := range map[string]string{labFirewall: "firewall", labMachine: "machine", "debian-13.0": "machine"} {
				c.equal(id, decode[named](c, c.get("/v1/image/"+id), http.StatusOK).Features, []string{feature})
			}
		}},
		{"seed: the internet is an external network with nat", Any, func(c *check) {
			n := decode[network](c, c.get("/v1/network/"+labInternet), http.StatusOK)
			c.sameSet("prefixes", n.Prefixes, []string{"203.0.113.128/25", "2001:db8:0:113::/64"})
			c.equal("vrf", n.VRF, 104009)
			c.equal("nat", n.NAT, true)
			c.equal("networktype", n.NetworkType, "external")
		}},
		{"seed: the super network has both families and the lengths of its children", Any, func(c *check) {
			n := decode[network](c, c.get("/v1/network/"+labSuper), http.StatusOK)
			c.sameSet("prefixes", n.Prefixes, []string{"10.0.0.0/16", "2001:db8:0:10::/64"})
			c.equal("defaultchildprefixlength", n.ChildLength, map[string]int{"IPv4": 22, "IPv6": 96})
			c.equal("privatesuper", n.PrivateSuper, true)
			c.equal("networktype", n.NetworkType, "super")
		}},
		{"seed: the underlay is there", Any, func(c *check) {
			n := decode[network](c, c.get("/v1/network/"+labUnderlay), http.StatusOK)
			c.sameSet("prefixes", n.Prefixes, []string{"10.1.0.0/24"})
			c.equal("underlay", n.Underlay, true)
		}},
		{"seed: two static IPs belong to the system's project", Any, func(c *check) {
			for _, address := range []string{"203.0.113.142", "2001:db8:0:113::142"} {
				i := decode[ip](c, c.get("/v1/ip/"+address), http.StatusOK)
				c.equal(address+" type", i.Type, "static")
				c.equal(address+" project", i.ProjectID, labSystem)
			}
		}},
		{"seed: the two projects are there", Any, func(c *check) {
			for id, name := range map[string]string{labSystem: "metal-system", labProject: "sample-project"} {
				c.equal(id, decode[project](c, c.get("/v1/project/"+id), http.StatusOK).Name, name)
			}
		}},
		{"seed: two machines are waiting", Any, func(c *check) { c.waiting(machinesInLab) }},
	}
}
