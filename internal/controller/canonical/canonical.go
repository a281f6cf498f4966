// Package canonical spells values in one way, so that what a person wrote, what
// was asked for and what metal-api answers can be compared: empty is absent,
// addresses and prefixes have one spelling, sets are sorted.
package canonical

import (
	"net/netip"
	"slices"
	"strings"

	"k8s.io/utils/ptr"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// Address in its shortest spelling; what is none is left as it is.
func Address[S ~string](s S) S {
	if a, err := netip.ParseAddr(string(s)); err == nil {
		return S(a.Unmap().String())
	}
	return s
}

// Prefix without host bits, in its shortest spelling; what is none is left as it
// is.
func Prefix[S ~string](s S) S {
	if p, err := netip.ParsePrefix(string(s)); err == nil {
		return S(p.Masked().String())
	}
	return s
}

// List of values, each spelled in one way. None are nil.
func List[S any](list []S, spell func(S) S) []S {
	if len(list) == 0 {
		return nil
	}
	out := make([]S, 0, len(list))
	for _, s := range list {
		out = append(out, spell(s))
	}
	return out
}

// Set of values: sorted, each once. None are nil.
func Set[S ~string | ~int32](set []S) []S {
	if len(set) == 0 {
		return nil
	}
	return slices.Compact(slices.Sorted(slices.Values(set)))
}

// Text that is not empty, or nil.
func Text(s *string) *string {
	if ptr.Deref(s, "") == "" {
		return nil
	}
	return s
}

// Strings of a list of another string type.
func Strings[S ~string](list []S) []string {
	out := make([]string, 0, len(list))
	for _, s := range list {
		out = append(out, string(s))
	}
	return out
}

// Families of addresses or prefixes, each once. What is neither has none.
func Families[S ~string](list []S) []v1alpha1.AddressFamily {
	var families []v1alpha1.AddressFamily
	for _, s := range list {
		address, _, _ := strings.Cut(string(s), "/")
		switch a, err := netip.ParseAddr(address); {
		case err != nil:
		case a.Is4():
			families = append(families, v1alpha1.IPv4)
		default:
			families = append(families, v1alpha1.IPv6)
		}
	}
	return Set(families)
}
