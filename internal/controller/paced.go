package controller

import (
	"context"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// A paced reconciler looks again at once after something was made or freed.
// crossplane-runtime's own answer then is the one that it gives after an error,
// and inherits the backoff of all errors before: whoever waits for it would wait
// as long.
type paced struct {
	reconcile.Reconciler
}

// again is how soon; a look that comes back after a time has no backoff.
const again = time.Millisecond

// A verdict on a reconcile, which the external client leaves in its context.
type verdict struct {
	done bool
}

type verdictKey struct{}

// Reconcile a resource.
func (p paced) Reconcile(ctx context.Context, req reconcile.Request) (reconcile.Result, error) {
	v := &verdict{}
	result, err := p.Reconciler.Reconcile(context.WithValue(ctx, verdictKey{}, v), req)
	if err == nil && v.done && result.Requeue { //nolint:staticcheck // It is crossplane-runtime's answer.
		return reconcile.Result{RequeueAfter: again}, nil
	}
	return result, err
}

// doneIn a reconcile is something at metal-stack that is worth a look at once.
func doneIn(ctx context.Context) {
	if v, ok := ctx.Value(verdictKey{}).(*verdict); ok {
		v.done = true
	}
}
