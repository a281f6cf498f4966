package faultproxy

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestKubernetes(t *testing.T) {
	t.Parallel()
	const group = "/apis/metal-stack.m.crossplane.io/v1alpha1"
	cases := map[string]struct {
		method, path, kind, body string
		want                     Call
	}{
		"List":       {"GET", group + "/networks?limit=500", "", "", Call{Operation: "list networks"}},
		"Watch":      {"GET", group + "/networks?watch=true", "", "", Call{Operation: "watch networks", Stream: true}},
		"Get":        {"GET", "/api/v1/namespaces/chaos/secrets/key", "", "", Call{Operation: "get secrets"}},
		"Discovery":  {"GET", "/apis", "", "", Call{Operation: "list discovery"}},
		"Namespace":  {"GET", "/api/v1/namespaces/chaos", "", "", Call{Operation: "get namespaces"}},
		"Create":     {"POST", "/api/v1/namespaces/chaos/events", "", "{}", Call{Operation: "create events", Write: true}},
		"Status":     {"PUT", group + "/namespaces/chaos/firewalls/x/status", "", `{"metadata":{"annotations":{"crossplane.io/external-create-pending":"t"}}}`, Call{Operation: "update firewalls/status", Write: true}},
		"Finalizer":  {"PUT", group + "/namespaces/chaos/firewalls/x", "", `{"metadata":{"finalizers":["f"]}}`, Call{Operation: "update firewalls finalizer", Write: true}},
		"Pending":    {"PUT", group + "/namespaces/chaos/networks/x", "", `{"metadata":{"annotations":{"crossplane.io/external-create-pending":"t"}}}`, Call{Operation: "update networks pending", Write: true}},
		"Release":    {"PUT", group + "/namespaces/chaos/networks/x", "", `{"metadata":{"deletionTimestamp":"t"}}`, Call{Operation: "update networks release", Write: true}},
		"Identity":   {"PATCH", group + "/namespaces/chaos/networks/x", "application/merge-patch+json", `{"metadata":{"annotations":{"crossplane.io/external-name":"id"}}}`, Call{Operation: "patch networks identity", Write: true}},
		"Outcome":    {"PATCH", group + "/namespaces/chaos/networks/x", "application/merge-patch+json", `{"metadata":{"annotations":{"crossplane.io/external-create-pending":null}}}`, Call{Operation: "patch networks outcome", Write: true}},
		"Forgotten":  {"PATCH", group + "/namespaces/chaos/networks/x", "application/merge-patch+json", `{"metadata":{"annotations":{"crossplane.io/external-name":null}}}`, Call{Operation: "patch networks outcome", Write: true}},
		"References": {"PATCH", group + "/namespaces/chaos/firewalls/x", "application/apply-patch+yaml", `{}`, Call{Operation: "patch firewalls references", Write: true}},
		"Delete":     {"DELETE", group + "/namespaces/chaos/networks/x", "", "", Call{Operation: "delete networks", Write: true}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequestWithContext(t.Context(), tc.method, tc.path, strings.NewReader(tc.body))
			r.Header.Set("Content-Type", tc.kind)
			if diff := cmp.Diff(tc.want, Kubernetes(r, []byte(tc.body))); diff != "" {
				t.Errorf("-want, +got:\n%s", diff)
			}
		})
	}
}

func TestRoutes(t *testing.T) {
	t.Parallel()
	classify := Routes([]Route{
		{Pattern: "POST /metal/v1/network", Operation: "updateNetwork", Write: true},
		{Pattern: "POST /metal/v1/network/find", Operation: "findNetworks"},
		{Pattern: "DELETE /metal/v1/machine/{id}/free", Operation: "freeMachine", Write: true},
	})
	for request, want := range map[string]Call{
		"POST /metal/v1/network":             {Operation: "updateNetwork", Write: true},
		"POST /metal/v1/network/find":        {Operation: "findNetworks"},
		"DELETE /metal/v1/machine/4711/free": {Operation: "freeMachine", Write: true},
		"GET /metal/v1/user/me":              {},
	} {
		method, path, _ := strings.Cut(request, " ")
		if diff := cmp.Diff(want, classify(httptest.NewRequestWithContext(t.Context(), method, path, nil), nil)); diff != "" {
			t.Errorf("%s: -want, +got:\n%s", request, diff)
		}
	}
}
