package controlplane

import (
	"context"
	"fmt"
	"net"
	"net/netip"
)

// rbacManagerPort is where the RBAC manager serves its metrics, which cannot
// be changed.
const rbacManagerPort = 8080

// ports of the control plane, all chosen free.
type ports struct {
	etcd, etcdPeer, apiServer, coreMetrics, coreProbe int
}

// freePorts chooses ports that nobody listens on. They are told apart by being
// held at the same time; somebody else could still take one before it is used.
func freePorts(ctx context.Context) (ports, error) {
	var p ports
	for _, port := range []*int{&p.etcd, &p.etcdPeer, &p.apiServer, &p.coreMetrics, &p.coreProbe} {
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return p, fmt.Errorf("cannot find a free port: %w", err)
		}
		defer func() { _ = l.Close() }() // All of them at the end, see above.
		*port = int(netip.MustParseAddrPort(l.Addr().String()).Port())
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", fmt.Sprintf(":%d", rbacManagerPort))
	if err != nil {
		return p, fmt.Errorf("port %d must be free, for Crossplane's RBAC manager has its metrics there and no flag to change it (does another local control plane run?): %w", rbacManagerPort, err)
	}
	return p, l.Close()
}
