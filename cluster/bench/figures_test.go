package bench

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/types"

	internalmetal "github.com/crossplane-contrib/provider-metal-stack/internal/metal"
	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

func TestLatency(t *testing.T) {
	t.Parallel()
	var hundred []time.Duration
	for i := range 100 {
		hundred = append(hundred, time.Duration(100-i)*time.Second)
	}
	cases := map[string]struct {
		reason  string
		samples []time.Duration
		missing int
		want    Latency
		text    string
	}{
		"None":    {reason: "Nothing was measured.", want: Latency{}, text: "–"},
		"One":     {reason: "One is all that there is.", samples: hundred[99:], want: Latency{P50: 1, P99: 1, Samples: 1}, text: "1.0 / 1.0 s"},
		"Hundred": {reason: "Half, and all but one, are not above.", samples: hundred, want: Latency{P50: 50, P99: 99, Samples: 100}, text: "50.0 / 99.0 s"},
		"Missing": {reason: "What has not come is told.", missing: 3, want: Latency{Missing: 3}, text: "none, 3 of 3 not within 2m0s"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := latency(slices.Clone(tc.samples), tc.missing)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s: -want, +got:\n%s", tc.reason, diff)
			}
			if got.String() != tc.text {
				t.Errorf("%s: got %q, want %q", tc.reason, got, tc.text)
			}
		})
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	if got := cpuSeconds("17 (a program) S 1 17 17 0 -1 4194560 1 2 3 4 250 50 0 0 20 0 8 0 100 1000 50"); got != 3 {
		t.Errorf("cpuSeconds: got %v, want 3 of 250 and 50 ticks", got)
	}
	if got := megabytes("Name:\tprovider\nVmHWM:\t  250000 kB\nVmRSS:\t  125000 kB\n", "VmRSS:"); got != 128 {
		t.Errorf("megabytes: got %v, want 128", got)
	}
}

func TestExposition(t *testing.T) {
	t.Parallel()
	samples, err := parse([]byte(`# TYPE apiserver_request_total counter
apiserver_request_total{verb="PUT",group="metal-stack.m.crossplane.io",resource="networks",subresource="status",code="200"} 3
apiserver_request_total{verb="PUT",group="metal-stack.m.crossplane.io",resource="networks",subresource="status",code="409"} 1
apiserver_request_total{verb="POST",group="",resource="events",subresource=""} 5
apiserver_request_total{verb="POST",group="rbac.authorization.k8s.io",resource="clusterroles",subresource=""} 7
apiserver_request_total{verb="LIST",group="metal-stack.m.crossplane.io",resource="networks",subresource=""} 9
# TYPE controller_runtime_max_concurrent_reconciles gauge
controller_runtime_max_concurrent_reconciles{controller="managed/network"} 100
# TYPE controller_runtime_reconcile_total counter
controller_runtime_reconcile_total{controller="managed/network",result="success"} 10
controller_runtime_reconcile_total{controller="managed/network",result="error"} 1
controller_runtime_reconcile_total{controller="providerconfig/secret",result="success"} 20
# TYPE workqueue_depth gauge
workqueue_depth{controller="managed/network",name="managed/network"} 2
`))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]int{"PUT networks/status": 4, "POST events": 5}, writesOf(samples)); diff != "" {
		t.Errorf("writes: -want, +got:\n%s", diff)
	}
	if diff := cmp.Diff(map[string]int{"LIST networks": 9}, listsOf(samples)); diff != "" {
		t.Errorf("lists: -want, +got:\n%s", diff)
	}
	if diff := cmp.Diff(pace{controllers: 1, reconciles: 11, waiting: 2}, paceOf(samples), cmp.AllowUnexported(pace{})); diff != "" {
		t.Errorf("pace: -want, +got:\n%s", diff)
	}
}

func TestPhase(t *testing.T) {
	t.Parallel()
	at := time.Now()
	before := state{
		at: at, usage: usage{CPU: 1}, pace: pace{reconciles: 5},
		requests: map[string]simulator.Requests{"findNetworks": {Count: 2, Seconds: 1, Busy: 0.5}},
		writes:   map[string]int{"PUT leases": 1, "POST events": 4},
	}
	after := state{
		at: at.Add(time.Minute), usage: usage{CPU: 3, RSS: 80, Peak: 90}, pace: pace{reconciles: 9},
		requests: map[string]simulator.Requests{"findNetworks": {Count: 5, Seconds: 4, Busy: 2}, "freeNetwork": {Count: 1, Seconds: 1}},
		writes:   map[string]int{"PUT leases": 3, "POST events": 4},
		lists:    map[string]int{"LIST networks": 1},
	}
	want := Phase{
		Seconds: 30, CPUSeconds: 2, Requests: map[string]int{"findNetworks": 3, "freeNetwork": 1}, MetalSeconds: 4, MetalBusy: 1.5,
		Writes: map[string]int{"PUT leases": 2}, Lists: map[string]int{"LIST networks": 1}, Looks: 4, RSS: 80, Peak: 90,
	}
	if diff := cmp.Diff(want, phase(before, after, at.Add(30*time.Second))); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
	if got := sum(want.Writes, leases()...); got != 0 {
		t.Errorf("sum without leases: got %d, want 0", got)
	}
}

func TestIntegrate(t *testing.T) {
	t.Parallel()
	f := &Floor{Networks: 100, Levels: []Level{
		{Networks: 0, Allocate: 1, AllocateParallel: 1, Free: 2, FreeParallel: 0},
		{Networks: 50, Allocate: 3, AllocateParallel: 1, Free: 2, FreeParallel: 1},
		{Networks: 100, Allocate: 5, AllocateParallel: 1, Free: 2, FreeParallel: 2},
	}}
	f.integrate()
	if diff := cmp.Diff([]float64{300, 100, 200, 100}, []float64{f.Create, f.CreateParallel, f.Delete, f.DeleteParallel}); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}

// The first allocate that succeeded for a resource is the one that counts.
func TestAllocations(t *testing.T) {
	t.Parallel()
	at := time.Now()
	mark := func(uid string) []string { return []string{"number=1", internalmetal.MarkUID + "=" + uid} }
	got := allocations([]simulator.JournalEntry{
		{Operation: "allocateNetwork", Status: 422, Marks: mark("a"), Time: at},
		{Operation: "allocateNetwork", Status: 201, Marks: mark("a"), Time: at.Add(time.Second)},
		{Operation: "allocateNetwork", Status: 201, Marks: mark("a"), Time: at.Add(2 * time.Second)},
		{Operation: "updateNetwork", Status: 200, Marks: mark("b"), Time: at},
	})
	if diff := cmp.Diff(map[types.UID]time.Time{"a": at.Add(time.Second)}, got); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}

func TestAwait(t *testing.T) {
	t.Parallel()
	err := await(t.Context(), 10*time.Millisecond, "nothing in particular", func(context.Context) (string, error) {
		return "1 of 2", nil
	})
	if err == nil || !strings.Contains(err.Error(), "nothing in particular") || !strings.Contains(err.Error(), "longer than 10ms: 1 of 2") {
		t.Errorf("await: got %v, want what was waited for, how long, and what was missing last", err)
	}
}
