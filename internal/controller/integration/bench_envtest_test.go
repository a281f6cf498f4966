//go:build envtest

package integration

import (
	"context"
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	xpcontroller "github.com/crossplane/crossplane-runtime/v2/pkg/controller"
	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/crossplane/crossplane-runtime/v2/pkg/ratelimiter"
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	ctrlconfig "sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/kinds"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/relation"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
	metalrest "github.com/crossplane-contrib/provider-metal-stack/internal/metal/rest"
	"github.com/crossplane-contrib/provider-metal-stack/internal/quiet"
	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

const (
	project  = "00000000-0000-0000-0000-000000000001"
	internet = "internet-mini-lab"

	// holdOff of these tests: longer than an allocate of the simulator takes.
	holdOff  = 2 * time.Second
	patience = 2 * time.Minute
)

// A bench is a namespace of an API server, a metal-api, and the controllers in
// between.
type bench struct {
	t         *testing.T
	cfg       *rest.Config
	kube      client.Client
	namespace string
	sim       *simulator.Simulator
	stack     metal.Stack

	stop  context.CancelFunc
	ended chan error
}

// apiServer with the provider's kinds.
func apiServer(t *testing.T) (*rest.Config, *runtime.Scheme) {
	t.Helper()
	ctrl.SetLogger(logr.Discard())
	env := &envtest.Environment{CRDDirectoryPaths: []string{filepath.Join("..", "..", "..", "package", "provider", "crds")}, ErrorIfCRDPathMissing: true}
	cfg, err := env.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := env.Stop(); err != nil {
			t.Error(err)
		}
	})
	s := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{v1alpha1.AddToScheme, corev1.AddToScheme} {
		if err := add(s); err != nil {
			t.Fatal(err)
		}
	}
	return cfg, s
}

// newBench in a namespace of its own, with running controllers.
func newBench(t *testing.T, cfg *rest.Config, s *runtime.Scheme, namespace string) *bench {
	t.Helper()
	kube, err := client.New(cfg, client.Options{Scheme: s})
	if err != nil {
		t.Fatal(err)
	}
	if err := kube.Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}); err != nil {
		t.Fatal(err)
	}
	sim, err := simulator.New(simulator.Options{Speed: 10})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sim.Close)
	api := httptest.NewServer(sim)
	t.Cleanup(api.Close)
	stack, err := metalrest.New(metal.Config{URL: api.URL + "/metal", Type: v1alpha1.CredentialsHMAC, HMACAuthType: v1alpha1.HMACAuthTypeAdmin, Secret: "metal-admin"})
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, cfg: cfg, kube: kube, namespace: namespace, sim: sim, stack: stack}
	b.start()
	t.Cleanup(b.end)
	return b
}

// Connect to the bench's metal-api.
func (b *bench) Connect(context.Context, resource.ModernManaged) (*controller.Connection, error) {
	return &controller.Connection{Stack: b.stack, ProviderConfigUID: "pc", Role: b.stack.Role}, nil
}

// start a process.
func (b *bench) start() {
	b.t.Helper()
	unnamed := true
	mgr, err := ctrl.NewManager(b.cfg, ctrl.Options{
		Scheme:                  b.kube.Scheme(),
		NewClient:               quiet.NewClient,
		Client:                  client.Options{Cache: &client.CacheOptions{DisableFor: []client.Object{&corev1.Secret{}}}},
		Cache:                   cache.Options{DefaultNamespaces: map[string]cache.Config{b.namespace: {}}},
		Controller:              ctrlconfig.Controller{SkipNameValidation: &unnamed},
		Metrics:                 metricsserver.Options{BindAddress: "0"},
		GracefulShutdownTimeout: new(controller.ShutdownTimeout),
	})
	if err != nil {
		b.t.Fatal(err)
	}
	o := xpcontroller.DefaultOptions()
	o.PollInterval = time.Second
	o.MaxConcurrentReconciles = 4
	o.GlobalRateLimiter = ratelimiter.NewGlobal(100)
	env := controller.Environment{
		Connector: b, HoldOff: holdOff, Metrics: prometheus.NewRegistry(),
		Relations: relation.New(mgr.GetClient(), mgr.GetAPIReader(), kinds.Relations()),
	}
	if err := kinds.Setup(mgr, o, env); err != nil {
		b.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(b.t.Context()))
	b.stop, b.ended = stop, make(chan error, 1)
	go func() { b.ended <- mgr.Start(ctx) }()
}

// end the process as SIGTERM does.
func (b *bench) end() {
	b.t.Helper()
	b.stop()
	select {
	case err := <-b.ended:
		if err != nil {
			b.t.Errorf("the process ended with %v", err)
		}
		b.ended <- nil
	case <-time.After(patience):
		b.t.Error("the process does not end")
	}
}

func (b *bench) create(o client.Object) {
	b.t.Helper()
	if err := b.kube.Create(b.t.Context(), o); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) delete(o client.Object) {
	b.t.Helper()
	if err := b.kube.Delete(b.t.Context(), o); err != nil {
		b.t.Fatal(err)
	}
}

// gone is true if there is no such object any more. Else it is read anew.
func (b *bench) gone(o client.Object) bool {
	b.t.Helper()
	err := b.kube.Get(b.t.Context(), client.ObjectKeyFromObject(o), o)
	if client.IgnoreNotFound(err) != nil {
		b.t.Fatal(err)
	}
	return err != nil
}

// until something is so.
func (b *bench) until(what string, so func() bool) time.Duration {
	b.t.Helper()
	begin := time.Now()
	ctx, cancel := context.WithTimeout(b.t.Context(), patience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-ctx.Done():
			b.t.Fatalf("not so in time: %s\n%s", what, b.said())
		case <-tick.C:
		}
	}
	return time.Since(begin)
}

// said in messages and events.
func (b *bench) said() string {
	out := ""
	ns, fs, es := &v1alpha1.NetworkList{}, &v1alpha1.FirewallList{}, &corev1.EventList{}
	for _, l := range []client.ObjectList{ns, fs, es} {
		if err := b.kube.List(context.WithoutCancel(b.t.Context()), l, client.InNamespace(b.namespace)); err != nil {
			return err.Error()
		}
	}
	for i := range ns.Items {
		out += fmt.Sprintf("Network %s %v: %s\n", ns.Items[i].Name, ns.Items[i].Annotations, ns.Items[i].Status.AtProvider.Message)
	}
	for i := range fs.Items {
		out += fmt.Sprintf("Firewall %s %v: %s\n", fs.Items[i].Name, fs.Items[i].Annotations, fs.Items[i].Status.AtProvider.Message)
	}
	for i := range es.Items {
		out += fmt.Sprintf("%d x %s: %s\n", es.Items[i].Count, es.Items[i].Reason, es.Items[i].Message)
	}
	return out
}

// ready is true if the API server says so.
func (b *bench) ready(mg resource.Managed) bool {
	b.t.Helper()
	return !b.gone(mg) && mg.GetCondition(xpv2.TypeReady).Status == corev1.ConditionTrue
}

// operations of metal-api that wrote, oldest first.
func (b *bench) operations() []string {
	var out []string
	for _, e := range b.sim.Journal() {
		out = append(out, e.Operation)
	}
	return out
}

func (b *bench) network(name string) *v1alpha1.Network {
	n := &v1alpha1.Network{ObjectMeta: metav1.ObjectMeta{Namespace: b.namespace, Name: name, Labels: map[string]string{"of": name}}}
	n.Spec.ForProvider.Partition, n.Spec.ForProvider.ProjectID = "mini-lab", project
	return n
}

// firewall in front of a network that is selected by its label.
func (b *bench) firewall(name string, of *v1alpha1.Network) *v1alpha1.Firewall {
	f := &v1alpha1.Firewall{ObjectMeta: metav1.ObjectMeta{Namespace: b.namespace, Name: name}}
	p := &f.Spec.ForProvider
	p.Partition, p.ProjectID, p.Size, p.Image = "mini-lab", project, "v1-small-x86", "firewall-ubuntu-3.0"
	p.PrivateNetworkIDSelector = &v1alpha1.Selector{MatchLabels: of.GetLabels()}
	p.Networks = []v1alpha1.AllocationNetwork{{Name: "internet", NetworkID: new(internet)}}
	return f
}

// networkAndFirewall that are ready.
func (b *bench) networkAndFirewall() (*v1alpha1.Network, *v1alpha1.Firewall) {
	b.t.Helper()
	n := b.network("n")
	f := b.firewall("f", n)
	b.create(f)
	b.create(n)
	b.until("both are ready", func() bool { return b.ready(n) && b.ready(f) })
	if meta.GetExternalName(f) == "" {
		b.t.Error("want an external name")
	}
	return n, f
}
