package metrics

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
)

func TestObserve(t *testing.T) {
	t.Parallel()
	r := NewRequests()
	registry := prometheus.NewPedanticRegistry()
	if err := registry.Register(r); err != nil {
		t.Fatal(err)
	}
	for _, status := range []int{200, 201, 403, 422, 500, 0, 1000} {
		r.Observe("findNetworks", status, 0.02)
	}
	r.Observe("allocateFirewall", 200, 0.06)

	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]uint64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			n := f.GetName()
			for _, l := range m.GetLabel() {
				n += " " + l.GetName() + "=" + l.GetValue()
			}
			got[n] = m.GetHistogram().GetSampleCount()
		}
	}
	const name = "metal_stack_api_request_duration_seconds"
	want := map[string]uint64{
		name + " operation=findNetworks status=2xx":     2,
		name + " operation=findNetworks status=4xx":     2,
		name + " operation=findNetworks status=5xx":     1,
		name + " operation=findNetworks status=none":    2,
		name + " operation=allocateFirewall status=2xx": 1,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("counts by operation and class: -want, +got:\n%s", diff)
	}
}
