package simulator

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

type firewallRulesRequest struct {
	Egress  []egressRule  `json:"egress"`
	Ingress []ingressRule `json:"ingress"`
}

type firewallRules struct {
	Egress  []egressRule  `json:"egress,omitempty"`
	Ingress []ingressRule `json:"ingress,omitempty"`
}

type egressRule struct {
	Protocol string   `json:"protocol,omitempty"`
	Ports    []int    `json:"ports"`
	To       []string `json:"to"`
	Comment  string   `json:"comment,omitempty"`
}

type ingressRule struct {
	Protocol string   `json:"protocol,omitempty"`
	Ports    []int    `json:"ports"`
	To       []string `json:"to,omitempty"`
	From     []string `json:"from"`
	Comment  string   `json:"comment,omitempty"`
}

// rules returns the rules as metal-api keeps them, nil when there are none.
func (q firewallRulesRequest) rules() (*firewallRules, error) {
	kept := firewallRules(q)
	for i := range kept.Egress {
		r := &kept.Egress[i]
		var err error
		if r.Protocol, err = protocol(r.Protocol); err != nil {
			return nil, err
		}
		if err := validateRule(r.Comment, r.Ports, r.To); err != nil {
			return nil, fmt.Errorf("egress rule: %w", err)
		}
	}
	for i := range kept.Ingress {
		r := &kept.Ingress[i]
		var err error
		if r.Protocol, err = protocol(r.Protocol); err != nil {
			return nil, err
		}
		if err := validateRule(r.Comment, r.Ports, slices.Concat(r.From, r.To)); err != nil {
			return nil, fmt.Errorf("ingress rule: %w", err)
		}
	}
	if len(kept.Egress)+len(kept.Ingress) == 0 {
		return nil, nil //nolint:nilnil // no rules are no mistake
	}
	return &kept, nil
}

func protocol(text string) (string, error) {
	switch lower := strings.ToLower(text); lower {
	case "":
		return "tcp", nil
	case "tcp", "udp":
		return lower, nil
	}
	return "", fmt.Errorf("no such protocol: %s", text)
}

// comment is what metal-api lets through to nftables.
var comment = regexp.MustCompile(`^[a-zA-Z_\- ]{0,100}$`)

func validateRule(text string, ports []int, cidrs []string) error {
	if !comment.MatchString(text) {
		return fmt.Errorf("comment %q is longer than 100 characters or has others than letters, space, _ and -", text)
	}
	if slices.ContainsFunc(ports, func(p int) bool { return p < 0 || p > 65535 }) {
		return fmt.Errorf("one of the ports %v is none", ports)
	}
	for _, cidr := range cidrs {
		if _, err := netip.ParsePrefix(cidr); err != nil {
			return err
		}
	}
	if len(familiesOf(cidrs)) > 1 {
		return fmt.Errorf("a rule has one address family, not those of %v", cidrs)
	}
	return nil
}
