package quiet

import (
	"context"
	"encoding/json"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Update an object. Of a managed resource only metadata is written, as a patch
// of the version that was read: its spec is the person's. An update would send
// the whole of it as Go types know it, drop the empty lists that were declared in
// it, and make the provider own what it never wrote.
func (c Client) Update(ctx context.Context, obj client.Object, opts ...client.UpdateOption) error {
	if _, ok := obj.(resource.Managed); !ok || len(opts) > 0 {
		return told(ctx, c.Client.Update(ctx, obj, opts...))
	}
	body, err := metadata(obj)
	if err != nil {
		return err
	}
	answer, ok := obj.DeepCopyObject().(client.Object)
	if !ok {
		return errors.Errorf("cannot copy a %T", obj)
	}
	if err := c.Patch(ctx, answer, client.RawPatch(types.MergePatchType, body)); err != nil {
		return err
	}
	// The rest of the object, its status above all, holds what a reconcile has
	// just found out.
	obj.SetResourceVersion(answer.GetResourceVersion())
	obj.SetFinalizers(answer.GetFinalizers())
	obj.SetAnnotations(answer.GetAnnotations())
	return nil
}

// metadata of an object as a patch: its finalizers as a whole, and all of its
// annotations. crossplane-runtime's updates remove none, and change nothing else.
func metadata(obj client.Object) ([]byte, error) {
	return json.Marshal(map[string]any{"metadata": map[string]any{
		"resourceVersion": obj.GetResourceVersion(),
		"finalizers":      obj.GetFinalizers(),
		"annotations":     obj.GetAnnotations(),
	}})
}
