package contract

import (
	"fmt"
	"net/http"

	"github.com/google/uuid"
	metalnetwork "github.com/metal-stack/metal-go/api/client/network"
	"github.com/metal-stack/metal-go/api/models"
)

// networkUpdateRows: what an update changes, keeps, ignores and refuses. Only the admin key may update.
func networkUpdateRows() []Row {
	return []Row{
		{"network update: name, description and destination prefixes change, a description also to nothing", Admin, func(c *check) {
			n := c.network(object{"description": "before"})
			name := unique("renamed")
			c.updateNetwork(n.ID, object{"name": name, "description": "after", "destinationprefixes": []string{"192.0.2.0/24"}})
			got := c.networkByID(n.ID)
			c.equal("name", got.Name, name)
			c.equal("description", got.Description, "after")
			c.equal("destinationprefixes", got.DestinationPrefixes, []string{"192.0.2.0/24"})
			c.updateNetwork(n.ID, object{"description": ""})
			c.equal("description", c.networkByID(n.ID).Description, "")
		}},
		{"network update: labels are replaced as a whole, {} empties them, absent or null keeps them", Admin, func(c *check) {
			n := c.network(object{"labels": object{"a": "1", "b": "2"}})
			for _, step := range []struct{ labels, want any }{
				{object{"b": "3"}, map[string]string{"b": "3"}},
				{nil, map[string]string{"b": "3"}},
				{object{}, map[string]string{}},
			} {
				c.updateNetwork(n.ID, object{"labels": step.labels})
				c.equal("labels", c.networkByID(n.ID).Labels, step.want)
			}
			c.updateNetwork(n.ID, object{"labels": object{"c": "4"}})
			c.updateNetwork(n.ID, nil)
			c.equal("labels", c.networkByID(n.ID).Labels, map[string]string{"c": "4"})
		}},
		{"network update: of nothing but the id changes nothing but the time of change", Admin, func(c *check) {
			n := c.network(object{"description": "same", "labels": object{"a": "b"}})
			before := c.networkByID(n.ID)
			c.await("the clock to move on", func() (any, bool) {
				c.updateNetwork(n.ID, nil)
				after := c.networkByID(n.ID)
				moved := after.Changed != before.Changed
				after.Changed = before.Changed
				c.equal("network", after, before)

				return before.Changed, moved
			})
		}},
		{"network update: nat, project, partition and vrf are ignored", Admin, func(c *check) {
			before := c.networkByID(c.network(nil).ID)
			c.updateNetwork(before.ID, object{"nat": true, "projectid": labSystem, "partitionid": "nope", "vrf": 4711})
			after := c.networkByID(before.ID)
			after.Changed = before.Changed
			c.equal("network", after, before)
		}},
		{"network update: shared can be set, the type stays child, and it cannot be unset", Admin, func(c *check) {
			n := c.network(nil)
			c.updateNetwork(n.ID, object{"shared": true})
			got := c.networkByID(n.ID)
			c.equal("shared", got.Shared, true)
			c.equal("networktype", got.NetworkType, "child")
			c.refused(c.post("/v1/network", object{"id": n.ID, "shared": false}), http.StatusBadRequest,
				"once a network is marked as shared it is not possible to unshare it")
		}},
		{"network update: announcable CIDRs and child lengths are refused for a child", Admin, func(c *check) {
			n := c.network(nil)
			c.refused(c.post("/v1/network", object{"id": n.ID, "additionalAnnouncableCIDRs": []string{"10.240.0.0/12"}}),
				http.StatusUnprocessableEntity, "additionalannouncablecidrs can only be set in a private super network")
			c.refused(c.post("/v1/network", object{"id": n.ID, "defaultchildprefixlength": object{"IPv4": 24}}),
				http.StatusUnprocessableEntity, "defaultchildprefixlength can only be set on privatesuper")
		}},
		{"network update: metal-go cannot send an empty description, nor empty labels", Admin, func(c *check) {
			n := c.network(object{"description": "stays", "labels": object{"stays": "too"}})
			_, err := c.metalGo().Network().UpdateNetwork(metalnetwork.NewUpdateNetworkParamsWithContext(c.ctx).
				WithBody(&models.V1NetworkUpdateRequest{ID: &n.ID, Labels: map[string]string{}}), nil)
			c.holdsf(err == nil, "update: %v", err)
			got := c.networkByID(n.ID)
			c.equal("description", got.Description, "stays")
			c.equal("labels", got.Labels, map[string]string{"stays": "too"})
		}},
		{"network update: of twenty at once one or more succeed, the others are 409", Admin, func(c *check) {
			n := c.network(nil)
			conflicts, done := 0, 0
			for _, a := range c.parallel(20, func(i int) (answer, error) {
				return c.suite.main.send(c.ctx, http.MethodPost, "/v1/network", object{"id": n.ID, "description": fmt.Sprint("update ", i)})
			}) {
				if a.status == http.StatusOK {
					done++
					continue
				}
				c.refused(a, http.StatusConflict, "Conflict cannot update network ("+n.ID+"): the entity was changed from another, please retry")
				conflicts++
			}
			c.holdsf(done > 0 && conflicts > 0, "want some updates to succeed and some to be refused, got %d and %d", done, conflicts)
		}},
	}
}

// networkAdminRows: networks that are not children of the super network.
func networkAdminRows() []Row {
	return []Row{
		{"network create: a chosen id is kept, and a second create of it is 409", Admin, func(c *check) {
			id := unique("external")
			body := object{
				"id": id, "name": id, "prefixes": []string{testPrefix()}, "destinationprefixes": []string{"0.0.0.0/0"},
				"nat": false, "privatesuper": false, "underlay": false, "nattype": "none", "networktype": "external",
			}
			got := decode[network](c, c.put("/v1/network", body), http.StatusCreated)
			c.later(func(c *check) { c.status(c.remove("/v1/network/"+id), http.StatusOK) })
			c.equal("id", got.ID, id)
			c.refused(c.put("/v1/network", body.with(object{"prefixes": []string{testPrefix()}})), http.StatusConflict, "entity already exists")
		}},
		{"network delete: of a network made by create answers 200, and then it is gone", Admin, func(c *check) {
			id := unique("external")
			c.status(c.put("/v1/network", object{
				"id": id, "name": id, "prefixes": []string{testPrefix()}, "destinationprefixes": []string{},
				"nat": false, "privatesuper": false, "underlay": false, "nattype": "none", "networktype": "external",
			}), http.StatusCreated)
			c.status(c.remove("/v1/network/"+id), http.StatusOK)
			c.refused(c.get("/v1/network/"+id), http.StatusNotFound, noNetwork(id))
		}},
	}
}

func (c *check) updateNetwork(id string, fields object) {
	c.status(c.post("/v1/network", object{"id": id}.with(fields)), http.StatusOK)
}

// testPrefix picks one of the prefixes that are set aside for benchmarks. A refused create may leave its prefix in
// the IPAM, so that a fixed one would work only once.
func testPrefix() string {
	random := uuid.New()

	return fmt.Sprintf("198.18.%d.%d/28", random[0], random[1]&0xf0)
}
