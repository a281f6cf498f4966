package config

import (
	"context"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	xpmeta "github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// A usageReconciler releases usages whose managed resource is gone: it went
// before it had a finalizer, or the provider ended between the two finalizers,
// or a backup brought back only the usage.
//
// Crossplane gives providers no right to delete their own kinds. A usage that
// was released is left to garbage collection, which needs an owner to miss.
type usageReconciler struct {
	kube client.Client
	live client.Reader
}

// Reconcile a usage.
func (r *usageReconciler) Reconcile(ctx context.Context, req reconcile.Request) (reconcile.Result, error) {
	u := &v1alpha1.ProviderConfigUsage{}
	if err := r.kube.Get(ctx, req.NamespacedName, u); err != nil {
		return reconcile.Result{}, errors.Wrap(client.IgnoreNotFound(err), errGetUsage)
	}
	if !orphan(u) {
		return reconcile.Result{}, nil
	}
	exists, err := r.ownerExists(ctx, u)
	if err != nil {
		return reconcile.Result{}, err
	}
	if exists {
		// Its end releases the usage. This is for the case that it does not.
		return reconcile.Result{RequeueAfter: jitter(tryAgain)}, nil
	}
	return reconcile.Result{}, release(ctx, r.kube, u)
}

// orphan may be a usage that was deleted and is still held, and one that nobody
// owns, be it held or not. Garbage collection deletes usages whose owner is
// gone: one that has an owner and was not deleted is in use.
func orphan(u *v1alpha1.ProviderConfigUsage) bool {
	if xpmeta.WasDeleted(u) {
		return xpmeta.FinalizerExists(u, InUse)
	}
	return metav1.GetControllerOf(u) == nil
}

// ownerExists if there is a resource with the name in the usage and with the
// uid that the usage is named by.
func (r *usageReconciler) ownerExists(ctx context.Context, u *v1alpha1.ProviderConfigUsage) (bool, error) {
	o := &metav1.PartialObjectMetadata{TypeMeta: metav1.TypeMeta{APIVersion: u.ResourceReference.APIVersion, Kind: u.ResourceReference.Kind}}
	err := r.live.Get(ctx, client.ObjectKey{Namespace: u.Namespace, Name: u.ResourceReference.Name}, o)
	if meta.IsNoMatchError(err) {
		return false, nil
	}
	if err != nil {
		return false, errors.Wrapf(client.IgnoreNotFound(err), "cannot get %s", user(u))
	}
	return string(o.UID) == u.Name, nil
}
