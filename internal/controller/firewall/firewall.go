// Package firewall is the controller of Firewalls: machines of metal-stack that
// stand between a private network and others.
package firewall

import (
	"context"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	"github.com/prometheus/client_golang/prometheus"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/allocation"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/canonical"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/relation"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

const errPrivateOnly = "the firewall is in no network beside its private one: the machine would crash and boot again and again " +
	"(https://github.com/metal-stack/metal-api/issues/322); name an external network in networks, or say that it is wanted by the annotation " +
	v1alpha1.AnnotationPrivateOnly + "=true"

// Relations of Firewalls.
func Relations() relation.Kind { return allocation.Relations(v1alpha1.FirewallKind) }

// Controller of Firewalls, which gives addresses at a desk.
func Controller(mgr ctrl.Manager, desk *allocation.Desk) controller.Controller[*v1alpha1.Firewall, metal.Machine] {
	r := newReplacements(mgr.GetClient())
	return controller.Controller[*v1alpha1.Firewall, metal.Machine]{
		Kind:    kind{Kind: allocation.New(role(r), mgr.GetClient(), desk), replacements: r},
		GVK:     v1alpha1.FirewallGroupVersionKind,
		Object:  &v1alpha1.Firewall{},
		List:    &v1alpha1.FirewallList{},
		Metrics: []prometheus.Collector{r.count},
	}
}

// A kind of allocation that tells what becomes of replacements.
type kind struct {
	*allocation.Kind[*v1alpha1.Firewall]

	replacements *replacements
}

// Prepare an allocate.
func (k kind) Prepare(ctx context.Context, s metal.Stack, mg *v1alpha1.Firewall, marks metal.Marks) (controller.Allocate[metal.Machine], error) {
	allocate, err := k.Kind.Prepare(ctx, s, mg, marks)
	if err != nil {
		k.replacements.became(mg, err)
		return nil, err
	}
	return func(ctx context.Context) (*metal.Machine, error) {
		m, err := allocate(ctx)
		k.replacements.became(mg, err)
		return m, err
	}, nil
}

func role(r *replacements) allocation.Role[*v1alpha1.Firewall] {
	return allocation.Role[*v1alpha1.Firewall]{Name: metal.MachineRoleFirewall, Fixed: fixed, Order: order, Waits: r.waits, Namesakes: r.namesakes, Shares: r.shares}
}

// fixed are the image, of which metal-api takes the newest patch, and the rules.
func fixed(mg *v1alpha1.Firewall, m *metal.Machine) []controller.Field {
	p := &mg.Spec.ForProvider
	image := controller.Field{Name: "image", Says: p.Image}
	rules := controller.Field{Name: "rules", Says: canonical.SpellRules(p.Rules), Long: true}
	if m != nil {
		image.Is, image.Seen, image.Fits = m.Image, true, allocation.IsImage(p.Image, m.Image)
		rules.Is, rules.Seen = canonical.SpellRules(&m.Rules), true
	}
	return []controller.Field{image, rules}
}

// order the rules, and refuse a firewall in front of nothing.
func order(mg *v1alpha1.Firewall, joins []metal.Network, o *metal.MachineOrder) error {
	if len(joins) == 1 && mg.GetAnnotations()[v1alpha1.AnnotationPrivateOnly] != "true" {
		return errors.New(errPrivateOnly)
	}
	o.Rules = canonical.Rules(mg.Spec.ForProvider.Rules)
	return nil
}
