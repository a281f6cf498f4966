package firewall

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// What only Firewalls have: the image stands for its newest patch, and rules are a set.
func TestFixed(t *testing.T) {
	t.Parallel()
	m := &metal.Machine{Image: "firewall-ubuntu-3.0.20260101", Rules: v1alpha1.FirewallRules{Egress: []v1alpha1.EgressRule{{Protocol: "TCP"}}}}
	cases := map[string]struct {
		reason string
		p      v1alpha1.FirewallParameters
		want   []string
	}{
		"Nothing":    {"what the spec leaves out does not differ", v1alpha1.FirewallParameters{}, nil},
		"Image":      {"images are resolved", v1alpha1.FirewallParameters{Image: "firewall-ubuntu-3.0"}, nil},
		"ShortImage": {"by major version", v1alpha1.FirewallParameters{Image: "firewall-ubuntu-3"}, nil},
		"OtherImage": {"a prefix of the words is no version", v1alpha1.FirewallParameters{Image: "firewall-ubuntu-3.0.2026010"}, []string{"image"}},
		"Rules":      {"other rules", v1alpha1.FirewallParameters{Rules: &v1alpha1.FirewallRules{Ingress: []v1alpha1.IngressRule{{}}}}, []string{"rules"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, f := range fixed(&v1alpha1.Firewall{Spec: v1alpha1.FirewallSpec{ForProvider: tc.p}}, m) {
				if f.Differs(nil) {
					got = append(got, f.Name)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func equalRules(a, b v1alpha1.FirewallRules) bool { return spellRules(&a) == spellRules(&b) }

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
