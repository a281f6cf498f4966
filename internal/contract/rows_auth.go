package contract

import (
	"net/http"
	"time"
)

const (
	wantEditor = "you are not member in one of [k8s_kaas-edit maas-all-all-edit k8s_kaas-admin maas-all-all-admin]"
	wantAdmin  = "you are not member in one of [k8s_kaas-admin maas-all-all-admin]"
)

// authRows: who is let in.
func authRows() []Row {
	return []Row{
		{"auth: a wrong key is 403, never 401", Any, func(c *check) {
			wrong := client{url: c.suite.cfg.URL, user: c.suite.main.user, key: "wrong"}
			c.refused(c.send(wrong, http.MethodGet, "/v1/network", nil), http.StatusForbidden, "Wrong HMAC found")
		}},
		{"auth: an unknown user is 403 in a plain string", Any, func(c *check) {
			nobody := client{url: c.suite.cfg.URL, user: "Metal-Nobody", key: "x"}
			a := c.send(nobody, http.MethodGet, "/v1/network", nil)
			c.status(a, http.StatusForbidden)
			c.equal("body", string(a.body), `"tenant  not allowed"`)
		}},
		{"auth: a request without Authorization is 403 in a plain string", Any, func(c *check) {
			a := c.send(client{url: c.suite.cfg.URL}, http.MethodGet, "/v1/network", nil)
			c.status(a, http.StatusForbidden)
			c.equal("body", string(a.body), `"tenant  not allowed"`)
		}},
		{"auth: an old timestamp is 403 and says so", Any, func(c *check) {
			a, err := c.suite.main.sendAt(c.ctx, time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), http.MethodGet, "/v1/network", nil)
			c.holdsf(err == nil, "%v", err)
			c.refused(a, http.StatusForbidden, `the timestamp in your header is too old: "2020-01-01T00:00:00Z", `+
				`please check if you have time synchronization activated`)
		}},
		{"auth: a bad bearer token is 403", Any, func(c *check) {
			a, err := c.suite.main.bearer(c.ctx, "/v1/network", "nope")
			c.holdsf(err == nil, "%v", err)
			c.refused(a, http.StatusForbidden, "error parsing token: go-jose/go-jose: compact JWS format must have three parts")
		}},
		{"auth: health and version need no key", Any, func(c *check) {
			for _, path := range []string{"/v1/health", "/v1/version"} {
				c.status(c.send(client{url: c.suite.cfg.URL}, http.MethodGet, path, nil), http.StatusOK)
			}
		}},
		{"auth: malformed JSON is 400", Any, func(c *check) {
			c.refused(c.post("/v1/network/allocate", "{nope"), http.StatusBadRequest,
				"invalid character 'n' looking for beginning of object key string")
		}},
	}
}

// roleRows: what the keys of the smaller roles may do.
func roleRows() []Row {
	return []Row{
		{"roles: the view key reads", Roles, func(c *check) {
			c.listNetworks(c.viewer())
			for _, path := range []string{"/v1/ip", "/v1/machine", "/v1/firewall", "/v1/partition/" + labPartition} {
				c.status(c.send(c.viewer(), http.MethodGet, path, nil), http.StatusOK)
			}
		}},
		{"roles: the view key is refused every write", Roles, func(c *check) {
			for _, path := range []string{"/v1/network/allocate", "/v1/ip/allocate", "/v1/firewall/allocate", "/v1/machine/allocate"} {
				c.refused(c.send(c.viewer(), http.MethodPost, path, networkBody()), http.StatusForbidden, wantEditor)
			}
			for _, path := range []string{"/v1/network/free/nope", "/v1/ip/free/nope", "/v1/machine/nope/free"} {
				c.refused(c.send(c.viewer(), http.MethodDelete, path, nil), http.StatusForbidden, wantEditor)
			}
		}},
		{"roles: the edit key allocates and frees networks", Roles, func(c *check) {
			n := decode[network](c, c.send(c.editor(), http.MethodPost, "/v1/network/allocate", networkBody()), http.StatusCreated)
			c.later(func(c *check) { c.freeNetwork(n.ID) })
			c.status(c.send(c.editor(), http.MethodDelete, "/v1/network/free/"+n.ID, nil), http.StatusOK)
		}},
		{"roles: the edit key is refused update, create and delete of networks", Roles, func(c *check) {
			id := unique("network")
			c.refused(c.send(c.editor(), http.MethodPost, "/v1/network", object{"id": labSuper}), http.StatusForbidden, wantAdmin)
			c.refused(c.send(c.editor(), http.MethodPut, "/v1/network", object{"id": id}), http.StatusForbidden, wantAdmin)
			c.refused(c.send(c.editor(), http.MethodDelete, "/v1/network/"+id, nil), http.StatusForbidden, wantAdmin)
		}},
		{"roles: the edit key is refused the update of a machine", Roles, func(c *check) {
			body := object{"id": "00000000-0000-0000-0000-000000000001", "description": ""}
			c.refused(c.send(c.editor(), http.MethodPost, "/v1/machine", body), http.StatusForbidden, wantAdmin)
		}},
		{"roles: the edit key locks and unlocks a machine", Roles, func(c *check) {
			id := c.waiting(1)[0].ID
			c.lock(c.editor(), id)
			c.equal("state", c.machineByID(id).State.Value, "LOCKED")
			c.status(c.setState(c.editor(), id, ""), http.StatusOK)
			c.equal("state", c.machineByID(id).State.Value, "")
		}},
		{"roles: the edit key allocates, reinstalls and frees a firewall", Roles, func(c *check) {
			c.waiting(1)
			m := c.keepMachine(c.send(c.editor(), http.MethodPost, firewallPath, firewallBody(c.private().ID)))
			c.installed(m.ID)
			body := object{"id": m.ID, "imageid": labFirewall}
			c.status(c.reinstall(c.editor(), m.ID, body), http.StatusOK)
			c.status(c.free(c.editor(), m.ID), http.StatusOK)
		}},
		{"roles: the edit key rewrites the tags of an IP that others marked", Roles, func(c *check) {
			i := c.ip(object{"tags": []string{markKey + "=theirs"}})
			body := object{"ipaddress": i.Address, "type": i.Type, "tags": []string{markKey + "=mine"}}
			got := decode[ip](c, c.send(c.editor(), http.MethodPost, "/v1/ip", body), http.StatusOK)
			c.equal("tags", got.Tags, []string{markKey + "=mine"})
			c.equal("allocationuuid", got.AllocationUUID, i.AllocationUUID)
		}},
		{"roles: the created of the partition is the same for every key", Roles, func(c *check) {
			path := "/v1/partition/" + labPartition
			want := decode[map[string]any](c, c.get(path), http.StatusOK)["created"]
			for _, cl := range []client{c.viewer(), c.editor()} {
				got := decode[map[string]any](c, c.send(cl, http.MethodGet, path, nil), http.StatusOK)
				c.equal(cl.user, got["created"], want)
			}
		}},
	}
}

func (c *check) viewer() client {
	return client{url: c.suite.cfg.URL, user: viewUser, key: c.suite.cfg.HMACView}
}

func (c *check) editor() client {
	return client{url: c.suite.cfg.URL, user: editUser, key: c.suite.cfg.HMACEdit}
}
