package composition

import (
	"strings"
	"testing"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clusterv1alpha1 "github.com/crossplane-contrib/provider-metal-stack/apis/cluster/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// found says what the provider found by the label: a network, or why none.
func (c *cluster) found(id, why string) {
	c.t.Helper()
	n, ok := c.parts[KeyDefaultNetwork].(*v1alpha1.Network)
	if !ok {
		c.t.Fatal("the default network is not looked for")
	}
	n.Status.AtProvider.ID, n.Status.AtProvider.Message = id, why
	n.Status.SetConditions(condition(id != ""))
}

// A firewall whose networks nobody names joins the default one.
func TestDefaultNetwork(t *testing.T) {
	t.Parallel()
	c := bare(t, clusterv1alpha1.EgressIPs{Network: internet, AddressFamily: "IPv4"})
	c.x.Spec.Partition, c.x.Spec.Firewall.Networks = "mini-lab", nil
	c.compose()
	n := c.parts[KeyDefaultNetwork].(*v1alpha1.Network)
	if diff := cmp.Diff(xpv2.ManagementPolicies{xpv2.ManagementActionObserve}, n.Spec.ManagementPolicies); diff != "" || meta.GetExternalName(n) != "" || n.Labels[clusterv1alpha1.LabelUID] != "" {
		t.Errorf("want it looked for, and never taken for the private one: -want, +got:\n%s", diff)
	}
	if diff := cmp.Diff(v1alpha1.NetworkParameters{Partition: "mini-lab", Labels: map[string]v1alpha1.NetworkLabelValue{"network.metal-stack.io/default": ""}}, n.Spec.ForProvider); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}

	c.found("", "2 networks are labelled network.metal-stack.io/default, in partition mini-lab or in none: a, b: name one in the annotation crossplane.io/external-name")
	is := c.rest()
	if _, ok := c.parts[KeyFirewall]; ok || len(c.ips()) > 0 || !c.last.Unready {
		t.Errorf("want nothing made before it is known, got %v", sortedKeys(c.parts))
	}
	if want := "a, b: name one in firewall.networks"; !strings.Contains(is.Message, want) {
		t.Errorf("want %q, got %q", want, is.Message)
	} else if said := conditionOf(c.last.Conditions, TypeFirewallUpToDate); said.Status != "False" || !strings.Contains(said.Message, want) {
		t.Errorf("want a condition with them, got %+v", said)
	}

	c.x.Status.SetConditions(c.last.Conditions...)
	c.found(internet, "")
	is = c.rest()
	if said := conditionOf(c.last.Conditions, TypeFirewallUpToDate); strings.Contains(said.Message, "labelled") {
		t.Errorf("want it said no more, got %+v", said)
	}
	want := clusterv1alpha1.NetworkAttachment{Name: nameDefault, NetworkID: internet, IPRefs: refs("x-cellent-egress-internet-mini-lab-ipv4-1"), AddressFamilies: []v1alpha1.AddressFamily{v1alpha1.IPv4}}
	if diff := cmp.Diff(want, c.joins()); diff != "" || strings.Contains(is.Message, "labelled") {
		t.Errorf("message %q, -want, +got:\n%s", is.Message, diff)
	}

	t.Log("It is the same for good, once something is made, whatever is labelled later, and whatever is lost.")
	c.parts[KeyFirewall].(*clusterv1alpha1.XFirewall).Status.MachineID = "m1"
	c.found("other", "")
	c.rest()
	delete(c.parts, KeyDefaultNetwork)
	c.rest()
	c.found("other", "")
	c.rest()
	if diff := cmp.Diff(want, c.joins()); diff != "" || meta.GetExternalName(c.parts[KeyDefaultNetwork]) != internet {
		t.Errorf("want it pinned: -want, +got:\n%s", diff)
	}

	t.Log("Until a person names some.")
	c.x.Spec.Firewall.Networks = []clusterv1alpha1.NetworkAttachment{{Name: "internet", NetworkID: internet}}
	c.rest()
	if _, ok := c.parts[KeyDefaultNetwork]; ok || c.joins().Name != "internet" {
		t.Errorf("want it not looked at any more, got %v", sortedKeys(c.parts))
	}
	c.x.Spec.Firewall.Networks = nil
	c.compose()
	if diff := cmp.Diff("internet", c.joins().Name); diff != "" {
		t.Errorf("want what is there to stay until it is known: -want, +got:\n%s", diff)
	}
}

// What was found is looked for again, as long as nothing is made.
func TestDefaultNetworkCorrected(t *testing.T) {
	t.Parallel()
	c := bare(t)
	c.x.Spec.Partition, c.x.Spec.Firewall.Networks = "one", nil
	c.compose()
	c.found("of-one", "")
	c.rest()
	c.x.Spec.Partition = "two"
	c.rest()
	c.found("of-two", "")
	c.rest()
	if got := c.joins().NetworkID; got != "of-two" {
		t.Errorf("want that of the partition, got %s", got)
	}
}

// Who leaves the networks out keeps the addresses that are named, whatever the default is.
func TestDefaultNetworkKeepsAddresses(t *testing.T) {
	t.Parallel()
	c := bare(t, clusterv1alpha1.EgressIPs{Network: internet, AddressFamily: "IPv4"})
	c.rest()
	was := c.ips()
	c.x.Spec.Firewall.Networks = nil
	c.compose()
	c.found("other", "")
	is := c.rest()
	if diff := cmp.Diff(was, c.ips()); diff != "" || len(was) != 1 || !strings.Contains(is.Message, "joins, which is other, and not internet-mini-lab") {
		t.Errorf("message %q, -want, +got:\n%s", is.Message, diff)
	}
}

// Addresses of a network that the firewall does not join are of no use.
func TestDefaultNetworkIsAnother(t *testing.T) {
	t.Parallel()
	c := bare(t, clusterv1alpha1.EgressIPs{Network: internet, AddressFamily: "IPv4"})
	c.x.Spec.Firewall.Networks = nil
	c.compose()
	c.found("other", "")
	is := c.rest()
	if want := "joins, which is other, and not internet-mini-lab"; !strings.Contains(is.Message, want) || len(c.ips()) > 0 {
		t.Errorf("want %q and no addresses, got %q, %v", want, is.Message, c.ips())
	}
	if _, there := c.parts[KeyFirewall]; there || !c.last.Unready {
		t.Error("want no firewall before that is corrected")
	}
}

// An XFirewall of its own finds it in the same way.
func TestDefaultNetworkOfXFirewall(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.parts = map[string]client.Object{}
	g.x.Spec.Networks = nil
	g.step()
	g.found("", "no network is labelled network.metal-stack.io/default: name one in the annotation crossplane.io/external-name")
	if is := g.step(); is.Message != "no network is labelled network.metal-stack.io/default: name one in networks" || !g.last.Unready {
		t.Errorf("want it said, got %q", is.Message)
	}
	if _, ok := g.parts[KeyFirewall]; ok {
		t.Fatal("want no firewall without a network")
	}
	g.found(internet, "")
	g.step()
	g.boots(KeyFirewall)
	g.step()
	g.found("other", "")
	is := g.step()
	if got := g.firewall(KeyFirewall).Spec.ForProvider.Networks; len(got) != 1 || *got[0].NetworkID != internet || len(is.Firewalls) != 1 {
		t.Errorf("want it in the network that was found first, and not replaced, got %+v", got)
	}
}
