package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/controller"
	"github.com/crossplane/crossplane-runtime/v2/pkg/gate"
	"github.com/crossplane/crossplane-runtime/v2/pkg/reconciler/customresourcesgate"
	authorizationv1 "k8s.io/api/authorization/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"
)

// newGate lets controllers start when the kinds that they need are there: a
// resource whose definition is not active has no CRD. Where the provider may
// not watch CRDs (Crossplane lets it only if the package says safe-start), all
// of them are expected to be there, and there is no gate.
func newGate(ctx context.Context, mgr manager.Manager, o controller.Options) (controller.Gate, error) {
	may, err := mayWatchCRDs(ctx, mgr.GetClient())
	if err != nil {
		return nil, fmt.Errorf("cannot ask whether CRDs may be watched: %w", err)
	}
	if !may {
		o.Logger.Info("This provider may not watch CRDs: all its kinds must be installed")
		return nil, nil //nolint:nilnil // No gate is what controllers know as an open one.
	}
	o.Gate = &patient{Gate: &gate.Gate[schema.GroupVersionKind]{}, ctx: ctx, mapper: mgr.GetRESTMapper()}
	if err := customresourcesgate.Setup(mgr, o); err != nil {
		return nil, fmt.Errorf("cannot watch CRDs: %w", err)
	}
	return o.Gate, nil
}

// A patient gate lets a controller start only when its kinds are served as
// well: that takes a moment after a CRD was established, and a controller that
// is too early tries again only after ten seconds.
type patient struct {
	controller.Gate

	ctx    context.Context //nolint:containedctx // The provider's; functions are registered without one.
	mapper meta.RESTMapper
}

// Register a function to call when kinds are served.
func (p *patient) Register(f func(), kinds ...schema.GroupVersionKind) {
	p.Gate.Register(func() {
		served := func(context.Context) (bool, error) {
			return !slices.ContainsFunc(kinds, func(k schema.GroupVersionKind) bool { return !p.served(k) }), nil
		}
		if err := wait.PollUntilContextTimeout(p.ctx, 100*time.Millisecond, 10*time.Second, true, served); err != nil && p.ctx.Err() != nil {
			return
		}
		f()
	}, kinds...)
}

// Set whether a kind is ready. One whose CRD is being deleted is served until
// its last resource is gone, and what those stand for has yet to be freed.
func (p *patient) Set(k schema.GroupVersionKind, ready bool) bool {
	return p.Gate.Set(k, ready || p.served(k))
}

// served is false as well if nobody can tell: that will be told again by who
// needs the kind.
func (p *patient) served(k schema.GroupVersionKind) bool {
	_, err := p.mapper.RESTMapping(k.GroupKind(), k.Version)
	return err == nil
}

// mayWatchCRDs asks the API server for our rights.
func mayWatchCRDs(ctx context.Context, kube client.Client) (bool, error) {
	for _, verb := range []string{"get", "list", "watch"} {
		review := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{
			ResourceAttributes: &authorizationv1.ResourceAttributes{
				Group:    "apiextensions.k8s.io",
				Resource: "customresourcedefinitions",
				Verb:     verb,
			},
		}}
		if err := kube.Create(ctx, review); err != nil {
			return false, err
		}
		if !review.Status.Allowed {
			return false, nil
		}
	}
	return true, nil
}
