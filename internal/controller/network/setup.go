package network

import (
	"context"
	"slices"

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
		Kind:   New(controller.Uncopied{Client: mgr.GetClient()}, mgr.GetAPIReader()),
		GVK:    v1alpha1.NetworkGroupVersionKind,
		Object: &v1alpha1.Network{},
		List:   &v1alpha1.NetworkList{},

		Indexes: map[string]client.IndexerFunc{ByPrefix: PrefixesOf, Going: GoingOf},

		// Their deletion waits for Firewalls.
		Watches: []controller.Watch{{
			GVK:    v1alpha1.FirewallGroupVersionKind,
			Source: source.Kind(mgr.GetCache(), &v1alpha1.Firewall{}, whenGone(controller.Uncopied{Client: mgr.GetClient()})),
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
		waiting, err := waitingFor(ctx, kube, e.Object)
		if err != nil {
			return // They try again anyway, only later.
		}
		for _, r := range waiting {
			q.Forget(r)
			q.Add(r)
		}
	}}
}

// waitingFor a Firewall are Networks that it names and that are being deleted.
func waitingFor(ctx context.Context, kube client.Reader, fw *v1alpha1.Firewall) ([]reconcile.Request, error) {
	alive := fw.DeepCopy()
	alive.SetDeletionTimestamp(nil)
	var waiting []reconcile.Request
	for _, key := range firewall.NetworksOf(alive) {
		going := &v1alpha1.NetworkList{}
		if err := kube.List(ctx, going, client.MatchingFields{Going: key}); err != nil {
			return nil, err
		}
		for i := range going.Items {
			r := reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&going.Items[i])}
			if firewall.Names(alive, &going.Items[i]) && !slices.Contains(waiting, r) {
				waiting = append(waiting, r)
			}
		}
	}
	return waiting, nil
}

// Going is an index of Networks that are being deleted, by the keys under which
// Firewalls may name them.
const Going = "going"

// GoingOf a Network, for the index.
func GoingOf(o client.Object) []string {
	nw, ok := o.(*v1alpha1.Network)
	if !ok || !meta.WasDeleted(nw) {
		return nil
	}
	return firewall.KeysOf(nw)
}
