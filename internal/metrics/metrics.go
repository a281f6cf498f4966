// Package metrics measures what the provider asks of metal-stacks and what it
// decides about them. Its metrics are described in docs/metrics.md.
package metrics

import "github.com/prometheus/client_golang/prometheus"

// namespace of the provider's own metrics.
const namespace = "metal_stack"

// NewInfo is always 1, and says which version of the provider runs.
func NewInfo(version string) prometheus.Collector {
	g := prometheus.NewGauge(prometheus.GaugeOpts{
		Namespace:   namespace,
		Name:        "provider_info",
		Help:        "Always 1: the version of the provider.",
		ConstLabels: prometheus.Labels{"version": version},
	})
	g.Set(1)
	return g
}
