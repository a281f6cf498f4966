// Package main is metalsim, the simulated metal-api as a server.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

const description = `A stand-in for metal-api v0.44.1: the same answers over HTTP, without hardware.

It comes up as a mini-lab: partition mini-lab, size v1-small-x86, images firewall-ubuntu-3.0, ubuntu-26.4 and debian-13.0, networks
internet-mini-lab, tenant-super-network-mini-lab and underlay-mini-lab, project 00000000-0000-0000-0000-000000000001, and waiting
machines. Nothing outlives the process.

Talk to it with metalctl:

  METALCTL_API_URL=http://127.0.0.1:18080/metal METALCTL_HMAC=metal-admin METALCTL_HMAC_AUTH_TYPE=Metal-Admin metalctl machine ls

Disturb it under /control, outside of the base path and without authentication (never let it listen where others can reach it):

  curl -X POST 127.0.0.1:18080/control/machines/00000000-0000-0000-0000-000000000001/crash

docs/simulator.md describes the control calls, what is simulated and what is not.`

const greeting = `metal-api: http://%s%s
control:   http://%s/control
HMAC keys: %s (Metal-View), %s (Metal-Edit), %s (Metal-Admin)
Token:     %s
`

type cli struct {
	Listen        string   `default:"127.0.0.1:18080"                help:"Address to listen on; port 0 takes a free one."`
	BasePath      string   `default:"/metal"                         help:"Path under which metal-api answers."`
	Machines      int      `default:"2"                              help:"Number of machines."`
	SuperPrefixes []string `default:"10.0.0.0/16,2001:db8:0:10::/64" help:"Prefixes of the private super network, from which networks are allocated. None may overlap the underlay 10.1.0.0/24 or the internet."`
	VRFPoolSize   int      `default:"131072"                         help:"Number of VRFs, and so of networks that can exist."                        name:"vrf-pool-size"`
	Seed          uint64   `default:"0"                              help:"Seed of all randomness; 0 takes a new one and logs it."`
	LogLevel      string   `default:"info"                           enum:"debug,info,warn,error"                                                     help:"Level of the log: debug, info, warn or error. Debug shows every request."`

	Keys  keys  `embed:"" group:"Keys"`
	Speed speed `embed:"" group:"Speed"`
	Costs costs `embed:"" group:"Costs"`
}

type keys struct {
	ViewKey  string `default:"metal-view"  help:"HMAC key of type Metal-View."`
	EditKey  string `default:"metal-edit"  help:"HMAC key of type Metal-Edit."`
	AdminKey string `default:"metal-admin" help:"HMAC key of type Metal-Admin."`
	Token    string `default:"metal-token" help:"Bearer token with the rights of the admin."`
}

type speed struct {
	Speed        float64       `default:"1"     help:"How many times faster a machine's life cycle runs than given below."`
	Installing   time.Duration `default:"2s"    help:"From event Installing to Booting New Kernel."`
	Booting      time.Duration `default:"1s"    help:"From event Booting New Kernel to Phoned Home."`
	Rebooting    time.Duration `default:"1s"    help:"From a power cycle to event PXE Booting."`
	Preparing    time.Duration `default:"350ms" help:"Between PXE Booting, Preparing, Registering and Waiting, each."`
	IPRelease    time.Duration `default:"230ms" help:"Longest time from the free of a machine to the release of its IPs."  name:"ip-release"`
	MutexWait    time.Duration `default:"10s"   help:"How long an allocate waits for the allocation mutex."`
	MutexExpiry  time.Duration `default:"10s"   help:"Age at which a mutex that nobody gave back may be swept."`
	MutexSweep   time.Duration `default:"30s"   help:"Time between two sweeps."`
	Beat         time.Duration `default:"1m"    help:"Time between two signs of life of a machine at rest."`
	DeadAfter    time.Duration `default:"5m"    help:"Age of the last event beyond which liveliness is Unknown or Dead."`
	UpdateWindow time.Duration `default:"20ms"  help:"Time an update takes, in which a parallel one gets a 409."`
}

// costs are those of a metal-api that reads all rows of a kind to find one.
type costs struct {
	RequestCost  time.Duration `default:"0s" help:"Time that any request costs, such as 2ms."`
	FindCost     time.Duration `default:"0s" help:"Time that a find, a list or the free of a network costs for each object of its kind that exists, such as 4.5us."`
	MatchCost    time.Duration `default:"0s" help:"Time that each network in an answer of find or list costs, such as 660us."`
	AllocateCost time.Duration `default:"0s" help:"Time that an allocate of a network costs for each network that exists, such as 18us. If not 0, allocates wait for one another."`
	Cores        int           `default:"2"  help:"How many requests spend what they cost at the same time."`
}

func main() {
	var c cli
	k := kong.Parse(&c, kong.Name("metalsim"), kong.Description(description))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := c.run(ctx)
	stop()
	k.FatalIfErrorf(err)
}

func (c *cli) run(ctx context.Context) error {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		return fmt.Errorf("cannot use log level: %w", err)
	}
	sim, err := simulator.New(simulator.Options{ //nolint:contextcheck // it lives until it is closed
		BasePath:      c.BasePath,
		Machines:      c.Machines,
		SuperPrefixes: c.SuperPrefixes,
		VRFs:          c.VRFPoolSize,
		Seed:          c.Seed,
		Speed:         c.Speed.Speed,
		Keys:          simulator.Keys{View: c.Keys.ViewKey, Edit: c.Keys.EditKey, Admin: c.Keys.AdminKey, Token: c.Keys.Token},
		Costs: simulator.Costs{
			Request: simulator.Duration(c.Costs.RequestCost), Find: simulator.Duration(c.Costs.FindCost), Match: simulator.Duration(c.Costs.MatchCost),
			Allocate: simulator.Duration(c.Costs.AllocateCost), Cores: c.Costs.Cores,
		},
		Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level})),
		Durations: simulator.Durations{
			Installing:  c.Speed.Installing,
			Booting:     c.Speed.Booting,
			Rebooting:   c.Speed.Rebooting,
			Preparing:   c.Speed.Preparing,
			IPRelease:   c.Speed.IPRelease,
			Beat:        c.Speed.Beat,
			MutexWait:   c.Speed.MutexWait,
			MutexExpiry: c.Speed.MutexExpiry,
			MutexSweep:  c.Speed.MutexSweep,
			DeadAfter:   c.Speed.DeadAfter,
			Window:      c.Speed.UpdateWindow,
		},
	})
	if err != nil {
		return err
	}
	defer sim.Close()

	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w", c.Listen, err)
	}
	_, err = fmt.Fprintf(os.Stdout, greeting,
		listener.Addr(), path.Join("/", c.BasePath), listener.Addr(), c.Keys.ViewKey, c.Keys.EditKey, c.Keys.AdminKey, c.Keys.Token)
	if err != nil {
		return fmt.Errorf("cannot say where the simulator listens: %w", err)
	}
	return serve(ctx, listener, sim)
}

// serve until the context ends; requests under way then have five seconds.
func serve(ctx context.Context, l net.Listener, h http.Handler) error {
	server := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	select {
	case err := <-done:
		return fmt.Errorf("cannot serve: %w", err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		return errors.Join(fmt.Errorf("cannot end all requests in time: %w", err), server.Close())
	}
	return nil
}
