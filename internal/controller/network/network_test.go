package network

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/memory"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

func TestDrift(t *testing.T) {
	t.Parallel()
	dual := []string{"10.0.4.0/22", "2001:db8:0:10::/96"}
	reversed := []string{"2001:db8:0:10::/96", "10.0.4.0/22"}
	marks := metal.Marks{UID: "us", Resource: "default/n", ProviderConfig: "pc"}
	labels := func(more map[string]string) map[string]string {
		out := marks.Labels()
		maps.Copy(out, more)
		return out
	}
	type params = v1alpha1.NetworkParameters
	type want struct {
		Repairable, Fixed []string
		Update            metal.NetworkUpdate
		Stuck             map[string]string
	}
	cases := map[string]struct {
		reason string
		p      params
		n      metal.Network
		want   want
		wrote  memory.Written
	}{
		"SaysNothing":     {"what the spec leaves out does not differ", params{}, metal.Network{Name: "x", Description: "y", Labels: labels(map[string]string{"a": "b"}), Prefixes: dual, Shared: true, NAT: true}, want{}, nil},
		"Equal":           {"sets are sets", params{AddressFamilies: []v1alpha1.AddressFamily{"IPv6", "IPv4"}, DestinationPrefixes: []v1alpha1.CIDR{"0.0.0.0/0", "10.1.2.3/8"}}, metal.Network{Labels: labels(nil), Prefixes: reversed, DestinationPrefixes: []string{"10.0.0.0/8", "0.0.0.0/0"}}, want{}, nil},
		"Words":           {"name and description", params{Name: new("n"), Description: new("d")}, metal.Network{Name: "m", Description: "x", Labels: labels(nil)}, want{Repairable: []string{"description", "name"}, Update: metal.NetworkUpdate{Name: new("n"), Description: new("d")}}, nil},
		"Labels":          {"those of others are kept", params{Labels: map[string]v1alpha1.NetworkLabelValue{"a": "1"}}, metal.Network{Labels: labels(map[string]string{"a": "2", "theirs": "x"})}, want{Repairable: []string{"labels"}, Update: metal.NetworkUpdate{Labels: labels(map[string]string{"a": "1", "theirs": "x"})}}, nil},
		"MarksLost":       {"the marks are no label of the spec", params{}, metal.Network{Labels: map[string]string{"theirs": "x"}}, want{Update: metal.NetworkUpdate{Labels: labels(map[string]string{"theirs": "x"})}}, nil},
		"Share":           {"can be shared", params{Shared: new(true)}, metal.Network{Labels: labels(nil)}, want{Repairable: []string{"shared"}, Update: metal.NetworkUpdate{Shared: true}}, nil},
		"Unshare":         {"and not unshared", params{Shared: new(false)}, metal.Network{Labels: labels(nil), Shared: true}, want{Stuck: map[string]string{"shared": "shared is true on the network and false in the spec"}}, nil},
		"Fixed":           {"what is fixed at creation", params{NAT: new(true), AddressFamilies: []v1alpha1.AddressFamily{"IPv4"}, DestinationPrefixes: []v1alpha1.CIDR{"0.0.0.0/0"}, PrefixLengths: &v1alpha1.PrefixLengths{IPv4: ptr.To[int32](24)}}, metal.Network{Labels: labels(nil), Prefixes: dual}, want{Fixed: []string{"addressFamilies", "prefixLengths.ipv4", "nat", "destinationPrefixes"}}, nil},
		"LengthOfNothing": {"a length alone does not ask for the family", params{PrefixLengths: &v1alpha1.PrefixLengths{IPv6: ptr.To[int32](64)}}, metal.Network{Labels: labels(nil), Prefixes: dual[:1]}, want{}, nil},
		"Empty":           {"empty is absent", params{Name: new(""), Description: new(""), AddressFamilies: []v1alpha1.AddressFamily{}, Labels: map[string]v1alpha1.NetworkLabelValue{}, PrefixLengths: &v1alpha1.PrefixLengths{}}, metal.Network{Name: "x", Description: "y", Labels: labels(nil), Prefixes: dual}, want{}, nil},
		"Forgotten": {
			"what was written and is wanted no more goes, and what others wrote stays",
			params{Labels: map[string]v1alpha1.NetworkLabelValue{"env": "prod"}},
			metal.Network{Name: "old", Description: "ours", Shared: true, Labels: labels(map[string]string{"env": "dev", "cost": "47", "empty": "", "team": "a"})},
			want{
				Repairable: []string{"description", "labels", "name"},
				Update:     metal.NetworkUpdate{Name: new("n"), Description: new(""), Labels: labels(map[string]string{"env": "prod", "team": "a"})},
				Stuck:      map[string]string{"shared": "shared is true on the network and not set in the spec"},
			},
			memory.Written{"labels/env": {"dev"}, "labels/cost": {"47"}, "labels/empty": {""}, "labels/team": {"b"}, "name": {"old"}, "description": {"ours"}, "shared": {"true"}},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mg := &v1alpha1.Network{ObjectMeta: metav1.ObjectMeta{Name: "n"}, Spec: v1alpha1.NetworkSpec{ForProvider: tc.p}}
			got := want{
				Repairable: repairable(mg, &tc.n, tc.wrote),
				Fixed:      differing((&Kind{}).Fixed(mg, &tc.n)),
				Update:     update(mg, &tc.n, marks, tc.wrote),
				Stuck:      stuck(mg, &tc.n, tc.wrote),
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// differing fields that both sides say something of.
func differing(fields []controller.Field) []string {
	var names []string
	for _, f := range fields {
		if f.Differs(nil) {
			names = append(names, f.Name)
		}
	}
	return names
}

func TestInUse(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason string
		use    metal.NetworkUse
		want   string
	}{
		"Empty":    {"nothing keeps it", metal.NetworkUse{}, ""},
		"IPs":      {"each IP is named", metal.NetworkUse{IPs: []metal.Use{{ID: "10.0.4.3", ProjectID: "p1"}, {ID: "10.0.4.4", ProjectID: "p1"}}}, "network 4f1c: 2 IPs are still allocated in it (10.0.4.3, 10.0.4.4 of project p1); free what is not needed any more"},
		"Both":     {"machines and IPs", metal.NetworkUse{Machines: []metal.Use{{ID: "m1", ProjectID: "p1"}, {ID: "m2", ProjectID: "p2"}, {ID: "m3", ProjectID: "p1"}}, IPs: []metal.Use{{ID: "10.0.4.3"}}}, "network 4f1c: 3 machines are still allocated in it (m1, m3 of project p1; m2 of project p2) and 1 IP is still allocated in it (10.0.4.3 of unknown project); free what is not needed any more"},
		"Shared":   {"a prefix that was given to another network comes first of all", metal.NetworkUse{SharedPrefixes: []metal.SharedPrefix{{Prefix: "10.0.4.0/22", NetworkID: "b", ProjectID: "p2"}}, IPs: []metal.Use{{ID: "10.0.4.3"}}}, "network 4f1c was half-freed, and metal-stack gave its prefix 10.0.4.0/22 to network b of project p2. To free it would take the prefix from that one: who runs the metal-stack must take the prefix out of this network's row in metal-db, then it can be freed"},
		"Got":      {"so does one that it was given of another", metal.NetworkUse{SharedPrefixes: []metal.SharedPrefix{{Prefix: "10.0.4.0/22", NetworkID: "a", ProjectID: "p2", Older: true}}}, "network 4f1c: its prefix 10.0.4.0/22 is that of network a of project p2 as well, which was half-freed. To free this one would break all lists of networks: who runs the metal-stack must take the prefix out of the row of network a in metal-db, then this one can be freed"},
		"Leaked":   {"both families, IPv6 only and IPv4 only", metal.NetworkUse{LeakedIPs: map[v1alpha1.AddressFamily]int64{"IPv6": 2, "IPv4": 1}}, "network 4f1c: 1 IPv4 address is taken in IPAM that no IP holds and 2 IPv6 addresses are taken in IPAM that no IP holds; if this lasts longer than a minute, they have leaked, and who runs the metal-stack must release them in go-ipam: to free the network now would break it"},
		"Later":    {"what is held comes first", metal.NetworkUse{IPs: []metal.Use{{ID: "10.0.4.3", ProjectID: "p1"}}, LeakedIPs: map[v1alpha1.AddressFamily]int64{"IPv4": 1}}, "network 4f1c: 1 IP is still allocated in it (10.0.4.3 of project p1); free what is not needed any more"},
		"NoLeak":   {"zero is none", metal.NetworkUse{LeakedIPs: map[v1alpha1.AddressFamily]int64{"IPv4": 0}}, ""},
		"Negative": {"less than expected is no leak", metal.NetworkUse{LeakedIPs: map[v1alpha1.AddressFamily]int64{"IPv4": -1}}, ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, inUse("4f1c", &tc.use)); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// Networks of two metal-stacks may have the same prefix.
func TestPrefixesOf(t *testing.T) {
	t.Parallel()
	of := func(created string) []string {
		nw := &v1alpha1.Network{}
		nw.SetAnnotations(map[string]string{v1alpha1.AnnotationPartitionCreated: created})
		nw.Status.AtProvider.Prefixes = []string{"10.0.4.0/22"}
		return PrefixesOf(nw)
	}
	if cmp.Equal(of("2026-01-01T00:00:00Z"), of("2026-01-02T00:00:00Z")) || !cmp.Equal(of("2026-01-01T00:00:00Z"), of("2026-01-01T00:00:00Z")) {
		t.Errorf("want them told apart by their metal-stacks, got %v", of("2026-01-01T00:00:00Z"))
	}
}
