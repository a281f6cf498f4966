package main

import (
	"context"
	"fmt"
	"time"

	xpcontroller "github.com/crossplane/crossplane-runtime/v2/pkg/controller"
	"github.com/crossplane/crossplane-runtime/v2/pkg/reconciler/managed"
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	kmetrics "sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/config"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/kinds"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/relation"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal/limit"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal/rest"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal/snapshot"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metrics"
	"github.com/crossplane-contrib/provider-metal-stack/internal/pace"
	"github.com/crossplane-contrib/provider-metal-stack/internal/turn"
)

// addControllers of every kind. Each starts when the kinds that it needs are
// there; what goes wrong then is told to fail. Nothing is written to a metal-stack
// while leads returns an error.
func addControllers(ctx context.Context, mgr manager.Manager, o xpcontroller.Options, f flags, leads func() error, fail func(error)) error {
	requests := metrics.NewRequests()
	configurations := metrics.NewConfigurations(v1alpha1.ProviderConfigKind, v1alpha1.ClusterProviderConfigKind)
	waits := metrics.NewTurns()
	bells := &pace.Bells{}
	snapshots := newSnapshots(ctx, f, bells)
	for _, m := range []prometheus.Collector{requests, waits, metrics.NewSnapshotAge(snapshots.Age), configurations, metrics.NewInfo(version)} {
		if err := kmetrics.Registry.Register(m); err != nil {
			return fmt.Errorf("cannot register the metrics: %w", err)
		}
	}
	gate, err := newGate(ctx, mgr, o)
	if err != nil {
		return err
	}
	o.Gate = gate

	limits := limit.NewAll(limit.Options{
		InFlight: f.MetalAPIInFlight, PerSecond: f.MetalAPIRate,
		Waited: func(c metal.Class, seconds float64) { waits.Waited(c.String(), seconds) },
	})
	stacks := config.NewStacks(newStack(requests, limits, snapshots, leads))
	env := controller.Environment{
		Connector:       config.NewConnector(mgr.GetClient(), mgr.GetAPIReader(), stacks),
		Relations:       relation.New(mgr.GetClient(), mgr.GetAPIReader(), kinds.Relations()),
		Finalizer:       config.NewFinalizer(mgr.GetClient(), mgr.GetAPIReader(), resource.NewAPIFinalizer(mgr.GetClient(), managed.FinalizerName)),
		HoldOff:         f.CreateHoldOff,
		MinPollInterval: f.MinPoll,
		Turns:           turn.NewRooms(time.Now, func(d time.Duration) { waits.Waited("allocate", d.Seconds()) }),
		Bells:           bells,
		Leads:           func() bool { return leads() == nil },
		Failed:          fail,
	}
	config.SetupGated(mgr, o, stacks, configurations, fail)
	kinds.SetupGated(mgr, o, env)
	return nil
}

// newSnapshots that serve looks at what rests, and wake what has changed.
func newSnapshots(ctx context.Context, f flags, bells *pace.Bells) *snapshot.All {
	return snapshot.NewAll(ctx, snapshot.Options{
		Age: f.SnapshotAge,
		Wake: func(kind snapshot.Kind, resource types.NamespacedName, changed bool) {
			priority := pace.Low
			if changed {
				priority = pace.Normal
			}
			bells.Of(string(kind)).Ring(resource, priority)
		},
	})
}

// newStack within the limits of its metal-api, behind a snapshot of it if there are
// some. It tells the metrics, and whoever asked for it, of each request.
func newStack(requests metrics.Requests, limits *limit.All, snapshots *snapshot.All, leads func() error) config.NewStack {
	gate := func(address string) rest.Gate { return limits.Of(address) }
	return func(uid types.UID, cfg metal.Config, observe config.Observer) (metal.Stack, error) {
		s, err := rest.New(cfg, rest.WithUserAgent("provider-metal-stack/"+version), rest.WithGuard(leads), rest.WithGate(gate), rest.WithObserver(func(operation string, status int, seconds float64) {
			requests.Observe(operation, status, seconds)
			observe(operation, status, seconds)
		}))
		if err != nil {
			return nil, err
		}
		return snapshots.Wrap(s, uid), nil
	}
}
