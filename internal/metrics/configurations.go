package metrics

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
)

// Configurations by kind and by whether they are ready. They are not named: a
// platform may have one in each of its namespaces. It is safe for concurrent
// use.
type Configurations struct {
	*prometheus.GaugeVec
}

// NewConfigurations of these kinds, of which there are none yet.
func NewConfigurations(kinds ...string) Configurations {
	c := Configurations{prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Namespace: namespace,
		Name:      "provider_configs",
		Help:      "ProviderConfigs and ClusterProviderConfigs by whether they are ready: whether their metal-stack can be used.",
	}, []string{"kind", "ready"})}
	for _, k := range kinds {
		c.Count(k, true, 0)
		c.Count(k, false, 0)
	}
	return c
}

// Count how many configurations of a kind are ready, or are not.
func (c Configurations) Count(kind string, ready bool, n int) {
	c.WithLabelValues(kind, strconv.FormatBool(ready)).Set(float64(n))
}
