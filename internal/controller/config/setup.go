package config

import (
	"context"
	"time"

	xpcontroller "github.com/crossplane/crossplane-runtime/v2/pkg/controller"
	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	"github.com/crossplane/crossplane-runtime/v2/pkg/event"
	"github.com/crossplane/crossplane-runtime/v2/pkg/reconciler/providerconfig"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	kevent "sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metrics"
)

// Setup the controllers of ProviderConfigs and ClusterProviderConfigs, of their
// usages, and of their Secrets, and count how many are ready.
func Setup(mgr ctrl.Manager, o xpcontroller.Options, stacks *Stacks, count metrics.Configurations) error {
	for kind, object := range map[string]client.Object{
		v1alpha1.ProviderConfigKind:        &v1alpha1.ProviderConfig{},
		v1alpha1.ClusterProviderConfigKind: &v1alpha1.ClusterProviderConfig{},
	} {
		if err := setupConfigs(mgr, o, stacks, kind, object); err != nil {
			return errors.Wrapf(err, "cannot set up the controller of %s", kind)
		}
	}
	if err := setupUsages(mgr, o); err != nil {
		return errors.Wrap(err, "cannot set up the controller of ProviderConfigUsage")
	}
	if err := setupSecrets(mgr, o); err != nil {
		return errors.Wrap(err, "cannot set up the controller of Secrets")
	}
	c := &census{kube: mgr.GetClient(), every: o.MetricOptions.PollStateMetricInterval, count: count, log: o.Logger}
	return errors.Wrap(mgr.Add(c), "cannot count configurations")
}

// SetupGated does Setup when the kinds are there, and calls failed if it fails.
func SetupGated(mgr ctrl.Manager, o xpcontroller.Options, stacks *Stacks, count metrics.Configurations, failed func(error)) {
	controller.WhenInstalled(o.Gate, failed, func() error { return Setup(mgr, o, stacks, count) },
		v1alpha1.ProviderConfigGroupVersionKind, v1alpha1.ClusterProviderConfigGroupVersionKind, v1alpha1.ProviderConfigUsageGroupVersionKind)
}

func setupConfigs(mgr ctrl.Manager, o xpcontroller.Options, stacks *Stacks, kind string, object client.Object) error {
	n := providerconfig.ControllerName(kind)
	r := &reconciler{
		kind:   kind,
		kube:   mgr.GetClient(),
		live:   mgr.GetAPIReader(),
		stacks: stacks,
		record: event.NewAPIRecorder(mgr.GetEventRecorderFor(n)), //nolint:staticcheck // Crossplane gives providers no right to events.k8s.io, which the new one writes to.
		log:    o.Logger.WithValues("controller", n),
	}
	return ctrl.NewControllerManagedBy(mgr).
		Named(n).
		WithOptions(o.ForControllerRuntime()).
		For(object, builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Watches(&v1alpha1.ProviderConfigUsage{}, handler.Funcs{
			CreateFunc: func(_ context.Context, e kevent.CreateEvent, q queue) { enqueueUsed(q, kind, e.Object) },
			UpdateFunc: func(_ context.Context, e kevent.UpdateEvent, q queue) { enqueueUsed(q, kind, e.ObjectOld, e.ObjectNew) },
			DeleteFunc: func(_ context.Context, e kevent.DeleteEvent, q queue) { enqueueUsed(q, kind, e.Object) },
		}).
		WatchesMetadata(secretMetadata(), handler.EnqueueRequestsFromMapFunc(configsOf(mgr.GetClient(), kind)), builder.WithPredicates(predicate.ResourceVersionChangedPredicate{})).
		Complete(r)
}

type queue = workqueue.TypedRateLimitingInterface[reconcile.Request]

// together are looked at the changes of a configuration's users: mass work makes
// many, and each look counts all users.
const together = time.Second

// enqueueUsed configurations of a kind.
func enqueueUsed(q queue, kind string, usages ...client.Object) {
	for _, o := range usages {
		if u, ok := o.(*v1alpha1.ProviderConfigUsage); ok {
			if n := usedBy(u); n.kind == kind {
				q.AddAfter(reconcile.Request{NamespacedName: n.NamespacedName}, together)
			}
		}
	}
}

func setupUsages(mgr ctrl.Manager, o xpcontroller.Options) error {
	n := providerconfig.ControllerName(v1alpha1.ProviderConfigUsageKind)
	r := &usageReconciler{kube: mgr.GetClient(), live: mgr.GetAPIReader()}
	return ctrl.NewControllerManagedBy(mgr).
		Named(n).
		WithOptions(o.ForControllerRuntime()).
		For(&v1alpha1.ProviderConfigUsage{}).
		Complete(r)
}

func setupSecrets(mgr ctrl.Manager, o xpcontroller.Options) error {
	n := providerconfig.ControllerName("secret")
	r := &secretReconciler{kube: mgr.GetClient()}
	return ctrl.NewControllerManagedBy(mgr).
		Named(n).
		WithOptions(o.ForControllerRuntime()).
		WatchesMetadata(secretMetadata(), &handler.EnqueueRequestForObject{}).
		Watches(&v1alpha1.ProviderConfig{}, enqueueSecret()).
		Watches(&v1alpha1.ClusterProviderConfig{}, enqueueSecret()).
		Complete(r)
}

// configsOf a kind that name a Secret.
func configsOf(from client.Reader, kind string) handler.MapFunc {
	return func(ctx context.Context, o client.Object) []reconcile.Request {
		all, err := listConfigs(ctx, from)
		if err != nil {
			return nil // They are looked at every few minutes anyway.
		}
		var of []reconcile.Request
		for _, c := range all {
			if c.name.kind == kind && c.secret == client.ObjectKeyFromObject(o) {
				of = append(of, reconcile.Request{NamespacedName: c.name.NamespacedName})
			}
		}
		return of
	}
}

// enqueueSecret of a configuration, and the one that it named before.
func enqueueSecret() handler.EventHandler {
	enqueue := func(q queue, objects ...client.Object) {
		seen := map[types.NamespacedName]bool{}
		for _, o := range objects {
			if c := configOf(o); c != nil && !seen[c.secret] {
				seen[c.secret] = true
				q.Add(reconcile.Request{NamespacedName: c.secret})
			}
		}
	}
	return handler.Funcs{
		CreateFunc: func(_ context.Context, e kevent.CreateEvent, q queue) { enqueue(q, e.Object) },
		UpdateFunc: func(_ context.Context, e kevent.UpdateEvent, q queue) { enqueue(q, e.ObjectOld, e.ObjectNew) },
		DeleteFunc: func(_ context.Context, e kevent.DeleteEvent, q queue) { enqueue(q, e.Object) },
	}
}
