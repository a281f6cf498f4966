//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/crossplane-contrib/provider-metal-stack/cluster/e2e/story"
	"github.com/crossplane-contrib/provider-metal-stack/cluster/monitoring"
	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

// What an operator watches is what the installed provider tells: every query of
// the dashboard and of the alerts has an answer, and every metric is described.
// Not parallel: its faults hit whoever comes first.
func TestMonitoring(t *testing.T) {
	s := begin(t)
	scrapes := monitoring.NewScrapes()
	scrape(s, scrapes)

	// An answer to an allocate is lost, and metal-api fails once.
	s.Sim.AddFault(lostAnswer("allocateFirewall"))
	s.Sim.AddFault(simulator.Fault{Operation: "findNetworks", Count: 1, Status: http.StatusInternalServerError})
	x := s.Example("xcluster/xcluster.yaml")
	s.Apply(x)
	x = s.Ready(x)

	// One network differs from what it should be, another is somebody else's.
	n := s.Example("network/network.yaml")
	s.Apply(n)
	s.Ready(n)
	n = s.Example("network/network.yaml", story.Set("changed", "spec", "forProvider", "description"))
	s.Apply(n)
	foreign := s.Example("network/network.yaml", story.Named("foreign"))
	foreign.SetAnnotations(map[string]string{"crossplane.io/external-name": story.Text(x, "status", "network", "id")})
	s.Apply(foreign)
	s.Message(foreign, "belongs to another managed resource", "atProvider", "message")

	answers(s, scrapes,
		`metal_stack_provider_configs{kind="ClusterProviderConfig",ready="true"} == 1`,
		`crossplane_managed_resource_exists{gvk=~"metal-stack.*Network"} == 3`,
		`crossplane_managed_resource_ready{gvk=~"metal-stack.*Network"} == 2`,
		`crossplane_managed_resource_synced{gvk=~"metal-stack.*Network"} == 2`,
		`crossplane_managed_resource_ready{gvk=~"metal-stack.*Firewall"} == 1`,
		`crossplane_managed_resource_drift_seconds_count{kind="Network"} > 0`,
		`metal_stack_create_outcomes_total{kind="Network",outcome="known"} > 0`,
		`metal_stack_create_outcomes_total{kind="Firewall",outcome="unknown"} > 0`,
		`metal_stack_create_outcomes_total{kind="Firewall",outcome="found"} > 0`,
		`metal_stack_foreign_objects_refused_total{kind="Network",reason="marked"} > 0`,
		`metal_stack_api_request_duration_seconds_count{operation="allocateFirewall",status="none"} > 0`,
		`metal_stack_api_request_duration_seconds_count{operation="findNetworks",status="5xx"} > 0`,
	)
	s.Remove(foreign)
	s.Remove(n)
	s.End(x)
	answers(s, scrapes,
		`crossplane_managed_resource_exists{gvk=~"metal-stack.*Network"} == 0`,
		`crossplane_managed_resource_deletion_seconds_count{kind="Firewall"} > 0`,
	)
	exposition := scrape(s, scrapes)

	queries, err := monitoring.DashboardQueries()
	if err != nil {
		t.Fatal(err)
	}
	alerts, err := monitoring.Alerts()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range alerts {
		watched, err := monitoring.Watched(a.Expr)
		if err != nil {
			t.Fatal(err)
		}
		queries = append(queries, monitoring.Query{Source: a.Alert, Expr: watched})
	}
	for _, q := range queries {
		answer, err := scrapes.Ask(t.Context(), q.Expr)
		if err != nil || len(answer) == 0 {
			t.Errorf("%s: want an answer to %s, got %v, %v", q.Source, q.Expr, answer, err)
			continue
		}
		t.Logf("%s: %s\n%s", q.Source, q.Expr, answer)
	}

	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "metrics.md"))
	if err != nil {
		t.Fatal(err)
	}
	described, exposed := monitoring.Described(string(page)), monitoring.Exposed(exposition)
	if missing := exposed.Missing(described); len(missing) > 0 {
		t.Errorf("docs/metrics.md does not describe %v", missing)
	}
	if missing := described.Missing(exposed); len(missing) > 0 {
		t.Errorf("docs/metrics.md describes what the provider does not expose: %v", missing)
	}
}

// scrape the installed provider.
func scrape(s *story.Story, into *monitoring.Scrapes) []byte {
	s.Helper()
	exposition, err := fetchMetrics(s.Context())
	if err != nil {
		s.Fatal(err)
	}
	if err := into.Add(exposition, time.Now()); err != nil {
		s.Fatal(err)
	}
	return exposition
}

func fetchMetrics(ctx context.Context) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, metrics, nil)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the metrics answer %s", answer.Status)
	}
	return io.ReadAll(answer.Body)
}

// answers waits until each query has one.
func answers(s *story.Story, scrapes *monitoring.Scrapes, queries ...string) {
	s.Helper()
	for _, q := range queries {
		s.Await("an answer to "+q, story.Soon, func(ctx context.Context) (bool, string) {
			scrape(s, scrapes)
			answer, err := scrapes.Ask(ctx, q)
			return len(answer) > 0, fmt.Sprint(answer, err)
		})
	}
}
