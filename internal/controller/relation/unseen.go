package relation

import (
	"context"
	"sync"

	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	kerrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// unseen are resources of a kind that the cache does not have yet, or not as they are.
// Of all of them only the metadata are read, past the cache, in one list for all who
// ask before it begins.
type unseen struct {
	home *Home
	kind string

	mu      sync.Mutex
	running *reading
	next    *reading
}

// A reading that many wait for.
type reading struct {
	done chan struct{}
	all  []resource.Managed
	err  error
}

// resources that came to be, or were changed, and that the cache does not show. What
// is found was so after this was called; what the cache shows by then is not found.
func (u *unseen) resources(ctx context.Context) ([]resource.Managed, error) {
	u.mu.Lock()
	r := u.next
	if r != nil {
		u.mu.Unlock()
		select {
		case <-r.done:
			return r.all, r.err
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	r = &reading{done: make(chan struct{})}
	u.next = r
	before := u.running
	u.mu.Unlock()

	if before != nil {
		<-before.done // It ends with its own caller.
	}
	u.mu.Lock()
	u.running, u.next = r, nil
	u.mu.Unlock()
	r.all, r.err = u.read(ctx)
	close(r.done)
	return r.all, r.err
}

func (u *unseen) read(ctx context.Context) ([]resource.Managed, error) {
	now := &metav1.PartialObjectMetadataList{}
	now.SetGroupVersionKind(v1alpha1.SchemeGroupVersion.WithKind(u.kind + "List"))
	if err := u.home.listInstalled(ctx, u.home.live, now, u.kind); err != nil {
		return nil, err
	}
	var out []resource.Managed
	for i := range now.Items {
		key := client.ObjectKeyFromObject(&now.Items[i])
		known := u.home.object(u.kind)
		err := u.home.kube.Get(ctx, key, known, client.UnsafeDisableDeepCopy)
		if err == nil && known.GetUID() == now.Items[i].GetUID() && known.GetGeneration() == now.Items[i].GetGeneration() {
			continue
		}
		mg := u.home.object(u.kind)
		if err := u.home.live.Get(ctx, key, mg); err != nil {
			if kerrors.IsNotFound(err) {
				continue
			}
			return nil, err
		}
		out = append(out, mg)
	}
	return out, nil
}
