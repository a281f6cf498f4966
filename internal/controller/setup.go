package controller

import (
	"context"
	"maps"
	"sync"
	"time"

	xpcontroller "github.com/crossplane/crossplane-runtime/v2/pkg/controller"
	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	xpevent "github.com/crossplane/crossplane-runtime/v2/pkg/event"
	"github.com/crossplane/crossplane-runtime/v2/pkg/feature"
	"github.com/crossplane/crossplane-runtime/v2/pkg/ratelimiter"
	"github.com/crossplane/crossplane-runtime/v2/pkg/reconciler/managed"
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	"github.com/crossplane/crossplane-runtime/v2/pkg/statemetrics"
	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	kmetrics "sigs.k8s.io/controller-runtime/pkg/metrics"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/relation"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metrics"
	"github.com/crossplane-contrib/provider-metal-stack/internal/pace"
	"github.com/crossplane-contrib/provider-metal-stack/internal/turn"
)

// DefaultMinPollInterval is the shortest poll interval that an annotation of a
// managed resource may ask for.
const DefaultMinPollInterval = 5 * time.Second

// An Environment is what all kinds share.
type Environment struct {
	// Connector to the metal-stack of a managed resource.
	Connector Connector

	// Relations between the kinds.
	Relations *relation.Home

	// Finalizer of managed resources. crossplane-runtime's if nil.
	Finalizer resource.Finalizer

	// HoldOff after a create of unknown outcome. DefaultHoldOff if zero.
	HoldOff time.Duration

	// CreateTimeout of an allocate. CreateTimeout if zero.
	CreateTimeout time.Duration

	// MinPollInterval that an annotation may ask for. DefaultMinPollInterval
	// if zero.
	MinPollInterval time.Duration

	// PersistTimeout of annotations that must not be lost.
	// DefaultPersistTimeout if zero.
	PersistTimeout time.Duration

	// Metrics of the reconcilers. controller-runtime's registry if nil.
	Metrics prometheus.Registerer

	// Failed ends the process when something cannot start that waited for its
	// kind: nobody would notice that it is missing. Needed with a gate.
	Failed func(error)

	// Turns of those who allocate. Its own for each kind if nil.
	Turns *turn.Rooms

	// Bells that wake resources. Nobody else rings if nil.
	Bells *pace.Bells

	// Leads is false while another process may be at work. Nobody else is if nil.
	Leads func() bool

	// Now is the time that a hold-off is counted by. time.Now if nil.
	Now func() time.Time
}

// complete with what is left out.
func (env Environment) complete() Environment {
	if env.Now == nil {
		env.Now = time.Now
	}
	if env.Leads == nil {
		env.Leads = func() bool { return true }
	}
	if env.Metrics == nil {
		env.Metrics = kmetrics.Registry
	}
	if env.Turns == nil {
		env.Turns = turn.NewRooms(env.Now, nil)
	}
	if env.Bells == nil {
		env.Bells = &pace.Bells{}
	}
	return env
}

// A Controller is what Setup needs of a kind.
type Controller[T Resource, O any] struct {
	Kind Kind[T, O]

	// GVK, an empty object and an empty list of the managed resource.
	GVK    schema.GroupVersionKind
	Object T
	List   resource.ManagedList

	// Watches beside those that its relations need. Optional.
	Watches []relation.Watch

	// Indexes of the cache beside those that its relations need, by field. Optional.
	Indexes map[string]client.IndexerFunc

	// Metrics that only this kind has. Optional.
	Metrics []prometheus.Collector
}

// Setup adds the controller of a kind to a manager.
func Setup[T Resource, O any](mgr ctrl.Manager, o xpcontroller.Options, env Environment, c Controller[T, O]) error {
	name := managed.ControllerName(c.GVK.GroupKind().String())
	env = env.complete()

	r, err := NewReconciler(mgr, o, env, c)
	if err != nil {
		return err
	}
	if m := o.MetricOptions; m != nil && m.MRStateMetrics != nil {
		state := statemetrics.NewMRStateRecorder(relation.Uncopied{Client: mgr.GetClient()}, o.Logger, m.MRStateMetrics, c.List, m.PollStateMetricInterval)
		if err := mgr.Add(state); err != nil {
			return errors.Wrapf(err, "cannot record the state of %s", c.GVK.Kind)
		}
	}

	indexes := env.Relations.Indexes(c.GVK.Kind)
	maps.Copy(indexes, c.Indexes)
	for field, of := range indexes {
		if err := mgr.GetFieldIndexer().IndexField(context.Background(), c.Object, field, of); err != nil {
			return errors.Wrapf(err, "cannot index %s of %s", field, c.GVK.Kind)
		}
	}

	b := ctrl.NewControllerManagedBy(mgr).
		Named(name).
		WithOptions(o.ForControllerRuntime()).
		Watches(c.Object, &waker{kind: c.GVK.Kind, turns: env.Turns}, builder.WithPredicates(desiredStateChanged()))
	for _, w := range append(env.Relations.Watches(mgr.GetCache(), c.GVK.Kind), c.Watches...) {
		b = b.WatchesRawSource(behind(w, o.Gate, env.Failed))
	}
	b = b.WatchesRawSource(env.Bells.Of(c.GVK.Kind))
	if o.GlobalRateLimiter != nil {
		r = ratelimiter.NewReconciler(name, r, o.GlobalRateLimiter)
	}
	return b.Complete(r)
}

// NewReconciler of a kind. It is a leader from its first reconcile on.
func NewReconciler[T Resource, O any](mgr ctrl.Manager, o xpcontroller.Options, env Environment, c Controller[T, O]) (reconcile.Reconciler, error) {
	name := managed.ControllerName(c.GVK.GroupKind().String())
	env = env.complete()
	now := env.Now

	// Equal names of two kinds would be one resource to one recorder.
	recorder := managed.NewMRMetricRecorder()
	decisions := metrics.NewDecisions()
	labelled := prometheus.WrapRegistererWith(prometheus.Labels{"kind": c.GVK.Kind}, env.Metrics)
	for _, m := range []prometheus.Collector{recorder, decisions} {
		if err := labelled.Register(m); err != nil {
			return nil, errors.Wrapf(err, "cannot register the metrics of %s", c.GVK.Kind)
		}
	}

	for _, m := range c.Metrics {
		if err := env.Metrics.Register(m); err != nil {
			return nil, errors.Wrapf(err, "cannot register the metrics of %s alone", c.GVK.Kind)
		}
	}

	p := persister{kube: mgr.GetClient(), timeout: orDefault(env.PersistTimeout, DefaultPersistTimeout)}
	log := o.Logger.WithValues("controller", name)
	record := logged{log: log, Recorder: xpevent.NewAPIRecorder(mgr.GetEventRecorderFor(name), o.EventFilterFunctions...)} //nolint:staticcheck // crossplane-runtime's recorder is made of this one.

	opts := []managed.ReconcilerOption{
		managed.WithTypedExternalConnector[T](&connector[T, O]{
			kind:      c.Kind,
			name:      c.GVK.Kind,
			connect:   env.Connector,
			relations: env.Relations,
			persist:   p,
			record:    record,
			count:     decisions,
			holdOff:   orDefault(env.HoldOff, DefaultHoldOff),
			timeout:   orDefault(env.CreateTimeout, CreateTimeout),
			turns:     env.Turns,
			bell:      env.Bells.Of(c.GVK.Kind),
			waiting:   &waitingRoom{},
			now:       now,
			process:   sync.OnceValue(now),
		}),
		managed.WithInitializers(),
		managed.WithReferenceResolver(managed.ReferenceResolverFn(unresolved)),
		managed.WithDeterministicExternalName(true),
		managed.WithCreationGracePeriod(0),
		managed.WithCriticalAnnotationUpdater(p),
		managed.WithManagementPolicies(),
		managed.WithTimeout(ReconcileTimeout),
		managed.WithPollInterval(o.PollInterval),
		managed.WithMinPollInterval(orDefault(env.MinPollInterval, DefaultMinPollInterval)),
		managed.WithPollIntervalHook(pollHook(now)),
		managed.WithLogger(log),
		managed.WithRecorder(truthful{Recorder: record, message: messageOf}),
		managed.WithMetricRecorder(recorder),
	}
	if env.Finalizer != nil {
		opts = append(opts, managed.WithFinalizer(env.Finalizer))
	}
	if o.Features.Enabled(feature.EnableAlphaChangeLogs) {
		opts = append(opts, managed.WithChangeLogger(o.ChangeLogOptions.ChangeLogger))
	}
	return pace.New(managed.NewReconciler(mgr, resource.ManagedKind(c.GVK), opts...), now, env.Leads), nil
}

// SetupGated does Setup when the kind is there: Crossplane activates kinds one
// by one.
func SetupGated[T Resource, O any](mgr ctrl.Manager, o xpcontroller.Options, env Environment, c Controller[T, O]) {
	WhenInstalled(o.Gate, env.Failed, func() error { return Setup(mgr, o, env, c) }, c.GVK)
}

// WhenInstalled calls start when kinds are there, or at once if there is no gate
// to tell. Failed gets its error.
func WhenInstalled(g xpcontroller.Gate, failed func(error), start func() error, gvks ...schema.GroupVersionKind) {
	begin := func() {
		if err := start(); err != nil {
			failed(err)
		}
	}
	if g == nil {
		begin()
		return
	}
	g.Register(begin, gvks...)
}

// unresolved references stay so in a spec: they are resolved at each look.
func unresolved(context.Context, resource.Managed) error { return nil }

func messageOf(o runtime.Object) string {
	if mg, ok := o.(Resource); ok {
		return mg.GetMessage()
	}
	return ""
}

func orDefault(d, fallback time.Duration) time.Duration {
	if d == 0 {
		return fallback
	}
	return d
}
