package simulator

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Address families, in metal-api's spelling.
const (
	ipv4 = "IPv4"
	ipv6 = "IPv6"
)

// family reads the name of an address family.
func family(name string) (string, error) {
	for _, known := range []string{ipv4, ipv6} {
		if strings.EqualFold(name, known) {
			return known, nil
		}
	}
	return "", badRequest(fmt.Errorf("addressfamily is invalid given addressfamily:%q is invalid", name))
}

// familyOf returns the family of an address or prefix.
func familyOf(text string) string {
	if strings.Contains(text, ":") {
		return ipv6
	}
	return ipv4
}

// familiesOf returns each family that the prefixes have, IPv4 first.
func familiesOf(cidrs []string) []string {
	var all []string
	for _, cidr := range cidrs {
		all = append(all, familyOf(cidr))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// checkPrefixes refuses what is not an address with a mask.
func checkPrefixes(cidrs []string) error {
	for _, cidr := range cidrs {
		if _, err := netip.ParsePrefix(cidr); err != nil {
			return badRequest(fmt.Errorf("given prefix %s is not a valid ip with mask: %w", cidr, err))
		}
	}
	return nil
}
