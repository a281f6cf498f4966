// Package local is a whole Crossplane on this machine, without containers: a
// control plane as processes, a registry for packages, and a package runtime
// that runs what is installed. The demo and the end-to-end tests use it. It
// needs Linux, the go tool and kubectl.
package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"k8s.io/client-go/rest"

	"github.com/crossplane-contrib/provider-metal-stack/cluster/local/controlplane"
	"github.com/crossplane-contrib/provider-metal-stack/cluster/local/packageruntime"
	"github.com/crossplane-contrib/provider-metal-stack/cluster/local/statedir"
	"github.com/crossplane-contrib/provider-metal-stack/cluster/local/toolchain"
)

// Options of a Cluster.
type Options struct {
	// Dir is the directory for all state and logs. It must not exist, be empty
	// or be one that an earlier cluster left: then it is emptied first.
	Dir string

	// Out gets a line for each thing that happens, and must be safe for use by
	// several goroutines, as files are. Nothing is said when it is nil.
	Out io.Writer

	// ProviderArgs are added to the arguments of every provider that runs, such
	// as --poll=10s, ProviderEnv to the environment, as NAME=value.
	ProviderArgs []string
	ProviderEnv  []string

	// ProviderAPI tells providers where the API server is, given how to reach
	// it: a place for something that stands in between. Only the host and the
	// authorities of the answer are used.
	ProviderAPI func(*rest.Config) (*rest.Config, error)

	// RestartPause is the pause before a program that ended starts again. If
	// zero, it grows with each end, as in a cluster.
	RestartPause time.Duration

	// CoreArgs are added to those of Crossplane's core, such as
	// --poll-interval=10s.
	CoreArgs []string

	// Inactive leaves managed resources to be activated one by one. Otherwise
	// all of them are, as Crossplane's chart has it.
	Inactive bool
}

// A Cluster is a running Crossplane. Its methods are safe for concurrent use.
type Cluster struct {
	dir       string
	out       io.Writer
	tools     *toolchain.Toolchain
	plane     *controlplane.ControlPlane
	runtime   *packageruntime.Runtime
	stop      context.CancelFunc
	following sync.WaitGroup
	stopping  sync.Once
}

// Start builds the programs that the user's cache lacks, starts a cluster and
// returns when packages can be installed. If that fails nothing is left
// running. The cluster runs until Stop, whatever becomes of ctx.
func Start(ctx context.Context, o Options) (*Cluster, error) {
	if runtime.GOOS != "linux" {
		return nil, errors.New("a local cluster needs Linux: Crossplane pulls packages for linux, and runs them here as processes")
	}
	if o.Out == nil {
		o.Out = io.Discard
	}
	began := time.Now()
	dir, err := statedir.Make(o.Dir)
	if err != nil {
		return nil, err
	}
	tools, err := toolchain.Ensure(ctx, o.Out)
	if err != nil {
		return nil, err
	}
	plane, err := controlplane.Start(ctx, controlplane.Options{Dir: dir, Toolchain: tools, Out: o.Out, CoreArgs: o.CoreArgs, Inactive: o.Inactive})
	if err != nil {
		return nil, err
	}
	c := &Cluster{dir: dir, out: o.Out, tools: tools, plane: plane}
	if err := c.follow(ctx, o); err != nil {
		c.Stop()
		return nil, err
	}
	_, _ = fmt.Fprintf(o.Out, "control plane: ready after %.0f s, its logs are in %s\n", time.Since(began).Seconds(), c.Logs())
	return c, nil
}

// follow starts the package runtime.
func (c *Cluster) follow(ctx context.Context, o Options) error {
	programs := filepath.Join(c.dir, "packages")
	if err := os.Mkdir(programs, 0o700); err != nil {
		return fmt.Errorf("cannot make the packages' folder: %w", err)
	}
	api := c.plane.Config
	if o.ProviderAPI != nil {
		var err error
		if api, err = o.ProviderAPI(c.Config()); err != nil {
			return err
		}
	}
	var err error
	c.runtime, err = packageruntime.New(packageruntime.Options{
		Config:       c.plane.Config,
		ProviderAPI:  api,
		RestartPause: o.RestartPause,
		Namespace:    controlplane.Namespace,
		RootCA:       controlplane.RootCA,
		Dir:          programs,
		Logs:         c.Logs(),
		Out:          c.out,
		ProviderArgs: o.ProviderArgs,
		// In a cluster a program has its ports for itself.
		ProviderEnv: append([]string{"METRICS_BIND_ADDRESS=127.0.0.1:0", "HEALTH_PROBE_BIND_ADDRESS=127.0.0.1:0"}, o.ProviderEnv...),
	})
	if err != nil {
		return err
	}
	if err := c.mirror(ctx); err != nil {
		return err
	}
	running, stop := context.WithCancel(c.plane.Context())
	c.stop = stop
	c.following.Go(func() { c.runtime.Run(running) })
	return nil
}

// Stop ends everything the cluster started: the packages' programs first, while
// the API still answers them, then the control plane. Its state and logs stay.
func (c *Cluster) Stop() {
	c.stopping.Do(func() {
		if c.stop != nil {
			c.stop()
		}
		c.following.Wait()
		c.plane.Stop()
	})
}

// Context ends when the cluster does. Where one of its processes ended by
// itself the cause tells which, with the last lines of its log.
func (c *Cluster) Context() context.Context { return c.plane.Context() }

// Config gives its user every right in the cluster.
func (c *Cluster) Config() *rest.Config { return rest.CopyConfig(c.plane.Config) }

// Kubeconfig is a file that gives its reader every right in the cluster.
func (c *Cluster) Kubeconfig() string { return c.plane.Kubeconfig }

// Registry is the host and port of the cluster's package registry, in plain
// HTTP.
func (c *Cluster) Registry() string { return c.plane.Registry }

// Logs is the folder with the output of every process.
func (c *Cluster) Logs() string { return filepath.Join(c.dir, "logs") }

// Tools are the programs that the cluster is made of.
func (c *Cluster) Tools() *toolchain.Toolchain { return c.tools }

// Processes lists what runs by name and process id: the control plane's parts,
// and the packages' programs under the names of their revisions.
func (c *Cluster) Processes() map[string]int {
	out := map[string]int{}
	for _, p := range c.plane.Processes() {
		out[p.Name()] = p.PID()
	}
	for _, p := range c.runtime.Programs() {
		if pid := p.PID(); pid != 0 {
			out[p.Revision()] = pid
		}
	}
	return out
}
