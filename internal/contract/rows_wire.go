package contract

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"

	metalgo "github.com/metal-stack/metal-go"
	metalfirewall "github.com/metal-stack/metal-go/api/client/firewall"
	metalip "github.com/metal-stack/metal-go/api/client/ip"
	metalmachine "github.com/metal-stack/metal-go/api/client/machine"
	metalnetwork "github.com/metal-stack/metal-go/api/client/network"
	"github.com/metal-stack/metal-go/api/models"
)

// wireRows: the shape of errors, and what metal-go makes of it.
func wireRows() []Row {
	return []Row{
		{"wire: the body of an error is a JSON string that holds JSON", Any, func(c *check) {
			a := c.get("/v1/network/nope")
			c.status(a, http.StatusNotFound)
			c.equal("Content-Type", a.header.Get("Content-Type"), "application/json")

			var text string
			c.holdsf(json.Unmarshal(a.body, &text) == nil, "body is not a JSON string: %s", a.body)
			c.equal("body", text, `{"statuscode":404,"message":"NotFound no network with id \"nope\" found"}`)
		}},
		{"wire: metal-go returns a typed error with code and message", Any, func(c *check) {
			_, err := c.metalGo().Network().FindNetwork(metalnetwork.NewFindNetworkParamsWithContext(c.ctx).WithID("nope"), nil)
			var typed *metalnetwork.FindNetworkDefault
			c.holdsf(errors.As(err, &typed), "want *network.FindNetworkDefault, got %T %v", err, err)
			c.equal("code", typed.Code(), http.StatusNotFound)
			c.equal("statuscode", typed.Payload.StatusCode, http.StatusNotFound)
			c.equal("message", typed.Payload.Message, `NotFound no network with id "nope" found`)
		}},
		{"wire: metal-go returns a conflict as its own type", Any, func(c *check) {
			taken, kind, id, owner := c.ip(nil), "ephemeral", labInternet, labProject
			_, err := c.metalGo().IP().AllocateSpecificIP(metalip.NewAllocateSpecificIPParamsWithContext(c.ctx).
				WithIP(taken.Address).WithBody(&models.V1IPAllocateRequest{Networkid: &id, Projectid: &owner, Type: &kind}), nil)
			var typed *metalip.AllocateSpecificIPConflict
			c.holdsf(errors.As(err, &typed), "want *ip.AllocateSpecificIPConflict, got %T %v", err, err)
		}},
		{"wire: metal-go returns no code for an unknown user, whose answer is a plain string", Any, func(c *check) {
			nobody := client{url: c.suite.cfg.URL, user: "Metal-Nobody", key: "x"}
			_, err := nobody.metalGo(c).Network().FindNetwork(metalnetwork.NewFindNetworkParamsWithContext(c.ctx).WithID("nope"), nil)
			var coded interface{ Code() int }
			c.holdsf(err != nil && !errors.As(err, &coded), "want an error without code, got %T %v", err, err)
			c.equal("error", err.Error(), "endpoint did not return a json response:\ntenant  not allowed")
		}},
		{"wire: metal-go asked for the network or firewall of an empty id meets the list", Any, func(c *check) {
			var mistyped *json.UnmarshalTypeError
			_, err := c.metalGo().Network().FindNetwork(metalnetwork.NewFindNetworkParamsWithContext(c.ctx), nil)
			c.holdsf(errors.As(err, &mistyped), "network: want *json.UnmarshalTypeError, got %T %v", err, err)
			_, err = c.metalGo().Firewall().FindFirewall(metalfirewall.NewFindFirewallParamsWithContext(c.ctx), nil)
			c.holdsf(errors.As(err, &mistyped), "firewall: want *json.UnmarshalTypeError, got %T %v", err, err)
		}},
		{"wire: metal-go asked to free the machine of an empty id asks for machine \"free\"", Admin, func(c *check) {
			_, err := c.metalGo().Machine().FreeMachine(metalmachine.NewFreeMachineParamsWithContext(c.ctx), nil)
			var typed interface{ Code() int }
			c.holdsf(errors.As(err, &typed), "want a typed error, got %T %v", err, err)
			c.equal("code", typed.Code(), http.StatusNotFound)
			c.refused(c.remove("/v1/machine//free"), http.StatusNotFound, `no machine with id "free" found`)
		}},
		{"wire: a wrong base path is a 404 that looks like an object not found", Any, func(c *check) {
			c.refused(c.get("/wrong/v1/network/nope"), http.StatusNotFound, "404: Page Not Found")
		}},
		{"wire: without a listener there is no answer but a *url.Error", Any, func(c *check) {
			_, err := client{url: "http://127.0.0.1:1/metal"}.send(c.ctx, http.MethodGet, "/v1/version", nil)
			var unreachable *url.Error
			c.holdsf(errors.As(err, &unreachable), "want *url.Error, got %T %v", err, err)
		}},
		{"wire: an HTML page is an error without code in metal-go", Sim, func(c *check) {
			c.fault(object{"operation": "findNetwork", "count": 1, "status": 502, "body": "<html>bad gateway</html>"})
			_, err := c.metalGo().Network().FindNetwork(metalnetwork.NewFindNetworkParamsWithContext(c.ctx).WithID(labInternet), nil)
			var coded interface{ Code() int }
			c.holdsf(err != nil && !errors.As(err, &coded), "want an error without code, got %T %v", err, err)
		}},
	}
}

// metalGo returns metal-stack's own client with the suite's main key.
func (c *check) metalGo() metalgo.Client { return c.suite.main.metalGo(c) }

func (cl client) metalGo(c *check) metalgo.Client {
	m, err := metalgo.NewClient(cl.url, metalgo.HMACAuth(cl.key, cl.user))
	c.holdsf(err == nil, "cannot make client: %v", err)

	return m
}

// fault has the simulator treat requests wrongly until the check is over.
func (c *check) fault(rule object) {
	var added struct {
		ID string `json:"id"`
	}
	c.control("/faults", rule, &added)
	c.later(func(c *check) {
		// A rule that has applied as often as it should is gone already.
		_, err := client{url: c.suite.cfg.Control}.send(c.ctx, http.MethodDelete, "/faults/"+added.ID, nil)
		c.holdsf(err == nil, "cannot remove fault: %v", err)
	})
}
