package config

import (
	"context"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

const errMarkSecret = "cannot mark Secret %s as used"

// SecretSelector selects the Secrets that belong to configurations. A cache of
// Secrets should be limited to them, and needs no more than their metadata.
func SecretSelector() labels.Selector {
	r, err := labels.NewRequirement(InUse, selection.Exists, nil)
	if err != nil {
		panic(err) // The label is a constant.
	}
	return labels.NewSelector().Add(*r)
}

// A secretReconciler marks the Secrets of configurations with a label, by which
// they are watched, and with a finalizer as long as one of these configurations
// is used: the last user needs it to be deleted, even if somebody deletes the
// whole namespace at once.
type secretReconciler struct {
	kube client.Client
}

// Reconcile a Secret.
func (r *secretReconciler) Reconcile(ctx context.Context, req reconcile.Request) (reconcile.Result, error) {
	s := secretMetadata()
	if err := r.kube.Get(ctx, req.NamespacedName, s); err != nil {
		return reconcile.Result{}, errors.Wrapf(client.IgnoreNotFound(err), errGetSecret, req.NamespacedName)
	}
	known, used, err := r.use(ctx, req.NamespacedName)
	if err != nil {
		return reconcile.Result{}, err
	}
	patch := lockedPatch(s)
	if !mark(s, known, used) {
		return reconcile.Result{}, nil
	}
	err = r.kube.Patch(ctx, s, patch)
	return reconcile.Result{}, errors.Wrapf(client.IgnoreNotFound(err), errMarkSecret, req.NamespacedName)
}

// use of a Secret: whether configurations name it, and whether one of these is
// used by managed resources.
func (r *secretReconciler) use(ctx context.Context, secret types.NamespacedName) (known, used bool, err error) {
	all, err := listConfigs(ctx, r.kube)
	if err != nil {
		return false, false, err
	}
	for _, c := range all {
		if c.secret != secret {
			continue
		}
		known = true
		of, err := users(ctx, r.kube, c.name)
		if err != nil {
			return false, false, err
		}
		if len(of) > 0 {
			return true, true, nil
		}
	}
	return known, false, nil
}

// mark a Secret as known and used; false if it was so already.
func mark(s *metav1.PartialObjectMetadata, known, used bool) bool {
	_, labelled := s.Labels[InUse]
	kept := meta.FinalizerExists(s, InUse)

	switch {
	case known && !labelled:
		meta.AddLabels(s, map[string]string{InUse: "true"})
	case !known && labelled:
		meta.RemoveLabels(s, InUse)
	}
	switch {
	// An object that is being deleted takes no new finalizer.
	case used && !kept && !meta.WasDeleted(s):
		meta.AddFinalizer(s, InUse)
	case !used && kept:
		meta.RemoveFinalizer(s, InUse)
	}
	_, is := s.Labels[InUse]
	return is != labelled || meta.FinalizerExists(s, InUse) != kept
}

func secretMetadata() *metav1.PartialObjectMetadata {
	s := &metav1.PartialObjectMetadata{}
	s.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Secret"))
	return s
}
