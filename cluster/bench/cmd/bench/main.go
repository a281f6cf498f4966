// Command bench measures what the provider takes as its resources grow.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/crossplane-contrib/provider-metal-stack/cluster/bench"
	"github.com/crossplane-contrib/provider-metal-stack/cluster/local"
	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

type cli struct {
	N      []int         `default:"100,1000,10000" help:"Numbers of networks to measure with; of firewalls it is a tenth."`
	Only   []string      `enum:"floor,ours,runtime,first-reconcile,orange" help:"Run these sections only."`
	Rates  []int         `default:"10,100" help:"Rates of reconciles that crossplane-runtime's limiter is measured with."`
	Orange int           `default:"4000"   help:"Number of networks of the runs of crossplane-benchmark."`
	Rest   time.Duration `default:"1m"     help:"How long it is measured while nothing is asked for."`
	Sample int           `default:"20"     help:"Number of single new networks."`
	Free   bool          `help:"Let requests to metal-api cost nothing."`
	Render bool          `help:"Render table and plot of the figures that are there, and measure nothing."`
	Dir    string        `default:"_output/bench" help:"Folder for programs, state and logs."`
	JSON   string        `default:"docs/performance.json" help:"File of the figures." name:"json"`
	Page   string        `default:"docs/performance.md"   help:"Page with the table, between its markers."`
	Plot   string        `default:"docs/images/performance.svg" help:"Image of time and requests."`
}

func main() {
	var c cli
	k := kong.Parse(&c, kong.Name("bench"), kong.Description("Measure what the provider takes as its resources grow. See docs/performance.md."))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := c.run(ctx)
	stop()
	k.FatalIfErrorf(err)
}

func (c *cli) run(ctx context.Context) error {
	root, err := local.ProjectRoot()
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	dir, err := filepath.Abs(c.Dir)
	if err != nil {
		return fmt.Errorf("bench: cannot use the folder: %w", err)
	}
	o := bench.Options{
		Root: root, Dir: dir, Networks: c.N, Only: c.Only, OrangeNetworks: c.Orange, RuntimeRates: c.Rates, Rest: c.Rest, Samples: c.Sample,
		Costs: bench.RealCosts(), JSON: c.JSON, Page: c.Page, Plot: c.Plot, Out: os.Stdout,
	}
	if c.Free {
		o.Costs = simulator.Costs{}
	}
	if c.Render {
		err = bench.Render(o)
	} else {
		err = bench.Run(ctx, o)
	}
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	return nil
}
