package firewall

import (
	"testing"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/google/go-cmp/cmp"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// Who waits for an address of a Firewall that is gone tries again.
func TestWanting(t *testing.T) {
	t.Parallel()
	fw := func(name, id string, addresses ...v1alpha1.IPAddress) v1alpha1.Firewall {
		f := v1alpha1.Firewall{}
		f.SetName(name)
		if id != "" {
			meta.SetExternalName(&f, id)
		}
		f.Spec.ForProvider.Networks = []v1alpha1.FirewallNetwork{{Name: "internet", NetworkID: new("internet"), IPs: addresses}}
		return f
	}
	var names []string
	for _, r := range wanting([]string{"203.0.113.150", "2001:db8::5"}, []v1alpha1.Firewall{
		fw("same", "", "203.0.113.150"), fw("other", "", "203.0.113.151"), fw("none", ""), fw("spelling", "", "2001:DB8:0::5"), fw("has-it", "m1", "203.0.113.150"),
	}) {
		names = append(names, r.Name)
	}
	if diff := cmp.Diff([]string{"same", "spelling"}, names); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}

// An address is taken by one, until it is given back.
func TestDesk(t *testing.T) {
	t.Parallel()
	d := &desk{given: map[string]bool{}}
	back, busy := d.take([]string{"a", "b"})
	if busy != "" {
		t.Fatalf("want both free, %s is not", busy)
	}
	if _, busy := d.take([]string{"c", "b"}); busy != "b" {
		t.Errorf("want b taken, got %q", busy)
	}
	if _, busy := d.take([]string{"c"}); busy != "" {
		t.Errorf("want c free after a vain try, got %q", busy)
	}
	back()
	if _, busy := d.take([]string{"b"}); busy != "" {
		t.Errorf("want b given back, got %q", busy)
	}
}
