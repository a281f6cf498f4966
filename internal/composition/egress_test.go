package composition

import (
	"slices"
	"strings"
	"testing"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	clusterv1alpha1 "github.com/crossplane-contrib/provider-metal-stack/apis/cluster/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

const internet = "internet-mini-lab"

// bare is a cluster of which nothing is there yet.
func bare(t *testing.T, egress ...clusterv1alpha1.EgressIPs) *cluster {
	t.Helper()
	c := newCluster(t)
	delete(c.parts, KeyNetwork)
	delete(c.parts, KeyFirewall)
	c.x.Spec.EgressIPs = egress
	c.x.Spec.Firewall.Networks = []clusterv1alpha1.NetworkAttachment{{Name: "internet", NetworkID: internet}, {Name: "dmz", NetworkID: "dmz"}}
	return c
}

// ips that there are, by name.
func (c *cluster) ips() []string {
	var out []string
	for _, o := range c.parts {
		if ip, ok := o.(*v1alpha1.IP); ok {
			out = append(out, ip.GetName())
		}
	}
	slices.Sort(out)
	return out
}

// joins of the firewall: its first network.
func (c *cluster) joins() clusterv1alpha1.NetworkAttachment {
	c.t.Helper()
	f, ok := c.parts[KeyFirewall].(*clusterv1alpha1.XFirewall)
	if !ok {
		c.t.Fatal("there is no firewall")
	}
	return f.Spec.Networks[0]
}

func refs(names ...string) []clusterv1alpha1.IPReference {
	var out []clusterv1alpha1.IPReference
	for _, n := range names {
		out = append(out, clusterv1alpha1.IPReference{Name: n})
	}
	return out
}

// The firewall gets the addresses that there shall be, and no others of their network.
func TestEgress(t *testing.T) {
	t.Parallel()
	both := []v1alpha1.AddressFamily{v1alpha1.IPv4, v1alpha1.IPv6}
	for name, tc := range map[string]struct {
		reason string
		egress []clusterv1alpha1.EgressIPs
		has    []string
		join   clusterv1alpha1.NetworkAttachment
		want   clusterv1alpha1.NetworkAttachment
	}{
		"None": {
			reason: "without any, metal-stack takes some",
			want:   clusterv1alpha1.NetworkAttachment{},
		},
		"Family": {
			reason: "one of a family",
			egress: []clusterv1alpha1.EgressIPs{{Network: internet, AddressFamily: "IPv4"}},
			want:   clusterv1alpha1.NetworkAttachment{IPRefs: refs("x-cellent-egress-internet-mini-lab-ipv4-1"), AddressFamilies: both[:1]},
		},
		"Each": {
			reason: "or of each that the network has",
			egress: []clusterv1alpha1.EgressIPs{{Network: internet}},
			has:    []string{"203.0.113.0/24", "2001:db8::/64"},
			want:   clusterv1alpha1.NetworkAttachment{IPRefs: refs("x-cellent-egress-internet-mini-lab-ipv4-1", "x-cellent-egress-internet-mini-lab-ipv6-1"), AddressFamilies: both},
		},
		"Count": {
			reason: "or several",
			egress: []clusterv1alpha1.EgressIPs{{Network: internet, AddressFamily: "IPv6", Count: new(int32(2))}},
			want:   clusterv1alpha1.NetworkAttachment{IPRefs: refs("x-cellent-egress-internet-mini-lab-ipv6-1", "x-cellent-egress-internet-mini-lab-ipv6-2"), AddressFamilies: both[1:]},
		},
		"Addresses": {
			reason: "or these",
			egress: []clusterv1alpha1.EgressIPs{{Network: internet, Addresses: []v1alpha1.IPAddress{"203.0.113.130", "2001:db8::1"}}},
			want:   clusterv1alpha1.NetworkAttachment{IPRefs: refs("x-cellent-egress-203-0-113-130", "x-cellent-egress-2001-db8--1"), AddressFamilies: both},
		},
		"Beside": {
			reason: "beside those that a person has",
			egress: []clusterv1alpha1.EgressIPs{{Network: internet, AddressFamily: "IPv6"}},
			join:   clusterv1alpha1.NetworkAttachment{IPs: []v1alpha1.IPAddress{"203.0.113.7"}},
			want:   clusterv1alpha1.NetworkAttachment{IPs: []v1alpha1.IPAddress{"203.0.113.7"}, IPRefs: refs("x-cellent-egress-internet-mini-lab-ipv6-1"), AddressFamilies: both},
		},
		"OtherNetwork": {
			reason: "of their network alone",
			egress: []clusterv1alpha1.EgressIPs{{Network: "dmz", AddressFamily: "IPv4"}},
			want:   clusterv1alpha1.NetworkAttachment{},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := bare(t, tc.egress...)
			tc.join.Name, tc.join.NetworkID = "internet", internet
			tc.want.Name, tc.want.NetworkID = "internet", internet
			c.x.Spec.Firewall.Networks[0] = tc.join
			if len(tc.has) > 0 {
				c.compose()
				if _, ok := c.parts[KeyFirewall]; ok || !c.last.Unready {
					t.Fatal("want no firewall before it is known which addresses it has")
				}
				n := c.parts[keyEgress+internet].(*v1alpha1.Network)
				if diff := cmp.Diff(xpv2.ManagementPolicies{xpv2.ManagementActionObserve}, n.Spec.ManagementPolicies); diff != "" || meta.GetExternalName(n) != "" && meta.GetExternalName(n) != internet {
					t.Errorf("want the network looked at alone: -want, +got:\n%s", diff)
				}
				n.Status.AtProvider.Prefixes = tc.has
			}
			is := c.rest()
			if diff := cmp.Diff(tc.want, c.joins()); diff != "" {
				t.Errorf("%s: -want, +got:\n%s", tc.reason, diff)
			}
			if len(tc.egress) > 0 && len(is.EgressIPs) == 0 {
				t.Error("want them in the status")
			}
			for _, o := range c.parts {
				if ip, ok := o.(*v1alpha1.IP); ok && ip.Spec.ForProvider.Type != v1alpha1.IPTypeStatic {
					t.Errorf("want a static address, got %+v", ip.Spec.ForProvider)
				}
			}

			// What the network gets later changes nothing.
			was := c.joins()
			if n, ok := c.parts[keyEgress+internet].(*v1alpha1.Network); ok {
				n.Status.AtProvider.Prefixes = append(n.Status.AtProvider.Prefixes, "2001:db8:1::/64")
			}
			c.rest()
			if diff := cmp.Diff(was, c.joins()); diff != "" {
				t.Errorf("want it to stay: -want, +got:\n%s", diff)
			}
			if _, ok := c.parts[keyEgress+internet]; ok {
				t.Error("want the network not looked at any more")
			}
		})
	}
}

// An address that is not wanted any more stays as long as a machine has it.
func TestEgressInUse(t *testing.T) {
	t.Parallel()
	c := bare(t, clusterv1alpha1.EgressIPs{Network: internet, AddressFamily: "IPv4", Count: new(int32(2))})
	c.rest()
	const first, second = "x-cellent-egress-internet-mini-lab-ipv4-1", "x-cellent-egress-internet-mini-lab-ipv4-2"
	ip := c.parts[keyEgress+internet+"-ipv4-2"].(*v1alpha1.IP)
	ip.TypeMeta = typeOf(v1alpha1.IPGroupVersionKind)
	ip.Status.AtProvider.Machines = []string{"m"}
	c.x.Spec.EgressIPs[0].Count = nil
	is := c.rest()
	if diff := cmp.Diff([]string{first, second}, c.ips()); diff != "" || len(is.EgressIPs) != 2 {
		t.Errorf("want it kept and shown: -want, +got:\n%s", diff)
	}
	// What the IP says of its machines is older than what a Firewall names.
	ip.Status.AtProvider.Machines = nil
	f := &v1alpha1.Firewall{TypeMeta: typeOf(v1alpha1.FirewallGroupVersionKind), ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "f", UID: "f", Labels: map[string]string{clusterv1alpha1.LabelUID: string(c.x.UID)}}}
	f.Spec.ForProvider.Networks = []v1alpha1.AllocationNetwork{{Name: "internet", IPRefs: []v1alpha1.Reference{{Name: second}}}}
	c.others = append(c.others, f)
	if c.compose(); c.last.Again != freedIn || len(c.ips()) != 2 {
		t.Errorf("want it kept as long as a Firewall names it, got %v", c.ips())
	}
	c.others = nil
	c.rest()
	if diff := cmp.Diff([]string{first}, c.ips()); diff != "" {
		t.Errorf("want it gone: -want, +got:\n%s", diff)
	}
}

// An entry of a network that the firewall does not join replaces nothing, and loses nothing.
func TestEgressOfAnotherNetwork(t *testing.T) {
	t.Parallel()
	c := bare(t, clusterv1alpha1.EgressIPs{Network: internet, AddressFamily: "IPv4"})
	c.x.Spec.Firewall.Networks = nil
	c.compose()
	c.found(internet, "")
	c.rest()
	was, joins := c.ips(), c.joins()
	c.parts[keyEgress+internet+"-ipv4-1"].(*v1alpha1.IP).Status.AtProvider.Machines = []string{"m"}
	c.x.Spec.EgressIPs[0].Network = "internet-mini-lob"
	is := c.rest()
	if diff := cmp.Diff(was, c.ips()) + cmp.Diff(joins, c.joins()); diff != "" || len(was) != 1 || !c.last.Unready || !strings.Contains(is.Message, "not internet-mini-lob") {
		t.Errorf("message %q, -want, +got:\n%s", is.Message, diff)
	}
}

// An edit that is taken back while the firewall is being replaced is as if it never was.
func TestEgressFamiliesTakenBack(t *testing.T) {
	t.Parallel()
	c := bare(t, clusterv1alpha1.EgressIPs{Network: internet})
	c.compose()
	c.parts[keyEgress+internet].(*v1alpha1.Network).Status.AtProvider.Prefixes = []string{"203.0.113.0/24", "2001:db8::/64"}
	c.rest()
	was, joins := c.ips(), c.joins()
	for _, o := range c.parts {
		if ip, ok := o.(*v1alpha1.IP); ok {
			ip.Status.AtProvider.Machines = []string{"m"}
		}
	}
	c.x.Spec.EgressIPs[0].AddressFamily = "IPv4"
	c.rest()
	if len(c.joins().IPRefs) != 1 {
		t.Fatalf("want one family, got %+v", c.joins())
	}
	c.x.Spec.EgressIPs[0].AddressFamily = ""
	c.rest()
	if diff := cmp.Diff(was, c.ips()) + cmp.Diff(joins, c.joins()); diff != "" || len(was) != 2 {
		t.Errorf("-want, +got:\n%s", diff)
	}
}

// Addresses that were made in another project, before that was corrected, are given back,
// and others are made.
func TestEgressElsewhere(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(x *clusterv1alpha1.XCluster){
		"Project":       func(x *clusterv1alpha1.XCluster) { x.Spec.ProjectID = "other" },
		"Configuration": func(x *clusterv1alpha1.XCluster) { x.Spec.ProviderConfigRef.Name = "other" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := bare(t, clusterv1alpha1.EgressIPs{Network: internet, AddressFamily: "IPv4"})
			c.rest()
			key := keyEgress + internet + "-ipv4-1"
			was := c.parts[key]
			change(c.x)
			if c.compose(); c.parts[key] != nil || !c.last.Unready || c.last.Again != freedIn {
				t.Fatal("want it given back, and looked for that")
			}
			c.rest()
			ip, ok := c.parts[key].(*v1alpha1.IP)
			if !ok || ip == was || elsewhere(ip, newIP(c.x, ip.Spec.ForProvider)) {
				t.Errorf("want another one, got %+v", ip)
			}
		})
	}
}

// What an XCluster's network was made as it stays: one of its own is never let go, and one
// that exists is never freed.
func TestNetworkStaysWhatItIs(t *testing.T) {
	t.Parallel()
	looked := func(n *v1alpha1.Network) {
		n.Spec.ManagementPolicies = xpv2.ManagementPolicies{xpv2.ManagementActionObserve}
		meta.SetExternalName(n, "n1")
	}
	seen := func(n *v1alpha1.Network) { looked(n); n.Status.AtProvider.ID = "n1" }
	for name, tc := range map[string]struct {
		change func(*v1alpha1.Network)
		wants  string
		id     string
		says   bool
	}{
		"Own":           {func(n *v1alpha1.Network) { n.Status.AtProvider.ID = "n1" }, "", "", false},
		"OwnNamed":      {func(n *v1alpha1.Network) { n.Status.AtProvider.ID = "n1" }, "n2", "", true},
		"OwnNamedSame":  {func(n *v1alpha1.Network) { n.Status.AtProvider.ID = "n1" }, "n1", "", true},
		"OwnBegun":      {func(n *v1alpha1.Network) { meta.SetExternalCreatePending(n, metav1.Now().Time) }, "n1", "", true},
		"Looked":        {looked, "n1", "n1", false},
		"LookedRemoved": {seen, "", "n1", true},
		"LookedOther":   {seen, "n2", "n1", true},
		"LookedWrong":   {looked, "n2", "n2", false},
		"LookedNoMore":  {looked, "", "", false},
		"Corrected":     {func(*v1alpha1.Network) {}, "n1", "n1", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCluster(t)
			c.parts[KeyNetwork] = network(true, "")
			tc.change(c.parts[KeyNetwork].(*v1alpha1.Network))
			c.x.Spec.Network.NetworkID = tc.wants
			is := c.compose()
			for _, p := range c.last.Parts {
				n, ok := p.Object.(*v1alpha1.Network)
				if !ok {
					continue
				}
				observed := slices.Equal(n.Spec.ManagementPolicies, xpv2.ManagementPolicies{xpv2.ManagementActionObserve})
				if meta.GetExternalName(n) != tc.id || observed != (tc.id != "") {
					t.Errorf("want it to be %q, got %q, observed: %t", tc.id, meta.GetExternalName(n), observed)
				}
			}
			if got := strings.Contains(is.Message, "set network.networkID back to"); got != tc.says {
				t.Errorf("want it said: %t, got %q", tc.says, is.Message)
			}
		})
	}
}

// What names an object in an annotation names it in a field here.
func TestNamesTheField(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.x.Spec.Network.NetworkID = "n1"
	n := network(false, "there is no network n1: correct the annotation crossplane.io/external-name")
	n.Spec.ManagementPolicies = xpv2.ManagementPolicies{xpv2.ManagementActionObserve}
	c.parts[KeyNetwork] = n
	if got := c.compose().Message; got != "there is no network n1: correct network.networkID" {
		t.Errorf("want the field named, got %q", got)
	}
}

func TestSlug(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"internet-mini-lab":                      "internet-mini-lab",
		"Internet":                               "internet-af34335c",
		"a-b":                                    "a-b",
		"a_b":                                    "a-b-1ba46871",
		"00000000-0000-0000-0000-000000000001":   "00000000-0000-0-bd478d3e",
		"::":                                     "980630f5",
		"::1":                                    "1-15bec48c",
		"1::":                                    "1-6924cd38",
		"203.0.113.130":                          "203-0-113-130",
		"2001:db8::1":                            "2001-db8--1",
		"2001:db8:1111:2222:3333:4444:5555:6666": "2001-db8-1111-2-2a461630",
	} {
		if got := slug(in); got != want || len(got) > mostSlug {
			t.Errorf("%s: want %q, got %q", in, want, got)
		}
	}
}

// Nor are any given back while it is not known of which families they shall be.
func TestEgressFamiliesNotYet(t *testing.T) {
	t.Parallel()
	c := bare(t, clusterv1alpha1.EgressIPs{Network: internet})
	c.compose()
	c.parts[keyEgress+internet].(*v1alpha1.Network).Status.AtProvider.Prefixes = []string{"203.0.113.0/24"}
	c.rest()
	was := c.ips()
	delete(c.parts, KeyFirewall)
	c.compose()
	if diff := cmp.Diff(was, c.ips()); diff != "" || len(was) != 1 {
		t.Errorf("-want, +got:\n%s", diff)
	}
}

// An address is the same however it is spelled.
func TestSpelling(t *testing.T) {
	t.Parallel()
	c := bare(t, clusterv1alpha1.EgressIPs{Network: internet, Addresses: []v1alpha1.IPAddress{"2001:DB8:0::1"}})
	c.rest()
	was := c.ips()
	c.x.Spec.EgressIPs[0].Addresses[0] = "2001:db8::1"
	c.rest()
	if diff := cmp.Diff(was, c.ips()); diff != "" || len(was) != 1 {
		t.Errorf("-want, +got:\n%s", diff)
	}
}

// While it is not known what an address is called, a firewall that is there stays as it is.
func TestEgressNotYet(t *testing.T) {
	t.Parallel()
	c := bare(t, clusterv1alpha1.EgressIPs{Network: internet, AddressFamily: "IPv4"})
	c.rest()
	was := c.joins()
	delete(c.parts, keyEgress+internet+"-ipv4-1")
	f, _ := c.parts[KeyFirewall].(*clusterv1alpha1.XFirewall)
	f.Status.SetConditions(xpv2.Condition{Type: TypeFirewallUpToDate, Status: "True", Reason: "UpToDate"})
	upToDate := func(want string) {
		t.Helper()
		for _, is := range XCluster(c.x, Request{Now: c.now, Parts: c.parts}).Conditions {
			if is.Type == TypeFirewallUpToDate && string(is.Status) != want {
				t.Errorf("want %s, got %+v", want, is)
			}
		}
	}
	upToDate("True")
	c.x.Spec.Firewall.RollToken = "one" // It is not passed on yet.
	upToDate("False")
	out := XCluster(c.x, Request{Now: c.now, Parts: c.parts})
	for _, p := range out.Parts {
		if f, ok := p.Object.(*clusterv1alpha1.XFirewall); ok {
			if diff := cmp.Diff(was, f.Spec.Networks[0]); diff != "" {
				t.Errorf("-want, +got:\n%s", diff)
			}
		}
	}
	if !out.Unready {
		t.Error("want it not ready")
	}
}
