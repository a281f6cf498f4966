// Package controlplane runs a Kubernetes API with a Crossplane on this machine,
// as processes and without containers: etcd, kube-apiserver,
// kube-controller-manager, Crossplane's core and RBAC manager, and a registry
// for packages.
//
// Everything listens on loopback, on ports chosen free, with one exception that
// Crossplane has no setting for: its core serves metrics, probes and webhooks on
// all addresses.
package controlplane

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/crossplane-contrib/provider-metal-stack/cluster/images"
	"github.com/crossplane-contrib/provider-metal-stack/cluster/local/process"
	"github.com/crossplane-contrib/provider-metal-stack/cluster/local/toolchain"
)

// Namespace is where Crossplane and its packages' runtimes live.
const Namespace = "crossplane-system"

// RootCA names the Secret with the authority that core's init makes, and that
// signs the certificates of package runtimes.
const RootCA = "crossplane-root-ca"

// startTimeout bounds each step of the start: a busy machine is slow, a broken
// step does not get better.
const startTimeout = 3 * time.Minute

// Options of a control plane.
type Options struct {
	// Dir is an existing directory for all state and logs.
	Dir string
	// Toolchain has the programs to run.
	Toolchain *toolchain.Toolchain
	// Out gets a line per step of the start.
	Out io.Writer
	// CoreArgs are further arguments of `crossplane core start`, such as
	// --poll-interval=10s.
	CoreArgs []string
	// Inactive leaves managed resources to be activated one by one.
	Inactive bool
	// Bare starts a Kubernetes API alone, etcd and kube-apiserver: nothing of
	// Crossplane, and no controllers.
	Bare bool
}

// A ControlPlane is running.
type ControlPlane struct {
	// Kubeconfig is a file that gives its reader every right.
	Kubeconfig string
	// Config is the same for clients in Go.
	Config *rest.Config
	// Registry is the host and port of the package registry, in plain HTTP.
	Registry string

	opts         Options
	ctx          context.Context //nolint:containedctx // The life of the processes, not of a call.
	group        *process.Group
	stopRegistry func()
	creds        *credentials
	ports        ports
}

// Start starts a control plane and returns when it is ready to install
// packages. If that fails nothing is left running. It runs until Stop, or until
// one of its processes ends by itself, which Context reports.
func Start(ctx context.Context, o Options) (*ControlPlane, error) {
	c := &ControlPlane{opts: o, Kubeconfig: filepath.Join(o.Dir, "kubeconfig")}
	// The processes outlive the caller's patience with the start.
	c.ctx, c.group = process.NewGroup(context.WithoutCancel(ctx))
	if err := c.start(ctx); err != nil {
		c.Stop()
		return nil, err
	}
	return c, nil
}

// Context ends when the control plane does. Its cause tells which process
// ended, with the last lines of its log.
func (c *ControlPlane) Context() context.Context { return c.ctx }

// Processes are those of the control plane, in the order of their start.
func (c *ControlPlane) Processes() []*process.Process { return c.group.Members() }

// Stop ends the control plane, in the reverse order of its start.
func (c *ControlPlane) Stop() {
	c.group.Stop()
	if c.stopRegistry != nil {
		c.stopRegistry()
	}
}

func (c *ControlPlane) start(ctx context.Context) error {
	for _, step := range []struct {
		what string
		bare bool
		do   func(context.Context) error
	}{
		{"certificates, keys and ports", true, c.prepare},
		{"registry", false, c.startRegistry},
		{"etcd", true, c.startEtcd},
		{"kube-apiserver", true, c.startAPIServer},
		{"kube-controller-manager", false, c.startControllerManager},
		{"crossplane init", false, c.initCrossplane},
		{"crossplane", false, c.startCrossplane},
		{"crossplane rbac manager", false, c.startRBACManager},
	} {
		if c.opts.Bare && !step.bare {
			continue
		}
		began := time.Now()
		if err := c.step(ctx, step.do); err != nil {
			return fmt.Errorf("cannot start the control plane's %s: %w", step.what, err)
		}
		_, _ = fmt.Fprintf(c.opts.Out, "control plane: %s ready after %.1f s\n", step.what, time.Since(began).Seconds())
	}
	return nil
}

// step runs one step, ended early when a process dies that was started before.
func (c *ControlPlane) step(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	stop := context.AfterFunc(c.ctx, cancel)
	defer stop()
	err := do(ctx)
	if err != nil && c.ctx.Err() != nil {
		return context.Cause(c.ctx)
	}
	return err
}

func (c *ControlPlane) prepare(ctx context.Context) error {
	var err error
	if c.ports, err = freePorts(ctx); err != nil {
		return err
	}
	if c.creds, err = makeCredentials(c.path("pki")); err != nil {
		return err
	}
	for _, user := range []string{userAdmin, userControllerManager, userCrossplane} {
		file := c.path("kubeconfig-" + user)
		if user == userAdmin {
			file = c.Kubeconfig
		}
		if err := clientcmd.WriteToFile(c.creds.kubeconfig(c.server(), c.creds.tokens[user]), file); err != nil {
			return fmt.Errorf("cannot write the kubeconfig of %s: %w", user, err)
		}
	}
	c.Config, err = clientcmd.BuildConfigFromFlags("", c.Kubeconfig)
	if err != nil {
		return fmt.Errorf("cannot read the kubeconfig: %w", err)
	}
	// Nothing here is paced by the client.
	c.Config.QPS = -1
	// The API server warns of deprecations that are Crossplane's to mend.
	c.Config.WarningHandler = rest.NoWarnings{}
	return errors.Join(os.MkdirAll(c.path("logs"), 0o700), os.MkdirAll(c.path("xpkg"), 0o700))
}

func (c *ControlPlane) startRegistry(ctx context.Context) error {
	var err error
	c.Registry, c.stopRegistry, err = images.Serve(ctx)
	return err
}

func (c *ControlPlane) server() string {
	return fmt.Sprintf("https://127.0.0.1:%d", c.ports.apiServer)
}

func (c *ControlPlane) path(elem ...string) string {
	return filepath.Join(append([]string{c.opts.Dir}, elem...)...)
}

// spec describes a process of this control plane.
func (c *ControlPlane) spec(name, path string, env []string, args ...string) process.Spec {
	return process.Spec{
		Name: name, Path: path, Args: args, Env: append(os.Environ(), env...),
		Dir: c.opts.Dir, Log: c.path("logs", name+".log"),
	}
}
