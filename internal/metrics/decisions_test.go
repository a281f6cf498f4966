package metrics

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
)

// What has never happened is there as well, at zero: alerts see the first time.
func TestDecisions(t *testing.T) {
	t.Parallel()
	d := NewDecisions()
	registry := prometheus.NewPedanticRegistry()
	labelled := prometheus.WrapRegistererWith(prometheus.Labels{"kind": "Network"}, registry)
	if err := labelled.Register(d); err != nil {
		t.Fatal(err)
	}
	d.Created(Known)
	d.Created(Unknown)
	d.Created(Unknown)
	d.Refused(Marked)

	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			n := f.GetName()
			for _, l := range m.GetLabel() {
				n += " " + l.GetName() + "=" + l.GetValue()
			}
			got[n] = m.GetCounter().GetValue()
		}
	}
	want := map[string]float64{
		"metal_stack_create_outcomes_total kind=Network outcome=found":          0,
		"metal_stack_create_outcomes_total kind=Network outcome=known":          1,
		"metal_stack_create_outcomes_total kind=Network outcome=refused":        0,
		"metal_stack_create_outcomes_total kind=Network outcome=unknown":        2,
		"metal_stack_foreign_objects_refused_total kind=Network reason=marked":  1,
		"metal_stack_foreign_objects_refused_total kind=Network reason=project": 0,
		"metal_stack_foreign_objects_refused_total kind=Network reason=unfit":   0,
		"metal_stack_foreign_objects_refused_total kind=Network reason=unlike":  0,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("decisions: -want, +got:\n%s", diff)
	}
}
