// Package pace decides when a resource is looked at again. crossplane-runtime
// gives one answer after an error, a conflict, a wait, and after something was made
// or freed; what happened is told by those who know it, in the context.
package pace

import (
	"context"
	"sync"
	"time"

	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

const (
	// Again is how soon a look comes after something was made or freed.
	Again = time.Millisecond

	// firstBackoff after a failure or a wait, doubled by each one after it, up
	// to the longest.
	firstBackoff   = time.Second
	longestBackoff = time.Minute
)

// conflicts say how soon a look comes after the first conflicts in a row, if
// nothing was written to metal-stack. A later one is a failure like others.
var conflicts = [...]time.Duration{10 * time.Millisecond, 50 * time.Millisecond, 250 * time.Millisecond} //nolint:gochecknoglobals // A table.

// A Reconciler comes back to what does not rest at a time of its own.
type Reconciler struct {
	inner reconcile.Reconciler
	now   func() time.Time
	leads func() bool

	failures workqueue.TypedRateLimiter[reconcile.Request]

	mu    sync.Mutex
	tries map[reconcile.Request]tries
}

// tries so far of what does not rest.
type tries struct {
	conflicts int

	// for what they were.
	subject subject
}

// A subject of looks: another one inherits no backoff.
type subject struct {
	generation int64
	deleted    bool

	// waits for what, in words.
	waits string
}

// New Reconciler around another, on a clock. While this process does not lead,
// another one may be at work, and nothing is looked at.
func New(inner reconcile.Reconciler, now func() time.Time, leads func() bool) *Reconciler {
	return &Reconciler{
		inner:    inner,
		now:      now,
		leads:    leads,
		failures: workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](firstBackoff, longestBackoff),
		tries:    map[reconcile.Request]tries{},
	}
}

// Reconcile a resource.
func (r *Reconciler) Reconcile(ctx context.Context, req reconcile.Request) (reconcile.Result, error) {
	if !r.leads() {
		return reconcile.Result{RequeueAfter: firstBackoff}, nil
	}
	v := &verdict{}
	result, err := r.inner.Reconcile(context.WithValue(ctx, verdictKey{}, v), req)
	switch {
	case err != nil:
		return result, err
	case !result.Requeue: //nolint:staticcheck // It is crossplane-runtime's answer.
		r.forget(req)
		return result, nil
	case v.done:
		r.forget(req)
		return reconcile.Result{RequeueAfter: Again}, nil
	default:
		return reconcile.Result{RequeueAfter: r.after(req, v)}, nil
	}
}

// forget what was tried.
func (r *Reconciler) forget(req reconcile.Request) {
	r.failures.Forget(req)
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.tries, req)
}

// after a look that did not end in rest: the time to the next one.
func (r *Reconciler) after(req reconcile.Request, v *verdict) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	t, known := r.tries[req]
	if v.conflict {
		v.subject.waits = t.subject.waits // The look did not come so far.
	}
	if known && v.known && t.subject != v.subject {
		r.failures.Forget(req)
		t = tries{}
	}
	if v.known {
		t.subject = v.subject
	}
	defer func() { r.tries[req] = t }()

	if v.conflict && !v.wrote && t.conflicts < len(conflicts) {
		t.conflicts++
		return conflicts[t.conflicts-1]
	}
	if !v.conflict {
		t.conflicts = 0
	}
	next := r.failures.When(req)
	if v.until.IsZero() {
		return next
	}
	return min(next, max(Again, v.until.Sub(r.now())))
}
