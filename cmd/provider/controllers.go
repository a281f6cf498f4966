package main

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	xpcontroller "github.com/crossplane/crossplane-runtime/v2/pkg/controller"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/config"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal/rest"
	requests "github.com/crossplane-contrib/provider-metal-stack/internal/metrics"
)

// addControllers of every kind. Each starts when the kinds that it needs are
// there; what fails then is told to fail.
func addControllers(ctx context.Context, mgr manager.Manager, o xpcontroller.Options, _ flags, fail func(error)) error {
	measured := requests.NewRequests()
	if err := metrics.Registry.Register(measured); err != nil {
		return fmt.Errorf("cannot register the metrics of requests: %w", err)
	}
	stacks := config.NewStacks(newStack(measured))

	configs := []schema.GroupVersionKind{
		v1alpha1.ProviderConfigGroupVersionKind,
		v1alpha1.ClusterProviderConfigGroupVersionKind,
		v1alpha1.ProviderConfigUsageGroupVersionKind,
	}
	when, err := newStarter(ctx, mgr, o, fail)
	if err != nil {
		return err
	}
	return when.start(func() error { return config.Setup(mgr, o, stacks) }, configs...)
}

// newStack tells the metrics, and whoever asked for it, of each request.
func newStack(measured requests.Requests) config.NewStack {
	return func(cfg metal.Config, observe config.Observer) (metal.Stack, error) {
		return rest.New(cfg, rest.WithUserAgent("provider-metal-stack/"+version), rest.WithObserver(func(operation string, status int, seconds float64) {
			measured.Observe(operation, status, seconds)
			observe(operation, status, seconds)
		}))
	}
}
