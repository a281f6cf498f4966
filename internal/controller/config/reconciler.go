package config

import (
	"context"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	"github.com/crossplane/crossplane-runtime/v2/pkg/event"
	"github.com/crossplane/crossplane-runtime/v2/pkg/logging"
	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/crossplane/crossplane-runtime/v2/pkg/reconciler/providerconfig"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	kerrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

const (
	// recheck is how often a metal-stack that was reached is asked again: when
	// what is known has become old, whatever the jitter.
	recheck = healthAge + time.Minute
	// tryAgain is how often one that was not reached, or a missing Secret, which
	// is not watched, is.
	tryAgain = 30 * time.Second
	// timeout of one reconcile.
	timeout = time.Minute

	reasonPlainHTTP     event.Reason = "PlainHTTP"
	reasonInUse         event.Reason = "InUse"
	reasonSecretDeleted event.Reason = "SecretDeleted"

	errFinalizer    = "cannot change the finalizers of %s"
	errUpdateStatus = "cannot update the status of %s"
	errNoRole       = "the credentials have no role in this metal-stack: it must be view, edit or admin"

	msgPlainHTTP = "url uses plain http: who can read a signed request can send it again. Use https outside of a lab"
)

// A reconciler of one of the two kinds of configurations.
type reconciler struct {
	kind   string
	kube   client.Client
	live   client.Reader
	stacks *Stacks
	record event.Recorder
	log    logging.Logger
}

// Reconcile a configuration: count its users, keep it while there are any, and
// say whether its metal-stack can be reached.
func (r *reconciler) Reconcile(ctx context.Context, req reconcile.Request) (result reconcile.Result, err error) {
	defer func() { result, err = errors.SilentlyRequeueOnConflict(result, err) }()

	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	c, err := getConfig(ctx, r.kube, name{kind: r.kind, NamespacedName: req.NamespacedName})
	if err != nil {
		return reconcile.Result{}, client.IgnoreNotFound(err)
	}
	used, err := users(ctx, r.kube, c.name)
	if err != nil {
		return reconcile.Result{}, err
	}
	if meta.WasDeleted(c) && len(used) == 0 {
		// What is seen last is not from the cache: see Connector.
		if used, err = users(ctx, r.live, c.name); err != nil {
			return reconcile.Result{}, err
		}
		if len(used) == 0 {
			return reconcile.Result{}, r.let(ctx, c)
		}
	}
	if !meta.WasDeleted(c) {
		if err := r.keep(ctx, c); err != nil {
			return reconcile.Result{}, err
		}
	}
	f := r.check(ctx, c)
	after := jitter(recheck)
	if f.err != nil {
		after = jitter(tryAgain)
	}
	return reconcile.Result{RequeueAfter: after}, r.report(ctx, c, used, f)
}

// keep a configuration as long as it is used.
func (r *reconciler) keep(ctx context.Context, c *config) error {
	if meta.FinalizerExists(c, InUse) {
		return nil
	}
	patch := lockedPatch(c.Object)
	meta.AddFinalizer(c, InUse)
	return errors.Wrapf(r.kube.Patch(ctx, c.Object, patch), errFinalizer, c.name)
}

// let a configuration go that nobody uses.
func (r *reconciler) let(ctx context.Context, c *config) error {
	r.stacks.forget(c.GetUID())
	if !meta.FinalizerExists(c, InUse) {
		return nil
	}
	patch := lockedPatch(c.Object)
	meta.RemoveFinalizer(c, InUse)
	return errors.Wrapf(client.IgnoreNotFound(r.kube.Patch(ctx, c.Object, patch)), errFinalizer, c.name)
}

// check the Secret, and that the metal-stack can be reached with it.
func (r *reconciler) check(ctx context.Context, c *config) finding {
	s, err := secretOf(ctx, r.kube, c)
	if err != nil {
		// What was not seen is as it was said last.
		return finding{err: err, secretGoes: !kerrors.IsNotFound(err) && saidSecretGoes(c.status)}
	}
	h, err := r.ask(ctx, c, s)
	return finding{health: h, err: err, secretGoes: meta.WasDeleted(s)}
}

// ask the metal-stack, with the key in a Secret.
func (r *reconciler) ask(ctx context.Context, c *config, secret *corev1.Secret) (health, error) {
	a, err := accessWith(secret, c)
	if err != nil {
		return health{}, err
	}
	s, err := r.stacks.session(c.GetUID(), a)
	if err != nil {
		return health{}, err
	}
	h, err := s.Health(ctx)
	if err != nil {
		return health{}, err
	}
	if h.role == metal.RoleNone {
		return h, &metal.Error{Kind: metal.Denied, Attempted: "use the metal-stack", Message: errNoRole}
	}
	return h, nil
}

// report what was found in the configuration's status, if it is news.
func (r *reconciler) report(ctx context.Context, c *config, used []v1alpha1.ProviderConfigUsage, f finding) error {
	before := *c.status.DeepCopy()
	c.say(used, f)
	if equality.Semantic.DeepEqual(before, *c.status) {
		return nil
	}
	if err := r.kube.Status().Update(ctx, c.Object); err != nil {
		return errors.Wrapf(err, errUpdateStatus, c.name)
	}

	// The log and events follow what was written, so that each is told once.
	ready, blocked := c.status.GetCondition(xpv2.TypeReady), meta.WasDeleted(c)
	r.log.Info("Status changed", "config", c.name.String(), "ready", ready.Status, "reason", ready.Reason, "message", ready.Message, "users", c.status.Users)
	if blocked && before.GetCondition(providerconfig.TypeTerminating).Status != corev1.ConditionTrue {
		r.record.Event(c.Object, event.Warning(reasonInUse, errors.New("cannot be deleted: "+sentence(used))))
	}
	if saidSecretGoes(c.status) && !saidSecretGoes(&before) {
		r.record.Event(c.Object, event.Warning(reasonSecretDeleted, errors.New(c.status.GetCondition(typeSecretTerminating).Message)))
	}
	// A deletion is a generation, too, but no news.
	if !blocked && strings.HasPrefix(strings.ToLower(c.connection.URL), "http://") && before.GetCondition(xpv2.TypeReady).ObservedGeneration != c.GetGeneration() {
		r.record.Event(c.Object, event.Warning(reasonPlainHTTP, errors.New(msgPlainHTTP)))
	}
	return nil
}

// lockedPatch of what is changed in an object from here on, refused by the API
// server if somebody else changed it too: lists are written whole.
func lockedPatch(o client.Object) client.Patch {
	before, _ := o.DeepCopyObject().(client.Object) // It is one.
	return client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
}

// jitter around a duration, so that many do not come at once.
func jitter(d time.Duration) time.Duration {
	return d + time.Duration((rand.Float64()-0.5)*0.2*float64(d)) //nolint:gosec // No secret depends on it.
}
