//go:build envtest

package main

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

const (
	team     = "default"
	hmac     = "key-that-nobody-may-see"
	poll     = time.Second
	patience = 2 * time.Minute
)

// A bench is an API server, a metal-api, and the provider between them.
type bench struct {
	admin *rest.Config
	kube  client.Client
	sim   *simulator.Simulator
	url   string
	flags flags
	logs  *logs
	sink  *sink
	stop  context.CancelFunc
	ended chan error

	kubeconfig []byte // Of the provider.
}

// newBench without a provider. Its kinds are not there yet, and it may watch
// CRDs if it says that it is safe to start.
func newBench(t *testing.T, safeStart bool) *bench {
	t.Helper()
	env := &envtest.Environment{}
	admin, err := env.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := env.Stop(); err != nil {
			t.Error(err)
		}
	})
	scheme, err := newScheme()
	if err != nil {
		t.Fatal(err)
	}
	kube, err := client.New(admin, client.Options{Scheme: scheme})
	if err != nil {
		t.Fatal(err)
	}
	sim, err := simulator.New(simulator.Options{Seed: 1, Keys: simulator.Keys{Admin: hmac}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sim.Close)
	api := httptest.NewServer(sim)
	t.Cleanup(api.Close)

	b := &bench{
		admin: admin, kube: kube, sim: sim, url: api.URL + "/metal", logs: &logs{}, sink: newSink(t), ended: make(chan error, 1),
		flags: flags{
			Debug: true, LeaderElection: true, LeaderElectionNamespace: team, LeaseDuration: time.Minute, Poll: poll, MinPoll: poll, Sync: time.Hour, MaxReconcileRate: 10, MetalAPIInFlight: 16, MetalAPIRate: 400, SnapshotAge: time.Second, CreateHoldOff: time.Second, PollStateMetric: time.Second,
			MetricsBindAddress: freeAddress(t), HealthProbeBindAddress: freeAddress(t),
		},
	}
	b.flags.EnableChangelogs, b.flags.ChangelogsSocketPath = true, b.sink.path
	b.grant(t, safeStart)
	b.login(t, env)
	return b
}

// start the provider.
func (b *bench) start(t *testing.T) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	b.stop = stop
	go func() { b.ended <- run(ctx, b.flags, b.logs) }()
}

// startAlone starts the provider in a process of its own: a second one in this
// process would share its metrics.
func (b *bench) startAlone(t *testing.T) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	b.stop = stop
	cmd := exec.CommandContext(ctx, os.Args[0], "--poll="+poll.String(), "--metrics-bind-address=127.0.0.1:0", "--health-probe-bind-address=127.0.0.1:0")
	cmd.Env = append(os.Environ(), isProvider+"=true")
	cmd.Stderr = b.logs
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		err := cmd.Wait()
		if errors.Is(err, context.Canceled) {
			err = nil
		}
		b.ended <- err
	}()
}

// isProvider in the environment makes the test's program the provider.
const isProvider = "TEST_IS_PROVIDER"

func TestMain(m *testing.M) {
	if os.Getenv(isProvider) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// install kinds of the provider, by the names of their CRDs.
func (b *bench) install(t *testing.T, plurals ...string) {
	t.Helper()
	var paths []string
	for _, plural := range plurals {
		paths = append(paths, filepath.Join("..", "..", "package", "provider", "crds", v1alpha1.Group+"_"+plural+".yaml"))
	}
	_, err := envtest.InstallCRDs(b.admin, envtest.CRDInstallOptions{Paths: paths, ErrorIfPathMissing: true})
	if err != nil {
		t.Fatal(err)
	}
}

// grant the rights that Crossplane's RBAC manager gives to a provider, and no
// others: none to delete its own kinds.
func (b *bench) grant(t *testing.T, safeStart bool) {
	t.Helper()
	kinds := []string{}
	for _, plural := range []string{"clusterproviderconfigs", "firewalls", "ips", "machines", "networks", "projects", "providerconfigs", "providerconfigusages"} {
		kinds = append(kinds, plural, plural+"/status")
	}
	role := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: "provider"}, Rules: []rbacv1.PolicyRule{
		{APIGroups: []string{v1alpha1.Group}, Resources: kinds, Verbs: []string{"get", "list", "watch", "update", "patch", "create"}},
		{APIGroups: []string{v1alpha1.Group}, Resources: []string{"*/finalizers"}, Verbs: []string{"update"}},
		{APIGroups: []string{"", "coordination.k8s.io"}, Resources: []string{"secrets", "configmaps", "events", "leases"}, Verbs: []string{"*"}},
	}}
	if safeStart {
		role.Rules = append(role.Rules, rbacv1.PolicyRule{APIGroups: []string{"apiextensions.k8s.io"}, Resources: []string{"customresourcedefinitions"}, Verbs: []string{"get", "list", "watch"}})
	}
	binding := &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "provider"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "provider"},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User", Name: "provider"}},
	}
	for _, o := range []client.Object{role, binding} {
		if err := b.kube.Create(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
}

// login as the provider's user.
func (b *bench) login(t *testing.T, env *envtest.Environment) {
	t.Helper()
	user, err := env.AddUser(envtest.User{Name: "provider"}, b.admin)
	if err != nil {
		t.Fatal(err)
	}
	kubeconfig, err := user.KubeConfig()
	if err != nil {
		t.Fatal(err)
	}
	b.kubeconfig = kubeconfig
	path := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(path, kubeconfig, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("KUBECONFIG", path)
}

// end the provider, which must not be a failure.
func (b *bench) end(t *testing.T) {
	t.Helper()
	b.stop()
	select {
	case err := <-b.ended:
		if err != nil {
			t.Errorf("the provider ended with %v", err)
		}
	case <-time.After(patience):
		t.Error("the provider does not end")
	}
	if t.Failed() {
		t.Log(b.logs.String())
	}
}

// eventually f says nothing is missing any more.
func eventually(t *testing.T, f func() string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		missing := f()
		if missing == "" {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatal(missing)
		case <-tick.C:
		}
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// logs of the provider.
type logs struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
