package config

import (
	"testing"

	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metrics"
)

func TestCensus(t *testing.T) {
	t.Parallel()
	named := func(n string, ready bool) client.Object {
		pc := providerConfig(func(pc *v1alpha1.ProviderConfig) { pc.Name, pc.UID = n, "" })
		if ready {
			pc.SetConditions(xpv2.Available())
		}
		return pc
	}
	kube := cluster(t, named("a", true), named("b", true), named("c", false), clusterProviderConfig())
	c := &census{kube: kube, count: metrics.NewConfigurations(v1alpha1.ProviderConfigKind, v1alpha1.ClusterProviderConfigKind)}
	check := func(want map[string]float64) {
		t.Helper()
		registry := prometheus.NewPedanticRegistry()
		if err := registry.Register(c.count); err != nil {
			t.Fatal(err)
		}
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]float64{}
		for _, f := range families {
			for _, m := range f.GetMetric() {
				n := f.GetName()
				for _, l := range m.GetLabel() {
					n += " " + l.GetValue()
				}
				got[n] = m.GetGauge().GetValue()
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("configurations: -want, +got:\n%s", diff)
		}
	}

	const name = "metal_stack_provider_configs "
	check(map[string]float64{
		name + "ProviderConfig true": 0, name + "ProviderConfig false": 0,
		name + "ClusterProviderConfig true": 0, name + "ClusterProviderConfig false": 0,
	})
	if err := c.take(t.Context()); err != nil {
		t.Fatal(err)
	}
	check(map[string]float64{
		name + "ProviderConfig true": 2, name + "ProviderConfig false": 1,
		name + "ClusterProviderConfig true": 0, name + "ClusterProviderConfig false": 1,
	})
	// Those that are gone are not counted any more.
	if err := kube.Delete(t.Context(), named("c", false)); err != nil {
		t.Fatal(err)
	}
	if err := c.take(t.Context()); err != nil {
		t.Fatal(err)
	}
	check(map[string]float64{
		name + "ProviderConfig true": 2, name + "ProviderConfig false": 0,
		name + "ClusterProviderConfig true": 0, name + "ClusterProviderConfig false": 1,
	})
}
