package simulator

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// A lab is a simulator behind a server.
type lab struct {
	*Simulator

	t   *testing.T
	url string
}

func newLab(t *testing.T, o Options) lab {
	t.Helper()
	if o.Speed == 0 {
		o.Speed = 100
	}
	sim, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	t.Cleanup(sim.Close)
	return lab{Simulator: sim, t: t, url: server.URL}
}

// object is a JSON object.
type object = map[string]any

// send is one request; its status is 0 when it gets no answer.
func (l lab) send(ctx context.Context, method, path string, body any) (int, string) {
	l.t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		l.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(ctx, method, l.url+path, bytes.NewReader(data))
	if err != nil {
		l.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer metal-token")
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer func() { _ = a.Body.Close() }()
	text, err := io.ReadAll(a.Body)
	if err != nil {
		l.t.Fatal(err)
	}
	return a.StatusCode, string(text)
}

// want is a request that must be answered with the status; it returns the object answered.
func (l lab) want(status int, method, path string, body any) object {
	l.t.Helper()
	got, text := l.send(l.t.Context(), method, path, body)
	if got != status {
		l.t.Fatalf("%s %s: want %d, got %d %s", method, path, status, got, text)
	}
	answer := object{}
	_ = json.Unmarshal([]byte(text), &answer) // an error's body is a string
	return answer
}

func networkBody() object {
	return object{"name": "net", "projectid": sampleProject, "partitionid": seedPartition, "labels": object{"mark": "1"}}
}

func (l lab) network() string {
	l.t.Helper()
	return l.want(http.StatusCreated, http.MethodPost, "/metal/v1/network/allocate", networkBody())["id"].(string)
}

func firewallBody(networks ...string) object {
	body := object{
		"name": "fw", "projectid": sampleProject, "partitionid": seedPartition, "sizeid": seedSize, "imageid": "firewall-ubuntu-3.0",
		"tags": []string{"mark=1"},
	}
	attached := []object{}
	for _, n := range networks {
		attached = append(attached, object{"networkid": n})
	}
	body["networks"] = attached
	return body
}

const allocateFirewallPath = "/metal/v1/firewall/allocate"

func (l lab) firewall(network string) string {
	l.t.Helper()
	return l.want(http.StatusOK, http.MethodPost, allocateFirewallPath, firewallBody(network))["id"].(string)
}

// machine returns the machine's line in the table.
func (l lab) machine(id string) MachineView {
	all := l.Machines()
	return all[slices.IndexFunc(all, func(m MachineView) bool { return m.ID == id })]
}

// await waits for a condition.
func (l lab) await(what string, met func() bool) {
	l.t.Helper()
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(time.Minute)
	for !met() {
		select {
		case <-ticker.C:
		case <-deadline:
			l.t.Fatalf("still waiting for %s", what)
		}
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	type want struct {
		status   int
		body     string
		networks int
	}
	cases := map[string]struct {
		reason string
		fault  Fault
		want   want
	}{
		"DropBefore": {
			reason: "A request dropped before is not carried out.",
			fault:  Fault{Operation: "allocateNetwork", Drop: Before},
			want:   want{},
		},
		"DropAfter": {
			reason: "A request dropped after is carried out, only its answer is missing.",
			fault:  Fault{Operation: "allocateNetwork", Drop: After},
			want:   want{networks: 1},
		},
		"HTML": {
			reason: "A body that is not JSON comes as a proxy's page, instead of the operation.",
			fault:  Fault{Operation: "*", Status: http.StatusBadGateway, Body: "<html>bad gateway</html>"},
			want:   want{status: http.StatusBadGateway, body: "<html>bad gateway</html>"},
		},
		"ErrorAfter": {
			reason: "An error without a body has metal-api's shape; after means that the operation is carried out.",
			fault:  Fault{Operation: "allocateNetwork", Status: http.StatusInternalServerError, When: After},
			want: want{
				status:   http.StatusInternalServerError,
				body:     `"{\"statuscode\":500,\"message\":\"Internal Server Error\"}"` + "\n",
				networks: 1,
			},
		},
		"OtherOperation": {
			reason: "A fault of another operation does nothing.",
			fault:  Fault{Operation: "freeNetwork", Drop: Before},
			want:   want{status: http.StatusCreated, networks: 1},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, Options{})
			l.AddFault(tc.fault)
			got := want{}
			got.status, got.body = l.send(t.Context(), http.MethodPost, "/metal/v1/network/allocate", networkBody())
			if got.status == 0 || got.status == http.StatusCreated {
				got.body = ""
			}
			l.ClearFaults()
			got.networks = len(l.stack.Load().networks.list(func(n network) bool { return n.parent != "" }))
			if diff := cmp.Diff(tc.want, got, cmp.AllowUnexported(want{})); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestFaultSkipAndCount(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	l.AddFault(Fault{Operation: "listPartitions", Skip: 1, Count: 2, Status: http.StatusServiceUnavailable})
	var got []int
	for range 4 {
		status, _ := l.send(t.Context(), http.MethodGet, "/metal/v1/partition", nil)
		got = append(got, status)
	}
	if diff := cmp.Diff([]int{200, 503, 503, 200}, got); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
	if diff := cmp.Diff(map[string]int{"listPartitions": 4}, l.Counters()); diff != "" {
		t.Errorf("every request counts, -want, +got:\n%s", diff)
	}
}

// A free that finds its machine changed has reset it, and has to be repeated.
func TestFaultConflict(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	id := l.firewall(l.network())
	free := "/metal/v1/machine/" + id + "/free"
	l.want(http.StatusBadRequest, http.MethodPost, "/control/faults", object{"operation": "allocateFirewall", "conflict": true})
	l.want(http.StatusCreated, http.MethodPost, "/control/faults", object{"operation": "freeMachine", "count": 1, "conflict": true})
	status, text := l.send(t.Context(), http.MethodDelete, free, nil)
	if words := "Conflict cannot update machine (" + id + "): the entity was changed from another, please retry"; status != http.StatusConflict || !strings.Contains(text, words) {
		t.Errorf("want 409 %s, got %d %s", words, status, text)
	}
	if !l.machine(id).Allocated {
		t.Error("want the machine to stay allocated")
	}
	l.await("the machine to boot", func() bool { return l.machine(id).CrashLoop })
	l.want(http.StatusOK, http.MethodDelete, free, nil)
	if l.machine(id).Allocated {
		t.Error("want the machine to be free")
	}
}

// A delayed allocate comes true although its caller has long gone.
func TestDelayedRequestOutlivesItsCaller(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	net := l.network()
	l.AddFault(Fault{Operation: "allocateFirewall", DelayBefore: Duration(100 * time.Millisecond)})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if status, text := l.send(ctx, http.MethodPost, allocateFirewallPath, firewallBody(net)); status != 0 {
		t.Fatalf("want no answer, got %d %s", status, text)
	}
	l.await("the firewall to exist", func() bool {
		return slices.ContainsFunc(l.Machines(), func(m MachineView) bool { return m.Allocated })
	})
}

// A connection that closes while the allocation mutex is held leaves it behind, until a sweep finds it expired.
func TestMutexLeak(t *testing.T) {
	t.Parallel()
	const wait = 50 * time.Millisecond
	l := newLab(t, Options{Durations: Durations{
		Validate: time.Millisecond, Search: 200 * time.Millisecond, MutexWait: wait, MutexExpiry: 300 * time.Millisecond, MutexSweep: 20 * time.Millisecond,
	}})
	net := l.network()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if status, text := l.send(ctx, http.MethodPost, allocateFirewallPath, firewallBody(net)); status != 0 {
		t.Fatalf("want no answer, got %d %s", status, text)
	}
	l.await("the cancelled allocate to be rolled back", func() bool {
		return slices.ContainsFunc(l.Journal(), func(e JournalEntry) bool { return e.Operation == "allocateFirewall" })
	})
	_, text := l.send(t.Context(), http.MethodPost, allocateFirewallPath, firewallBody(net))
	if !strings.Contains(text, "too many parallel machine allocations taking place, try again later") {
		t.Errorf("want the mutex to be held still, got %s", text)
	}
	l.await("the mutex to be swept", func() bool {
		status, _ := l.send(t.Context(), http.MethodPost, allocateFirewallPath, firewallBody(net))
		return status == http.StatusOK
	})
}

func TestJournal(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	net := l.network()
	id := l.firewall(net)
	uuid := l.machine(id).AllocationUUID
	l.want(http.StatusOK, http.MethodDelete, "/metal/v1/machine/"+id+"/free", nil)
	l.want(http.StatusNotFound, http.MethodDelete, "/metal/v1/machine/nope/free", nil)
	l.want(http.StatusOK, http.MethodGet, "/metal/v1/machine/"+id, nil) // no write

	const caller = "metal-admin@metal-stack.io"
	want := []JournalEntry{
		{Operation: "allocateNetwork", ID: net, Project: sampleProject, Name: "net", Caller: caller, Marks: []string{"mark=1"}, Status: http.StatusCreated},
		{Operation: "allocateFirewall", ID: id, AllocationUUID: uuid, Project: sampleProject, Name: "fw", Caller: caller, Marks: []string{"mark=1"}, Status: http.StatusOK},
		{Operation: "freeMachine", ID: id, AllocationUUID: uuid, Project: sampleProject, Name: "fw", Caller: caller, Marks: []string{"mark=1"}, Status: http.StatusOK},
		{
			Operation: "freeMachine", ID: "nope", Caller: caller, Marks: []string{}, Status: http.StatusNotFound,
			Message: `NotFound no machine with id "nope" found`,
		},
	}
	got := l.Journal()
	for i := range got {
		got[i].Marks = slices.DeleteFunc(got[i].Marks, func(m string) bool { return strings.HasPrefix(m, "machine.metal-stack.io/") })
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(JournalEntry{}, "Time", "Prefixes")); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
	if uuid == "" {
		t.Error("the firewall has no allocation uuid")
	}
}

// What control breaks in IPAM is what metal-api then cannot answer.
func TestHalfFree(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	net := l.network()
	if err := l.HalfFree(net); err != nil {
		t.Fatal(err)
	}
	for _, r := range []struct{ method, path string }{
		{http.MethodGet, "/metal/v1/network/" + net},
		{http.MethodGet, "/metal/v1/network"},
		{http.MethodDelete, "/metal/v1/network/free/" + net},
	} {
		l.want(http.StatusUnprocessableEntity, r.method, r.path, nil)
	}
	if err := l.Reset(); err != nil {
		t.Fatal(err)
	}
	l.want(http.StatusOK, http.MethodGet, "/metal/v1/network", nil)
}

func TestReset(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	l.firewall(l.network())
	before := l.want(http.StatusOK, http.MethodGet, "/metal/v1/partition/"+seedPartition, nil)["created"]
	if err := l.Reset(); err != nil {
		t.Fatal(err)
	}
	after := l.want(http.StatusOK, http.MethodGet, "/metal/v1/partition/"+seedPartition, nil)["created"]
	if before == after {
		t.Errorf("the partition's created is still %v: that is the fingerprint of the old metal-stack", before)
	}
	for _, m := range l.Machines() {
		if m.Allocated || m.Event != waiting {
			t.Errorf("after a reset machine %s is %+v", m.ID, m)
		}
	}
}

func TestControl(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	id := l.firewall(l.network())
	l.await("the firewall to phone home", func() bool { return l.machine(id).Event == phonedHome })

	// Held, it stays where the crash leaves it.
	l.want(http.StatusNoContent, http.MethodPost, "/control/machines/"+id+"/hold", nil)
	l.want(http.StatusNoContent, http.MethodPost, "/control/machines/"+id+"/crash", nil)
	if got := l.machine(id); got.Event != crashed || !got.CrashLoop || !got.Held {
		t.Errorf("after hold and crash: %+v", got)
	}
	l.want(http.StatusNoContent, http.MethodPost, "/control/machines/"+id+"/unknown", nil)
	if got := l.machine(id).Liveliness; got != unknown {
		t.Errorf("liveliness is %s", got)
	}
	l.want(http.StatusNoContent, http.MethodPost, "/control/machines/"+id+"/release", nil)
	l.await("the firewall to phone home again", func() bool {
		got := l.machine(id)
		return got.Event == phonedHome && !got.CrashLoop && got.Liveliness == alive
	})

	l.want(http.StatusNoContent, http.MethodPost, "/control/machines/"+id+"/lock", nil)
	l.want(http.StatusUnprocessableEntity, http.MethodDelete, "/metal/v1/machine/"+id+"/free", nil)
	l.want(http.StatusNotFound, http.MethodPost, "/control/machines/nope/lock", nil)
	l.want(http.StatusBadRequest, http.MethodPost, "/control/faults", object{"operation": "*", "drop": "sometimes"})
	added := l.want(http.StatusCreated, http.MethodPost, "/control/faults", object{"operation": "*", "delayAfter": "1ms"})
	l.want(http.StatusNoContent, http.MethodDelete, "/control/faults/"+added["id"].(string), nil)
	l.want(http.StatusNotFound, http.MethodDelete, "/control/faults/"+added["id"].(string), nil)
}

// One seed decides ids, orders and addresses alike.
func TestSeed(t *testing.T) {
	t.Parallel()
	run := func(seed uint64) object {
		l := newLab(t, Options{Seed: seed})
		n := l.want(http.StatusCreated, http.MethodPost, "/metal/v1/network/allocate", networkBody())
		return object{"id": n["id"], "prefixes": n["prefixes"], "vrf": n["vrf"]}
	}
	if diff := cmp.Diff(run(7), run(7)); diff != "" {
		t.Errorf("one seed, two outcomes:\n%s", diff)
	}
	if cmp.Equal(run(7), run(8)) {
		t.Error("two seeds, one outcome")
	}
}

// What cannot be a super prefix is refused in one sentence, which says what can.
func TestSuperPrefixes(t *testing.T) {
	t.Parallel()
	const way = "; take one that does not, such as 10.0.0.0/16, or 10.128.0.0/9 for many networks"
	cases := map[string]struct {
		reason   string
		prefixes []string
		want     string
	}{
		"Default":  {reason: "A mini-lab's are taken if none are given."},
		"Many":     {reason: "What the message proposes is accepted.", prefixes: []string{"10.128.0.0/9"}},
		"Other":    {reason: "So is any other range.", prefixes: []string{"172.16.0.0/12", "fd00::/48"}},
		"Text":     {reason: "A prefix is one.", prefixes: []string{"10.0.0.0"}, want: `cannot use super prefix "10.0.0.0": netip.ParsePrefix("10.0.0.0"): no '/'`},
		"Underlay": {reason: "The underlay lies in it.", prefixes: []string{"10.0.0.0/8"}, want: "cannot use super prefix 10.0.0.0/8: it overlaps the underlay, 10.1.0.0/24" + way},
		"Internet": {reason: "It lies in the internet.", prefixes: []string{"203.0.113.192/26"}, want: "cannot use super prefix 203.0.113.192/26: it overlaps the internet, 203.0.113.128/25" + way},
		"Twice":    {reason: "It lies in another one.", prefixes: []string{"10.0.0.0/16", "10.0.4.0/22"}, want: "cannot use super prefix 10.0.4.0/22: it overlaps another super prefix, 10.0.0.0/16" + way},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim, err := New(Options{SuperPrefixes: tc.prefixes})
			if err == nil {
				sim.Close()
			}
			if got := message(err); got != tc.want {
				t.Errorf("%s\nwant %q, got %q", tc.reason, tc.want, got)
			}
		})
	}
}

// message of an error, empty if there is none.
func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
