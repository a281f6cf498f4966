package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"testing"

	"github.com/crossplane/crossplane-runtime/v2/pkg/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/crossplane/function-sdk-go/resource"
	"google.golang.org/protobuf/proto"
)

// mostAnswer is what Crossplane takes: gRPC's default.
const mostAnswer = 4 << 20

// The XCluster with most workers has 8 pools of 100. While it grows each Machine is sent
// twice: as a part, and as one of all that are asked for.
func TestLargest(t *testing.T) {
	t.Parallel()
	const pools, replicas = 8, 100
	b, err := os.ReadFile("testdata/machine.json")
	if err != nil {
		t.Fatal(err)
	}
	x := map[string]any{}
	if err := json.Unmarshal([]byte(xclusterJSON), &x); err != nil {
		t.Fatal(err)
	}
	req := &fnv1.RunFunctionRequest{Observed: &fnv1.State{Resources: map[string]*fnv1.Resource{"network": {Resource: resource.MustStructJSON(networkJSON)}}}}
	var wanted, refs []any
	all := &fnv1.Resources{}
	for p := range pools {
		pool := fmt.Sprint("pool-", p)
		wanted = append(wanted, map[string]any{"name": pool, "replicas": replicas, "size": "v1-small-x86", "image": "debian-13.0"})
		for i := range replicas - 1 {
			name, key := fmt.Sprintf("x-cellent-%s-%d", pool, i+1), fmt.Sprintf("worker-%s-%d", pool, i+1)
			m := map[string]any{}
			if err := json.Unmarshal(b, &m); err != nil {
				t.Fatal(err)
			}
			meta := m["metadata"].(map[string]any)
			meta["name"], meta["uid"] = name, name
			meta["annotations"].(map[string]any)["crossplane.io/composition-resource-name"] = key
			meta["ownerReferences"].([]any)[0].(map[string]any)["uid"] = "us"
			text, err := json.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			is := &fnv1.Resource{Resource: resource.MustStructJSON(string(text))}
			req.Observed.Resources[key] = is
			all.Items = append(all.Items, is)
			refs = append(refs, map[string]any{"apiVersion": m["apiVersion"], "kind": m["kind"], "name": name})
		}
	}
	spec := x["spec"].(map[string]any)
	spec["workers"], spec["crossplane"] = wanted, map[string]any{"resourceRefs": refs}
	text, err := json.Marshal(x)
	if err != nil {
		t.Fatal(err)
	}
	req.Observed.Composite = &fnv1.Resource{Resource: resource.MustStructJSON(string(text))}
	known, err := once()
	if err != nil {
		t.Fatal(err)
	}
	f := &composes{log: logging.NewNopLogger(), kinds: known}
	var rsp *fnv1.RunFunctionResponse
	for range 2 {
		if rsp, err = f.RunFunction(t.Context(), req); err != nil {
			t.Fatal(err)
		}
		req.RequiredResources = map[string]*fnv1.Resources{}
		for name, r := range rsp.GetRequirements().GetResources() {
			req.RequiredResources[name] = nil
			if r.GetKind() == "Machine" && r.GetMatchLabels() != nil {
				req.RequiredResources[name] = all
			}
		}
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if rsp, err = f.RunFunction(t.Context(), req); err != nil || len(rsp.GetResults()) > 0 {
		t.Fatalf("%v, %v", err, rsp.GetResults())
	}
	runtime.ReadMemStats(&after)
	t.Logf("request %.1f MiB, answer %.1f MiB, %.0f MiB allocated", mib(proto.Size(req)), mib(proto.Size(rsp)), mib(int(after.TotalAlloc-before.TotalAlloc)))
	if got := proto.Size(req); got > mostMiB<<20 {
		t.Errorf("want a request of that XCluster taken, which has %d bytes", got)
	}
	if got := proto.Size(rsp); got > mostAnswer {
		t.Errorf("want an answer that Crossplane takes, got one of %d bytes", got)
	}
	if got := len(rsp.GetDesired().GetResources()); got < pools*(replicas-1) {
		t.Errorf("want all of it composed, got %d parts", got)
	}
}

func mib(n int) float64 { return float64(n) / (1 << 20) }
