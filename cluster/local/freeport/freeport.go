// Package freeport chooses ports for programs that must be told theirs.
package freeport

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
)

// Ports are chosen below those that kernels give to connections and to listeners
// that ask for any: one of these could be taken between choice and use.
const (
	first = 20000
	count = 10000
)

// attempts at finding a port that nobody listens on.
const attempts = 100

// Choose returns a port of 127.0.0.1 that nobody listens on.
func Choose(ctx context.Context) (int, error) {
	var err error
	for range attempts {
		port := first + rand.IntN(count) //nolint:gosec // Nothing secret.
		var l net.Listener
		l, err = (&net.ListenConfig{}).Listen(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			return port, l.Close()
		}
		if ctx.Err() != nil {
			break
		}
	}
	return 0, fmt.Errorf("cannot find a free port: %w", errors.Join(ctx.Err(), err))
}
