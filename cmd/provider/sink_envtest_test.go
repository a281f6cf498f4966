//go:build envtest

package main

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	changelogs "github.com/crossplane/crossplane-runtime/v2/apis/changelogs/proto/v1alpha1"
	"google.golang.org/grpc"
)

// A sink of change logs, as it runs beside a provider.
type sink struct {
	changelogs.UnimplementedChangeLogServiceServer

	path string

	mu  sync.Mutex
	got []*changelogs.ChangeLogEntry
}

func newSink(t *testing.T) *sink {
	t.Helper()
	// A test's own folder may have a name too long for a socket.
	dir, err := os.MkdirTemp("", "changelogs-") //nolint:usetesting // See above.
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	s := &sink{path: filepath.Join(dir, "s")}
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", s.path)
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	changelogs.RegisterChangeLogServiceServer(server, s)
	go func() { _ = server.Serve(l) }()
	t.Cleanup(server.Stop)
	return s
}

// SendChangeLog keeps an entry.
func (s *sink) SendChangeLog(_ context.Context, r *changelogs.SendChangeLogRequest) (*changelogs.SendChangeLogResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got = append(s.got, r.GetEntry())
	return &changelogs.SendChangeLogResponse{}, nil
}

func (s *sink) entries() []*changelogs.ChangeLogEntry {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.got)
}
