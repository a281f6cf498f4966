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
