package relation

import (
	"context"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"
)

// A Watch of another kind than a controller's own.
type Watch struct {
	GVK    schema.GroupVersionKind
	Source source.Source
}

// Watches of the kinds that one refers to, whose creation they let happen, and of
// those that refer to it, whose end lets it be freed.
func (h *Home) Watches(c cache.Cache, kind string) []Watch {
	var all []Watch
	k := h.kinds.named(kind)
	for _, to := range k.To {
		if h.kinds.named(to).Name == "" {
			continue
		}
		all = append(all, Watch{
			GVK:    Kind{Name: to}.GVK(),
			Source: source.Kind[client.Object](c, h.object(to), handler.EnqueueRequestsFromMapFunc(h.awaiting(k, to)), becameUsable()),
		})
	}
	for _, to := range k.Alone {
		for _, u := range h.kinds.usersOf(to) {
			all = append(all, Watch{GVK: u.GVK(), Source: source.Kind[client.Object](c, h.object(u.Name), h.givenBack(u, k, to))})
		}
	}
	for _, u := range h.kinds.usersOf(kind) {
		all = append(all, Watch{GVK: u.GVK(), Source: source.Kind[client.Object](c, h.object(u.Name), h.whenGone(u, kind))})
	}
	return all
}

// releasing is how long metal-api takes to release the addresses of a freed machine:
// 59 to 225 ms were measured.
const releasing = time.Second

// givenBack lets the resources of a kind try again that want what a user, which is
// gone, had alone.
func (h *Home) givenBack(had, wants Kind, kind string) handler.Funcs {
	return handler.Funcs{DeleteFunc: func(ctx context.Context, e event.DeleteEvent, q workqueue.TypedRateLimitingInterface[reconcile.Request]) {
		user, ok := e.Object.(resource.Managed)
		if !ok {
			return
		}
		all, err := h.wanting(ctx, had, user, wants, kind)
		if err != nil {
			return // They try again anyway, only later.
		}
		for _, r := range all {
			q.AddAfter(r, releasing)
		}
	}}
}

// wanting what a user had alone are resources that have yet to be created.
func (h *Home) wanting(ctx context.Context, had Kind, user resource.Managed, wants Kind, kind string) ([]reconcile.Request, error) {
	var all []resource.Managed
	for _, key := range had.keysTo(user, kind) {
		l := h.list(wants.Name)
		if err := h.kube.List(ctx, l, client.MatchingFields{byReferent: key}); err != nil {
			return nil, err
		}
		for _, mg := range l.GetItems() {
			if meta.GetExternalName(mg) == "" {
				all = append(all, mg)
			}
		}
	}
	return requests(all), nil
}

// becameUsable passes resources when others may use them.
func becameUsable() predicate.Predicate {
	usable := func(o client.Object) bool {
		mg, ok := o.(resource.Managed)
		return ok && Usable(mg)
	}
	return predicate.Funcs{
		CreateFunc: func(event.CreateEvent) bool { return false },
		DeleteFunc: func(event.DeleteEvent) bool { return false },
		UpdateFunc: func(e event.UpdateEvent) bool { return usable(e.ObjectNew) && !usable(e.ObjectOld) },
	}
}

// awaiting are the resources of a kind that one which is Ready lets be created.
func (h *Home) awaiting(k Kind, kind string) handler.MapFunc {
	return func(ctx context.Context, o client.Object) []reconcile.Request {
		to, ok := o.(resource.Managed)
		if !ok {
			return nil
		}
		all, err := h.shown(ctx, k, kind, to, func(from resource.Managed) bool { return k.awaits(from, kind, to) })
		if err != nil {
			return nil // They try again anyway, only later.
		}
		return requests(all)
	}
}

// whenGone lets the resources that wait for a user try again when it is gone.
func (h *Home) whenGone(k Kind, kind string) handler.Funcs {
	return handler.Funcs{DeleteFunc: func(ctx context.Context, e event.DeleteEvent, q workqueue.TypedRateLimitingInterface[reconcile.Request]) {
		user, ok := e.Object.(resource.Managed)
		if !ok {
			return
		}
		waiting, err := h.waiting(ctx, k, user, kind)
		if err != nil {
			return // They try again anyway, only later.
		}
		for _, r := range waiting {
			q.Forget(r)
			q.Add(r)
		}
	}}
}

// waiting for a user are the resources that it names and that are being deleted.
func (h *Home) waiting(ctx context.Context, k Kind, user resource.Managed, kind string) ([]reconcile.Request, error) {
	alive, ok := user.DeepCopyObject().(resource.Managed)
	if !ok {
		return nil, nil
	}
	alive.SetDeletionTimestamp(nil)
	var all []resource.Managed
	for _, key := range k.keys(alive) {
		l := h.list(kind)
		if err := h.kube.List(ctx, l, client.MatchingFields{going: key}); err != nil {
			return nil, err
		}
		for _, to := range l.GetItems() {
			if k.names(alive, kind, to) {
				all = append(all, to)
			}
		}
	}
	return requests(all), nil
}

// requests to look at resources, each once.
func requests(all []resource.Managed) []reconcile.Request {
	var out []reconcile.Request
	has := map[client.ObjectKey]bool{}
	for _, mg := range all {
		key := client.ObjectKeyFromObject(mg)
		if !has[key] {
			has[key] = true
			out = append(out, reconcile.Request{NamespacedName: key})
		}
	}
	return out
}
