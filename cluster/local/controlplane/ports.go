package controlplane

import (
	"context"
	"fmt"
	"slices"

	"github.com/crossplane-contrib/provider-metal-stack/cluster/local/freeport"
)

// ports of the control plane, all chosen free.
type ports struct {
	etcd, etcdPeer, apiServer, coreMetrics, coreProbe, coreWebhook int
}

func freePorts(ctx context.Context) (ports, error) {
	var p ports
	var chosen []int
	for _, port := range []*int{&p.etcd, &p.etcdPeer, &p.apiServer, &p.coreMetrics, &p.coreProbe, &p.coreWebhook} {
		for *port == 0 || slices.Contains(chosen, *port) {
			var err error
			if *port, err = freeport.Choose(ctx); err != nil {
				return p, fmt.Errorf("cannot choose ports: %w", err)
			}
		}
		chosen = append(chosen, *port)
	}
	return p, nil
}
