package relation

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Uncopied lists what a cache holds, and does not copy it: who reads so must not
// change it. Thousands of resources are else copied only to be counted or looked
// through.
type Uncopied struct {
	client.Client
}

// List objects as the cache has them.
func (u Uncopied) List(ctx context.Context, list client.ObjectList, opts ...client.ListOption) error {
	return u.Client.List(ctx, list, append(opts, client.UnsafeDisableDeepCopy)...)
}
