// Package machine is the controller of Machines: machines of metal-stack in a private
// network, such as nodes of a cluster.
package machine

import (
	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/allocation"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/relation"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// Relations of Machines.
func Relations() relation.Kind { return allocation.Relations(v1alpha1.MachineKind) }

// Controller of Machines, which gives addresses at a desk.
func Controller(mgr ctrl.Manager, desk *allocation.Desk) controller.Controller[*v1alpha1.Machine, metal.Machine] {
	return controller.Controller[*v1alpha1.Machine, metal.Machine]{
		Kind:   Kind{allocation.New(role(), mgr.GetClient(), desk)},
		GVK:    v1alpha1.MachineGroupVersionKind,
		Object: &v1alpha1.Machine{},
		List:   &v1alpha1.MachineList{},
	}
}

func role() allocation.Role[*v1alpha1.Machine] {
	return allocation.Role[*v1alpha1.Machine]{Name: metal.MachineRoleMachine, Fixed: fixed, Order: order, Reinstalled: reinstalled}
}

// A Kind is what is particular of Machines.
type Kind struct {
	*allocation.Kind[*v1alpha1.Machine]
}

// fixed is nothing but what all allocations have.
func fixed(*v1alpha1.Machine, *metal.Machine) []controller.Field { return nil }

// order nothing more, and refuse a second private network: a machine has one.
func order(_ *v1alpha1.Machine, joins []metal.Network, _ *metal.MachineOrder) error {
	for _, n := range joins[1:] {
		if n.Child {
			return errors.Errorf("network %s is a private network, shared or not, and a machine is in one only, that of privateNetworkID: networks takes external ones", n.ID)
		}
	}
	return nil
}
