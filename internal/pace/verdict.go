package pace

import (
	"context"
	"errors"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	corev1 "k8s.io/api/core/v1"
	kerrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// A verdict on a reconcile, which is left in its context.
type verdict struct {
	done     time.Duration
	wrote    bool
	conflict bool
	soon     time.Duration
	putOff   time.Duration
	until    time.Time
	subject  subject
	about    resource.Managed
}

type verdictKey struct{}

// of a reconcile. Outside of one it is nobody's.
func of(ctx context.Context) *verdict {
	if v, ok := ctx.Value(verdictKey{}).(*verdict); ok {
		return v
	}
	return &verdict{}
}

// known is true if the look came so far as to know its subject.
func (v *verdict) known() bool { return v.about != nil }

// sooner of a time and the one that was asked for.
func (v *verdict) sooner(d time.Duration) time.Duration {
	if v.soon == 0 || d == 0 {
		return d
	}
	return min(d, v.soon)
}

// priority of the next look.
func (v *verdict) priority() int {
	if v.about != nil && Rests(v.about) {
		return Low
	}
	return Normal
}

// Wrote says that a write to metal-stack was begun.
func Wrote(ctx context.Context) { of(ctx).wrote = true }

// Made says that something was made at metal-stack, which its own event in
// Kubernetes will wake a look for.
func Made(ctx context.Context) { of(ctx).done = Woken }

// Freed says that something was freed at metal-stack: it is worth a look at once.
func Freed(ctx context.Context) { of(ctx).done = Again }

// SeenAgain is true if something was made or freed: what is shown of it now is
// shown anew in a moment, and need not be written.
func SeenAgain(ctx context.Context) bool { return of(ctx).done > 0 }

// Conflict says that Kubernetes had a newer version of the resource.
func Conflict(ctx context.Context) { of(ctx).conflict = true }

// Until says when it can be told what a look could not tell.
func Until(ctx context.Context, t time.Time) { of(ctx).until = t }

// Soon asks for the next look after that time, if it would come later.
func Soon(ctx context.Context, d time.Duration) { of(ctx).soon = d }

// Waits says what the resource waits for.
func Waits(ctx context.Context, what string) { of(ctx).subject.waits = what }

// About says which resource the look is about: what a person has changed or deleted
// inherits no backoff, and what rests stands behind what does not.
func About(ctx context.Context, mg resource.Managed) {
	v := of(ctx)
	v.about = mg
	v.subject.generation, v.subject.deleted = mg.GetGeneration(), meta.WasDeleted(mg)
}

// PutOff a look for about that time, and a half of it more, unless it is woken
// before. The error that is returned ends a reconcile without a word:
// crossplane-runtime takes it for a conflict.
func PutOff(ctx context.Context, d time.Duration) error {
	of(ctx).putOff = d
	return kerrors.NewConflict(schema.GroupResource{}, "", errors.New("looked at later"))
}

// Rests is true for a managed resource that is ready and in sync as it is now: there
// is nothing to do for it but to look whether something has changed outside.
func Rests(mg resource.Managed) bool {
	return InSync(mg) && mg.GetCondition(xpv2.TypeReady).Status == corev1.ConditionTrue
}

// InSync is true for a managed resource whose conditions are about it as it is now,
// and that nobody wants to go.
func InSync(mg resource.Managed) bool {
	if meta.WasDeleted(mg) || meta.GetExternalName(mg) == "" || requested(mg) {
		return false
	}
	ready, synced := mg.GetCondition(xpv2.TypeReady), mg.GetCondition(xpv2.TypeSynced)
	return synced.Status == corev1.ConditionTrue && synced.ObservedGeneration == mg.GetGeneration() && ready.ObservedGeneration == mg.GetGeneration()
}

// requested is true if somebody asked for a look that has not been taken yet.
func requested(mg resource.Managed) bool {
	token, ok := meta.GetReconcileRequest(mg)
	handled, can := mg.(interface{ GetLastHandledReconcileAt() string })
	return ok && can && handled.GetLastHandledReconcileAt() != token
}
