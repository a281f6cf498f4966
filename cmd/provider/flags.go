package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/alecthomas/kong"
)

const description = `Manage what a metal-stack allocates as Crossplane resources: networks, firewalls.

The provider runs in a cluster, or anywhere with KUBECONFIG. It reads how to reach a metal-api from ProviderConfigs and ClusterProviderConfigs, and their Secrets.`

// flags of the provider, as Crossplane providers have them.
type flags struct {
	Debug   bool             `help:"Log at debug level, the controller runtime's messages as well." short:"d"`
	Version kong.VersionFlag `help:"Print the version and exit."`

	LeaderElection          bool          `env:"LEADER_ELECTION" help:"Of several provider processes, let one work at a time."                 short:"l"`
	LeaderElectionNamespace string        `env:"POD_NAMESPACE"   help:"Namespace of the lease for leader election; the pod's own if left out."`
	LeaseDuration           time.Duration `default:"60s" help:"How long a leader that is not heard of is waited for." hidden:""`

	Poll             time.Duration `default:"10m" help:"How often a resource that is ready is compared with metal-stack. Others are looked at more often."`
	MinPoll          time.Duration `default:"5s"  help:"Shortest interval that a resource may ask for with the annotation crossplane.io/poll-interval."`
	Sync             time.Duration `default:"1h"  help:"How often all resources are looked at again, whether they have changed or not."                                                                short:"s"`
	MaxReconcileRate int           `default:"100" help:"How many resources of a kind are worked on at the same time. A fifth of the requests per second to the Kubernetes API server. Not a rate of reconciles: what protects a metal-api are the limits below."`
	CreateHoldOff    time.Duration `default:"60s" help:"How long nothing is created anew after a create whose outcome is not known. Less than metal-api needs to finish a request may allocate twice."`

	MetalAPIInFlight int           `default:"16"  help:"How many requests to one metal-api may be under way at the same time; at most half of them looks at what is at rest." name:"metal-api-in-flight"`
	MetalAPIRate     int           `default:"400" help:"How many requests per second one metal-api gets; at most half of them looks at what is at rest."                 name:"metal-api-rate"`
	SnapshotAge      time.Duration `default:"10s" help:"How old what a look at a resource at rest is shown may be. It is older where a metal-api would else spend more than a twentieth of its time on it. 0 asks for each resource by itself."`
	RuntimeLimiter   bool          `help:"Reconcile as crossplane-runtime's limiter of all reconciles allows, for comparison." hidden:""`

	MetricsBindAddress     string        `default:":8080" env:"METRICS_BIND_ADDRESS"                                             help:"Address of the metrics, 0 for none."`
	HealthProbeBindAddress string        `default:":8081" env:"HEALTH_PROBE_BIND_ADDRESS"                                        help:"Address of the probes /healthz and /readyz, 0 for none."`
	PollStateMetric        time.Duration `default:"1m"    help:"How often resources are counted for the metrics of their state."`

	EnableChangelogs     bool   `env:"ENABLE_CHANGE_LOGS"                      help:"Send a record of each change at metal-stack to a change log service."`
	ChangelogsSocketPath string `default:"/var/run/changelogs/changelogs.sock" env:"CHANGELOGS_SOCKET_PATH"                                                help:"Unix socket of the change log service."`
}

// Validate what kong cannot know.
func (f flags) Validate() error {
	for name, d := range map[string]time.Duration{"--poll": f.Poll, "--min-poll": f.MinPoll, "--sync": f.Sync, "--poll-state-metric": f.PollStateMetric, "--create-hold-off": f.CreateHoldOff, "--lease-duration": f.LeaseDuration} {
		if d <= 0 {
			return fmt.Errorf("%s must be longer than nothing", name)
		}
	}
	for name, n := range map[string]int{"--max-reconcile-rate": f.MaxReconcileRate, "--metal-api-in-flight": f.MetalAPIInFlight, "--metal-api-rate": f.MetalAPIRate} {
		if n <= 0 {
			return fmt.Errorf("%s must be at least 1", name)
		}
	}
	if f.SnapshotAge < 0 {
		return errors.New("--snapshot-age must not be negative")
	}
	return nil
}

// parse arguments. What cannot be parsed ends the process with an explanation.
func parse(args []string) flags {
	f := flags{}
	p := parser(&f)
	_, err := p.Parse(args)
	p.FatalIfErrorf(err)
	return f
}

func parser(f *flags) *kong.Kong {
	return kong.Must(f, kong.Name("provider"), kong.Description(description), kong.ShortUsageOnError(), kong.Vars{"version": version})
}
