package network

import (
	"context"
	"sync"

	kerrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller"
)

// unseen are Firewalls that the cache does not have yet, or not as they are. Of all
// of them only the metadata are read, past the cache, in one list for all who ask
// before it begins.
type unseen struct {
	kube client.Reader
	live client.Reader

	mu      sync.Mutex
	running *reading
	next    *reading
}

// A reading that many wait for.
type reading struct {
	done chan struct{}
	fws  []v1alpha1.Firewall
	err  error
}

// Firewalls that came to be, or were changed, and that the cache does not show. What
// is found was so after this was called; what the cache shows by then is not found.
func (u *unseen) Firewalls(ctx context.Context) ([]v1alpha1.Firewall, error) {
	u.mu.Lock()
	r := u.next
	if r != nil {
		u.mu.Unlock()
		select {
		case <-r.done:
			return r.fws, r.err
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
	r.fws, r.err = u.read(ctx)
	close(r.done)
	return r.fws, r.err
}

func (u *unseen) read(ctx context.Context) ([]v1alpha1.Firewall, error) {
	now := &metav1.PartialObjectMetadataList{}
	now.SetGroupVersionKind(v1alpha1.SchemeGroupVersion.WithKind("FirewallList"))
	if err := controller.ListInstalled(ctx, u.live, u.live, now, crdOfFirewalls); err != nil {
		return nil, err
	}
	var out []v1alpha1.Firewall
	for i := range now.Items {
		key := client.ObjectKeyFromObject(&now.Items[i])
		known, fw := &v1alpha1.Firewall{}, v1alpha1.Firewall{}
		err := u.kube.Get(ctx, key, known, client.UnsafeDisableDeepCopy)
		if err == nil && known.GetUID() == now.Items[i].GetUID() && known.GetGeneration() == now.Items[i].GetGeneration() {
			continue
		}
		if err := u.live.Get(ctx, key, &fw); err != nil {
			if kerrors.IsNotFound(err) {
				continue
			}
			return nil, err
		}
		out = append(out, fw)
	}
	return out, nil
}
