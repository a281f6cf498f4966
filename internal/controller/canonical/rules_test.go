package canonical

import (
	"testing"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

func equalRules(a, b v1alpha1.FirewallRules) bool { return SpellRules(&a) == SpellRules(&b) }

func TestEqualRules(t *testing.T) {
	t.Parallel()
	type rules = v1alpha1.FirewallRules
	egress := func(rs ...v1alpha1.EgressRule) rules { return rules{Egress: rs} }
	web := v1alpha1.EgressRule{Protocol: "TCP", Ports: []v1alpha1.Port{80, 443}, To: []v1alpha1.CIDR{"0.0.0.0/0"}}
	dns := v1alpha1.EgressRule{Protocol: "UDP", Ports: []v1alpha1.Port{53}, To: []v1alpha1.CIDR{"1.1.1.1/32", "8.8.8.8/32"}}
	cases := map[string]struct {
		reason string
		a, b   rules
		want   bool
	}{
		"None":     {"no rules", rules{}, rules{Egress: []v1alpha1.EgressRule{}}, true},
		"Order":    {"in any order", egress(web, dns), egress(dns, web), true},
		"Spelling": {"protocols in lower case, ports and prefixes in any order", egress(dns), egress(v1alpha1.EgressRule{Protocol: "udp", Ports: []v1alpha1.Port{53}, To: []v1alpha1.CIDR{"8.8.8.8/32", "1.1.1.1/32"}}), true},
		"Default":  {"TCP if left out", egress(v1alpha1.EgressRule{Ports: []v1alpha1.Port{443, 80}, To: []v1alpha1.CIDR{"0.0.0.0/0"}}), egress(web), true},
		"Comment":  {"a comment is part of what was asked for", egress(dns), egress(v1alpha1.EgressRule{Comment: "dns", Protocol: "UDP", Ports: dns.Ports, To: dns.To}), false},
		"Missing":  {"one is missing", egress(web, dns), egress(web), false},
		"Other":    {"another port", egress(dns), egress(v1alpha1.EgressRule{Protocol: "UDP", Ports: []v1alpha1.Port{54}, To: dns.To}), false},
		"Way":      {"the other direction", rules{Ingress: []v1alpha1.IngressRule{{Protocol: "TCP", Ports: web.Ports, From: web.To}}}, egress(web), false},
		"To":       {"who is reached from outside", rules{Ingress: []v1alpha1.IngressRule{{Ports: web.Ports, From: web.To}}}, rules{Ingress: []v1alpha1.IngressRule{{Ports: web.Ports, From: web.To, To: dns.To}}}, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := equalRules(tc.a, tc.b); got != tc.want {
				t.Errorf("%s: want %t, got %t", tc.reason, tc.want, got)
			}
		})
	}
}
