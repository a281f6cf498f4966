package controlplane

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/crossplane-contrib/provider-metal-stack/cluster/local/pki"
	"github.com/crossplane-contrib/provider-metal-stack/cluster/local/process"
	"github.com/crossplane-contrib/provider-metal-stack/cluster/local/toolchain"
)

func TestFreePorts(t *testing.T) {
	t.Parallel()
	p, err := freePorts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	seen := map[int]bool{0: true}
	for _, port := range []int{p.etcd, p.etcdPeer, p.apiServer, p.coreMetrics, p.coreProbe, p.coreWebhook} {
		if seen[port] {
			t.Errorf("port %d was chosen twice, or is none: %+v", port, p)
		}
		seen[port] = true
	}
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "pki")
	c, err := makeCredentials(dir)
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := os.ReadFile(c.tokenFile)
	if err != nil {
		t.Fatal(err)
	}
	if want := c.tokens[userAdmin] + ",admin,admin,system:masters\n"; !strings.HasPrefix(string(tokens), want) {
		t.Errorf("tokens: got %q, want %q first", tokens, want)
	}
	info, err := os.Stat(c.tokenFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(os.FileMode(0o600), info.Mode()); diff != "" {
		t.Errorf("tokens can be read by others: -want, +got:\n%s", diff)
	}

	file := filepath.Join(dir, "kubeconfig")
	if err := clientcmd.WriteToFile(c.kubeconfig("https://127.0.0.1:1", "token"), file); err != nil {
		t.Fatal(err)
	}
	config, err := clientcmd.BuildConfigFromFlags("", file)
	if err != nil {
		t.Fatal(err)
	}
	if config.BearerToken != "token" || !cmp.Equal(config.CAData, c.ca.Cert()) {
		t.Errorf("kubeconfig: got token %q and authority %q", config.BearerToken, config.CAData)
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	ca, err := pki.NewAuthority("test")
	if err != nil {
		t.Fatal(err)
	}
	c := &ControlPlane{creds: &credentials{ca: ca}}

	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		if asked < 3 || r.Header.Get("Authorization") != "Bearer token" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer server.Close()
	if err := c.answers(t.Context(), server.URL, "token"); err != nil {
		t.Errorf("a server that becomes ready: %v", err)
	}

	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	err = c.answers(ctx, server.URL, "wrong")
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "503") {
		t.Errorf("a server that never does: got %v, want the time-out and the last answer", err)
	}
}

// A start that fails says why, and leaves nothing behind.
func TestStartFails(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	etcd := filepath.Join(dir, "etcd-program")
	if err := os.WriteFile(etcd, []byte("#!/bin/sh\necho no space left\nexit 1\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := Start(t.Context(), Options{Dir: dir, Toolchain: &toolchain.Toolchain{Etcd: etcd}, Out: io.Discard})
	if err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("Start: got %v, want the last lines of etcd's log", err)
	}
}

func TestProcessEnds(t *testing.T) {
	t.Parallel()
	c := &ControlPlane{opts: Options{Dir: t.TempDir()}}
	c.ctx, c.group = process.NewGroup(t.Context())
	if err := os.Mkdir(c.path("logs"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := c.group.Start(c.spec("crossplane", "/bin/sh", nil, "-c", "echo panic; exit 2")); err != nil {
		t.Fatal(err)
	}
	<-c.Context().Done()
	if err := context.Cause(c.Context()); !strings.Contains(err.Error(), "crossplane ended (exit status 2)") || !strings.Contains(err.Error(), "panic") {
		t.Errorf("cause: got %v, want which process ended and its last words", err)
	}
	c.Stop()
}
