package network

import (
	"context"

	xpcontroller "github.com/crossplane/crossplane-runtime/v2/pkg/controller"
	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/firewall"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// Setup the controller of Networks.
func Setup(mgr ctrl.Manager, o xpcontroller.Options, env controller.Environment) error {
	return controller.Setup(mgr, o, env, Controller(mgr))
}

// Controller of Networks.
func Controller(mgr ctrl.Manager) controller.Controller[*v1alpha1.Network, metal.Network] {
	return controller.Controller[*v1alpha1.Network, metal.Network]{
		Kind:   New(mgr.GetClient(), mgr.GetAPIReader()),
		GVK:    v1alpha1.NetworkGroupVersionKind,
		Object: &v1alpha1.Network{},
		List:   &v1alpha1.NetworkList{},

		Indexes: map[string]client.IndexerFunc{ByPrefix: PrefixesOf},

		// Their deletion waits for Firewalls.
		Watches: []controller.Watch{{
			GVK:    v1alpha1.FirewallGroupVersionKind,
			Source: source.Kind(mgr.GetCache(), &v1alpha1.Firewall{}, whenGone(mgr.GetClient())),
		}},
	}
}

// SetupGated sets the controller up when its kind is there.
func SetupGated(mgr ctrl.Manager, o xpcontroller.Options, env controller.Environment) {
	controller.SetupGated(mgr, o, env, Controller(mgr))
}

// whenGone lets the Networks that wait for a Firewall try again when it is
// gone, and soon again if its addresses are still being released.
func whenGone(kube client.Reader) handler.TypedEventHandler[*v1alpha1.Firewall, reconcile.Request] {
	type funcs = handler.TypedFuncs[*v1alpha1.Firewall, reconcile.Request]
	return funcs{DeleteFunc: func(ctx context.Context, e event.TypedDeleteEvent[*v1alpha1.Firewall], q workqueue.TypedRateLimitingInterface[reconcile.Request]) {
		all := &v1alpha1.NetworkList{}
		if err := kube.List(ctx, all); err != nil {
			return // They try again anyway, only later.
		}
		for _, r := range waitingFor(e.Object, all.Items) {
			q.Forget(r)
			q.Add(r)
		}
	}}
}

// waitingFor a Firewall are Networks that it names and that are being deleted.
func waitingFor(fw *v1alpha1.Firewall, all []v1alpha1.Network) []reconcile.Request {
	alive := fw.DeepCopy()
	alive.SetDeletionTimestamp(nil)
	var waiting []reconcile.Request
	for i := range all {
		if meta.WasDeleted(&all[i]) && firewall.Names(alive, &all[i]) {
			waiting = append(waiting, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&all[i])})
		}
	}
	return waiting
}
