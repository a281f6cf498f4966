package simulator

import (
	"errors"
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
			return nil, fmt.Errorf("egress rule with error:%w", err)
		}
	}
	for i := range kept.Ingress {
		r := &kept.Ingress[i]
		var err error
		if r.Protocol, err = protocol(r.Protocol); err != nil {
			return nil, err
		}
		if err := validateRule(r.Comment, r.Ports, slices.Concat(r.From, r.To)); err != nil {
			return nil, fmt.Errorf("ingress rule with error:%w", err)
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

const commentCharacters = "abcdefghijklmnopqrstuvwxyz_- "

func validateRule(comment string, ports []int, cidrs []string) error {
	for _, r := range strings.ToLower(comment) {
		if !strings.ContainsRune(commentCharacters, r) {
			return fmt.Errorf("illegal character in comment found, only: %q allowed", commentCharacters)
		}
	}
	if len(comment) > 100 {
		return errors.New("comments can not exceed 100 characters")
	}
	for _, p := range ports {
		if p < 0 || p > 65535 {
			return errors.New("port is out of range")
		}
	}
	for _, cidr := range cidrs {
		if _, err := netip.ParsePrefix(cidr); err != nil {
			return fmt.Errorf("invalid cidr: %w", err)
		}
	}
	if len(familiesOf(cidrs)) > 1 {
		return fmt.Errorf("mixed address family in one rule is not supported:%v", cidrs)
	}
	return nil
}

var dnsName = regexp.MustCompile(`^([a-zA-Z0-9_][a-zA-Z0-9_-]{0,62})(\.[a-zA-Z0-9_][a-zA-Z0-9_-]{0,62})*\.?$`)

func validateServers(dns []dnsServer, ntp []ntpServer) error {
	if len(dns) > 3 {
		return errors.New("please specify a maximum of three dns servers")
	}
	for _, s := range dns {
		if _, err := netip.ParseAddr(s.IP); err != nil {
			return fmt.Errorf("ip: %s for dns server not correct err: %w", s, err)
		}
	}
	if len(ntp) > 5 {
		return errors.New("please specify a maximum of five ntp servers")
	}
	for _, s := range ntp {
		if _, err := netip.ParseAddr(s.Address); err != nil && !dnsName.MatchString(s.Address) {
			return fmt.Errorf("dns name: %s for ntp server not correct", s)
		}
	}
	return nil
}
