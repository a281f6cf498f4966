package monitoring

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/promql/parser"
)

func page(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Each query can be parsed, and asks for metrics that are described.
func TestQueries(t *testing.T) {
	t.Parallel()
	queries, err := DashboardQueries()
	if err != nil {
		t.Fatal(err)
	}
	alerts, err := Alerts()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range alerts {
		queries = append(queries, Query{Source: a.Alert, Expr: a.Expr})
	}
	described := Described(page(t))
	for _, q := range queries {
		names, err := Names(q.Expr)
		if err != nil {
			t.Errorf("%s: %v", q.Source, err)
		}
		for _, n := range names {
			if !described.Has(family(n)) {
				t.Errorf("%s asks for %s, which docs/metrics.md does not describe", q.Source, n)
			}
		}
	}
	if len(queries) < 20 {
		t.Errorf("want the queries of dashboard and alerts, got %d", len(queries))
	}
}

// family of a metric: histograms are three.
func family(name string) string {
	for _, suffix := range []string{"_bucket", "_count", "_sum"} {
		if n, ok := strings.CutSuffix(name, suffix); ok && strings.HasSuffix(n, "_seconds") {
			return n
		}
	}
	return name
}

// The dashboard works with any Prometheus, and says what it shows.
func TestDashboard(t *testing.T) {
	t.Parallel()
	panels, err := Panels()
	if err != nil {
		t.Fatal(err)
	}
	for i := range panels {
		p := &panels[i]
		if p.Type == "row" {
			continue
		}
		if p.Datasource.UID != "${datasource}" || p.Title == "" || p.Description == "" || len(p.Targets) == 0 {
			t.Errorf("want a title, a description, queries and the chosen datasource, got %+v", *p)
		}
	}
}

// Each alert says what it is about, and has an entry in the runbook.
func TestAlertsAreDescribed(t *testing.T) {
	t.Parallel()
	alerts, err := Alerts()
	if err != nil {
		t.Fatal(err)
	}
	_, runbook, _ := strings.Cut(page(t), "\n## Runbook\n")
	for _, a := range alerts {
		if a.Annotations["summary"] == "" || a.Annotations["description"] == "" || a.Labels["severity"] == "" {
			t.Errorf("%s: want a summary, a description and a severity, got %v, %v", a.Alert, a.Annotations, a.Labels)
		}
		if want := "/docs/metrics.md#" + strings.ToLower(a.Alert); !strings.HasSuffix(a.Annotations["runbook_url"], want) {
			t.Errorf("%s: want a runbook_url to %s, got %s", a.Alert, want, a.Annotations["runbook_url"])
		}
		_, entry, ok := strings.Cut(runbook, "\n### "+a.Alert+"\n")
		entry, _, _ = strings.Cut(entry, "\n### ")
		for _, want := range []string{"**It means**", "**Look at**", "**Do**"} {
			if !ok || !strings.Contains(entry, want) {
				t.Errorf("%s: want %s in the runbook", a.Alert, want)
			}
		}
	}
}

// A series of a metric over time, one value a minute.
type series struct {
	name string
	at   func(minute int) float64
}

func always(v float64) func(int) float64 { return func(int) float64 { return v } }

func each(perMinute float64) func(int) float64 {
	return func(minute int) float64 { return perMinute * float64(minute) }
}

const (
	network = `{gvk="metal-stack.m.crossplane.io/v1alpha1, Kind=Network"}`
	machine = `{gvk="metal-stack.m.crossplane.io/v1alpha1, Kind=Machine"}`
	address = `{gvk="metal-stack.m.crossplane.io/v1alpha1, Kind=IP"}`
)

// Each alert fires when it should, and only then.
func TestAlertsFire(t *testing.T) {
	t.Parallel()
	const requests, buckets = "metal_stack_api_request_duration_seconds_count", "metal_stack_api_request_duration_seconds_bucket"
	unknown := `metal_stack_create_outcomes_total{kind="Firewall",outcome="unknown"}`
	foreign := `metal_stack_foreign_objects_refused_total{kind="Network",reason="marked"}`
	cases := map[string]map[string]struct {
		series []series
		fires  bool
	}{
		"MetalStackProviderAbsent": {
			"Runs":   {[]series{{`metal_stack_provider_info{version="v0.1.0"}`, always(1)}}, false},
			"Absent": {[]series{{`up{job="another"}`, always(1)}}, true},
		},
		"MetalStackProviderConfigNotReady": {
			"Ready":    {[]series{{`metal_stack_provider_configs{kind="ProviderConfig",ready="true"}`, always(3)}, {`metal_stack_provider_configs{kind="ProviderConfig",ready="false"}`, always(0)}}, false},
			"NotReady": {[]series{{`metal_stack_provider_configs{kind="ProviderConfig",ready="true"}`, always(3)}, {`metal_stack_provider_configs{kind="ProviderConfig",ready="false"}`, always(1)}}, true},
		},
		"MetalStackResourceNotReady": {
			"Ready":    {[]series{{"crossplane_managed_resource_exists" + network, always(2)}, {"crossplane_managed_resource_ready" + network, always(2)}}, false},
			"NotReady": {[]series{{"crossplane_managed_resource_exists" + network, always(2)}, {"crossplane_managed_resource_ready" + network, always(1)}}, true},
			"Machine":  {[]series{{"crossplane_managed_resource_exists" + machine, always(2)}, {"crossplane_managed_resource_ready" + machine, always(1)}}, true},
			"IP":       {[]series{{"crossplane_managed_resource_exists" + address, always(1)}, {"crossplane_managed_resource_ready" + address, always(0)}}, true},
			"OfOthers": {[]series{
				{`crossplane_managed_resource_exists{gvk="helm.m.crossplane.io/v1beta1, Kind=Release"}`, always(2)},
				{`crossplane_managed_resource_ready{gvk="helm.m.crossplane.io/v1beta1, Kind=Release"}`, always(1)},
			}, false},
		},
		"MetalStackResourceNotSynced": {
			"Synced":    {[]series{{"crossplane_managed_resource_exists" + network, always(2)}, {"crossplane_managed_resource_synced" + network, always(2)}}, false},
			"NotSynced": {[]series{{"crossplane_managed_resource_exists" + network, always(2)}, {"crossplane_managed_resource_synced" + network, always(0)}}, true},
			"Machine":   {[]series{{"crossplane_managed_resource_exists" + machine, always(2)}, {"crossplane_managed_resource_synced" + machine, always(1)}}, true},
			"IP":        {[]series{{"crossplane_managed_resource_exists" + address, always(1)}, {"crossplane_managed_resource_synced" + address, always(0)}}, true},
		},
		"MetalStackAPIErrors": {
			"AllWell":  {[]series{{requests + `{operation="findMachines",status="2xx"}`, each(10)}}, false},
			"Few":      {[]series{{requests + `{operation="findMachines",status="2xx"}`, each(100)}, {requests + `{operation="findMachines",status="5xx"}`, each(1)}}, false},
			"Refusals": {[]series{{requests + `{operation="findMachines",status="2xx"}`, each(1)}, {requests + `{operation="allocateFirewall",status="4xx"}`, each(10)}}, false},
			"NoAnswer": {[]series{{requests + `{operation="findMachines",status="2xx"}`, each(5)}, {requests + `{operation="findMachines",status="none"}`, each(5)}}, true},
			"Failing":  {[]series{{requests + `{operation="findMachines",status="5xx"}`, each(5)}}, true},
		},
		"MetalStackAPISlow": {
			"Fast":   {[]series{{buckets + `{le="0.1",operation="findMachines"}`, each(10)}, {buckets + `{le="30",operation="findMachines"}`, each(10)}, {buckets + `{le="+Inf",operation="findMachines"}`, each(10)}}, false},
			"Slow":   {[]series{{buckets + `{le="5",operation="findMachines"}`, each(1)}, {buckets + `{le="30",operation="findMachines"}`, each(10)}, {buckets + `{le="+Inf",operation="findMachines"}`, each(10)}}, true},
			"AtRest": {[]series{{buckets + `{le="0.1",operation="findMachines"}`, always(10)}, {buckets + `{le="+Inf",operation="findMachines"}`, always(10)}}, false},
		},
		"MetalStackCreateOutcomesUnknown": {
			"None":    {[]series{{unknown, always(0)}}, false},
			"Old":     {[]series{{unknown, always(7)}}, false},
			"Several": {[]series{{unknown, each(0.1)}}, true},
		},
		"MetalStackForeignObjectRefused": {
			"None": {[]series{{foreign, always(0)}}, false},
			"Old":  {[]series{{foreign, always(7)}}, false},
			"Now":  {[]series{{foreign, each(1)}}, true},
		},
		"MetalStackTwoFirewalls": {
			"None":  {[]series{{"metal_stack_firewall_overlap_seconds", always(0)}}, false},
			"Boots": {[]series{{"metal_stack_firewall_overlap_seconds", always(300)}}, false},
			"Long":  {[]series{{"metal_stack_firewall_overlap_seconds", each(60)}}, true},
		},
		"MetalStackNoCapacityToReplace": {
			"None":  {[]series{{`metal_stack_firewall_replacements{state="capacity"}`, always(0)}}, false},
			"Turn":  {[]series{{`metal_stack_firewall_replacements{state="turn"}`, always(7)}}, false},
			"Waits": {[]series{{`metal_stack_firewall_replacements{state="capacity"}`, always(1)}}, true},
		},
		"MetalStackNoFirewall": {
			"None":  {[]series{{`metal_stack_firewall_replacements{state="gone"}`, always(0)}}, false},
			"Roll":  {[]series{{`metal_stack_firewall_replacements{state="capacity"}`, always(7)}}, false},
			"Waits": {[]series{{`metal_stack_firewall_replacements{state="gone"}`, always(1)}}, true},
		},
		"MetalStackReplacementsSuspended": {
			"None":  {[]series{{`metal_stack_firewall_replacements{state="health"}`, always(0)}}, false},
			"Turn":  {[]series{{`metal_stack_firewall_replacements{state="turn"}`, always(7)}}, false},
			"Waits": {[]series{{`metal_stack_firewall_replacements{state="health"}`, always(1)}}, true},
		},
	}
	alerts, err := Alerts()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range alerts {
		if len(cases[a.Alert]) == 0 {
			t.Errorf("%s is not tested", a.Alert)
		}
		for name, tc := range cases[a.Alert] {
			t.Run(a.Alert+"/"+name, func(t *testing.T) {
				t.Parallel()
				s := NewScrapes()
				for minute := range 61 {
					var text strings.Builder
					for _, one := range tc.series {
						_, _ = fmt.Fprintf(&text, "%s %g\n", one.name, one.at(minute))
					}
					if err := s.Add([]byte(text.String()), time.Unix(int64(60*minute), 0)); err != nil {
						t.Fatal(err)
					}
				}
				got, err := s.Ask(t.Context(), a.Expr)
				if err != nil {
					t.Fatal(err)
				}
				if fires := len(got) > 0; fires != tc.fires {
					t.Errorf("fires: got %t (%s), want %t", fires, got, tc.fires)
				}
			})
		}
	}
}

func TestWatched(t *testing.T) {
	t.Parallel()
	for expr, want := range map[string]string{
		"absent(a)":                 "a",
		"sum(a) / sum(b) > 1":       "sum(a) / sum(b) > bool 1",
		"a - b > 0":                 "a - b > bool 0",
		"rate(a[5m]) + b offset 1m": "rate(a[5m]) + b offset 1m",
	} {
		got, err := Watched(expr)
		if err != nil || got != want {
			t.Errorf("Watched(%s): got %s, %v, want %s", expr, got, err, want)
		}
		if _, err := parser.NewParser(parser.Options{}).ParseExpr(got); err != nil {
			t.Error(err)
		}
	}
}
