package packageruntime

import (
	"context"
	"fmt"

	extv1alpha1 "github.com/crossplane/crossplane/apis/v2/apiextensions/v1alpha1"
	pkgmetav1 "github.com/crossplane/crossplane/apis/v2/pkg/meta/v1"
	pkgv1 "github.com/crossplane/crossplane/apis/v2/pkg/v1"
	appsv1 "k8s.io/api/apps/v1"
	authzv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	kerrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// activate brings an active revision's program up, in the order in which core
// goes on: certificates, then core establishes the revision's objects, then the
// program, then the revision is healthy.
func (r *Runtime) activate(ctx context.Context, pr pkgv1.PackageRevisionWithRuntime) error {
	if pr.GetResolvedSource() == "" {
		return nil // Core has not got to it yet.
	}
	secrets, err := r.certificates(ctx, pr)
	if err != nil {
		return r.unhealthy(ctx, pr, err)
	}
	p, err := r.program(ctx, pr)
	if err != nil {
		return r.unhealthy(ctx, pr, err)
	}
	if err := r.report(ctx, pr, func() {
		pr.SetObservedTLSServerSecretName(&secrets.server.Name)
		if secrets.client != nil {
			pr.SetObservedTLSClientSecretName(&secrets.client.Name)
		}
		if f, ok := pr.(*pkgv1.FunctionRevision); ok {
			f.Status.Endpoint = "dns:///" + p.address
		}
	}); err != nil {
		return err
	}

	if pr.GetCondition(pkgv1.TypeRevisionHealthy).Status != corev1.ConditionTrue {
		return nil
	}
	awaiting, err := r.awaitsActivation(ctx, pr)
	if err != nil {
		return r.unhealthy(ctx, pr, err)
	}
	d, err := r.deployment(ctx, pr, awaiting)
	if err != nil {
		return r.unhealthy(ctx, pr, err)
	}
	if awaiting {
		return r.report(ctx, pr, func() {
			pr.SetConditions(pkgv1.RuntimeHealthy(), pkgv1.RuntimeAwaitingActivation())
		})
	}
	if !p.started() {
		if ok, err := r.permitted(ctx, pr, d); err != nil || !ok {
			return err
		}
		if err := r.start(ctx, pr, p, d, secrets); err != nil {
			return r.unhealthy(ctx, pr, err)
		}
	}
	if err := p.ready(ctx); err != nil {
		return r.report(ctx, pr, func() { pr.SetConditions(pkgv1.RuntimeUnhealthy().WithMessage(err.Error())) })
	}
	return r.report(ctx, pr, func() { pr.SetConditions(pkgv1.RuntimeHealthy(), pkgv1.RuntimeActive()) })
}

// deactivate takes from a revision what only an active one has. Its program has
// been stopped already.
func (r *Runtime) deactivate(ctx context.Context, pr pkgv1.PackageRevisionWithRuntime) error {
	if err := r.deleteDeployment(ctx, pr); err != nil {
		return err
	}
	if pr.GetDeletionTimestamp() != nil {
		return nil
	}
	return r.report(ctx, pr, func() { pr.SetConditions(pkgv1.RuntimeHealthy()) })
}

// awaitsActivation says whether core would keep the program down: a provider
// that declares safe-start starts with the first of its resources to be active.
func (r *Runtime) awaitsActivation(ctx context.Context, pr pkgv1.PackageRevisionWithRuntime) (bool, error) {
	if !pkgmetav1.CapabilitiesContainFuzzyMatch(pr.GetCapabilities(), pkgmetav1.ProviderCapabilitySafeStart) ||
		pr.GetCondition(pkgv1.TypeRuntimeActive).Reason == pkgv1.ReasonActiveRuntime {
		return false, nil
	}
	definitions := &extv1alpha1.ManagedResourceDefinitionList{}
	if err := r.kube.List(ctx, definitions); err != nil {
		return false, fmt.Errorf("cannot list managed resource definitions: %w", err)
	}
	owned := 0
	for i := range definitions.Items {
		if !metav1.IsControlledBy(&definitions.Items[i], pr) {
			continue
		}
		if definitions.Items[i].Spec.State.IsActive() {
			return false, nil
		}
		owned++
	}
	return owned > 0, nil
}

// permitted says whether the RBAC manager has given a provider's service account
// its rights. A pod takes longer to start than that, a process does not.
func (r *Runtime) permitted(ctx context.Context, pr pkgv1.PackageRevisionWithRuntime, d *appsv1.Deployment) (bool, error) {
	if isFunction(pr) {
		return true, nil
	}
	review := &authzv1.SubjectAccessReview{Spec: authzv1.SubjectAccessReviewSpec{
		User:               "system:serviceaccount:" + d.Namespace + ":" + d.Spec.Template.Spec.ServiceAccountName,
		ResourceAttributes: &authzv1.ResourceAttributes{Verb: "list", Resource: "secrets"},
	}}
	if err := r.kube.Create(ctx, review); err != nil {
		return false, fmt.Errorf("cannot ask for the rights of the provider: %w", err)
	}
	return review.Status.Allowed, nil
}

// report changes the revision's status, if there is anything to change. Core
// writes the same list of conditions: a conflict is left for the next look.
func (r *Runtime) report(ctx context.Context, pr pkgv1.PackageRevisionWithRuntime, change func()) error {
	before, ok := pr.DeepCopyObject().(pkgv1.PackageRevisionWithRuntime)
	if !ok {
		return fmt.Errorf("cannot copy a %T", pr)
	}
	change()
	if equality.Semantic.DeepEqual(before, pr) {
		return nil
	}
	err := r.kube.Status().Patch(ctx, pr, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{}))
	if err != nil && !kerrors.IsConflict(err) {
		return fmt.Errorf("cannot report the runtime's state: %w", err)
	}
	return nil
}

// unhealthy reports an error in the revision's status, and returns it.
func (r *Runtime) unhealthy(ctx context.Context, pr pkgv1.PackageRevisionWithRuntime, err error) error {
	_ = r.report(ctx, pr, func() { pr.SetConditions(pkgv1.RuntimeUnhealthy().WithMessage(err.Error())) })
	return err
}
