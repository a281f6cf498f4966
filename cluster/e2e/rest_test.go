//go:build e2e

package e2e

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

// atRest is how long nothing may happen.
const atRest = 60 * time.Second

// Not parallel: it counts what is asked of metal-api.
func TestNothingHappensAtRest(t *testing.T) {
	s := begin(t)
	x := s.Example("xcluster/xcluster.yaml")
	s.Apply(x)
	s.Ready(x)
	// Ready is written first, what follows from it a moment later.
	before := s.Settled()
	s.Sim.ResetCounters()
	s.Sim.ClearJournal()

	rest := time.NewTimer(atRest)
	defer rest.Stop()
	select {
	case <-rest.C:
	case <-s.Cluster.Context().Done():
		t.Fatal("the cluster ended")
	}

	after := s.Versions()
	for name, version := range before {
		if after[name] != version {
			t.Errorf("%s was written at rest: resourceVersion %s, then %s", name, version, after[name])
		}
	}
	polls := float64(atRest/poll) * 1.2
	resources, reads := 2, 0
	for operation, n := range s.Sim.Counters() {
		if operation != "getMe" && operation != "info" {
			reads += n
		}
	}
	t.Logf("over %s with --poll %s: %d requests for %d resources: %v", atRest, poll, reads, resources, s.Sim.Counters())
	if limit := 2 * polls * float64(resources); float64(reads) > limit {
		t.Errorf("%d requests at rest, want at most %.0f", reads, limit)
	}
	if j := s.Sim.Journal(); len(j) > 0 {
		t.Errorf("metal-api was written to at rest: %+v", j)
	}
	s.End(x)
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
