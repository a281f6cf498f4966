//go:build e2e

package story

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	protectionv1beta1 "github.com/crossplane/crossplane/apis/v2/protection/v1beta1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/cluster/local"
	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

// Project of the examples.
const Project = "00000000-0000-0000-0000-000000000001"

// hidden ends what must never be shown: metal-api's keys and token, and user
// data.
const hidden = "-that-nobody-may-see"

// What opens metal-api, and user data for stories.
const (
	AdminKey = "admin-key" + hidden
	ViewKey  = "view-key" + hidden
	Token    = "token" + hidden
	UserData = "user-data" + hidden
)

// Kinds of the stories.
//
//nolint:gochecknoglobals // Constants in spirit.
var (
	XCluster      = schema.GroupVersionKind{Group: "cluster.metal-stack.crossplane.io", Version: "v1alpha1", Kind: "XCluster"}
	XFirewall     = XCluster.GroupVersion().WithKind("XFirewall")
	XClusterClaim = XCluster.GroupVersion().WithKind("XClusterClaim")
	Network       = v1alpha1.NetworkGroupVersionKind
	Firewall      = v1alpha1.FirewallGroupVersionKind
	Machine       = v1alpha1.MachineGroupVersionKind
	IP            = v1alpha1.IPGroupVersionKind
	ProjectKind   = v1alpha1.ProjectGroupVersionKind

	// Usage protects something from being deleted.
	Usage = protectionv1beta1.UsageGroupVersionKind
)

// Options of a World.
type Options struct {
	// Name that its folder and its messages have.
	Name string

	// Poll of the provider. What heals by itself heals within it.
	Poll time.Duration

	// Machines of the metal-stack.
	Machines int

	// ProviderArgs are further arguments of the provider, ProviderEnv further
	// environment.
	ProviderArgs, ProviderEnv []string

	// Inactive leaves managed resources to be activated one by one.
	Inactive bool

	// Out gets what happens as well as the standard output. Optional.
	Out io.Writer
}

// A World is a Crossplane and a metal-stack.
type World struct {
	Cluster *local.Cluster
	Sim     *simulator.Simulator
	// URL of metal-api.
	URL string
	// Kube has every right.
	Kube client.Client
	// Poll of the provider.
	Poll time.Duration

	// dir of all its state.
	dir string
}

// Main runs a package's tests in a world, which prepare gets first, and returns
// the exit code. The tests fail if the provider was ever forbidden anything, or
// logged anything secret.
func Main(m *testing.M, o Options, prepare func(context.Context, *World) error) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	code, err := run(ctx, o, func(w *World) (int, error) {
		if err := prepare(ctx, w); err != nil {
			return 1, err
		}
		if code := m.Run(); code != 0 {
			return code, nil
		}
		return 0, w.quiet()
	})
	if err != nil {
		_, _ = fmt.Fprintf(os.Stderr, "%s: %v\n", o.Name, err)
		return 1
	}
	return code
}

// Alone tells a story in a world of its own, which prepare gets first. What Main
// says of its tests holds here, too.
func Alone(t *testing.T, o Options, prepare func(context.Context, *World) error, tell func(*Story)) {
	t.Helper()
	ctx, stop := signal.NotifyContext(t.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if _, err := run(ctx, o, func(w *World) (int, error) {
		if err := prepare(ctx, w); err != nil {
			return 1, err
		}
		if !t.Run("story", func(t *testing.T) { tell(Begin(t, w)) }) {
			return 1, nil
		}
		return 0, w.quiet()
	}); err != nil {
		t.Error(err)
	}
}

// run something in a world.
func run(ctx context.Context, o Options, do func(*World) (int, error)) (code int, err error) {
	dir, err := os.MkdirTemp("", "provider-metal-stack-"+o.Name+"-")
	if err != nil {
		return 1, err
	}
	sim, err := simulator.New(simulator.Options{Machines: o.Machines, Speed: 4, Keys: simulator.Keys{Admin: AdminKey, View: ViewKey, Token: Token}})
	if err != nil {
		return 1, err
	}
	defer sim.Close()
	server := httptest.NewServer(sim)
	defer server.Close()

	w := &World{Sim: sim, URL: server.URL + "/metal", Poll: o.Poll, dir: dir}
	if err := w.start(ctx, "cluster", o); err != nil {
		return 1, err
	}
	defer func() {
		w.Cluster.Stop()
		if code == 0 && err == nil {
			_ = os.RemoveAll(dir)
			return
		}
		_, _ = fmt.Fprintf(os.Stderr, "%s: logs are in %s\n", o.Name, w.Cluster.Logs())
	}()
	return do(w)
}

// start the world's Crossplane, with its state in a folder.
func (w *World) start(ctx context.Context, folder string, o Options) error {
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		return err
	}
	out := io.Writer(os.Stdout)
	if o.Out != nil {
		out = io.MultiWriter(os.Stdout, o.Out)
	}
	cluster, err := local.Start(ctx, local.Options{
		Dir: filepath.Join(w.dir, folder), Out: out, Inactive: o.Inactive,
		ProviderArgs: append([]string{"--debug", "--poll=" + o.Poll.String(), "--create-hold-off=15s"}, o.ProviderArgs...),
		ProviderEnv:  o.ProviderEnv,
	})
	if err != nil {
		return err
	}
	kube, err := client.New(cluster.Config(), client.Options{Scheme: scheme})
	if err != nil {
		cluster.Stop()
		return err
	}
	w.Cluster, w.Kube = cluster, kube
	return nil
}

// Beside is another Crossplane, of a name, with the same metal-stack. Whoever asks for
// it stops it.
func (w *World) Beside(ctx context.Context, name string) (*World, error) {
	beside := &World{Sim: w.Sim, URL: w.URL, Poll: w.Poll, dir: w.dir}
	return beside, beside.start(ctx, name, Options{Poll: w.Poll})
}

// Install this checkout's packages as an operator does, as the given version,
// and the ProviderConfig that the examples use.
func (w *World) Install(ctx context.Context, version string) error {
	if _, err := w.Cluster.PublishFunction(ctx, version); err != nil {
		return err
	}
	if _, err := w.Cluster.PublishProvider(ctx, version); err != nil {
		return err
	}
	ref, err := w.Cluster.PublishConfiguration(ctx, version)
	if err != nil {
		return err
	}
	return w.InstallConfiguration(ctx, ref)
}

// InstallConfiguration installs a configuration, with the provider and the
// function as its dependencies, and the ProviderConfig that the examples use.
func (w *World) InstallConfiguration(ctx context.Context, ref string) error {
	if err := w.Cluster.Install(ctx, "configuration", ref); err != nil {
		return err
	}
	if err := w.Established(ctx, XCluster, XFirewall, XClusterClaim, Network, Firewall); err != nil {
		return err
	}
	return w.Configure(ctx)
}

// Established waits until kinds can be used.
func (w *World) Established(ctx context.Context, kinds ...schema.GroupVersionKind) error {
	for _, gvk := range kinds {
		crd := "crd/" + Resource(gvk)
		// Whoever makes it may not have begun.
		for _, what := range []string{"create", "condition=Established"} {
			if _, err := w.Cluster.Kubectl(ctx, "wait", crd, "--for="+what, "--timeout="+Soon.String()); err != nil {
				return err
			}
		}
	}
	return nil
}

// Configure the provider as the examples want it.
func (w *World) Configure(ctx context.Context) error {
	if err := w.Established(ctx, v1alpha1.ClusterProviderConfigGroupVersionKind); err != nil {
		return err
	}
	for _, o := range []client.Object{
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "metal-stack"}},
		Secret("metal-stack", "metal-api", AdminKey),
		&v1alpha1.ClusterProviderConfig{
			ObjectMeta: metav1.ObjectMeta{Name: "default"},
			Spec: v1alpha1.ClusterProviderConfigSpec{
				ConnectionSpec: v1alpha1.ConnectionSpec{URL: w.URL},
				Credentials: v1alpha1.ClusterCredentials{SecretRef: v1alpha1.SecretKey{
					LocalSecretKey: v1alpha1.LocalSecretKey{Name: "metal-api", Key: "hmac"}, Namespace: "metal-stack",
				}},
			},
		},
	} {
		if err := w.Kube.Create(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

// Secret with a key of metal-api.
func Secret(namespace, name, key string) *corev1.Secret {
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		StringData: map[string]string{"hmac": key},
	}
}

// Object of a kind, to read into.
func Object(gvk schema.GroupVersionKind, namespace, name string) *unstructured.Unstructured {
	u := &unstructured.Unstructured{}
	u.SetGroupVersionKind(gvk)
	u.SetNamespace(namespace)
	u.SetName(name)
	return u
}
