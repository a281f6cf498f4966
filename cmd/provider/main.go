// Command provider manages what a metal-stack allocates as Crossplane resources.
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	ctrl "sigs.k8s.io/controller-runtime"

	// Well-known certificate authorities, for an image that holds nothing but
	// this program.
	_ "golang.org/x/crypto/x509roots/fallback"
)

// version is set by the linker.
var version = "v0.0.0-dev"

func main() {
	f := parse(os.Args[1:])
	if err := run(ctrl.SetupSignalHandler(), f, os.Stderr); err != nil {
		fmt.Fprintf(os.Stderr, "provider: %v\n", err)
		os.Exit(1)
	}
}

// run the provider until its context ends or something fails.
func run(ctx context.Context, f flags, logs io.Writer) error {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)

	log := newLogger(f, logs)
	log.Info("Starting", "version", version, "poll", f.Poll, "sync", f.Sync, "max-reconcile-rate", f.MaxReconcileRate, "create-hold-off", f.CreateHoldOff)

	limitMemory(log)
	mgr, e, err := newManager(f)
	if err != nil {
		return err
	}
	o, err := newOptions(f, log)
	if err != nil {
		return err
	}
	if err := addControllers(ctx, mgr, o, f, e.leads, fail); err != nil {
		return err
	}
	if err := mgr.Start(ctx); err != nil {
		// Work may still be going on: the lease runs out by itself.
		return fmt.Errorf("cannot run the controllers: %w", err)
	}
	if err := e.release(); err != nil { //nolint:contextcheck // This one has ended, that is why.
		log.Info("Cannot release the lease: the next process waits until it has run out", "error", err)
	}
	return failure(ctx)
}

// failure that ended a context; nil if a signal did.
func failure(ctx context.Context) error {
	if cause := context.Cause(ctx); cause != ctx.Err() { //nolint:errorlint // Identity is what tells a cause that was given from none.
		return cause
	}
	return nil
}
