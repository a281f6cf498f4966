package config

import (
	"context"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/logging"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metrics"
)

// A census counts configurations now and then, as crossplane-runtime counts
// managed resources: in the process that leads.
type census struct {
	kube  client.Reader
	every time.Duration
	count metrics.Configurations
	log   logging.Logger
}

// Start counting. It ends with its context.
func (c *census) Start(ctx context.Context) error {
	tick := time.NewTicker(c.every)
	defer tick.Stop()
	for {
		if err := c.take(ctx); err != nil {
			c.log.Info("Cannot count configurations", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// take the census once.
func (c *census) take(ctx context.Context) error {
	all, err := listConfigs(ctx, c.kube)
	if err != nil {
		return err
	}
	ready, unready := map[string]int{}, map[string]int{}
	for _, cfg := range all {
		if cfg.status.GetCondition(xpv2.TypeReady).Status == corev1.ConditionTrue {
			ready[cfg.name.kind]++
		} else {
			unready[cfg.name.kind]++
		}
	}
	for _, kind := range []string{v1alpha1.ProviderConfigKind, v1alpha1.ClusterProviderConfigKind} {
		c.count.Count(kind, true, ready[kind])
		c.count.Count(kind, false, unready[kind])
	}
	return nil
}
