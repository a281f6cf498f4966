package main

import (
	"fmt"

	"github.com/crossplane/crossplane-runtime/v2/pkg/ratelimiter"
	"github.com/crossplane/crossplane-runtime/v2/pkg/reconciler/customresourcesgate"
	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"
	kscheme "k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/config"
	"github.com/crossplane-contrib/provider-metal-stack/internal/quiet"
)

// newManager of controllers, and its part in leader election, if there is one.
func newManager(f flags) (manager.Manager, *election, error) {
	cfg, err := ctrl.GetConfig()
	if err != nil {
		return nil, nil, fmt.Errorf("cannot find a Kubernetes API server: %w", err)
	}
	scheme, err := newScheme()
	if err != nil {
		return nil, nil, fmt.Errorf("cannot build the scheme: %w", err)
	}
	e, err := newElection(f, cfg)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot take part in leader election: %w", err)
	}
	mgr, err := ctrl.NewManager(ratelimiter.LimitRESTConfig(cfg, f.MaxReconcileRate), ctrl.Options{
		Scheme:                  scheme,
		Cache:                   cacheOptions(f),
		Client:                  client.Options{Cache: &client.CacheOptions{DisableFor: []client.Object{&corev1.Secret{}}}},
		NewClient:               quiet.NewClient,
		Metrics:                 metricsserver.Options{BindAddress: f.MetricsBindAddress},
		HealthProbeBindAddress:  f.HealthProbeBindAddress,
		GracefulShutdownTimeout: new(controller.ShutdownTimeout), // The lease is held until then.
		LeaderElection:          f.LeaderElection,

		LeaderElectionResourceLockInterface: e.lock(),

		LeaseDuration: new(f.LeaseDuration),
		RenewDeadline: new(renewDeadline(f)),
		RetryPeriod:   new(retryPeriod(f)),
	})
	if err != nil {
		return nil, nil, fmt.Errorf("cannot create the manager: %w", err)
	}
	e.record(mgr)
	if err := mgr.AddHealthzCheck("ping", healthz.Ping); err != nil {
		return nil, nil, fmt.Errorf("cannot add the health probe: %w", err)
	}
	if err := mgr.AddReadyzCheck("ping", healthz.Ping); err != nil {
		return nil, nil, fmt.Errorf("cannot add the readiness probe: %w", err)
	}
	return mgr, e, nil
}

// newScheme of all kinds that the provider reads or writes.
func newScheme() (*runtime.Scheme, error) {
	s := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{kscheme.AddToScheme, apiextensionsv1.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(s); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// cacheOptions keep in memory what is needed: of CRDs whether they are there,
// of Secrets the metadata of those that belong to configurations.
func cacheOptions(f flags) cache.Options {
	return cache.Options{
		SyncPeriod:       &f.Sync,
		DefaultTransform: cache.TransformStripManagedFields(),
		ByObject: map[client.Object]cache.ByObject{
			&apiextensionsv1.CustomResourceDefinition{}: {Transform: customresourcesgate.TransformStripCRDSchema},
			&corev1.Secret{}: {Label: config.SecretSelector()},
		},
	}
}
