// Command chaos kills the provider a great many times and compares what is left.
package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/crossplane-contrib/provider-metal-stack/cluster/chaos"
)

type cli struct {
	Kills    int    `default:"200"           help:"How often the provider is killed."`
	Seed     uint64 `default:"0"             help:"Seed of everything random; 0 takes a new one."`
	Batch    int    `default:"-1"            help:"Run this batch of the seed's only."`
	Dir      string `default:"_output/chaos" help:"Folder for state and logs."`
	Fresh    bool   `help:"Do not go on where an earlier run was interrupted."`
	Debug    bool   `help:"Have the provider log more."`
	Schedule bool   `help:"Print the schedule and do nothing."`
}

func main() {
	var c cli
	k := kong.Parse(&c, kong.Name("chaos"), kong.Description("Kill the provider a great many times, and compare what Kubernetes and metal-api have then. See docs/chaos.md."))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := c.run(ctx)
	stop()
	k.FatalIfErrorf(err)
}

func (c *cli) run(ctx context.Context) error {
	o := chaos.Options{Kills: c.Kills, Seed: c.Seed, Batch: c.Batch, Dir: c.Dir, Fresh: c.Fresh, Debug: c.Debug, Out: os.Stdout}
	if o.Seed == 0 {
		if err := o.Resume(); err != nil {
			return err
		}
	}
	if o.Seed == 0 {
		o.Seed = rand.Uint64N(1 << 32) //nolint:gosec // Chaos, and no secret.
	}
	if c.Schedule {
		return chaos.Print(o)
	}
	if err := chaos.Run(ctx, o); err != nil {
		return fmt.Errorf("chaos: %w", err)
	}
	return nil
}
