// Package pace decides when a resource is looked at again, and who goes first.
// crossplane-runtime gives one answer after an error, a conflict, a wait, and after
// something was made or freed; what happened is told by those who know it, in the
// context.
package pace

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// Priorities in the queue of a controller. What is not said here is of the first.
const (
	// Normal is for what waits, fails, goes or was changed.
	Normal = 0

	// Low is for looks at what rests: a change never stands behind them.
	Low = handler.LowPriority

	// High is for whose turn it is: others wait for it to be over.
	High = 100
)

const (
	// Again is how soon a look comes after something was freed.
	Again = time.Millisecond

	// Woken is how soon a look comes after something was made, if the event of
	// its making did not wake it before.
	Woken = time.Second

	// firstBackoff after a failure, and firstWait after a wait, doubled by each
	// one after it, up to the longest.
	firstBackoff   = time.Second
	firstWait      = 250 * time.Millisecond
	longestBackoff = time.Minute

	// putOffJitter spreads what was put off at the same time.
	putOffJitter = 0.5
)

// conflicts say how soon a look comes after the first conflicts in a row, if
// nothing was written to metal-stack. A later one is a failure like others.
var conflicts = [...]time.Duration{10 * time.Millisecond, 50 * time.Millisecond, 250 * time.Millisecond} //nolint:gochecknoglobals // A table.

// A Reconciler comes back to what does not rest at a time of its own.
type Reconciler struct {
	inner reconcile.Reconciler
	now   func() time.Time
	leads func() bool

	mu    sync.Mutex
	tries map[reconcile.Request]tries
}

// tries so far of what does not rest.
type tries struct {
	failures  int
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
	return &Reconciler{inner: inner, now: now, leads: leads, tries: map[reconcile.Request]tries{}}
}

// Reconcile a resource.
func (r *Reconciler) Reconcile(ctx context.Context, req reconcile.Request) (reconcile.Result, error) {
	if !r.leads() {
		return reconcile.Result{RequeueAfter: firstBackoff}, nil
	}
	v := &verdict{}
	result, err := r.inner.Reconcile(context.WithValue(ctx, verdictKey{}, v), req)
	priority := v.priority()
	switch {
	case err != nil:
		return reconcile.Result{Priority: &priority}, err
	case v.putOff > 0:
		// It is as it was: what was tried before still counts.
		return reconcile.Result{RequeueAfter: jittered(v.putOff), Priority: &priority}, nil
	case !result.Requeue: //nolint:staticcheck // It is crossplane-runtime's answer.
		r.forget(req)
		return reconcile.Result{RequeueAfter: v.sooner(result.RequeueAfter), Priority: &priority}, nil
	case v.done > 0:
		r.forget(req)
		return reconcile.Result{RequeueAfter: v.done, Priority: &priority}, nil
	default:
		return reconcile.Result{RequeueAfter: v.sooner(r.after(req, v)), Priority: &priority}, nil
	}
}

// forget what was tried.
func (r *Reconciler) forget(req reconcile.Request) {
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
	if known && v.known() && t.subject != v.subject {
		t = tries{}
	}
	if v.known() {
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
	first := firstBackoff
	if v.subject.waits != "" {
		first = firstWait
	}
	next := backoff(first, t.failures)
	t.failures++
	if v.until.IsZero() {
		return next
	}
	return min(next, max(Again, v.until.Sub(r.now())))
}

// backoff after a number of failures before this one.
func backoff(first time.Duration, failures int) time.Duration {
	for range failures {
		if first >= longestBackoff {
			break
		}
		first *= 2
	}
	return min(first, longestBackoff)
}

func jittered(d time.Duration) time.Duration {
	return d + time.Duration(putOffJitter*rand.Float64()*float64(d)) //nolint:gosec // Jitter needs no secrecy.
}
