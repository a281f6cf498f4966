// Package bench measures what the provider takes as its resources grow: seconds,
// CPU-seconds, memory, requests to metal-api and writes to the API server, on a
// kube-apiserver and a simulated metal-stack of its own; and beside it, in the same
// run, metal-go alone and the ways of other providers. See docs/performance.md.
package bench

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/go-logr/logr"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/crossplane-contrib/provider-metal-stack/cluster/local/process"
	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

// Sections of a run, in their order.
const (
	Ours           = "ours"
	FloorSection   = "floor"
	Runtime        = "runtime"
	FirstReconcile = "first-reconcile"
	Orange         = "orange"
)

// Sections are all of them.
func Sections() []string { return []string{FloorSection, Ours, Runtime, FirstReconcile, Orange} }

// runtimeMost is the largest number of networks for the way of other providers:
// more would take hours.
const runtimeMost = 1000

// firstLeast is the smallest number of networks that first reconciles are measured
// beside.
const firstLeast = 1000

// Options of a run.
type Options struct {
	// Root is the project's folder, Dir that for programs, state and logs.
	Root string
	Dir  string
	// Networks are the numbers to measure with; of firewalls it is a tenth.
	Networks []int
	// Only these sections.
	Only []string
	// OrangeNetworks of the runs of crossplane-benchmark.
	OrangeNetworks int
	// RuntimeRates of reconciles that crossplane-runtime's limiter is measured with.
	RuntimeRates []int
	// Rest is how long it is measured while nothing is asked for.
	Rest time.Duration
	// Samples of new networks.
	Samples int
	// Costs of requests to metal-api.
	Costs simulator.Costs
	// JSON is the file that figures are kept in, Page the one with the table, Plot the
	// image.
	JSON, Page, Plot string
	// Out gets a line for each thing that was measured.
	Out io.Writer
}

func (o Options) sayf(format string, args ...any) {
	_, _ = fmt.Fprintf(o.Out, time.Now().Format("15:04:05 ")+format+"\n", args...)
}

func (o Options) program(name string) string { return filepath.Join(o.Dir, "bin", name) }

// build the provider and metalsim of this checkout.
func (o Options) build(ctx context.Context) error {
	if err := os.MkdirAll(filepath.Join(o.Dir, "bin"), 0o700); err != nil {
		return fmt.Errorf("cannot make the folder for programs: %w", err)
	}
	err := process.Run(ctx, process.Spec{
		Name: "go build", Path: "go", Dir: o.Root, Log: filepath.Join(o.Dir, "build.log"),
		Args: []string{"build", "-o", filepath.Join(o.Dir, "bin") + "/", "./cmd/provider", "./cmd/metalsim"},
	})
	if err != nil {
		return fmt.Errorf("cannot build the programs: %w", err)
	}
	return nil
}

// Run the sections, and keep the figures of each as soon as it has ended.
func Run(ctx context.Context, o Options) error {
	// What the watch of this program has to say is nobody's concern.
	log.SetLogger(logr.Discard())
	if err := o.build(ctx); err != nil {
		return err
	}
	for _, s := range Sections() {
		if len(o.Only) > 0 && !slices.Contains(o.Only, s) {
			continue
		}
		if err := o.section(ctx, s); err != nil {
			return fmt.Errorf("section %s: %w", s, err)
		}
	}
	return nil
}

func (o Options) section(ctx context.Context, name string) error {
	if name == Orange {
		runs, err := interruptions(ctx, o, o.OrangeNetworks)
		if err != nil {
			return err
		}
		return o.keep(func(r *Report) { r.Orange = runs })
	}
	for _, n := range o.Networks {
		if err := o.measure(ctx, name, n); err != nil {
			return err
		}
	}
	return nil
}

// measure a section with so many networks.
func (o Options) measure(ctx context.Context, section string, n int) error {
	switch section {
	case FloorSection:
		f, err := floorOf(ctx, o, n)
		if err != nil {
			return err
		}
		return o.keep(func(r *Report) { r.Floors = put(r.Floors, f) })
	case Ours:
		return o.life(ctx, ours(), n)
	case Runtime:
		if n > runtimeMost {
			return nil
		}
		for _, rate := range o.RuntimeRates {
			if err := o.life(ctx, runtimeLimiter(rate), n); err != nil {
				return err
			}
		}
	case FirstReconcile:
		if n < firstLeast {
			return nil
		}
		rows, err := firstReconciles(ctx, o, n)
		if err != nil {
			return err
		}
		return o.keep(func(r *Report) { r.Firsts = put(r.Firsts, rows...) })
	}
	return nil
}

func (o Options) life(ctx context.Context, v variant, n int) error {
	l, err := live(ctx, o, v, n)
	if err != nil {
		return err
	}
	return o.keep(func(r *Report) { r.Lives = put(r.Lives, l) })
}
