package chaos

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clusterv1alpha1 "github.com/crossplane-contrib/provider-metal-stack/apis/cluster/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/cluster/chaos/faultproxy"
	"github.com/crossplane-contrib/provider-metal-stack/cluster/local"
	"github.com/crossplane-contrib/provider-metal-stack/cluster/local/await"
	"github.com/crossplane-contrib/provider-metal-stack/cluster/local/pki"
	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

const (
	namespace = "chaos"
	version   = "v0.0.0-chaos"

	// providerMail is the user of the provider's key, in the journal.
	providerMail = "metal-admin@metal-stack.io"

	// restartPause is the time between the provider's death and its next life.
	restartPause = 20 * time.Millisecond
)

// durations of the simulated metal-stack: as much shorter than real ones as the
// hold-off is.
func durations() simulator.Durations {
	return simulator.Durations{
		Installing:  500 * time.Millisecond,
		Booting:     200 * time.Millisecond,
		Rebooting:   400 * time.Millisecond,
		Preparing:   150 * time.Millisecond,
		MutexWait:   250 * time.Millisecond,
		MutexExpiry: 250 * time.Millisecond,
		MutexSweep:  500 * time.Millisecond,
	}
}

// A World is a Crossplane with the provider, a metal-stack, and harm on both
// sides of the provider.
type World struct {
	sim     *simulator.Simulator
	server  *httptest.Server
	metal   *faultproxy.Proxy
	kubeAPI *faultproxy.Proxy
	cluster *local.Cluster
	log     *os.File

	// operator of the metal-stack, until they leave.
	operator  *operator
	leave     context.CancelFunc
	operating sync.WaitGroup

	// kube and the two users of metal-api go around the proxies.
	kube     client.Client
	provider metalClient
	stranger metalClient

	// kills of the provider, faults by name, what it made and freed, what
	// metal-api broke, and how much of the journal has been read.
	mu                  sync.Mutex
	kills               int
	faults, made, freed map[string]int
	broke               Broke
	read                int

	// wishes of people in this batch, and what happened to what they have deleted since.
	wishes   wishes
	unwished []string
}

// NewWorld starts a world with its state in a directory. Close it.
func NewWorld(ctx context.Context, dir string, debug bool) (*World, error) {
	w := &World{faults: map[string]int{}, made: map[string]int{}, freed: map[string]int{}}
	if err := w.start(ctx, dir, debug); err != nil {
		w.Close()
		return nil, err
	}
	return w, nil
}

// Close ends everything that was started. Logs stay.
func (w *World) Close() {
	if w.cluster != nil {
		w.cluster.Stop()
	}
	for _, p := range []*faultproxy.Proxy{w.kubeAPI, w.metal} {
		if p != nil {
			p.Close()
		}
	}
	if w.leave != nil {
		w.leave()
		w.operating.Wait()
	}
	if w.sim != nil {
		w.sim.Close()
		w.server.Close()
	}
	if w.log != nil {
		_ = w.log.Close()
	}
}

func (w *World) start(ctx context.Context, dir string, debug bool) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("cannot make the folder of the state: %w", err)
	}
	if err := w.startMetal(ctx); err != nil {
		return err
	}
	var err error
	if w.log, err = os.Create(filepath.Join(dir, "cluster.log")); err != nil {
		return fmt.Errorf("cannot write a log: %w", err)
	}
	args := []string{"--poll=2s", "--min-poll=1s", "--snapshot-age=1s", "--create-hold-off=" + HoldOff.String()}
	if debug {
		args = append(args, "--debug")
	}
	w.cluster, err = local.Start(ctx, local.Options{
		Dir: filepath.Join(dir, "cluster"), Out: w.log, ProviderArgs: args, RestartPause: restartPause,
		// Core stops to watch for minutes what changes a hundred times in as
		// many seconds, which so many restarts of a provider bring about.
		CoreArgs:    []string{"--poll-interval=10s", "--circuit-breaker-burst=10000"},
		ProviderAPI: func(c *rest.Config) (*rest.Config, error) { return w.standBetween(ctx, c) },
	})
	if err != nil {
		return err
	}
	return w.install(ctx)
}

func (w *World) startMetal(ctx context.Context) error {
	var err error
	if w.sim, err = simulator.New(simulator.Options{Machines: machines, Durations: durations()}); err != nil {
		return fmt.Errorf("cannot start the simulator: %w", err)
	}
	w.server = httptest.NewServer(w.sim)
	target, err := url.Parse(w.server.URL)
	if err != nil {
		return fmt.Errorf("cannot understand the simulator's URL: %w", err)
	}
	w.metal, err = faultproxy.New(ctx, faultproxy.Options{
		Target: target, Transport: &http.Transport{MaxIdleConnsPerHost: 100}, Classify: faultproxy.Routes(metalRoutes()),
	})
	if err != nil {
		return fmt.Errorf("cannot stand before metal-api: %w", err)
	}
	w.operator = newOperator(w.sim.Repair)
	ctx, w.leave = context.WithCancel(ctx)
	w.operating.Go(func() { w.operate(ctx) })
	w.provider = metalClient{url: w.server.URL + "/metal", user: "Metal-Admin", key: "metal-admin"}
	w.stranger = metalClient{url: w.server.URL + "/metal", user: "Metal-Edit", key: "metal-edit"}
	return nil
}

// metalRoutes that the provider uses.
func metalRoutes() []faultproxy.Route {
	return []faultproxy.Route{
		{Pattern: "POST /metal/v1/network/allocate", Operation: allocateNetwork, Write: true},
		{Pattern: "POST /metal/v1/network", Operation: "updateNetwork", Write: true},
		{Pattern: "DELETE /metal/v1/network/free/{id}", Operation: freeNetwork, Write: true},
		{Pattern: "POST /metal/v1/firewall/allocate", Operation: allocateFirewall, Write: true},
		{Pattern: "POST /metal/v1/machine", Operation: "updateMachine", Write: true},
		{Pattern: "DELETE /metal/v1/machine/{id}/free", Operation: freeMachine, Write: true},
		{Pattern: "POST /metal/v1/machine/allocate", Operation: allocateMachine, Write: true},
		{Pattern: "POST /metal/v1/ip/allocate", Operation: allocateIP, Write: true},
		{Pattern: "POST /metal/v1/ip", Operation: "updateIP", Write: true},
		{Pattern: "DELETE /metal/v1/ip/free/{id}", Operation: freeIP, Write: true},
		{Pattern: "POST /metal/v1/ip/find", Operation: "findIPs"},
		{Pattern: "POST /metal/v1/network/find", Operation: "findNetworks"},
		{Pattern: "POST /metal/v1/machine/find", Operation: "findMachines"},
		{Pattern: "GET /metal/v1/partition/{id}", Operation: "findPartition"},
	}
}

// standBetween the provider and the API server, which c reaches.
func (w *World) standBetween(ctx context.Context, c *rest.Config) (*rest.Config, error) {
	authority, err := pki.NewAuthority("chaos")
	if err != nil {
		return nil, err
	}
	pair, err := authority.Server("kube-apiserver")
	if err != nil {
		return nil, err
	}
	certificate, err := tls.X509KeyPair(pair.Cert, pair.Key)
	if err != nil {
		return nil, fmt.Errorf("cannot use a certificate: %w", err)
	}
	target, err := url.Parse(c.Host)
	if err != nil {
		return nil, fmt.Errorf("cannot understand the API server's URL: %w", err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(c.CAData)
	w.kubeAPI, err = faultproxy.New(ctx, faultproxy.Options{
		Target: target, Classify: faultproxy.Kubernetes, Certificate: &certificate,
		Transport: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, MaxIdleConnsPerHost: 100, DisableCompression: true,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("cannot stand before the API server: %w", err)
	}
	return &rest.Config{Host: w.kubeAPI.URL(), TLSClientConfig: rest.TLSClientConfig{CAData: authority.Cert()}}, nil
}

// install the packages and the configuration of the provider.
func (w *World) install(ctx context.Context) error {
	if _, err := w.cluster.PublishFunction(ctx, version); err != nil {
		return err
	}
	if _, err := w.cluster.PublishProvider(ctx, version); err != nil {
		return err
	}
	ref, err := w.cluster.PublishConfiguration(ctx, version)
	if err != nil {
		return err
	}
	if err := w.cluster.Install(ctx, "configuration", ref); err != nil {
		return err
	}
	for _, crd := range []string{"networks." + v1alpha1.Group, "firewalls." + v1alpha1.Group, "machines." + v1alpha1.Group, "ips." + v1alpha1.Group, "clusterproviderconfigs." + v1alpha1.Group} {
		if _, err := w.cluster.Kubectl(ctx, "wait", "crd/"+crd, "--for=condition=Established", "--timeout=3m"); err != nil {
			return err
		}
	}
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme), clusterv1alpha1.AddToScheme(scheme)); err != nil {
		return fmt.Errorf("cannot prepare the client's scheme: %w", err)
	}
	if w.kube, err = client.New(w.cluster.Config(), client.Options{Scheme: scheme}); err != nil {
		return fmt.Errorf("cannot make a client: %w", err)
	}
	for _, o := range w.configuration() {
		if err := w.kube.Create(ctx, o); err != nil {
			return fmt.Errorf("cannot create %T %s: %w", o, o.GetName(), err)
		}
	}
	return nil
}

func (w *World) configuration() []client.Object {
	key := v1alpha1.SecretKey{Namespace: namespace, LocalSecretKey: v1alpha1.LocalSecretKey{Name: "metal-api", Key: "hmac"}}
	return []client.Object{
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}},
		&corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "metal-api"},
			StringData: map[string]string{"hmac": w.provider.key},
		},
		&v1alpha1.ClusterProviderConfig{
			ObjectMeta: metav1.ObjectMeta{Name: "default"},
			Spec: v1alpha1.ClusterProviderConfigSpec{
				ConnectionSpec: v1alpha1.ConnectionSpec{URL: w.metal.URL() + "/metal"},
				Credentials:    v1alpha1.ClusterCredentials{SecretRef: key},
			},
		},
	}
}

// await that nothing is missing any more, or the death of the cluster.
func (w *World) await(ctx context.Context, within, every time.Duration, missing func(context.Context) (string, error)) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	stop := context.AfterFunc(w.cluster.Context(), cancel)
	defer stop()
	err := await.Nothing(ctx, every, missing)
	if err != nil && w.cluster.Context().Err() != nil {
		return context.Cause(w.cluster.Context())
	}
	return err //nolint:wrapcheck // It says what was missing.
}
