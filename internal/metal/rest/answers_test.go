package rest_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

const (
	jsonType = "application/json"
	checkURL = "check the url of the ProviderConfig and its base path, such as /metal"
	html     = "<html><head><title>Not here</title></head></html>"
)

func TestErrors(t *testing.T) {
	t.Parallel()
	half := "a network is half-freed: its prefix 2001:db8:0:10::/96 is no longer in metal-stack's IPAM. No call of metal-api repairs that: " +
		"who runs the metal-stack must acquire child prefix 2001:db8:0:10::/96 again in go-ipam (AcquireChildPrefix with childCidr) before another network is given it, then the network can be freed"

	type want struct {
		kind    metal.Kind
		message string
		refused bool
	}
	cases := map[string]struct {
		reason    string
		operation string
		status    int
		kind      string // content type, JSON if empty
		body      string
		want      want
	}{
		"WrongKey": {
			reason: "metal-api answers 403, never 401", operation: "allocateFirewall", status: 403, body: said(403, "Wrong HMAC found"),
			want: want{metal.Denied, `metal-api says "Wrong HMAC found": check hmacAuthType (Metal-Edit) and the key in the ProviderConfig's Secret`, true},
		},
		"UnknownUser": {
			reason: "the one refusal that is not in the form of the others", operation: "allocateNetwork", status: 403, body: `"tenant  not allowed"`,
			want: want{metal.Denied, `metal-api does not know this user ("tenant not allowed"): check hmacAuthType (Metal-Edit) and the key in the ProviderConfig's Secret`, true},
		},
		"OldTimestamp": {
			reason: "the message holds a time, which must not change each time", operation: "findNetworks", status: 403,
			body: said(403, `the timestamp in your header is too old: "2020-01-01T00:00:00Z", please check if you have time synchronization activated`),
			want: want{metal.Denied, "metal-api takes the request for too old: the clocks of the provider and of the metal-api differ, synchronize them", false},
		},
		"RoleEditMissing": {
			reason: "the missing role is the least that would do", operation: "allocateFirewall", status: 403,
			body: said(403, "you are not member in one of [k8s_kaas-edit maas-all-all-edit k8s_kaas-admin maas-all-all-admin]"),
			want: want{metal.Denied, "the user of the ProviderConfig lacks the role edit: use a key or token of that role", true},
		},
		"RoleAdminMissing": {
			reason: "updates ask for admin", operation: "updateNetwork", status: 403,
			body: said(403, "you are not member in one of [k8s_kaas-admin maas-all-all-admin]"),
			want: want{metal.Denied, "the user of the ProviderConfig lacks the role admin: use a key or token of that role", true},
		},
		"BadToken": {
			reason: "a token that cannot be read", operation: "getMe", status: 403,
			body: said(403, "error parsing token: go-jose/go-jose: compact JWS format must have three parts"),
			want: want{metal.Denied, "metal-api does not accept the token: renew it, and check hmacAuthType (Metal-Edit) and the key in the ProviderConfig's Secret", false},
		},
		"ProxyForbids": {
			reason: "a 403 of a proxy says nothing about keys, and proves nothing", operation: "allocateFirewall", status: 403, kind: "text/html", body: html,
			want: want{metal.Misdirected, "the server answers 403, and not as metal-api does: " + checkURL, false},
		},
		"WrongBasePath": {
			reason: "metal-api's router answers in metal-api's form", operation: "findNetworks", status: 404, body: said(404, "404: Page Not Found"),
			want: want{metal.Misdirected, "the server knows no such path (404: Page Not Found): " + checkURL, false},
		},
		"IngressKnowsNoHost": {
			reason: "the HTML of an ingress", operation: "findNetworks", status: 404, kind: "text/html", body: html,
			want: want{metal.Misdirected, "the server answers 404, and not as metal-api does: " + checkURL, false},
		},
		"IngressHasNoBackend": {
			reason: "a metal-api that restarts behind an ingress", operation: "allocateNetwork", status: 503, kind: "text/html", body: html,
			want: want{metal.Transient, "no metal-api answers behind the server (503): check that it runs, and the url of the ProviderConfig", false},
		},
		"PlainObject": {
			reason: "another API's error", operation: "findNetworks", status: 404, body: `{"statuscode":404,"message":"no network"}`,
			want: want{metal.Misdirected, "the server answers 404, and not as metal-api does: " + checkURL, false},
		},
		"StatusMismatch": {
			reason: "metal-api's status is that of the answer: another one was put in place on the way", operation: "allocateNetwork", status: 400, body: said(500, "no partition"),
			want: want{metal.Misdirected, "the server answers 400, and not as metal-api does: " + checkURL, false},
		},
		"Object": {
			reason: "a find must answer a list", operation: "findNetworks", status: 200, body: `{}`,
			want: want{metal.Misdirected, "the answer is none that metal-api gives: " + checkURL, false},
		},
		"List": {
			reason: "a get must answer an object", operation: "findPartition", status: 200, body: `[]`,
			want: want{metal.Misdirected, "the answer is none that metal-api gives: " + checkURL, false},
		},
		"Nothing": {
			reason: "an empty body is no empty list", operation: "findNetworks", status: 200, body: ``,
			want: want{metal.Misdirected, "the answer is none that metal-api gives: " + checkURL, false},
		},
		"Null": {
			reason: "null is no empty list", operation: "findMachines", status: 200, body: `null`,
			want: want{metal.Misdirected, "the answer is none that metal-api gives: " + checkURL, false},
		},
		"ListAndMore": {
			reason: "what begins like an empty list may go on", operation: "findNetworks", status: 200, body: `[] and so on`,
			want: want{metal.Misdirected, "the answer is none that metal-api gives: " + checkURL, false},
		},
		"HTML": {
			reason: "a login page", operation: "findNetworks", status: 200, kind: "text/html", body: html,
			want: want{metal.Misdirected, "the answer is none that metal-api gives: " + checkURL, false},
		},
		"ListAsText": {
			reason: "metal-api says that it sends JSON", operation: "findNetworks", status: 200, kind: "text/plain", body: `[]`,
			want: want{metal.Misdirected, "the answer is none that metal-api gives: " + checkURL, false},
		},
		"Accepted": {
			reason: "metal-api never answers 202", operation: "findNetworks", status: 202, body: `{}`,
			want: want{metal.Misdirected, "the answer is none that metal-api gives: " + checkURL, false},
		},
		"OtherNetwork": {
			reason: "an answer must be of what was asked for", operation: "findNetworks", status: 200, body: `[{"id":"another"}]`,
			want: want{metal.Misdirected, "the answer is of other networks: " + checkURL, false},
		},
		"NobodysMachine": {
			reason: "a list of nothing is not a list", operation: "findMachines", status: 200, body: `[null]`,
			want: want{metal.Misdirected, "the answer is none that metal-api gives: " + checkURL, false},
		},
		"AllocatedForAnother": {
			reason: "an answer without our mark: the outcome is unknown", operation: "allocateNetwork", status: 201, body: `{"id":"4f1c","projectid":"` + projectID + `","labels":{}}`,
			want: want{metal.Misdirected, "the answer is of another network: " + checkURL, false},
		},
		"FirewallOfAnother": {
			reason: "an answer of another project: the outcome is unknown", operation: "allocateFirewall", status: 200,
			body: `{"id":"m","tags":["metal-stack.crossplane.io/uid=` + uid + `"],"allocation":{"allocationuuid":"a","project":"another"}}`,
			want: want{metal.Misdirected, "the answer is of another firewall: " + checkURL, false},
		},
		"HalfFreed": {
			reason: "a find of a half-freed network", operation: "findNetworks", status: 422,
			body: said(422, "prefix usage for cidr:2001:db8:0:10::/96 not found not_found: NotFound prefix:2001:db8:0:10::/96 not found:sql: no rows in result set"),
			want: want{metal.Broken, half, false},
		},
		"FreeOfHalfFreed": {
			reason: "a free of a half-freed network", operation: "freeNetwork", status: 422,
			body: said(422, "error releasing child prefix in ipam: not_found: NotFound prefix:2001:db8:0:10::/96 not found:sql: no rows in result set"),
			want: want{metal.Broken, half, false},
		},
		"FreeInUse": {
			reason: "not 409, although somebody uses it", operation: "freeNetwork", status: 422,
			body: said(422, "error releasing child prefix in ipam: invalid_argument: prefix 10.0.4.0/22 has ips, deletion not possible"),
			want: want{metal.Conflict, "addresses of prefix 10.0.4.0/22 are still allocated: free the machines, firewalls and IPs in the network first", false},
		},
		"FreeInUseIPv6": {
			reason: "the same in other words", operation: "freeNetwork", status: 422,
			body: said(422, `error releasing child prefix in ipam: invalid_argument: unable to delete child prefix:"2001:db8:0:10::/96" :prefix 2001:db8:0:10::/96 has ips, delete prefix not possible`),
			want: want{metal.Conflict, "addresses of prefix 2001:db8:0:10::/96 are still allocated: free the machines, firewalls and IPs in the network first", false},
		},
		"FreeUnknown": {
			reason: "the caller decides what that means", operation: "freeNetwork", status: 404, body: said(404, `NotFound no network with id "x" found`),
			want: want{metal.NotFound, `no network with id "x" found`, false},
		},
		"Locked": {
			reason: "a locked machine cannot be freed", operation: "freeMachine", status: 422, body: said(422, "machine is locked"),
			want: want{metal.Conflict, "machine is locked: have the lock removed by whoever set it", false},
		},
		"Conflict": {
			reason: "the entity was changed meanwhile", operation: "updateNetwork", status: 409,
			body: said(409, "Conflict cannot update network (4f1c): the entity was changed from another, please retry"),
			want: want{metal.Changed, "cannot update network (4f1c): the entity was changed from another, please retry", false},
		},
		"NoLayout": {
			reason: "a size and an image that go with no layout", operation: "allocateFirewall", status: 422,
			body: said(422, "could not find a matching filesystemLayout for size:v1-small-x86 and image:odd-1.0"),
			want: want{metal.Invalid, "could not find a matching filesystemLayout for size:v1-small-x86 and image:odd-1.0: choose another size or image, or name a layout in filesystemLayout", true},
		},
		"Volatile": {
			reason: "ports, times and addresses in memory change each time", operation: "findMachines", status: 500,
			body: said(500, "dial tcp 10.1.2.3:45678->10.1.2.4:28015 at 2026-01-01T10:00:00.123Z after 10.2s 0xc000123456"),
			want: want{metal.Transient, "metal-api failed (500): dial tcp …->… at … after … …", false},
		},
		"Secret": {
			reason: "a message never repeats the key", operation: "findMachines", status: 422, body: said(422, "what is "+key+"?"),
			want: want{metal.Invalid, "what is …?", false},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kind := tc.kind
			if kind == "" {
				kind = jsonType
			}
			err := calls(answering(t, tc.status, kind, tc.body))[tc.operation](t)
			e := asError(t, err)
			got := want{e.Kind, e.Message, e.Refused}
			if diff := cmp.Diff(tc.want, got, cmp.AllowUnexported(want{})); diff != "" {
				t.Errorf("\n%s\n-want, +got:\n%s", tc.reason, diff)
			}
			if strings.Contains(err.Error(), key) {
				t.Errorf("the key is in %q", err)
			}
		})
	}
}

func TestAllocateErrors(t *testing.T) {
	t.Parallel()
	type want struct {
		kind    metal.Kind
		refused bool
	}
	cases := map[string]struct {
		reason    string
		operation string
		status    int
		message   string
		want      want
	}{
		"NetworkWithoutProject":     {"checked before anything", "allocateNetwork", 400, "projectid should not be empty", want{metal.Invalid, true}},
		"NetworkUnknownProject":     {"read before anything", "allocateNetwork", 404, "rpc error: code = NotFound desc = project with id:x not found sql: no rows in result set", want{metal.NotFound, true}},
		"NetworkUnknownPartition":   {"read before anything", "allocateNetwork", 404, `NotFound no partition with id "nope" found`, want{metal.NotFound, true}},
		"NetworkOther404":           {"not known to be raised before a write", "allocateNetwork", 404, `NotFound no network with id "x" found`, want{metal.NotFound, false}},
		"NetworkBadLength":          {"raised after a VRF was taken", "allocateNetwork", 422, "cannot allocate free child prefix in ipam: error creating new prefix from:10.0.0.0/16 in ipam: invalid_argument: given length:8 must be greater than prefix length:16", want{metal.Invalid, false}},
		"NetworkExhausted":          {"raised after a VRF was taken", "allocateNetwork", 422, "cannot allocate free child prefix in ipam: error creating new prefix from:10.0.0.0/16 in ipam: invalid_argument: no prefix found in 10.0.0.0/16 with length:22", want{metal.Exhausted, false}},
		"NetworkAnswerNotComposed":  {"seen for a network that existed afterwards", "allocateNetwork", 422, "prefix usage for cidr:10.0.4.0/22 context canceled", want{metal.Invalid, false}},
		"NetworkConflict":           {"a conflict on an allocate is not explained", "allocateNetwork", 409, "entity already exists", want{metal.Conflict, false}},
		"FirewallUnknownSize":       {"made of the payload", "allocateFirewall", 400, `size:nope not found err:NotFound no size with id "nope" found`, want{metal.Invalid, true}},
		"FirewallUnknownProject":    {"read before a candidate is looked for", "allocateFirewall", 404, "rpc error: code = NotFound desc = project with id:x not found sql: no rows in result set", want{metal.NotFound, true}},
		"FirewallNoLayout":          {"so is the one that suits size and image", "allocateFirewall", 422, "could not find a matching filesystemLayout for size:v1-small-x86 and image:odd-1.0", want{metal.Invalid, true}},
		"FirewallUnknownLayout":     {"read before a candidate is looked for", "allocateFirewall", 404, `NotFound no filesystemlayout with id "nope" found`, want{metal.NotFound, true}},
		"FirewallUnknownNetwork":    {"raised after the machine was pre-allocated", "allocateFirewall", 404, `unable to gather networks:NotFound no network with id "x" found`, want{metal.NotFound, false}},
		"FirewallAnswerNotComposed": {"raised after the machine was allocated", "allocateFirewall", 404, `NotFound no size with id "v1-small-x86" found`, want{metal.NotFound, false}},
		"FirewallNoMachine":         {"no candidate", "allocateFirewall", 422, "no machine available", want{metal.Exhausted, true}},
		"FirewallNoMachineQuoted":   {"the whole message counts", "allocateFirewall", 422, "rollback failed after: no machine available", want{metal.Invalid, false}},
		"FirewallNoMachineAndMore":  {"the whole message counts", "allocateFirewall", 422, "no machine available: rollback failed", want{metal.Invalid, false}},
		"FirewallNoMachineIn500":    {"words count only with their status", "allocateFirewall", 500, "no machine available", want{metal.Transient, false}},
		"FirewallMutex":             {"no candidate was looked for", "allocateFirewall", 422, "too many parallel machine allocations taking place, try again later", want{metal.Throttled, true}},
		"FirewallNoProject":         {"validated first", "allocateFirewall", 422, "project id must be specified", want{metal.Invalid, true}},
		"FirewallQuota":             {"read before a candidate is looked for", "allocateFirewall", 422, "project quota for machines reached max:3", want{metal.Exhausted, true}},
		"FirewallBadKey":            {"validated first", "allocateFirewall", 422, "invalid public SSH key: nope error:ssh: no key found", want{metal.Invalid, true}},
		"FirewallTwoPrivate":        {"raised after the machine was pre-allocated", "allocateFirewall", 422, "unable to gather networks:multiple private networks are specified but there must be only one primary private network that must not be shared", want{metal.Invalid, false}},
		"FirewallPoolEmpty":         {"raised after the machine was pre-allocated", "allocateFirewall", 422, "unable to make networks:unable to allocate an ip in network: cannot allocate free ip in ipam: resource_exhausted: NoIPAvailableError: no more ips in prefix: 203.0.113.128/25 left, length of prefix.ips: 128", want{metal.Exhausted, false}},
		"FirewallConflict":          {"whoever changed the machine may be us", "allocateFirewall", 409, "Conflict cannot update machine (x): the entity was changed from another, please retry", want{metal.Changed, false}},
		"FirewallInternal":          {"anything may have happened", "allocateFirewall", 500, "Internal rethinkdb: connection closed", want{metal.Transient, false}},
		"ReadNotRefused":            {"a read changes nothing, and says nothing of a write", "findNetworks", 400, "no machine available", want{metal.Invalid, false}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := calls(answering(t, tc.status, jsonType, said(tc.status, tc.message)))[tc.operation](t)
			e := asError(t, err)
			if diff := cmp.Diff(tc.want, want{e.Kind, e.Refused}, cmp.AllowUnexported(want{})); diff != "" {
				t.Errorf("\n%s: %s\n-want, +got:\n%s", tc.reason, e.Message, diff)
			}
			if e.Status != tc.status || metal.NothingMade(err) != tc.want.refused {
				t.Errorf("%s: want status %d and NothingMade %t, got %d and %t", tc.reason, tc.status, tc.want.refused, e.Status, metal.NothingMade(err))
			}
		})
	}
}

// No method takes an answer that is none for a success, or for a proof that
// something is gone.
func TestNoAnswerIsNoProof(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		status     int
		kind, body string
	}{
		"Nothing":       {200, jsonType, ""},
		"NoContent":     {204, jsonType, ""},
		"Null":          {200, jsonType, "null"},
		"HTML":          {200, "text/html", html},
		"Text":          {200, "text/plain", "[]"},
		"NoContentType": {200, "", html},
		"Object":        {200, jsonType, "{}"},
		"ListOfNothing": {200, jsonType, "[null]"},
		"ListOfObjects": {200, jsonType, "[{}]"},
		"String":        {200, jsonType, `"ok"`},
		"Unfinished":    {200, jsonType, `[`},
		"Redirect":      {302, "text/html", html},
		"BadGateway":    {502, "text/html", html},
		"Odd":           {299, jsonType, "{}"},
		"NotFound":      {404, jsonType, said(404, "NotFound nothing")},
		"Router":        {404, jsonType, said(404, "404: Page Not Found")},
		"Created":       {201, jsonType, "{}"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for operation, call := range calls(answering(t, tc.status, tc.kind, tc.body)) {
				if operation == "updateNetwork" || operation == "updateMachine" || operation == "getMe" {
					continue // An object without content is an answer to these.
				}
				err := call(t)
				if operation == "findProjects" && name == "Null" {
					if !errors.Is(err, errGone) {
						t.Errorf("%s: want it taken for what metal-api says of none, got %v", operation, err)
					}
					continue
				}
				if err == nil {
					t.Errorf("%s: want an error", operation)
					continue
				}
				_ = asError(t, err)
			}
		})
	}
}

func TestRedirectNamesTheServer(t *testing.T) {
	t.Parallel()
	s := open(t, config(serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "https://login.example.org/auth?state=volatile")
		w.WriteHeader(http.StatusFound)
	})))
	_, err := s.Network(t.Context(), networkID)
	want := &metal.Error{
		Kind: metal.Misdirected, Attempted: "find network " + networkID, Status: 302,
		Message: "the server redirects to https://login.example.org (302): " + checkURL,
	}
	if diff := cmp.Diff(want, asError(t, err)); diff != "" {
		t.Error(diff)
	}
}

func TestRedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	asked := 0
	s := open(t, config(serve(t, func(w http.ResponseWriter, r *http.Request) {
		if asked++; r.URL.Path == "/empty" {
			answerJSON(w, "[]")
			return
		}
		http.Redirect(w, r, "/empty", http.StatusSeeOther)
	})))
	if n, err := s.Network(t.Context(), networkID); n != nil || metal.KindOf(err) != metal.Misdirected || asked != 1 {
		t.Errorf("an empty list found elsewhere is no proof: %v, %v after %d requests", n, err, asked)
	}
}
