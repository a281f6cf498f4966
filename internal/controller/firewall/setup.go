package firewall

import (
	"context"

	xpcontroller "github.com/crossplane/crossplane-runtime/v2/pkg/controller"
	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/crossplane/crossplane-runtime/v2/pkg/reconciler/managed"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	kevent "sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// Setup the controller of Firewalls. Their creation waits for Networks, so the
// kind of these must be there as well.
func Setup(mgr ctrl.Manager, o xpcontroller.Options, env controller.Environment) error {
	return controller.Setup(mgr, o, env, Controller(mgr))
}

// Controller of Firewalls.
func Controller(mgr ctrl.Manager) controller.Controller[*v1alpha1.Firewall, metal.Firewall] {
	return controller.Controller[*v1alpha1.Firewall, metal.Firewall]{
		Kind:     New(mgr.GetClient(), mgr.GetAPIReader()),
		GVK:      v1alpha1.FirewallGroupVersionKind,
		Object:   &v1alpha1.Firewall{},
		List:     &v1alpha1.FirewallList{},
		Resolver: resolver{managed.NewAPISimpleReferenceResolver(mgr.GetClient())},
		Watch: func(b *builder.Builder) *builder.Builder {
			return b.Watches(&v1alpha1.Network{}, handler.EnqueueRequestsFromMapFunc(awaiting(mgr.GetClient())), builder.WithPredicates(named()))
		},
	}
}

// SetupGated sets the controller up when its kinds are there, and calls failed
// if that fails.
func SetupGated(mgr ctrl.Manager, o xpcontroller.Options, env controller.Environment, failed func(error)) {
	controller.SetupGated(o, failed, func() error { return Setup(mgr, o, env) }, v1alpha1.FirewallGroupVersionKind, v1alpha1.NetworkGroupVersionKind)
}

// named passes Networks when they get their id.
func named() predicate.Predicate {
	return predicate.Funcs{
		CreateFunc: func(kevent.CreateEvent) bool { return false },
		DeleteFunc: func(kevent.DeleteEvent) bool { return false },
		UpdateFunc: func(e kevent.UpdateEvent) bool {
			return meta.GetExternalName(e.ObjectNew) != "" && meta.GetExternalName(e.ObjectOld) != meta.GetExternalName(e.ObjectNew)
		},
	}
}

// awaiting are the Firewalls that a Network's id lets be created.
func awaiting(kube client.Reader) handler.MapFunc {
	return func(ctx context.Context, o client.Object) []reconcile.Request {
		nw, ok := o.(*v1alpha1.Network)
		if !ok {
			return nil
		}
		all := &v1alpha1.FirewallList{}
		if err := kube.List(ctx, all); err != nil {
			return nil // They try again anyway, only later.
		}
		var out []reconcile.Request
		for i := range all.Items {
			if awaits(&all.Items[i], nw) {
				out = append(out, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&all.Items[i])})
			}
		}
		return out
	}
}
