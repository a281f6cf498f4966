package relation

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	kerrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/memory"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// remembered is how long it is that nothing was unseen: no free is tried for longer.
const remembered = time.Hour

// Users of a resource that is being deleted are those that name it and have begun to be
// created, in words, each kind's in turn. What is not among them has yet to be, and will see
// that the resource is being deleted: it says so, and waits for another. Nor is what another
// metal-stack has, which may have the same addresses.
func (h *Home) Users(ctx context.Context, s metal.Stack, kind string, to resource.Managed) ([]string, error) {
	var who []string
	past, at := h.settled.has(to.GetUID()), siteOf(to, s)
	for _, k := range h.kinds.usersOf(kind) {
		some, err := h.users(ctx, k, kind, to, at, past)
		if err != nil {
			return nil, errors.Wrapf(err, "cannot list the %ss that may name %s %s", k.Name, kind, nameOf(to))
		}
		for _, mg := range some {
			who = append(who, k.Name+" "+nameOf(mg))
		}
	}
	if len(who) == 0 {
		h.settled.add(to.GetUID())
	}
	return who, nil
}

// users of a kind: those that the cache shows, those that it does not show yet, and,
// if there are none, those that it has come to show meanwhile. Once nothing was
// unseen, since the resource was deleted, the cache alone tells: what was created later,
// or is led to the resource later, sees that it is being deleted.
func (h *Home) users(ctx context.Context, k Kind, kind string, to resource.Managed, at *site, settled bool) ([]resource.Managed, error) {
	names := func(from resource.Managed) bool { return k.names(from, kind, to) && at.has(ctx, from) }
	shown := func() ([]resource.Managed, error) {
		who, err := h.shown(ctx, k, kind, to, names)
		if err = errors.Join(err, at.err); err != nil {
			return nil, err
		}
		return h.begun(ctx, k.Name, who)
	}
	if who, err := shown(); err != nil || len(who) > 0 || settled {
		return who, err
	}
	news, err := h.unseen[k.Name].resources(ctx)
	if err != nil {
		return nil, err
	}
	news, err = h.begun(ctx, k.Name, slices.DeleteFunc(slices.Clone(news), func(from resource.Managed) bool { return !names(from) }))
	if err = errors.Join(err, at.err); err != nil {
		return nil, err
	}
	if len(news) > 0 {
		slices.SortFunc(news, byName)
		return news, nil
	}
	return shown()
}

// begun are those that stand for something, or may. What the cache shows as if it did not is
// asked for past it, if there is no other: a create says that it has begun before it looks
// whether what it names is being deleted.
func (h *Home) begun(ctx context.Context, kind string, all []resource.Managed) ([]resource.Managed, error) {
	out := slices.DeleteFunc(slices.Clone(all), func(mg resource.Managed) bool { return !memory.Begun(mg) })
	if len(out) > 0 {
		return out, nil
	}
	for _, mg := range all {
		now := h.object(kind)
		switch err := h.live.Get(ctx, client.ObjectKeyFromObject(mg), now); {
		case kerrors.IsNotFound(err):
		case err != nil:
			return nil, err
		case memory.Begun(now):
			out = append(out, mg)
		}
	}
	return out, nil
}

// A register of resources of which nothing was unseen.
type register struct {
	mu   sync.Mutex
	uids map[types.UID]time.Time
}

func (r *register) has(uid types.UID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, ok := r.uids[uid]
	return ok
}

func (r *register) add(uid types.UID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	for uid, at := range r.uids {
		if now.Sub(at) > remembered {
			delete(r.uids, uid)
		}
	}
	if r.uids == nil {
		r.uids = map[types.UID]time.Time{}
	}
	r.uids[uid] = now
}

// shown by the cache under the keys of a resource, and so, sorted. They must not be
// changed. That a kind is not installed is proved past the cache.
func (h *Home) shown(ctx context.Context, k Kind, kind string, to resource.Managed, so func(resource.Managed) bool) ([]resource.Managed, error) {
	var out []resource.Managed
	for _, key := range keysOf(kind, to) {
		of := h.list(k.Name)
		switch err := h.kube.List(ctx, of, client.MatchingFields{byReferent: key}); {
		case notInstalled(err):
			return nil, nil
		case err != nil:
			return nil, err
		}
		for _, mg := range of.GetItems() {
			if so(mg) {
				out = append(out, mg)
			}
		}
	}
	slices.SortFunc(out, byName)
	return slices.CompactFunc(out, func(a, b resource.Managed) bool { return a.GetUID() == b.GetUID() }), nil
}
