package main

import (
	"context"
	"fmt"

	authorizationv1 "k8s.io/api/authorization/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"github.com/crossplane/crossplane-runtime/v2/pkg/controller"
	"github.com/crossplane/crossplane-runtime/v2/pkg/gate"
	"github.com/crossplane/crossplane-runtime/v2/pkg/reconciler/customresourcesgate"
)

// A starter lets controllers start when the kinds that they need are there: a
// resource whose definition is not active has no CRD.
type starter struct {
	gate *gate.Gate[schema.GroupVersionKind]
	fail func(error)
}

// newStarter that watches CRDs. Where the provider may not do that (Crossplane
// lets it only if the package says safe-start), all of them are expected to be
// there.
func newStarter(ctx context.Context, mgr manager.Manager, o controller.Options, fail func(error)) (*starter, error) {
	may, err := mayWatchCRDs(ctx, mgr.GetClient())
	if err != nil {
		return nil, fmt.Errorf("cannot ask whether CRDs may be watched: %w", err)
	}
	if !may {
		o.Logger.Info("This provider may not watch CRDs: all kinds must be installed")
		return &starter{}, nil
	}
	g := &gate.Gate[schema.GroupVersionKind]{}
	o.Gate = g
	if err := customresourcesgate.Setup(mgr, o); err != nil {
		return nil, fmt.Errorf("cannot watch CRDs: %w", err)
	}
	return &starter{gate: g, fail: fail}, nil
}

// start controllers that need these kinds. What goes wrong later ends the
// provider: a controller that is not there would be missed by nobody.
func (s *starter) start(setup func() error, kinds ...schema.GroupVersionKind) error {
	if s.gate == nil {
		return setup()
	}
	s.gate.Register(func() {
		if err := setup(); err != nil {
			s.fail(err)
		}
	}, kinds...)
	return nil
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
