package contract

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestWrongServer makes sure that rows fail on a metal-api that behaves differently.
func TestWrongServer(t *testing.T) {
	cases := map[string]struct {
		reason string
		row    string
		wrong  change
		want   string
	}{
		"Status": {
			reason: "A row fails on another status, and says which one it wanted.",
			row:    "auth: a wrong key is 403, never 401",
			wrong: func(status int, body string) (int, string) {
				if status == http.StatusForbidden {
					status = http.StatusUnauthorized
				}

				return status, body
			},
			want: "want 403 Wrong HMAC found",
		},
		"Message": {
			reason: "A row fails on another message.",
			row:    "ip: the broadcast address counts as given",
			wrong:  replace("already allocated", "taken"),
			want:   "want 409 Conflict ip already allocated",
		},
		"Shape": {
			reason: "A row fails when errors are plain JSON objects.",
			row:    "wire: metal-go returns a typed error with code and message",
			wrong: func(status int, body string) (int, string) {
				if status == http.StatusNotFound {
					body = `{"statuscode":404,"message":"NotFound no network with id \"nope\" found"}`
				}

				return status, body
			},
			want: "want *network.FindNetworkDefault",
		},
		"Value": {
			reason: "A row fails when a value is not what was asked for.",
			row:    "network: labels come back exactly, and find finds by them",
			wrong:  replace("v=1;2", "v=1"),
			want:   "allocate\n",
		},
		"Wait": {
			reason: "A row that waits gives up after the timeout.",
			row:    "life cycle: the firewall phones home, later than its allocation was created, and is alive",
			wrong:  replace("Phoned Home", "Phoned Nowhere"),
			want:   "waited 1s for machine",
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			cfg := simulated(t, true, time.Second)
			cfg.URL = proxied(t, cfg.URL, tc.wrong)

			suite, err := New(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			result := suite.Check(t.Context(), find(t, tc.row))
			if diff := cmp.Diff(Failed, result.Outcome); diff != "" {
				t.Errorf("\n%s\nCheck(...): -want, +got:\n%s", tc.reason, diff)
			}
			if !strings.Contains(result.Reason, tc.want) {
				t.Errorf("\n%s\nCheck(...): want a reason with %q, got:\n%s", tc.reason, tc.want, result.Reason)
			}
			if err := suite.Close(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestMissing makes sure that a row is skipped, and says why, when the environment lacks what its class needs.
func TestMissing(t *testing.T) {
	cases := map[string]struct {
		reason string
		class  Class
		change func(cfg *Config)
		want   string
	}{
		"Admin": {
			reason: "Rows of class admin need the admin key.",
			class:  Admin,
			change: func(cfg *Config) { cfg.HMAC = cfg.HMACEdit },
			want:   "needs METAL_API_HMAC to be the admin key",
		},
		"View": {
			reason: "Rows of class roles need the view key.",
			class:  Roles,
			change: func(cfg *Config) { cfg.HMACView = "" },
			want:   "needs METAL_API_HMAC_VIEW",
		},
		"Damage": {
			reason: "Rows of class damage must be allowed.",
			class:  Damage,
			change: func(cfg *Config) { cfg.Destructive = false },
			want:   "needs METAL_API_DESTRUCTIVE=1",
		},
		"Sim": {
			reason: "Rows of class sim need the simulator.",
			class:  Sim,
			change: func(cfg *Config) { cfg.Control = "" },
			want:   "needs METAL_API_CONTROL",
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			cfg := simulated(t, false, 0)
			tc.change(&cfg)

			suite, err := New(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			row := Row{Name: "never checked", Class: tc.class, check: func(c *check) { c.failf("checked") }}
			want := Result{Row: row, Outcome: Skipped, Reason: tc.want}
			got := suite.Check(t.Context(), row)
			if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b Row) bool { return a.Name == b.Name })); diff != "" {
				t.Errorf("\n%s\nCheck(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestLeftovers makes sure that nothing of a row stays, even if the row fails without knowing what it made.
func TestLeftovers(t *testing.T) {
	suite, err := New(t.Context(), simulated(t, false, 0))
	if err != nil {
		t.Fatal(err)
	}

	fails := Row{check: func(c *check) {
		c.post("/v1/network/allocate", networkBody())
		c.post("/v1/ip/allocate", ipBody())
		c.refused(c.post(firewallPath, firewallBody(c.private().ID)), http.StatusUnprocessableEntity, "no machine available")
	}}
	if got := suite.Check(t.Context(), fails); got.Outcome != Failed || !strings.Contains(got.Reason, "want 422 no machine available") {
		t.Errorf("Check(...): want a failure, got %s: %s", got.Outcome, got.Reason)
	}

	empty := Row{check: func(c *check) {
		c.equal("firewalls", c.get("/v1/firewall").String(), "GET /metal/v1/firewall: 200 []")
		c.equal("networks", len(c.findNetworks(object{"projectid": labProject})), 0)
		c.equal("IPs", len(c.findIPs(object{"projectid": labProject})), 0)
	}}
	if got := suite.Check(t.Context(), empty); got.Outcome != Passed {
		t.Error(got.Reason)
	}
}

// TestPatience makes sure that what passes by itself is waited for, also where leftovers are removed: a change that comes
// before a free, and a network that is being freed while others are listed.
func TestPatience(t *testing.T) {
	cfg := simulated(t, true, 10*time.Second)
	suite, err := New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}

	row := Row{check: func(c *check) {
		fault := object{"operation": "freeMachine", "count": 2, "conflict": true}
		unreadable := object{"count": 2, "status": 422, "body": `"{\"statuscode\":422,\"message\":\"prefix usage for cidr:10.0.0.0/22 not found\"}"`}
		for _, f := range []object{fault, unreadable.with(object{"operation": "findNetworks"}), unreadable.with(object{"operation": "listNetworks"})} {
			c.control("/faults", f, nil)
		}
		c.post(firewallPath, firewallBody(c.private().ID))
		c.findNetworks(object{"id": labInternet})
		c.failf("to have all swept away")
	}}
	if got, want := suite.Check(t.Context(), row).Reason, "to have all swept away"; got != want {
		t.Errorf("Check(...): want %q, got %q", want, got)
	}
	met := Row{check: func(c *check) {
		left := c.send(client{url: c.suite.cfg.Control}, http.MethodGet, "/faults", nil)
		c.equal("faults that nobody met", string(left.body), "[]")
	}}
	if got := suite.Check(t.Context(), met); got.Outcome != Passed {
		t.Error(got.Reason)
	}
}

func find(t *testing.T, name string) Row {
	t.Helper()

	for _, row := range Rows() {
		if row.Name == name {
			return row
		}
	}
	t.Fatalf("there is no row %q", name)

	return Row{}
}

// A change is what the wrong server makes of an answer.
type change func(status int, body string) (int, string)

func replace(old, with string) change {
	return func(status int, body string) (int, string) { return status, strings.ReplaceAll(body, old, with) }
}

// proxied returns the address of a server that passes everything on, and changes each answer.
func proxied(t *testing.T, address string, wrong change) string {
	t.Helper()

	target, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = target.Scheme, target.Host
		},
		ModifyResponse: func(resp *http.Response) error {
			got, err := io.ReadAll(resp.Body)
			if err != nil {
				return err
			}
			status, body := wrong(resp.StatusCode, string(got))
			resp.StatusCode, resp.Body = status, io.NopCloser(strings.NewReader(body))
			resp.ContentLength = int64(len(body))
			resp.Header.Del("Content-Length")

			return nil
		},
	}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)

	return server.URL + target.Path
}
