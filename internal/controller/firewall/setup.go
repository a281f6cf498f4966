package firewall

import (
	"context"
	"slices"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	kevent "sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/relation"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// Controller of Firewalls.
func Controller(mgr ctrl.Manager) controller.Controller[*v1alpha1.Firewall, metal.Firewall] {
	return controller.Controller[*v1alpha1.Firewall, metal.Firewall]{
		Kind:   New(mgr.GetClient()),
		GVK:    v1alpha1.FirewallGroupVersionKind,
		Object: &v1alpha1.Firewall{},
		List:   &v1alpha1.FirewallList{},

		Watches: []relation.Watch{{
			GVK:    v1alpha1.FirewallGroupVersionKind,
			Source: source.Kind(mgr.GetCache(), &v1alpha1.Firewall{}, givenBack(relation.Uncopied{Client: mgr.GetClient()})),
		}},
	}
}

// releasing is how long metal-api takes to release the addresses of a freed machine:
// 59 to 225 ms were measured.
const releasing = time.Second

// givenBack lets Firewalls that want an address of one that is gone try again.
func givenBack(kube client.Reader) handler.TypedEventHandler[*v1alpha1.Firewall, reconcile.Request] {
	type funcs = handler.TypedFuncs[*v1alpha1.Firewall, reconcile.Request]
	return funcs{DeleteFunc: func(ctx context.Context, e kevent.TypedDeleteEvent[*v1alpha1.Firewall], q workqueue.TypedRateLimitingInterface[reconcile.Request]) {
		addresses := givenTo(canonicalParameters(&e.Object.Spec.ForProvider))
		all := &v1alpha1.FirewallList{}
		if len(addresses) == 0 || kube.List(ctx, all) != nil {
			return // They try again anyway, only later.
		}
		for _, r := range wanting(addresses, all.Items) {
			q.AddAfter(r, releasing)
		}
	}}
}

// wanting one of some addresses are Firewalls that have no machine yet.
func wanting(addresses []string, all []v1alpha1.Firewall) []reconcile.Request {
	var out []reconcile.Request
	for i := range all {
		want := givenTo(canonicalParameters(&all[i].Spec.ForProvider))
		if meta.GetExternalName(&all[i]) == "" && slices.ContainsFunc(want, func(a string) bool { return slices.Contains(addresses, a) }) {
			out = append(out, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&all[i])})
		}
	}
	return out
}
