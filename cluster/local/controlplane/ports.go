package controlplane

import (
	"context"
	"fmt"
	"net"
	"net/netip"
)

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
	return p, nil
}
