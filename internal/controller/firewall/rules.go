package firewall

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// equalRules is true if two sets of rules let the same through: neither order
// nor comments nor the spelling of a prefix matter.
func equalRules(a, b v1alpha1.FirewallRules) bool {
	return slices.Equal(spellRules(a), spellRules(b))
}

// spellRules as words, sorted, each once.
func spellRules(r v1alpha1.FirewallRules) []string {
	var words []string
	for _, e := range r.Egress {
		words = append(words, fmt.Sprint("egress ", protocol(e.Protocol), ports(e.Ports), cidrs(e.To)))
	}
	for _, i := range r.Ingress {
		words = append(words, fmt.Sprint("ingress ", protocol(i.Protocol), ports(i.Ports), cidrs(i.From), cidrs(i.To)))
	}
	slices.Sort(words)
	return slices.Compact(words)
}

// protocol of a rule. metal-api takes TCP if there is none.
func protocol(p v1alpha1.Protocol) string {
	if p == "" {
		p = v1alpha1.TCP
	}
	return strings.ToLower(string(p))
}

func ports(in []v1alpha1.Port) []v1alpha1.Port {
	return slices.Compact(slices.Sorted(slices.Values(in)))
}

func cidrs(in []v1alpha1.CIDR) []string {
	out := make([]string, 0, len(in))
	for _, c := range in {
		if p, err := netip.ParsePrefix(string(c)); err == nil {
			c = v1alpha1.CIDR(p.Masked().String())
		}
		out = append(out, string(c))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// address in one spelling.
func address(ip string) string {
	if a, err := netip.ParseAddr(ip); err == nil {
		return a.Unmap().String()
	}
	return ip
}
