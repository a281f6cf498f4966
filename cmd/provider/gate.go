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

// newGate lets controllers start when the kinds that they need are there: a
// resource whose definition is not active has no CRD. Where the provider may
// not watch CRDs (Crossplane lets it only if the package says safe-start), all
// of them are expected to be there.
func newGate(ctx context.Context, mgr manager.Manager, o controller.Options) (controller.Gate, error) {
	may, err := mayWatchCRDs(ctx, mgr.GetClient())
	if err != nil {
		return nil, fmt.Errorf("cannot ask whether CRDs may be watched: %w", err)
	}
	if !may {
		o.Logger.Info("This provider may not watch CRDs: all its kinds must be installed")
		return open{}, nil
	}
	o.Gate = &gate.Gate[schema.GroupVersionKind]{}
	if err := customresourcesgate.Setup(mgr, o); err != nil {
		return nil, fmt.Errorf("cannot watch CRDs: %w", err)
	}
	return o.Gate, nil
}

// An open gate lets everything pass.
type open struct{}

// Register a function and call it.
func (open) Register(f func(), _ ...schema.GroupVersionKind) { f() }

// Set nothing.
func (open) Set(schema.GroupVersionKind, bool) bool { return false }

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
