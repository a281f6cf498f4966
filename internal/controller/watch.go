package controller

import (
	"context"

	xpcontroller "github.com/crossplane/crossplane-runtime/v2/pkg/controller"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/relation"
)

// behind a gate, if there is one, a watch of another kind than the controller's own
// begins when that kind is there, and the controller does not wait for it.
func behind(w relation.Watch, g xpcontroller.Gate, failed func(error)) source.Source {
	if g == nil {
		return w.Source
	}
	return source.Func(func(ctx context.Context, q workqueue.TypedRateLimitingInterface[reconcile.Request]) error {
		WhenInstalled(g, failed, func() error { return w.Source.Start(ctx, q) }, w.GVK)
		return nil
	})
}
