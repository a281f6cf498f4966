//go:build e2e

package e2e

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

// atRest is how long nothing may happen.
const atRest = 60 * time.Second

// Not parallel: it counts what is asked of metal-api.
func TestNothingHappensAtRest(t *testing.T) {
	s := begin(t)
	x := s.example("xcluster/xcluster.yaml")
	s.apply(x)
	s.ready(x)
	// Ready is written first, what follows from it a moment later.
	before := s.settled()
	s.sim.ResetCounters()
	s.sim.ClearJournal()

	rest := time.NewTimer(atRest)
	defer rest.Stop()
	select {
	case <-rest.C:
	case <-s.cluster.Context().Done():
		t.Fatal("the cluster ended")
	}

	after := s.versions()
	for name, version := range before {
		if after[name] != version {
			t.Errorf("%s was written at rest: resourceVersion %s, then %s", name, version, after[name])
		}
	}
	polls := float64(atRest/poll) * 1.2
	resources, reads := 2, 0
	for operation, n := range s.sim.Counters() {
		if operation != "getMe" && operation != "info" {
			reads += n
		}
	}
	t.Logf("over %s with --poll %s: %d requests for %d resources: %v", atRest, poll, reads, resources, s.sim.Counters())
	if limit := 2 * polls * float64(resources); float64(reads) > limit {
		t.Errorf("%d requests at rest, want at most %.0f", reads, limit)
	}
	if j := s.sim.Journal(); len(j) > 0 {
		t.Errorf("metal-api was written to at rest: %+v", j)
	}
	s.remove(x, "--cascade=foreground", "--timeout="+soon.String())
	s.empty()
}

// settled waits until no object has been written for two polls.
func (s *story) settled() map[string]string {
	s.Helper()
	was := s.versions()
	deadline := time.Now().Add(soon)
	tick := time.NewTicker(2 * poll)
	defer tick.Stop()
	for range tick.C {
		is := s.versions()
		same := len(is) == len(was)
		for k, v := range is {
			same = same && was[k] == v
		}
		if same {
			return is
		}
		if time.Now().After(deadline) {
			s.Fatalf("objects are still being written: %v, then %v", was, is)
		}
		was = is
	}
	return nil
}

// versions of all objects of the story.
func (s *story) versions() map[string]string {
	s.Helper()
	out := map[string]string{}
	for _, gvk := range []schema.GroupVersionKind{xcluster, xfirewall, network, firewall, v1alpha1.ProviderConfigUsageGroupVersionKind} {
		for _, u := range s.all(gvk) {
			out[gvk.Kind+" "+u.GetName()] = u.GetResourceVersion()
		}
	}
	return out
}

func lostAnswer(operation string) simulator.Fault {
	return simulator.Fault{Operation: operation, Count: 1, Drop: "after"}
}

func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		return []byte(strings.ReplaceAll(err.Error(), `"`, ""))
	}
	return b
}
