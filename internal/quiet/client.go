// Package quiet offers the Kubernetes client that crossplane-runtime writes
// through. It does not write a status that is there already, which the runtime
// does at every poll; it never writes the spec of a managed resource; and it sees
// to it that a status which is not good has a message.
package quiet

import (
	"context"
	"reflect"

	"k8s.io/apimachinery/pkg/api/equality"
	kerrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/internal/pace"
)

// NewClient for a manager's options.
func NewClient(cfg *rest.Config, o client.Options) (client.Client, error) {
	c, err := client.New(cfg, o)
	if err != nil || o.Cache == nil || o.Cache.Reader == nil {
		return c, err
	}
	return Client{Client: c, cache: o.Cache.Reader}, nil
}

// A Client that leaves out updates of a status which would change nothing, and
// specs.
type Client struct {
	client.Client

	cache client.Reader
}

// New client that takes what is there from a cache.
func New(c client.Client, cache client.Reader) Client {
	return Client{Client: c, cache: cache}
}

// Status returns a writer of statuses.
func (c Client) Status() client.SubResourceWriter {
	return statusWriter{SubResourceWriter: c.Client.Status(), cache: c.cache}
}

type statusWriter struct {
	client.SubResourceWriter

	cache client.Reader
}

// Update the status of an object, unless the cache holds the very version that
// is to be updated with this very status. Should the cache be late, somebody
// has written in the meantime, and the update would have been refused as a
// conflict: what was written is seen by the next reconcile.
func (w statusWriter) Update(ctx context.Context, obj client.Object, opts ...client.SubResourceUpdateOption) error {
	speak(obj)
	if len(opts) == 0 && (pace.SeenAgain(ctx) || w.isThere(ctx, obj)) {
		return nil
	}
	return told(ctx, w.SubResourceWriter.Update(ctx, obj, opts...))
}

// Patch an object.
func (c Client) Patch(ctx context.Context, obj client.Object, p client.Patch, opts ...client.PatchOption) error {
	return told(ctx, c.Client.Patch(ctx, obj, p, opts...))
}

// told of a conflict is who decides when to look again.
func told(ctx context.Context, err error) error {
	if kerrors.IsConflict(err) {
		pace.Conflict(ctx)
	}
	return err
}

func (w statusWriter) isThere(ctx context.Context, obj client.Object) bool {
	v := reflect.ValueOf(obj)
	if _, ok := statusOf(obj); !ok || obj.GetResourceVersion() == "" {
		return false
	}
	cached, ok := reflect.TypeAssert[client.Object](reflect.New(v.Type().Elem()))
	if !ok {
		return false
	}
	if err := w.cache.Get(ctx, client.ObjectKeyFromObject(obj), cached, client.UnsafeDisableDeepCopy); err != nil {
		return false
	}
	return cached.GetResourceVersion() == obj.GetResourceVersion() && cached.GetUID() == obj.GetUID() && SameStatus(cached, obj)
}

// SameStatus is true if two objects of one type have equal statuses.
func SameStatus(a, b client.Object) bool {
	sa, ok := statusOf(a)
	sb, also := statusOf(b)
	return ok && also && equality.Semantic.DeepEqual(sa, sb)
}

func statusOf(o client.Object) (any, bool) {
	v := reflect.ValueOf(o)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		return nil, false
	}
	status := v.Elem().FieldByName("Status")
	if !status.IsValid() {
		return nil, false
	}
	return status.Interface(), true
}
