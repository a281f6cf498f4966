package contract

import (
	"net/http"
	"strings"

	"github.com/google/uuid"
)

// projectRows: what admins do with projects.
func projectRows() []Row {
	return []Row{
		{"project: get of an unknown id is 404", Any, func(c *check) {
			c.status(c.get("/v1/project/"+labUnknownID), http.StatusNotFound)
		}},
		{"project: create keeps a chosen id", Admin, func(c *check) {
			id := uuid.NewString()
			p := c.project(object{"meta": object{"id": id}})
			c.equal("id", p.Meta.ID, id)
			c.equal("get", decode[project](c, c.get("/v1/project/"+id), http.StatusOK).Name, p.Name)
		}},
		{"project: create takes an empty name", Admin, func(c *check) {
			c.equal("name", c.project(object{"name": ""}).Name, "")
		}},
		{"project: create for an unknown tenant is 404", Admin, func(c *check) {
			c.refused(c.put("/v1/project", object{"name": unique("project"), "tenant_id": "nope"}), http.StatusNotFound,
				"unable to find tenant:nope for project")
		}},
		{"project: update of a stale version is 422", Admin, func(c *check) {
			p := c.project(nil)
			body := object{
				"meta": object{"id": p.Meta.ID, "version": p.Meta.Version}, "name": p.Name, "tenant_id": p.TenantID,
			}
			c.status(c.post("/v1/project", body.with(object{"description": "first"})), http.StatusOK)
			c.refused(c.post("/v1/project", body.with(object{"description": "second"})), http.StatusUnprocessableEntity,
				"FailedPrecondition desc = optimistic lock error updating project with id "+p.Meta.ID+", existing version 1 mismatches entity version 0")
		}},
		{"project: create under an id that is there is 409", Admin, func(c *check) {
			p := c.project(nil)
			c.status(c.put("/v1/project", object{"meta": object{"id": p.Meta.ID}, "name": unique("project"), "tenant_id": p.TenantID}), http.StatusConflict)
			c.equal("name", decode[project](c, c.get("/v1/project/"+p.Meta.ID), http.StatusOK).Name, p.Name)
		}},
		{"project: find by id finds one, and is null where there is none", Any, func(c *check) {
			found := decode[[]project](c, c.post("/v1/project/find", object{"id": labProject}), http.StatusOK)
			c.equal("projects", len(found), 1)
			c.equal("id", found[0].Meta.ID, labProject)
			none := c.post("/v1/project/find", object{"id": labUnknownID})
			c.status(none, http.StatusOK)
			c.equal("none", strings.TrimSpace(string(none.body)), "null")
		}},
		{"project: find ignores labels and annotations, and finds all", Any, func(c *check) {
			all := decode[[]project](c, c.post("/v1/project/find", object{}), http.StatusOK)
			found := decode[[]project](c, c.post("/v1/project/find", object{"labels": []string{"nope"}, "annotations": object{"nope": "nope"}}), http.StatusOK)
			c.equal("projects", len(found), len(all))
		}},
		{"project: update replaces everything: what is left out is gone", Admin, func(c *check) {
			p := c.project(object{
				"meta": object{"labels": []string{"a", "b=1"}, "annotations": object{"c": "d"}}, "quotas": object{"machine": object{"quota": 3}},
			})
			c.sameSet("labels", p.Meta.Labels, []string{"a", "b=1"})
			c.status(c.post("/v1/project", object{"meta": object{"id": p.Meta.ID}, "name": p.Name, "tenant_id": p.TenantID}), http.StatusOK)
			is := decode[[]project](c, c.post("/v1/project/find", object{"id": p.Meta.ID}), http.StatusOK)[0]
			c.equal("labels", len(is.Meta.Labels), 0)
			c.equal("annotations", len(is.Meta.Annotations), 0)
			c.equal("description", is.Description, "")
			c.holdsf(is.Quotas.Machine == nil || is.Quotas.Machine.Quota == 0, "want no quota, got %+v", is.Quotas)
		}},
		{"project: a change of its tenant is 422", Admin, func(c *check) {
			p := c.project(nil)
			c.status(c.post("/v1/project", object{"meta": object{"id": p.Meta.ID, "version": p.Meta.Version}, "name": p.Name, "tenant_id": "nope"}), http.StatusUnprocessableEntity)
		}},
		{"project: delete answers 200, a second one 404", Admin, func(c *check) {
			p := c.project(nil)
			c.status(c.remove("/v1/project/"+p.Meta.ID), http.StatusOK)
			c.status(c.remove("/v1/project/"+p.Meta.ID), http.StatusNotFound)
		}},
	}
}

// secondProjectRows: where two projects must be kept apart.
func secondProjectRows() []Row {
	return []Row{
		{"project: delete is refused while it has machines", Admin, func(c *check) {
			other := c.otherProject()
			n := c.network(object{"projectid": other.Meta.ID})
			m := c.allocate(machinePath, machineBody(n.ID).with(object{"projectid": other.Meta.ID}))
			c.equal("project", m.Allocation.Project, other.Meta.ID)
			c.refused(c.remove("/v1/project/"+other.Meta.ID), http.StatusBadRequest, "there are still machines allocated by this project")
		}},
	}
}
