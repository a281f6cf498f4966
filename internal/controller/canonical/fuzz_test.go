package canonical

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// FuzzRules looks for a way to take different rules for equal ones, or equal
// ones for drift.
func FuzzRules(f *testing.F) {
	f.Add("TCP", int32(443), "10.0.0.1/8", "10.0.0.0/8", "a", true)
	f.Add("", int32(0), "::/0", "0.0.0.0/0", "", false)
	f.Add("udp", int32(-1), "nope", "", "[]", true)
	f.Fuzz(func(t *testing.T, protocol string, port int32, a, b, comment string, ingress bool) {
		rules := func(comment string, prefixes ...v1alpha1.CIDR) v1alpha1.FirewallRules {
			p, ports := v1alpha1.Protocol(protocol), []v1alpha1.Port{v1alpha1.Port(port)}
			if ingress {
				return v1alpha1.FirewallRules{Ingress: []v1alpha1.IngressRule{{Comment: comment, Protocol: p, Ports: ports, From: prefixes}}}
			}
			return v1alpha1.FirewallRules{Egress: []v1alpha1.EgressRule{{Comment: comment, Protocol: p, Ports: ports, To: prefixes}}}
		}
		ab, ba := rules(comment, v1alpha1.CIDR(a), v1alpha1.CIDR(b)), rules(comment, v1alpha1.CIDR(b), v1alpha1.CIDR(a), v1alpha1.CIDR(b))
		if !equalRules(ab, ba) {
			t.Errorf("order and repetition are no difference: %v, %v", ab, ba)
		}
		if same := slices.Equal(prefixes([]v1alpha1.CIDR{v1alpha1.CIDR(a)}), prefixes([]v1alpha1.CIDR{v1alpha1.CIDR(b)})); same != equalRules(rules("", v1alpha1.CIDR(a)), rules("", v1alpha1.CIDR(b))) {
			t.Errorf("prefixes %q and %q are equal: %t, and not so in rules", a, b, same)
		}
		pa, errA := netip.ParsePrefix(a)
		pb, errB := netip.ParsePrefix(b)
		if errA == nil && errB == nil && (pa.Masked() == pb.Masked()) != equalRules(rules("", v1alpha1.CIDR(a)), rules("", v1alpha1.CIDR(b))) {
			t.Errorf("rules for %s and %s compare wrongly", pa, pb)
		}
		if equalRules(ab, v1alpha1.FirewallRules{}) {
			t.Error("rules are not none")
		}
	})
}
