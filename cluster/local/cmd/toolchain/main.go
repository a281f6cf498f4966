// Program toolchain builds the programs of a local control plane, and what tests need
// beside it, into the user's cache directory, if they are not there.
//
//	toolchain          build all of them
//	toolchain assets   build etcd and kube-apiserver only and print their
//	                   folder, for use as KUBEBUILDER_ASSETS
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/crossplane-contrib/provider-metal-stack/cluster/local/toolchain"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "toolchain:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	switch {
	case len(args) == 0:
		if _, err := toolchain.Ensure(ctx, os.Stderr); err != nil {
			return err
		}
		_, err := toolchain.PatchAndTransform(ctx, os.Stderr)
		return err
	case slices.Equal(args, []string{"assets"}):
		dir, err := toolchain.Assets(ctx, os.Stderr)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(os.Stdout, dir)
		return err
	default:
		return fmt.Errorf("cannot understand %q: there is only toolchain and toolchain assets", args)
	}
}
