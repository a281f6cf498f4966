// Package kinds lists all kinds of managed resources.
package kinds

import (
	xpcontroller "github.com/crossplane/crossplane-runtime/v2/pkg/controller"
	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/allocation"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/firewall"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/ip"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/machine"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/network"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/project"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/relation"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// all kinds, in the order in which messages name their resources.
func all() []kind {
	desk := allocation.NewDesk()
	return []kind{
		of(network.Relations(), network.Controller),
		of(firewall.Relations(), func(mgr ctrl.Manager) controller.Controller[*v1alpha1.Firewall, metal.Machine] {
			return firewall.Controller(mgr, desk)
		}),
		of(machine.Relations(), func(mgr ctrl.Manager) controller.Controller[*v1alpha1.Machine, metal.Machine] {
			return machine.Controller(mgr, desk)
		}),
		of(ip.Relations(), ip.Controller),
		of(project.Relations(), project.Controller),
	}
}

// A kind in this list.
type kind struct {
	relations relation.Kind

	// setup the controller, at once or when the kind is there.
	setup func(mgr ctrl.Manager, o xpcontroller.Options, env controller.Environment) error
	gated func(mgr ctrl.Manager, o xpcontroller.Options, env controller.Environment)
}

func of[T controller.Resource, O any](r relation.Kind, c func(ctrl.Manager) controller.Controller[T, O]) kind {
	return kind{
		relations: r,
		setup: func(mgr ctrl.Manager, o xpcontroller.Options, env controller.Environment) error {
			return controller.Setup(mgr, o, env, c(mgr))
		},
		gated: func(mgr ctrl.Manager, o xpcontroller.Options, env controller.Environment) {
			controller.SetupGated(mgr, o, env, c(mgr))
		},
	}
}

// Relations of all kinds.
func Relations() relation.Kinds {
	var out relation.Kinds
	for _, k := range all() {
		out = append(out, k.relations)
	}
	return out
}

// Setup the controllers of all kinds.
func Setup(mgr ctrl.Manager, o xpcontroller.Options, env controller.Environment) error {
	for _, k := range all() {
		if err := k.setup(mgr, o, env); err != nil {
			return errors.Wrapf(err, "cannot set up %s", k.relations.Name)
		}
	}
	return nil
}

// SetupGated sets up the controller of each kind when the kind is there.
func SetupGated(mgr ctrl.Manager, o xpcontroller.Options, env controller.Environment) {
	for _, k := range all() {
		k.gated(mgr, o, env)
	}
}
