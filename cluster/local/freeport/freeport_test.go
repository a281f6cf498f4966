package freeport

import (
	"fmt"
	"net"
	"testing"
)

func TestChoose(t *testing.T) {
	t.Parallel()
	seen := map[int]bool{}
	for range 50 {
		port, err := Choose(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if seen[port] {
			t.Errorf("port %d was chosen although somebody listens on it", port)
		}
		seen[port] = true
		l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			t.Fatalf("the port cannot be used: %v", err)
		}
		defer func() { _ = l.Close() }()
	}
}
