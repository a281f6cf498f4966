package controller_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	xpcontroller "github.com/crossplane/crossplane-runtime/v2/pkg/controller"
	"github.com/crossplane/crossplane-runtime/v2/pkg/logging"
	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap/zapcore"
	corev1 "k8s.io/api/core/v1"
	kerrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/record"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/allocation"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/firewall"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/ip"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/kinds"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/machine"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/network"
	projectkind "github.com/crossplane-contrib/provider-metal-stack/internal/controller/project"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/relation"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal/rest"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal/snapshot"
	"github.com/crossplane-contrib/provider-metal-stack/internal/quiet"
	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

// A world is a Kubernetes without controllers of its own, a metal-stack behind
// HTTP, and the whole reconcilers in between.
type world struct {
	t    *testing.T
	sim  *simulator.Simulator
	kube client.WithWatch

	// stack that the ProviderConfig points at, with its credentials.
	url   string
	role  v1alpha1.HMACAuthType
	unset error

	// timeout of an allocate, the default if zero; patience with Kubernetes.
	timeout  time.Duration
	patience time.Duration

	// shared is what looks are served from, if set, and wrapped the stack that is.
	shared  *snapshot.Shared
	wrapped metal.Stack

	// later is true while looks are to be taken later.
	later bool

	// between is called after a look, if set.
	between func()

	// reconcilers by kind.
	reconcilers map[string]reconcile.Reconciler

	// stale is what the cache shows of a Network, if set.
	stale *v1alpha1.Network

	// ahead is how far the clock of hold-offs is; or it is a test's own.
	ahead atomic.Int64
	clock func() time.Time

	// metrics and log of the process.
	metrics *prometheus.Registry
	log     *bytes.Buffer

	// held are paths of metal-api whose next request waits until the channel is closed.
	held sync.Map

	// dead is called before each write to Kubernetes.
	mu     sync.Mutex
	write  func(verb string, o client.Object) error
	events []string
	uids   int
}

func newWorld(t *testing.T, opts ...func(*simulator.Options)) *world {
	t.Helper()
	o := simulator.Options{Seed: 1, Speed: 50}
	for _, opt := range opts {
		opt(&o)
	}
	sim, err := simulator.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sim.Close)
	w := &world{t: t, sim: sim, role: v1alpha1.HMACAuthTypeAdmin, patience: 200 * time.Millisecond}
	server := httptest.NewServer(http.HandlerFunc(w.serve))
	t.Cleanup(server.Close)
	w.url = server.URL + "/metal"

	s := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{v1alpha1.AddToScheme, corev1.AddToScheme} {
		if err := add(s); err != nil {
			t.Fatal(err)
		}
	}
	b := fake.NewClientBuilder().WithScheme(s)
	for kind, o := range map[string]client.Object{
		v1alpha1.NetworkKind: &v1alpha1.Network{}, v1alpha1.FirewallKind: &v1alpha1.Firewall{}, v1alpha1.MachineKind: &v1alpha1.Machine{}, v1alpha1.IPKind: &v1alpha1.IP{},
		v1alpha1.ProjectKind: &v1alpha1.Project{},
	} {
		for field, of := range kinds.Relations().Indexes(kind) {
			b = b.WithIndex(o, field, of)
		}
	}
	w.kube = b.
		WithStatusSubresource(&v1alpha1.Network{}, &v1alpha1.Firewall{}, &v1alpha1.Machine{}, &v1alpha1.IP{}, &v1alpha1.Project{}).
		WithIndex(&v1alpha1.Network{}, network.ByPrefix, network.PrefixesOf).
		WithInterceptorFuncs(interceptor.Funcs{
			// What comes out of a manager's cache has a kind.
			Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, o client.Object, opts ...client.GetOption) error {
				if err := c.Get(ctx, key, o, opts...); err != nil {
					return err
				}
				if n, ok := o.(*v1alpha1.Network); ok && w.stale != nil && ctx.Value(live{}) == nil {
					w.stale.DeepCopyInto(n)
				}
				gvk, err := apiutil.GVKForObject(o, s)
				o.GetObjectKind().SetGroupVersionKind(gvk)
				return err
			},
			Update: func(ctx context.Context, c client.WithWatch, o client.Object, opts ...client.UpdateOption) error {
				if err := w.writing("update", o); err != nil {
					return err
				}
				return c.Update(ctx, o, opts...)
			},
			Patch: func(ctx context.Context, c client.WithWatch, o client.Object, p client.Patch, opts ...client.PatchOption) error {
				if err := w.writing("patch", o); err != nil {
					return err
				}
				return c.Patch(ctx, o, p, opts...)
			},
			SubResourceUpdate: func(ctx context.Context, c client.Client, sub string, o client.Object, opts ...client.SubResourceUpdateOption) error {
				if err := w.writing("status", o); err != nil {
					return err
				}
				return c.SubResource(sub).Update(ctx, o, opts...)
			},
		}).Build()
	w.restart()
	return w
}

// serve metal-api, but for what is held on its way.
func (w *world) serve(rw http.ResponseWriter, r *http.Request) {
	if gate, ok := w.held.LoadAndDelete(r.URL.Path); ok {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			w.t.Errorf("cannot read what is held: %v", err)
		}
		<-gate.(chan struct{})
		// What is on its way is carried out even when the caller has gone meanwhile.
		r = r.WithContext(context.WithoutCancel(r.Context()))
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	w.sim.ServeHTTP(rw, r)
}

// hold the next allocate of a kind on its way to metal-api, until it is released.
func (w *world) hold(kind string) (release func()) {
	gate := make(chan struct{})
	release = sync.OnceFunc(func() { close(gate) })
	w.t.Cleanup(release)
	w.held.Store(allocates(kind), gate)
	return release
}

// holding says whether what is to be held has come.
func (w *world) holding(kind string) bool {
	_, waits := w.held.Load(allocates(kind))
	return !waits
}

func allocates(kind string) string { return "/metal/v1/" + strings.ToLower(kind) + "/allocate" }

func (w *world) writing(verb string, o client.Object) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.write == nil {
		return nil
	}
	return w.write(verb, o)
}

// onWrite is called before each write to Kubernetes, and fails it by an error.
func (w *world) onWrite(f func(verb string, o client.Object) error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.write = f
}

// restart the process: it remembers nothing, and all writes go through again.
func (w *world) restart() {
	w.t.Helper()
	w.onWrite(nil)
	w.metrics, w.log = prometheus.NewRegistry(), &bytes.Buffer{}
	mgr := &manager{w: w}
	env := controller.Environment{
		Connector:      w,
		Relations:      relation.New(mgr.GetClient(), mgr.GetAPIReader(), kinds.Relations()),
		PersistTimeout: w.patience,
		CreateTimeout:  w.timeout,
		Metrics:        w.metrics,
		Now:            w.now,
	}
	o := xpcontroller.DefaultOptions()
	o.Logger = logging.NewLogrLogger(zap.New(zap.WriteTo(zapcore.Lock(zapcore.AddSync(w.log))), zap.Level(zapcore.DebugLevel)))
	desk := allocation.NewDesk()
	w.reconcilers = map[string]reconcile.Reconciler{
		v1alpha1.NetworkKind:  reconciler(w, mgr, o, env, network.Controller(mgr)),
		v1alpha1.FirewallKind: reconciler(w, mgr, o, env, firewall.Controller(mgr, desk)),
		v1alpha1.MachineKind:  reconciler(w, mgr, o, env, machine.Controller(mgr, desk)),
		v1alpha1.IPKind:       reconciler(w, mgr, o, env, ip.Controller(mgr)),
		v1alpha1.ProjectKind:  reconciler(w, mgr, o, env, projectkind.Controller(mgr)),
	}
}

func reconciler[T controller.Resource, O any](w *world, mgr *manager, o xpcontroller.Options, env controller.Environment, c controller.Controller[T, O]) reconcile.Reconciler {
	w.t.Helper()
	r, err := controller.NewReconciler(mgr, o, env, c)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func (w *world) now() time.Time {
	if w.clock != nil {
		return w.clock()
	}
	return time.Now().Add(time.Duration(w.ahead.Load()))
}

// pass time, as far as hold-offs are concerned.
func (w *world) pass(d time.Duration) { w.ahead.Add(int64(d)) }

// Connect to the metal-stack of the world.
func (w *world) Connect(context.Context, resource.ModernManaged) (*controller.Connection, error) {
	if w.unset != nil {
		return nil, w.unset
	}
	s := w.stack()
	if w.shared != nil {
		if w.wrapped == nil {
			w.wrapped = w.shared.Wrap(s, "pc")
		}
		s = w.wrapped
	}
	return &controller.Connection{Stack: interrupted{s, w}, ProviderConfigUID: "pc", Role: s.Role}, nil
}

func (w *world) stack() metal.Stack {
	s, err := rest.New(metal.Config{URL: w.url, Type: v1alpha1.CredentialsHMAC, HMACAuthType: w.role, Secret: strings.ToLower(string(w.role))})
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// A manager as far as reconcilers need one.
type manager struct {
	ctrl.Manager

	w *world
}

func (m *manager) GetClient() client.Client                        { return quiet.New(m.w.kube, m.w.kube) }
func (m *manager) GetAPIReader() client.Reader                     { return live{m.w.kube} }
func (m *manager) GetCache() cache.Cache                           { return nil }
func (m *manager) GetScheme() *runtime.Scheme                      { return m.w.kube.Scheme() }
func (m *manager) GetEventRecorderFor(string) record.EventRecorder { return recorder{m.w} }

// live reads past the cache.
type live struct{ client.Reader }

func (l live) Get(ctx context.Context, key client.ObjectKey, o client.Object, opts ...client.GetOption) error {
	return l.Reader.Get(context.WithValue(ctx, live{}, true), key, o, opts...)
}

type recorder struct{ w *world }

func (r recorder) Event(_ runtime.Object, _, reason, message string) {
	r.w.mu.Lock()
	defer r.w.mu.Unlock()
	r.w.events = append(r.w.events, reason+": "+message)
}

func (r recorder) Eventf(o runtime.Object, kind, reason, format string, args ...any) {
	r.Event(o, kind, reason, fmt.Sprintf(format, args...))
}

func (r recorder) AnnotatedEventf(o runtime.Object, _ map[string]string, kind, reason, format string, args ...any) {
	r.Event(o, kind, reason, fmt.Sprintf(format, args...))
}

// happened counts events of a reason.
func (w *world) happened(reason string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, e := range w.events {
		if strings.HasPrefix(e, reason+":") {
			n++
		}
	}
	return n
}

// create an object, with a uid as an API server gives one.
func (w *world) create(o client.Object) {
	w.t.Helper()
	w.uids++
	o.SetUID(types.UID(fmt.Sprintf("11111111-0000-0000-0000-%012d", w.uids)))
	if err := w.kube.Create(w.t.Context(), o); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) delete(o client.Object) {
	w.t.Helper()
	if err := client.IgnoreNotFound(w.kube.Delete(w.t.Context(), o)); err != nil {
		w.t.Fatal(err)
	}
}

// gone is true if there is no such object any more. Else it is read anew.
func (w *world) gone(o client.Object) bool {
	w.t.Helper()
	err := w.kube.Get(w.t.Context(), client.ObjectKeyFromObject(o), o)
	if client.IgnoreNotFound(err) != nil {
		w.t.Fatal(err)
	}
	return kerrors.IsNotFound(err)
}

// reconcile an object once, and read it anew.
func (w *world) reconcile(o client.Object) reconcile.Result {
	w.t.Helper()
	gvk, err := apiutil.GVKForObject(o, w.kube.Scheme())
	if err != nil {
		w.t.Fatal(err)
	}
	result, err := w.reconcilers[gvk.Kind].Reconcile(w.t.Context(), reconcile.Request{NamespacedName: client.ObjectKeyFromObject(o)})
	if err != nil && !errors.Is(err, errDead) {
		w.t.Fatal(err)
	}
	w.gone(o)
	return result
}

// until something is so, reconcile objects again and again.
func (w *world) until(what string, so func() bool, os ...client.Object) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		for _, o := range os {
			if !w.gone(o) {
				w.reconcile(o)
			}
		}
		if so() {
			return
		}
		select {
		case <-ctx.Done():
			w.t.Fatalf("not so in time: %s\nevents:\n%s", what, strings.Join(slices.Compact(w.events), "\n"))
		case <-tick.C:
		}
	}
}

// edit an object as a person does.
func edit[T client.Object](w *world, o T, change func(o T)) {
	w.t.Helper()
	w.gone(o)
	change(o)
	if err := w.kube.Update(w.t.Context(), o); err != nil {
		w.t.Fatal(err)
	}
}

// ready is true if a managed resource is.
func ready(o resource.Managed) bool {
	return o.GetCondition(xpv2.TypeReady).Status == corev1.ConditionTrue
}

// errDead is what a process that was killed gets from its writes.
var errDead = errors.New("the process is dead")

// network that is there and ready.
func (w *world) network() *v1alpha1.Network {
	w.t.Helper()
	n := newNetwork("n")
	w.create(n)
	w.until("the network is ready", func() bool { return ready(n) }, n)
	return n
}

// networkAndFirewall that are there and ready.
func (w *world) networkAndFirewall() (*v1alpha1.Network, *v1alpha1.Firewall) {
	w.t.Helper()
	n := w.network()
	f := newFirewall("f", meta.GetExternalName(n))
	w.create(f)
	w.until("the firewall is ready", func() bool { return ready(f) }, f)
	return n, f
}

// writes of an operation that metal-api carried out or refused.
func (w *world) writes(operation string) int {
	n := 0
	for _, e := range w.sim.Journal() {
		if e.Operation == operation {
			n++
		}
	}
	return n
}

// A metalResource is one that says what it waits for.
type metalResource interface {
	resource.ModernManaged
	client.Object

	GetMessage() string
}

// message of the status.
func (w *world) message(mg metalResource) string { return mg.GetMessage() }

// allocated machines.
func (w *world) allocated() int {
	n := 0
	for _, m := range w.sim.Machines() {
		if m.Allocated {
			n++
		}
	}
	return n
}
