//go:build envtest

package main

import (
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"k8s.io/client-go/tools/clientcmd"
)

// A line to the API server that can be cut.
type line struct {
	to string
	l  net.Listener

	mu    sync.Mutex
	down  bool
	conns map[net.Conn]bool
}

// newLine to the API server, and the provider's kubeconfig for it.
func (b *bench) newLine(t *testing.T) (*line, string) {
	t.Helper()
	cfg, err := clientcmd.Load(b.kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &line{l: listener, conns: map[net.Conn]bool{}}
	for _, c := range cfg.Clusters {
		u, err := url.Parse(c.Server)
		if err != nil {
			t.Fatal(err)
		}
		l.to, u.Host = u.Host, listener.Addr().String()
		c.Server = u.String()
	}
	raw, err := clientcmd.Write(*cfg)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	go l.serve()
	t.Cleanup(func() { l.cut(true); _ = listener.Close() })
	return l, path
}

func (l *line) serve() {
	for {
		from, err := l.l.Accept()
		if err != nil {
			return
		}
		to, err := net.Dial("tcp", l.to) //nolint:noctx // It ends with the line.
		if err != nil {
			_ = from.Close()
			continue
		}
		if !l.add(from, to) {
			continue
		}
		for _, way := range [][2]net.Conn{{from, to}, {to, from}} {
			go func() {
				_, _ = io.Copy(way[0], way[1])
				_ = way[0].Close()
			}()
		}
	}
}

func (l *line) add(cs ...net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range cs {
		if l.down {
			_ = c.Close()
		} else {
			l.conns[c] = true
		}
	}
	return !l.down
}

// cut the line, or mend it.
func (l *line) cut(down bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.down = down
	for c := range l.conns {
		_ = c.Close()
	}
	clear(l.conns)
}
