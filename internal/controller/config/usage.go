package config

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	"k8s.io/apimachinery/pkg/api/equality"
	kerrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// InUse is the finalizer of what must outlive the managed resources that need
// it: usages, configurations, and their Secrets. As a label it marks the
// Secrets of configurations.
const InUse = "metal-stack.m.crossplane.io/in-use"

const (
	errGetUsage     = "cannot get ProviderConfigUsage"
	errTrack        = "cannot track the use of %s"
	errReleaseUsage = "cannot release ProviderConfigUsage"
	errUsageGoes    = "the ProviderConfigUsage of this resource is being deleted: it is made anew as soon as it is gone"
)

// A tracker records that a managed resource uses a configuration.
type tracker struct {
	kube client.Client
}

// find the usage of a managed resource: NotFound if there is none.
func (t *tracker) find(ctx context.Context, mg resource.ModernManaged) (*v1alpha1.ProviderConfigUsage, error) {
	u := &v1alpha1.ProviderConfigUsage{}
	if err := t.kube.Get(ctx, usageName(mg), u); err != nil {
		return nil, errors.Wrap(err, errGetUsage)
	}
	return u, nil
}

// track a managed resource by creating its usage, or updating the one that was
// found. At rest it writes nothing.
func (t *tracker) track(ctx context.Context, mg resource.ModernManaged, found *v1alpha1.ProviderConfigUsage) error {
	u := &v1alpha1.ProviderConfigUsage{}
	if found != nil {
		u = found.DeepCopy()
	}
	gvk, err := t.kube.GroupVersionKindFor(mg)
	if err != nil {
		return errors.Wrapf(err, errTrack, mg.GetName())
	}
	of := *mg.GetProviderConfigReference()

	// crossplane-runtime's usages block the deletion of their owner. With a
	// finalizer on the usage that would deadlock foreground deletion.
	owner := meta.AsController(meta.TypedReferenceTo(mg, gvk))
	owner.BlockOwnerDeletion = new(false)

	if found != nil && u.ProviderConfigReference == of && meta.FinalizerExists(u, InUse) && metav1.IsControlledBy(u, mg) {
		return nil
	}
	if meta.WasDeleted(u) && !meta.FinalizerExists(u, InUse) {
		return errors.New(errUsageGoes)
	}

	u.SetName(usageName(mg).Name)
	u.SetNamespace(mg.GetNamespace())
	u.SetLabels(usageLabels(of))
	u.SetOwnerReferences([]metav1.OwnerReference{owner})
	u.ProviderConfigReference = of
	u.ResourceReference = xpv2.TypedReference{APIVersion: owner.APIVersion, Kind: owner.Kind, Name: owner.Name, UID: owner.UID}
	meta.AddFinalizer(u, InUse)

	if found != nil {
		return errors.Wrapf(t.kube.Update(ctx, u), errTrack, describe(of))
	}
	// The cache may not know yet what the last reconcile made.
	err = t.kube.Create(ctx, u)
	if kerrors.IsAlreadyExists(err) {
		return nil
	}
	return errors.Wrapf(err, errTrack, describe(of))
}

func usageName(mg client.Object) types.NamespacedName {
	return types.NamespacedName{Namespace: mg.GetNamespace(), Name: string(mg.GetUID())}
}

// usageLabels are those of crossplane-runtime. We never select by them: a name
// may be longer than a label's value.
func usageLabels(of xpv2.ProviderConfigReference) map[string]string {
	l := map[string]string{xpv2.LabelKeyProviderKind: of.Kind}
	if len(validation.IsValidLabelValue(of.Name)) == 0 {
		l[xpv2.LabelKeyProviderName] = of.Name
	}
	return l
}

func describe(of xpv2.ProviderConfigReference) string { return of.Kind + " " + of.Name }

// usedBy is the configuration that a usage is of.
func usedBy(u *v1alpha1.ProviderConfigUsage) name {
	return named(u.ProviderConfigReference.Kind, u.Namespace, u.ProviderConfigReference.Name)
}

// users of a configuration. What has been released does not count.
func users(ctx context.Context, from client.Reader, n name) ([]v1alpha1.ProviderConfigUsage, error) {
	l := &v1alpha1.ProviderConfigUsageList{}
	// Not copied out of the cache, and not changed below: there is one for each
	// managed resource.
	if err := from.List(ctx, l, client.InNamespace(n.Namespace), client.UnsafeDisableDeepCopy); err != nil {
		return nil, errors.Wrap(err, "cannot list ProviderConfigUsages")
	}
	var of []v1alpha1.ProviderConfigUsage
	for i := range l.Items {
		if u := &l.Items[i]; usedBy(u) == n && meta.FinalizerExists(u, InUse) {
			of = append(of, *u)
		}
	}
	// A cache lists in any order; what is said about it should not change.
	slices.SortFunc(of, func(a, b v1alpha1.ProviderConfigUsage) int {
		return cmp.Or(
			strings.Compare(a.ResourceReference.Kind, b.ResourceReference.Kind),
			strings.Compare(a.Namespace, b.Namespace),
			strings.Compare(a.ResourceReference.Name, b.ResourceReference.Name),
		)
	})
	return of, nil
}

// user that a usage is of.
func user(u *v1alpha1.ProviderConfigUsage) string {
	return u.ResourceReference.Kind + " " + u.Namespace + "/" + u.ResourceReference.Name
}

// sentence about who keeps what was deleted.
func sentence(of []v1alpha1.ProviderConfigUsage) string {
	return usersOf(of) + ": delete them first"
}

// usersOf a configuration in words: a few of them by name.
func usersOf(of []v1alpha1.ProviderConfigUsage) string {
	const few = 3
	names := make([]string, 0, few)
	for i := range of[:min(few, len(of))] {
		names = append(names, user(&of[i]))
	}
	s := "still used by " + strings.Join(names, ", ")
	if n := len(of) - few; n > 0 {
		s += fmt.Sprintf(" and %d more", n)
	}
	return s
}

// release a usage: it no longer counts, and may be collected.
func release(ctx context.Context, kube client.Client, u *v1alpha1.ProviderConfigUsage) error {
	owned := u.DeepCopy()
	own(owned)
	err := letGo(ctx, kube, u, owned)
	if kerrors.IsForbidden(err) {
		// Kubernetes can be told (OwnerReferencesPermissionEnforcement) that only
		// who may delete an object may change its owners. We may not delete: it
		// stays, but counts no more.
		err = letGo(ctx, kube, u, u.DeepCopy())
	}
	return errors.Wrap(client.IgnoreNotFound(err), errReleaseUsage)
}

// own a usage that has no owner, as a backup brings it back, by the resource
// that it was of. What is owned by nobody is never collected; what is owned by
// who is gone is.
func own(u *v1alpha1.ProviderConfigUsage) {
	if metav1.GetControllerOf(u) != nil {
		return
	}
	of := u.ResourceReference
	u.SetOwnerReferences([]metav1.OwnerReference{{
		APIVersion: of.APIVersion, Kind: of.Kind, Name: of.Name, UID: types.UID(u.Name),
		Controller: new(true), BlockOwnerDeletion: new(false),
	}})
}

// letGo of a usage, and write what else is changed in it.
func letGo(ctx context.Context, kube client.Client, before, u *v1alpha1.ProviderConfigUsage) error {
	meta.RemoveFinalizer(u, InUse)
	if equality.Semantic.DeepEqual(before, u) {
		return nil
	}
	return kube.Patch(ctx, u, lockedPatch(before))
}
