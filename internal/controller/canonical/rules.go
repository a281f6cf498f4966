package canonical

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// Rules are sorted, and nil if there are none.
func Rules(in *v1alpha1.FirewallRules) *v1alpha1.FirewallRules {
	if in == nil || len(in.Egress)+len(in.Ingress) == 0 {
		return nil
	}
	out := &v1alpha1.FirewallRules{}
	for _, r := range in.Egress {
		r.Protocol, r.Ports, r.To = protocol(r.Protocol), Set(r.Ports), prefixes(r.To)
		out.Egress = append(out.Egress, r)
	}
	for _, r := range in.Ingress {
		r.Protocol, r.Ports, r.From, r.To = protocol(r.Protocol), Set(r.Ports), prefixes(r.From), prefixes(r.To)
		out.Ingress = append(out.Ingress, r)
	}
	slices.SortFunc(out.Egress, func(a, b v1alpha1.EgressRule) int { return cmp.Compare(spell(a), spell(b)) })
	slices.SortFunc(out.Ingress, func(a, b v1alpha1.IngressRule) int { return cmp.Compare(spell(a), spell(b)) })
	return out
}

// protocol of a rule. metal-api takes TCP if there is none.
func protocol(p v1alpha1.Protocol) v1alpha1.Protocol {
	return v1alpha1.Protocol(strings.ToUpper(string(cmp.Or(p, v1alpha1.TCP))))
}

func prefixes(in []v1alpha1.CIDR) []v1alpha1.CIDR {
	return Set(List(in, Prefix))
}

// spell a rule, the same for the same.
func spell(rule any) string { return fmt.Sprintf("%+v", rule) }

// SpellRules as words, each once: the order of rules does not matter.
func SpellRules(in *v1alpha1.FirewallRules) string {
	r := Rules(in)
	if r == nil {
		return ""
	}
	var words []string
	for _, e := range r.Egress {
		words = append(words, "egress "+spell(e))
	}
	for _, i := range r.Ingress {
		words = append(words, "ingress "+spell(i))
	}
	return strings.Join(slices.Compact(words), "; ")
}
