package controller

import (
	"context"
	"sync"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// A paced reconciler decides when a resource is looked at again after a look
// that did not end in rest. crossplane-runtime answers the same after an error,
// after something was made, and after something was freed, and leaves the rest to
// the queue, whose backoff a rate limiter in front of it forgets.
type paced struct {
	reconcile.Reconciler

	failures workqueue.TypedRateLimiter[reconcile.Request]
	asked    *sync.Map // What a person asked for at the last look, by request.
}

const (
	// again is how soon a look comes after something was made or freed.
	again = time.Millisecond

	// firstBackoff after a failure, doubled by each one after it, up to the
	// longest.
	firstBackoff   = time.Second
	longestBackoff = time.Minute
)

func newPaced(r reconcile.Reconciler) paced {
	return paced{
		Reconciler: r,
		failures:   workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](firstBackoff, longestBackoff),
		asked:      &sync.Map{},
	}
}

// A verdict on a reconcile, which the external client leaves in its context.
type verdict struct {
	// done is something at metal-stack that is worth a look at once.
	done bool

	// asked is what a person asks for.
	asked wish
}

// A wish is what a person changes: it inherits no backoff from the one before.
type wish struct {
	generation int64
	deleted    bool
}

type verdictKey struct{}

// Reconcile a resource.
func (p paced) Reconcile(ctx context.Context, req reconcile.Request) (reconcile.Result, error) {
	v := &verdict{}
	result, err := p.Reconciler.Reconcile(context.WithValue(ctx, verdictKey{}, v), req)
	switch {
	case err != nil:
		return result, err
	case !result.Requeue: //nolint:staticcheck // It is crossplane-runtime's answer.
		p.failures.Forget(req)
		p.asked.Delete(req)
		return result, nil
	case v.done:
		p.failures.Forget(req)
		return reconcile.Result{RequeueAfter: again}, nil
	}
	if before, known := p.asked.Swap(req, v.asked); known && before != v.asked {
		p.failures.Forget(req)
	}
	return reconcile.Result{RequeueAfter: p.failures.When(req)}, nil
}

// doneIn a reconcile is something at metal-stack that is worth a look at once.
func doneIn(ctx context.Context) {
	if v, ok := ctx.Value(verdictKey{}).(*verdict); ok {
		v.done = true
	}
}

// askedIn a reconcile is what a person wants of a resource now.
func askedIn(ctx context.Context, mg resource.Managed) {
	if v, ok := ctx.Value(verdictKey{}).(*verdict); ok {
		v.asked = wish{generation: mg.GetGeneration(), deleted: meta.WasDeleted(mg)}
	}
}
