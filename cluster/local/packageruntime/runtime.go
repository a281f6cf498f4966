// Package packageruntime plays Crossplane's package runtime where core runs
// with PACKAGE_RUNTIME=External: for each active revision of a provider or a
// function it pulls the package's image, takes the program out of it and runs
// that program on this machine, with the rights and certificates that a cluster
// would give it. What is installed is what runs.
//
// Some things differ from a cluster: programs run as the user of this process
// and not as uid 2000, there are no Services (a function is reached on loopback),
// and a DeploymentRuntimeConfig is read when a program starts, its changes only
// when the next revision does.
package packageruntime

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	xpapis "github.com/crossplane/crossplane/apis/v2"
	pkgv1 "github.com/crossplane/crossplane/apis/v2/pkg/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// interval between two looks at the revisions.
const interval = 500 * time.Millisecond

// Options of a Runtime.
type Options struct {
	// Config reaches the API server with every right; the programs get less.
	Config *rest.Config
	// ProviderAPI is where providers find the API server: as Config if nil.
	ProviderAPI *rest.Config
	// Namespace of Crossplane.
	Namespace string
	// RootCA names the Secret there that certificates are signed by.
	RootCA string
	// Dir is an existing directory for the programs and their certificates,
	// Logs one for their output.
	Dir, Logs string
	// Out gets a line when a program starts or ends.
	Out io.Writer
	// ProviderArgs are added to the arguments of every provider.
	ProviderArgs []string
	// ProviderEnv is added to the environment of every provider, as NAME=value.
	ProviderEnv []string
	// RestartPause is the pause before a program that ended starts again. If
	// zero, it grows with each end.
	RestartPause time.Duration
}

// A Runtime runs the programs of packages.
type Runtime struct {
	opts Options
	kube client.Client

	mu       sync.Mutex
	programs map[types.UID]*Program // by the UID of their revision
}

// New returns a runtime that Run starts.
func New(o Options) (*Runtime, error) {
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), xpapis.AddToScheme(scheme)); err != nil {
		return nil, fmt.Errorf("cannot prepare the client's scheme: %w", err)
	}
	if o.ProviderAPI == nil {
		o.ProviderAPI = o.Config
	}
	kube, err := client.New(o.Config, client.Options{Scheme: scheme})
	if err != nil {
		return nil, fmt.Errorf("cannot make a client: %w", err)
	}
	return &Runtime{opts: o, kube: kube, programs: map[types.UID]*Program{}}, nil
}

// Run follows the revisions until ctx ends, then stops all programs.
func (r *Runtime) Run(ctx context.Context) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	said := ""
	for {
		err := r.sync(ctx)
		if now := fmt.Sprint(err); err != nil && now != said && ctx.Err() == nil {
			said = now
			_, _ = fmt.Fprintf(r.opts.Out, "package runtime: %s\n", said)
		}
		select {
		case <-ctx.Done():
			r.stopExcept(nil)
			return
		case <-tick.C:
		}
	}
}

// Program returns the running program of a package, such as
// crossplane-contrib-provider-metal-stack, nil if there is none.
func (r *Runtime) Program(pkg string) *Program {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range r.programs {
		if p.pkg == pkg {
			return p
		}
	}
	return nil
}

// Programs returns the programs of all active revisions.
func (r *Runtime) Programs() []*Program {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Collect(maps.Values(r.programs))
}

// sync makes the programs what the revisions say. One revision's error does
// not hold up the others.
func (r *Runtime) sync(ctx context.Context) error {
	revisions, err := r.revisions(ctx)
	if err != nil {
		return err
	}
	wanted := map[types.UID]bool{}
	for _, pr := range revisions {
		if active(pr) {
			wanted[pr.GetUID()] = true
		}
	}
	// The old revision's program ends before the new one's begins: both act
	// for the same resources.
	r.stopExcept(wanted)

	var errs []error
	for _, pr := range revisions {
		sync := r.deactivate
		if active(pr) {
			sync = r.activate
		}
		if err := sync(ctx, pr); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", pr.GetName(), err))
		}
	}
	return errors.Join(errs...)
}

func active(pr pkgv1.PackageRevisionWithRuntime) bool {
	return pr.GetDesiredState() == pkgv1.PackageRevisionActive && pr.GetDeletionTimestamp() == nil
}

func (r *Runtime) revisions(ctx context.Context) ([]pkgv1.PackageRevisionWithRuntime, error) {
	var out []pkgv1.PackageRevisionWithRuntime
	providers := &pkgv1.ProviderRevisionList{}
	if err := r.kube.List(ctx, providers); err != nil {
		return nil, fmt.Errorf("cannot list provider revisions: %w", err)
	}
	for i := range providers.Items {
		out = append(out, &providers.Items[i])
	}
	functions := &pkgv1.FunctionRevisionList{}
	if err := r.kube.List(ctx, functions); err != nil {
		return nil, fmt.Errorf("cannot list function revisions: %w", err)
	}
	for i := range functions.Items {
		out = append(out, &functions.Items[i])
	}
	return out, nil
}

// stopExcept stops the programs of all revisions that are not wanted.
func (r *Runtime) stopExcept(wanted map[types.UID]bool) {
	var ending []*Program
	r.mu.Lock()
	for uid, p := range r.programs {
		if !wanted[uid] {
			ending = append(ending, p)
			delete(r.programs, uid)
		}
	}
	r.mu.Unlock()

	var wg sync.WaitGroup
	for _, p := range ending {
		wg.Go(p.stop)
	}
	wg.Wait()
}
