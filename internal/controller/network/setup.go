package network

import (
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/relation"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// Controller of Networks.
func Controller(mgr ctrl.Manager) controller.Controller[*v1alpha1.Network, metal.Network] {
	return controller.Controller[*v1alpha1.Network, metal.Network]{
		Kind:    New(relation.Uncopied{Client: mgr.GetClient()}),
		GVK:     v1alpha1.NetworkGroupVersionKind,
		Object:  &v1alpha1.Network{},
		List:    &v1alpha1.NetworkList{},
		Indexes: map[string]client.IndexerFunc{ByPrefix: PrefixesOf},
	}
}
