package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	corev1 "k8s.io/api/core/v1"
	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/cluster/local/controlplane"
	"github.com/crossplane-contrib/provider-metal-stack/cluster/local/toolchain"
	"github.com/crossplane-contrib/provider-metal-stack/internal/crds"
)

// Namespaces of the resources, by what they are for.
const (
	atRest  = "rest"  // what is there all the time
	another = "other" // what another project creates meanwhile
	fresh   = "fresh" // single new ones
)

// startTimeout bounds each step of a start.
const startTimeout = time.Minute

// A world is a Kubernetes API, a metal-stack, and the provider between them, as
// processes of their own.
type world struct {
	opts  Options
	dir   string
	plane *controlplane.ControlPlane
	kube  client.Client
	metal *metal

	provider  *provider
	spent     usage // by providers that have ended
	starts    int
	tracks    *tracker
	stopTrack context.CancelFunc
	own       *writes // of this program
}

// newWorld with room for so many networks and firewalls, without a provider. Its
// state and logs are in a folder of that name.
func newWorld(ctx context.Context, o Options, name string, networks, firewalls int) (*world, error) {
	w := &world{opts: o, dir: filepath.Join(o.Dir, name), own: newWrites()}
	if err := w.start(ctx, networks, firewalls); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

func (w *world) close() {
	if w.provider != nil {
		w.provider.process.Stop()
	}
	if w.stopTrack != nil {
		w.stopTrack()
	}
	if w.metal != nil {
		w.metal.process.Stop()
	}
	if w.plane != nil {
		w.plane.Stop()
	}
}

func (w *world) start(ctx context.Context, networks, firewalls int) error {
	if err := os.RemoveAll(w.dir); err != nil {
		return fmt.Errorf("cannot empty the folder of the state: %w", err)
	}
	if err := os.MkdirAll(w.dir, 0o700); err != nil {
		return fmt.Errorf("cannot make the folder of the state: %w", err)
	}
	log, err := os.Create(filepath.Join(w.dir, "controlplane.log"))
	if err != nil {
		return fmt.Errorf("cannot write a log: %w", err)
	}
	defer func() { _ = log.Close() }()
	assets, err := toolchain.Assets(ctx, w.opts.Out)
	if err != nil {
		return err
	}
	w.plane, err = controlplane.Start(ctx, controlplane.Options{
		Dir: w.dir, Out: log, Bare: true,
		Toolchain: &toolchain.Toolchain{Etcd: filepath.Join(assets, "etcd"), APIServer: filepath.Join(assets, "kube-apiserver")},
	})
	if err != nil {
		return err
	}
	if w.metal, err = startMetal(ctx, w.opts, w.dir, networks, firewalls); err != nil {
		return err
	}
	if err := w.install(ctx); err != nil {
		return err
	}
	tracking, stop := context.WithCancel(w.plane.Context())
	w.stopTrack = stop
	w.tracks, err = track(tracking, w.plane.Config, w.kube.Scheme())
	return err
}

// install the kinds and the configuration of the provider.
func (w *world) install(ctx context.Context) error {
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), extv1.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		return fmt.Errorf("cannot prepare the client's scheme: %w", err)
	}
	var err error
	if w.kube, err = client.New(w.plane.Config, client.Options{Scheme: scheme}); err != nil {
		return fmt.Errorf("cannot make a client: %w", err)
	}
	all, err := crds.Load(w.opts.Root)
	if err != nil {
		return err
	}
	for _, crd := range all {
		if crd.Spec.Group != v1alpha1.Group {
			continue
		}
		if err := w.kube.Create(ctx, crd); err != nil {
			return fmt.Errorf("cannot create CRD %s: %w", crd.Name, err)
		}
		err := await(ctx, startTimeout, "CRD "+crd.Name, func(ctx context.Context) (string, error) {
			if err := w.kube.Get(ctx, client.ObjectKeyFromObject(crd), crd); err != nil {
				return "", err
			}
			for _, c := range crd.Status.Conditions {
				if c.Type == extv1.Established && c.Status == extv1.ConditionTrue {
					return "", nil
				}
			}
			return "it is not established", nil
		})
		if err != nil {
			return err
		}
	}
	for _, o := range w.configuration() {
		if err := w.kube.Create(ctx, o); err != nil {
			return fmt.Errorf("cannot create %T %s: %w", o, o.GetName(), err)
		}
	}
	return nil
}

func (w *world) configuration() []client.Object {
	var all []client.Object
	for _, name := range []string{atRest, another, fresh} {
		all = append(all, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})
	}
	key := v1alpha1.SecretKey{Namespace: atRest, LocalSecretKey: v1alpha1.LocalSecretKey{Name: "metal-api", Key: "hmac"}}
	return append(all,
		&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: atRest, Name: "metal-api"}, StringData: map[string]string{"hmac": metalKey}},
		&v1alpha1.ClusterProviderConfig{
			ObjectMeta: metav1.ObjectMeta{Name: "default"},
			Spec: v1alpha1.ClusterProviderConfigSpec{
				ConnectionSpec: v1alpha1.ConnectionSpec{URL: w.metal.url + "/metal"},
				Credentials:    v1alpha1.ClusterCredentials{SecretRef: key},
			},
		},
	)
}

// alive is an error if something has ended that must not.
func (w *world) alive() error {
	if w.plane.Context().Err() != nil {
		return context.Cause(w.plane.Context())
	}
	if err := w.metal.process.Err(); err != nil {
		return err
	}
	if w.provider != nil {
		return w.provider.process.Err()
	}
	return nil
}

// await that nothing is missing any more, while everything lives.
func (w *world) await(ctx context.Context, within time.Duration, what string, missing func(context.Context) (string, error)) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	return await(ctx, within, what, func(ctx context.Context) (string, error) {
		if err := w.alive(); err != nil {
			cancel(err)
		}
		return missing(ctx)
	})
}

// rest for a while, in which nothing may end.
func (w *world) rest(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	var ended <-chan struct{}
	if w.provider != nil {
		ended = w.provider.process.Done()
	}
	select {
	case <-timer.C:
	case <-ended:
	case <-w.metal.process.Done():
	case <-w.plane.Context().Done():
	case <-ctx.Done():
		return ctx.Err()
	}
	return w.alive()
}
