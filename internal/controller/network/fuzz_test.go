package network

import (
	"net/netip"
	"testing"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// FuzzPrefixes looks for prefixes that metal-api answers, or a spec says, that
// cannot be compared, or compare wrongly.
func FuzzPrefixes(f *testing.F) {
	f.Add("10.0.4.0/22", "10.0.5.1/22")
	f.Add("2001:db8::/96", "::ffff:10.0.0.0/104")
	f.Add("nope", "")
	f.Fuzz(func(t *testing.T, says, is string) {
		mg := &v1alpha1.Network{}
		p := &mg.Spec.ForProvider
		*p = v1alpha1.NetworkParameters{DestinationPrefixes: []v1alpha1.CIDR{v1alpha1.CIDR(says), v1alpha1.CIDR(is)}}
		fixed := differing((&Kind{}).Fixed(mg, &metal.Network{Prefixes: []string{is}, DestinationPrefixes: []string{is, says, is}}))
		if len(fixed) > 0 {
			t.Errorf("order and repetition are no drift: %v", fixed)
		}
		a, errA := netip.ParsePrefix(says)
		b, errB := netip.ParsePrefix(is)
		if errA != nil || errB != nil {
			return
		}
		p.DestinationPrefixes = p.DestinationPrefixes[:1]
		fixed = differing((&Kind{}).Fixed(mg, &metal.Network{DestinationPrefixes: []string{is}}))
		if (len(fixed) == 0) != (a.Masked() == b.Masked()) {
			t.Errorf("%s and %s compare wrongly: %v", a, b, fixed)
		}
	})
}
