// Program demo shows an XCluster come to life on this machine: a control plane
// with Crossplane, the packages of this checkout and a simulated metal-stack.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/crossplane-contrib/provider-metal-stack/cluster/local/demo"
)

type cli struct {
	Up    up    `cmd:"" help:"Start the demo and tell its story. A demo that runs is ended before."`
	Dev   dev   `cmd:"" help:"Build the provider from this checkout and restart it in the demo that runs."`
	Down  down  `cmd:"" help:"End the demo and say what was ended."`
	Serve serve `cmd:"" help:"Own the demo; up calls it."                                           hidden:""`
}

type place struct {
	Dir string `default:"${dir}" help:"Directory of the demo's state, made and emptied by it." type:"path"`
}

type up struct {
	place

	Once bool `env:"DEMO_ONCE" help:"End everything when the story has been told."`
}

func (c up) Run(ctx context.Context) error {
	if c.Once {
		return demo.Once(ctx, c.Dir, os.Stdout)
	}
	return demo.Up(ctx, c.Dir, os.Stdout)
}

type dev struct{ place }

func (c dev) Run(ctx context.Context) error { return demo.Dev(ctx, c.Dir, os.Stdout) }

type down struct{ place }

func (c down) Run(ctx context.Context) error { return demo.Down(ctx, c.Dir, os.Stdout) }

type serve struct{ place }

func (c serve) Run(ctx context.Context) error { return demo.Serve(ctx, c.Dir, os.Stdin, os.Stdout) }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	dir, err := demo.DefaultDir()
	k := kong.Parse(&cli{}, kong.Name("demo"), kong.Vars{"dir": dir}, kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Description("Shows an XCluster come to life on this machine, on a simulated metal-stack."))
	if err == nil {
		err = k.Run()
	}
	stop()
	k.FatalIfErrorf(err)
}
