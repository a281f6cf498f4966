package config

import (
	"context"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// A Finalizer of managed resources that releases the use of a configuration
// after the managed resource itself, never before: the configuration and its
// Secret are needed until the end.
type Finalizer struct {
	resource.Finalizer

	kube client.Client
	live client.Reader
}

// NewFinalizer that adds and removes a managed resource's finalizer as inner
// does.
func NewFinalizer(kube client.Client, live client.Reader, inner resource.Finalizer) *Finalizer {
	return &Finalizer{Finalizer: inner, kube: kube, live: live}
}

// RemoveFinalizer of a managed resource, then that of its usage. Should this
// end in between, the usage is found without an owner, and released then.
func (f *Finalizer) RemoveFinalizer(ctx context.Context, obj resource.Object) error {
	if err := f.Finalizer.RemoveFinalizer(ctx, obj); err != nil {
		return err
	}
	// Garbage collection may be writing to the usage at this very moment.
	return retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		u := &v1alpha1.ProviderConfigUsage{}
		if err := f.live.Get(ctx, usageName(obj), u); err != nil {
			return errors.Wrap(client.IgnoreNotFound(err), errGetUsage)
		}
		return release(ctx, f.kube, u)
	})
}
