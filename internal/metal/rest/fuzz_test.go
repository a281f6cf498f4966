package rest_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// FuzzAnswer: whatever a server answers, no method panics, every error is one
// of ours and repeats no secret, and nothing but an empty list (or a machine
// that is free) is taken for a proof that something is gone.
func FuzzAnswer(f *testing.F) {
	for _, body := range []string{
		"", "null", "[]", " [ ]\n", "{}", "[{}]", "[null]", "[] []", "[", `"ok"`, "0", html, aNetwork, aMachine, "[" + aNetwork + "]", "[" + aMachine + "]",
		said(404, "404: Page Not Found"), said(422, "no machine available"), said(403, "Wrong HMAC found"), `"tenant  not allowed"`, `{"statuscode":404,"message":"x"}`,
		`[{"id":"` + machineID + `","allocation":null,"tags":null}]`, `[{"id":"` + machineID + `","allocation":{"networks":[null],"firewall_rules":{"egress":[null],"ingress":[null]},"dns_servers":[null],"ntp_servers":[null]},"events":{"log":[null]}}]`,
		said(422, "prefix usage for cidr:2001:db8:0:10::/96 not found"), "\xff\xfe", `[{"id":"` + networkID + `","prefixes":["nope"],"consumption":{"ipv4":{}}}]`,
	} {
		for _, status := range []int{200, 201, 204, 302, 403, 404, 422, 502} {
			f.Add(status, jsonType, body)
		}
		f.Add(200, "text/html", body)
	}
	var status int
	var kind, body string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = []string{kind}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	f.Cleanup(server.Close)

	f.Fuzz(func(t *testing.T, s int, k, b string) {
		if s < 200 || s > 599 || strings.ContainsAny(k, "\r\n\x00") {
			t.Skip("no server can answer so")
		}
		status, kind, body = s, k, b
		for operation, call := range calls(open(t, config(server.URL))) {
			err := call(t)
			if errors.Is(err, errGone) {
				if status != http.StatusOK || !provesGone(operation, body) {
					t.Errorf("%s: taken for gone: %d %s %q", operation, status, kind, body)
				}
				continue
			}
			if err == nil {
				continue
			}
			e := asError(t, err)
			if strings.Contains(err.Error(), key) {
				t.Errorf("%s: the key is in %q", operation, err)
			}
			if e.Refused && (status != http.StatusBadRequest && status != http.StatusForbidden && status != http.StatusNotFound && (status != http.StatusConflict || operation != "createProject") && status != http.StatusUnprocessableEntity) {
				t.Errorf("%s: %d proves nothing", operation, status)
			}
			if metal.KindOf(err) == "" {
				t.Errorf("%s: an error without a kind: %v", operation, err)
			}
		}
	})
}

func provesGone(operation, body string) bool {
	var list []struct {
		ID         string `json:"id"`
		Allocation any    `json:"allocation"`
	}
	if json.Unmarshal([]byte(body), &list) != nil {
		return false
	}
	if list == nil {
		return operation == "findProjects" // metal-api's word for none, of projects alone.
	}
	free := len(list) == 1 && operation == "findMachines" && list[0].ID == machineID && list[0].Allocation == nil
	return len(list) == 0 || free
}
