package main

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/crossplane/function-sdk-go/resource"
	"github.com/google/go-cmp/cmp"
)

const (
	xclusterJSON = `{"apiVersion":"cluster.metal-stack.crossplane.io/v1alpha1","kind":"XCluster","metadata":{"namespace":"default","name":"x-cellent","uid":"us"},
		"spec":{"partition":"mini-lab","projectID":"p","network":{"addressFamilies":[]},"firewall":{"size":"v1-small-x86","image":"firewall-ubuntu-3.0","networks":[{"name":"internet","networkID":"internet-mini-lab","ips":[]}]}}}`
	networkJSON = `{"apiVersion":"metal-stack.m.crossplane.io/v1alpha1","kind":"Network","metadata":{"namespace":"default","name":"n-1"},
		"spec":{"forProvider":{}},"status":{"atProvider":{"id":"n1","vrf":7},"conditions":[{"type":"Ready","status":"True"}]}}`
)

// once there are kinds: they are added to the scheme of Crossplane's SDK.
var once = sync.OnceValues(kinds)

// run the function until it asks for nothing more. What it asks for is not there.
func runs(t *testing.T, composite string, parts map[string]string) *fnv1.RunFunctionResponse {
	t.Helper()
	all, err := once()
	if err != nil {
		t.Fatal(err)
	}
	f := &composes{log: logging.NewNopLogger(), kinds: all}
	req := &fnv1.RunFunctionRequest{Observed: &fnv1.State{Composite: &fnv1.Resource{Resource: resource.MustStructJSON(composite)}, Resources: map[string]*fnv1.Resource{}}}
	for key, p := range parts {
		req.Observed.Resources[key] = &fnv1.Resource{Resource: resource.MustStructJSON(p)}
	}
	for range 5 { // As often as Crossplane does.
		rsp, err := f.RunFunction(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		asked := len(req.GetRequiredResources())
		req.RequiredResources = map[string]*fnv1.Resources{}
		for name := range rsp.GetRequirements().GetResources() {
			req.RequiredResources[name] = nil
		}
		if len(req.GetRequiredResources()) == asked {
			return rsp
		}
	}
	t.Fatal("want an end to what is asked for")
	return nil
}

// What is composed is written without what is empty, and says what it is.
func TestComposes(t *testing.T) {
	t.Parallel()
	rsp := runs(t, xclusterJSON, map[string]string{"network": networkJSON})
	if len(rsp.GetResults()) > 0 {
		t.Fatalf("want no fault, got %v", rsp.GetResults())
	}
	desired := rsp.GetDesired()
	if keys := slices.Sorted(maps.Keys(desired.GetResources())); !slices.Equal(keys, []string{"firewall", "network"}) {
		t.Fatalf("want both parts, got %v", keys)
	}
	network := desired.GetResources()["network"]
	if network.GetReady() != fnv1.Ready_READY_TRUE || desired.GetResources()["firewall"].GetReady() != fnv1.Ready_READY_FALSE {
		t.Error("want the network ready, and the firewall not")
	}
	want := map[string]any{
		"apiVersion": "metal-stack.m.crossplane.io/v1alpha1", "kind": "Network",
		"metadata": map[string]any{"namespace": "default", "name": "n-1", "labels": map[string]any{
			"cluster.metal-stack.crossplane.io/name": "x-cellent", "cluster.metal-stack.crossplane.io/of": "x-cellent", "cluster.metal-stack.crossplane.io/uid": "us",
		}},
		"spec": map[string]any{"forProvider": map[string]any{"name": "x-cellent", "partition": "mini-lab", "projectID": "p"}},
	}
	if diff := cmp.Diff(want, network.GetResource().AsMap()); diff != "" {
		t.Errorf("network: -want, +got:\n%s", diff)
	}
	status := desired.GetComposite().GetResource().AsMap()["status"]
	if diff := cmp.Diff(any(map[string]any{"network": map[string]any{"id": "n1", "vrf": 7.}}), status); diff != "" {
		t.Errorf("status: -want, +got:\n%s", diff)
	}
}

// What cannot be composed is said, and nothing is.
func TestFaults(t *testing.T) {
	t.Parallel()
	claimed := strings.NewReplacer(`"XCluster"`, `"ClaimedXCluster"`, `"namespace":"default",`, "").Replace(xclusterJSON)
	cases := map[string]struct {
		reason    string
		composite string
		parts     map[string]string
		want      string
	}{
		"OtherKind":  {"of other kinds nothing is known", `{"apiVersion":"example.org/v1","kind":"X"}`, nil, "this function is for XClusters and XFirewalls"},
		"NoClaim":    {"behind a claim there is one", claimed, nil, "it has no claim in spec.claimRef"},
		"Unreadable": {"what cannot be read is not composed without it", xclusterJSON, map[string]string{"network": strings.Replace(networkJSON, `"vrf":7`, `"vrf":"seven"`, 1)}, "cannot read Network n-1"},
		"OtherPart":  {"what is there is not lost", xclusterJSON, map[string]string{"firewall": networkJSON}, "as the part firewall, and would not be named any more"},
		"OtherKey":   {"nor under a key that somebody has changed", xclusterJSON, map[string]string{"network": networkJSON, "net": strings.Replace(networkJSON, `"name":"n-1"`, `"name":"n-2","labels":{"cluster.metal-stack.crossplane.io/name":"x-cellent"}`, 1)}, "Network n-2 is there as the part net"},
		"Unknown":    {"whatever it is", xclusterJSON, map[string]string{"firewall": `{"apiVersion":"example.org/v1","kind":"F","metadata":{"name":"f"}}`}, "as the part firewall, and would not be named any more"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rsp := runs(t, tc.composite, tc.parts)
			if rs := rsp.GetResults(); len(rs) != 1 || rs[0].GetSeverity() != fnv1.Severity_SEVERITY_FATAL || !strings.Contains(rs[0].GetMessage(), tc.want) {
				t.Errorf("%s: want %q, got %v", tc.reason, tc.want, rs)
			}
		})
	}
}

// A word that Crossplane loses is made up for: soon once it says so, and in the moment in
// which it does not know yet.
func TestUnheard(t *testing.T) {
	t.Parallel()
	deaf := strings.Replace(xclusterJSON, `"spec"`, `"status":{"conditions":[{"type":"Responsive","status":"False"}]},"spec"`, 1)
	ready := `{"apiVersion":"cluster.metal-stack.crossplane.io/v1alpha1","kind":"XFirewall","metadata":{"namespace":"default","name":"f-1"},"status":{"machineID":"m1","conditions":[{"type":"Ready","status":"True"}]}}`
	cases := map[string]struct {
		reason    string
		composite string
		parts     map[string]string
		want      time.Duration
	}{
		"OnItsWay": {"something is waited for", xclusterJSON, map[string]string{"network": networkJSON}, time.Minute},
		"AtRest":   {"everything is ready", xclusterJSON, map[string]string{"network": networkJSON, "firewall": ready}, 10 * time.Minute},
		"Deaf":     {"Crossplane does not listen", deaf, map[string]string{"network": networkJSON, "firewall": ready}, 10 * time.Second},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := runs(t, tc.composite, tc.parts).GetMeta().GetTtl().AsDuration(); got != tc.want {
				t.Errorf("%s: want it looked at again after %s, got %s", tc.reason, tc.want, got)
			}
		})
	}
}
