//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/cluster/local"
	"github.com/crossplane-contrib/provider-metal-stack/cluster/local/freeport"
	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

const (
	project      = "00000000-0000-0000-0000-000000000001"
	otherProject = "00000000-0000-0000-0000-000000000000"
	machines     = 12

	// poll of the provider. What heals by itself heals within it.
	poll = 10 * time.Second

	// soon bounds what takes seconds on an idle machine.
	soon = 3 * time.Minute
)

// Kinds of the stories.
var (
	xcluster  = schema.GroupVersionKind{Group: "cluster.metal-stack.crossplane.io", Version: "v1alpha1", Kind: "XCluster"}
	xfirewall = xcluster.GroupVersion().WithKind("XFirewall")
	network   = v1alpha1.NetworkGroupVersionKind
	firewall  = v1alpha1.FirewallGroupVersionKind
)

// A world is a Crossplane and a metal-stack.
type world struct {
	cluster *local.Cluster
	sim     *simulator.Simulator
	url     string
	metrics string
	kube    client.Client
}

// shared by all stories: each has a namespace of its own.
var shared *world

func TestMain(m *testing.M) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code, err := run(ctx, m)
	stop()
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "e2e:", err)
		code = 1
	}
	os.Exit(code)
}

func run(ctx context.Context, m *testing.M) (code int, err error) {
	dir, err := os.MkdirTemp("", "provider-metal-stack-e2e-")
	if err != nil {
		return 1, err
	}
	sim, err := simulator.New(simulator.Options{Machines: machines, Speed: 4})
	if err != nil {
		return 1, err
	}
	defer sim.Close()
	server := httptest.NewServer(sim)
	defer server.Close()

	port, err := freeport.Choose(ctx)
	if err != nil {
		return 1, err
	}
	metrics := fmt.Sprintf("127.0.0.1:%d", port)
	cluster, err := local.Start(ctx, local.Options{
		Dir: filepath.Join(dir, "cluster"), Out: os.Stdout,
		ProviderArgs: []string{"--debug", "--poll=" + poll.String(), "--create-hold-off=15s", "--poll-state-metric=2s"},
		ProviderEnv:  []string{"METRICS_BIND_ADDRESS=" + metrics},
	})
	if err != nil {
		return 1, err
	}
	defer func() {
		cluster.Stop()
		if code == 0 && err == nil {
			_ = os.RemoveAll(dir)
			return
		}
		_, _ = fmt.Fprintln(os.Stderr, "e2e: logs are in", cluster.Logs())
	}()
	shared = &world{cluster: cluster, sim: sim, url: server.URL + "/metal", metrics: "http://" + metrics + "/metrics"}
	if err := shared.install(ctx); err != nil {
		return 1, err
	}
	if code := m.Run(); code != 0 {
		return code, nil
	}
	return 0, shared.nothingForbidden()
}

// install the packages as an operator does, and the configuration that the
// examples use.
func (w *world) install(ctx context.Context) error {
	for _, publish := range []func(context.Context) (string, error){
		w.cluster.PublishFunction,
		func(ctx context.Context) (string, error) { return w.cluster.PublishProvider(ctx, "v0.1.0") },
	} {
		if _, err := publish(ctx); err != nil {
			return err
		}
	}
	ref, err := w.cluster.PublishConfiguration(ctx, "v0.1.0")
	if err != nil {
		return err
	}
	// The provider and the function come with it, as its dependencies.
	if err := w.cluster.Install(ctx, "configuration", ref); err != nil {
		return err
	}
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		return err
	}
	if w.kube, err = client.New(w.cluster.Config(), client.Options{Scheme: scheme}); err != nil {
		return err
	}
	for _, crd := range []string{
		"clusterproviderconfigs.metal-stack.m.crossplane.io", "networks.metal-stack.m.crossplane.io", "firewalls.metal-stack.m.crossplane.io",
		"xclusters.cluster.metal-stack.crossplane.io", "xfirewalls.cluster.metal-stack.crossplane.io", "xclusterclaims.cluster.metal-stack.crossplane.io",
	} {
		if _, err := w.cluster.Kubectl(ctx, "wait", "crd/"+crd, "--for=condition=Established", "--timeout=3m"); err != nil {
			return err
		}
	}
	for _, o := range []client.Object{
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "metal-stack"}},
		secret("metal-stack", "metal-api", "metal-admin"),
		&v1alpha1.ClusterProviderConfig{
			ObjectMeta: metav1.ObjectMeta{Name: "default"},
			Spec: v1alpha1.ClusterProviderConfigSpec{
				ConnectionSpec: v1alpha1.ConnectionSpec{URL: w.url},
				Credentials: v1alpha1.ClusterCredentials{SecretRef: v1alpha1.SecretKey{
					LocalSecretKey: v1alpha1.LocalSecretKey{Name: "metal-api", Key: "hmac"}, Namespace: "metal-stack",
				}},
			},
		},
	} {
		if err := w.kube.Create(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

// nothingForbidden says whether the provider did without rights that Crossplane
// does not give it.
func (w *world) nothingForbidden() error {
	logs, err := filepath.Glob(filepath.Join(w.cluster.Logs(), "*provider-metal-stack*"))
	if err != nil || len(logs) == 0 {
		return fmt.Errorf("cannot find the provider's log in %s: %w", w.cluster.Logs(), err)
	}
	for _, file := range logs {
		b, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		for line := range strings.SplitSeq(string(b), "\n") {
			if strings.Contains(line, "is forbidden: User") {
				return fmt.Errorf("the provider lacks a right: %s", line)
			}
		}
	}
	return nil
}

func secret(namespace, name, key string) *corev1.Secret {
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		StringData: map[string]string{"hmac": key},
	}
}

// object of a kind, to read into.
func object(gvk schema.GroupVersionKind, namespace, name string) *unstructured.Unstructured {
	u := &unstructured.Unstructured{}
	u.SetGroupVersionKind(gvk)
	u.SetNamespace(namespace)
	u.SetName(name)
	return u
}
