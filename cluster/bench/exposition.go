package bench

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"k8s.io/client-go/rest"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// A sample of a counter or gauge.
type sample struct {
	name   string
	labels map[string]string
	value  float64
}

// parse what a metrics endpoint says.
func parse(body []byte) ([]sample, error) {
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("cannot understand metrics: %w", err)
	}
	var all []sample
	for name, f := range families {
		for _, m := range f.GetMetric() {
			s := sample{name: name, labels: map[string]string{}}
			for _, l := range m.GetLabel() {
				s.labels[l.GetName()] = l.GetValue()
			}
			switch {
			case m.GetCounter() != nil:
				s.value = m.GetCounter().GetValue()
			case m.GetGauge() != nil:
				s.value = m.GetGauge().GetValue()
			default:
				continue
			}
			all = append(all, s)
		}
	}
	return all, nil
}

// listsOf what the provider manages by resource: each reads all of them, from the
// API server or, once, for a watch.
func listsOf(samples []sample) map[string]int {
	lists := map[string]int{}
	for _, s := range samples {
		if s.name == "apiserver_request_total" && s.labels["verb"] == "LIST" && s.labels["group"] == v1alpha1.Group {
			lists["LIST "+s.labels["resource"]] += int(s.value)
		}
	}
	return lists
}

// writesOf an API server by verb and resource, such as "PATCH networks/status":
// those to what the provider writes, whoever made them.
func writesOf(samples []sample) map[string]int {
	writes := map[string]int{}
	for _, s := range samples {
		if s.name != "apiserver_request_total" {
			continue
		}
		verb, resource := s.labels["verb"], s.labels["resource"]
		if !slices.Contains([]string{"POST", "PUT", "PATCH", "APPLY", "DELETE", "DELETECOLLECTION"}, verb) {
			continue
		}
		if s.labels["group"] != v1alpha1.Group && !slices.Contains([]string{"events", "secrets", "configmaps", "leases"}, resource) {
			continue
		}
		if sub := s.labels["subresource"]; sub != "" {
			resource += "/" + sub
		}
		writes[verb+" "+resource] += int(s.value)
	}
	return writes
}

// writes by verb and resource that this program makes, which are not the
// provider's.
type writes struct {
	mu sync.Mutex
	by map[string]int
}

func newWrites() *writes { return &writes{by: map[string]int{}} }

func (w *writes) add(what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.by[what]++
}

func (w *writes) all() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.by)
}

// served are the writes, and lists, by others than this program since the start of
// the API server.
func (w *world) served(ctx context.Context) (written, listed map[string]int, err error) {
	client, err := rest.HTTPClientFor(w.plane.Config)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot make a client of the API server: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.plane.Config.Host+"/metrics", nil)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot ask for the API server's metrics: %w", err)
	}
	body, err := fetch(client, req)
	if err != nil {
		return nil, nil, err
	}
	samples, err := parse(body)
	if err != nil {
		return nil, nil, err
	}
	own := w.own.all()
	return minus(writesOf(samples), own), minus(listsOf(samples), own), nil
}

// minus is what is in a beyond b. Counts that are zero are left out.
func minus(a, b map[string]int) map[string]int {
	out := map[string]int{}
	for k, n := range a {
		if n -= b[k]; n != 0 {
			out[k] = n
		}
	}
	return out
}
