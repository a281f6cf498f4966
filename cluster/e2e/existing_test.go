//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	metalgo "github.com/metal-stack/metal-go"
	"github.com/metal-stack/metal-go/api/client/firewall"
	"github.com/metal-stack/metal-go/api/client/network"
	"github.com/metal-stack/metal-go/api/models"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	clusterv1alpha1 "github.com/crossplane-contrib/provider-metal-stack/apis/cluster/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/cluster/e2e/story"
)

// networkOfOthers is one that metalctl made, and the client that it is freed by.
func networkOfOthers(s *story.Story) (api metalgo.Client, id string) {
	s.Helper()
	api, err := metalgo.NewClient(s.URL, metalgo.HMACAuth(story.AdminKey, "Metal-Admin"))
	if err != nil {
		s.Fatal(err)
	}
	made, err := api.Network().AllocateNetwork(network.NewAllocateNetworkParamsWithContext(s.Context()).WithBody(&models.V1NetworkAllocateRequest{
		Name: "of-others", Partitionid: "mini-lab", Projectid: story.Project, Labels: map[string]string{"team": "network"},
	}), nil)
	if err != nil {
		s.Fatal(err)
	}
	return api, *made.Payload.ID
}

// A network that others made is used as it is, and stays when the XCluster goes.
func TestNetworkOfOthers(t *testing.T) {
	t.Parallel()
	s := begin(t)
	api, id := networkOfOthers(s)
	stack := asAdmin(s)
	was, err := stack.Network(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}

	x := s.Example("existing-network/xcluster.yaml", story.Set(id, "spec", "network", "networkID"))
	s.Apply(x)
	x = s.Ready(x)
	if got := story.Text(x, "status", "network", "id"); got != id {
		t.Errorf("status.network.id: got %q, want %q", got, id)
	}
	m, err := stack.Machine(t.Context(), story.Text(x, "status", "firewall", "machineID"))
	if err != nil {
		t.Fatal(err)
	}
	if len(addressesIn(m, id)) == 0 {
		t.Errorf("the firewall is not in network %s: %+v", id, m.Networks)
	}
	s.End(x)

	// Addresses of a machine are given back a while after it.
	s.Await("the network is as it was", story.Soon, func(ctx context.Context) (bool, string) {
		is, err := stack.Network(ctx, id)
		if err != nil {
			return false, err.Error()
		}
		diff := cmp.Diff(was, is)
		return diff == "", diff
	})
	if got, want := s.Wrote(), []string{"allocateFirewall", "freeMachine"}; !slices.Equal(got, want) {
		t.Errorf("writes to metal-api: got %v, want %v", got, want)
	}
	for _, e := range s.Sim.Journal() {
		if e.ID == id && e.Operation != "allocateNetwork" {
			t.Errorf("want the network left alone, got %+v", e)
		}
	}
	if _, err := api.Network().FreeNetwork(network.NewFreeNetworkParamsWithContext(t.Context()).WithID(id), nil); err != nil {
		t.Errorf("who made the network cannot free it: %v", err)
	}
}

// A firewall that metalctl made, in a network that metalctl made, is brought under an
// XCluster as it is. A person says when it is replaced.
func TestBroughtIn(t *testing.T) {
	t.Parallel()
	s := begin(t)
	api, id := networkOfOthers(s)
	theirs, err := api.Firewall().AllocateFirewall(firewall.NewAllocateFirewallParamsWithContext(t.Context()).WithBody(&models.V1FirewallCreateRequest{
		Name: "fw-01", Hostname: "fw-01", Partitionid: new("mini-lab"), Projectid: new(story.Project), Sizeid: new("v1-small-x86"), Imageid: new("firewall-ubuntu-3.0"),
		Networks:      []*models.V1MachineAllocationNetwork{{Networkid: &id, Autoacquire: new(true)}, {Networkid: new(internet), Autoacquire: new(true)}},
		FirewallRules: &models.V1FirewallRules{Egress: []*models.V1FirewallEgressRule{{Comment: "HTTPS", Protocol: "tcp", Ports: []int32{443}, To: []string{"0.0.0.0/0"}}}},
		SSHPubKeys:    keysOf(s, "bring-in/firewall.yaml"),
	}), nil)
	if err != nil {
		t.Fatal(err)
	}
	machine := *theirs.Payload.ID
	stack := asAdmin(s)
	was, err := stack.Machine(t.Context(), machine)
	if err != nil {
		t.Fatal(err)
	}

	f := s.Example("bring-in/firewall.yaml", story.Set(machine, "metadata", "annotations", "crossplane.io/external-name"), story.Set(id, "spec", "forProvider", "privateNetworkID"))
	s.Apply(f)
	s.Ready(f)
	shall := func(edits ...story.Edit) *unstructured.Unstructured {
		x := s.Example("bring-in/xcluster.yaml", append([]story.Edit{story.Set(id, "spec", "network", "networkID")}, edits...)...)
		s.Apply(x)
		return x
	}
	x := s.Condition(s.Ready(shall()), "FirewallUpToDate", "True")
	if got := story.Text(x, "status", "firewall", "machineID"); got != machine || story.Text(x, "status", "message") != "" {
		t.Errorf("want the firewall that there is, %s, and no word, got %s", machine, story.YAML(x.Object["status"]))
	}
	rules := story.Set([]any{}, "spec", "firewall", "rules", "egress")
	shall(rules)
	s.Message(x, "shall be another one (rules), and is replaced when its Firewall is deleted", "message")
	s.Condition(x, "FirewallUpToDate", "False")
	s.Settled()
	is, err := stack.Machine(t.Context(), machine)
	if err != nil {
		t.Fatal(err)
	}
	if is.AllocationUUID != was.AllocationUUID || is.LastEvent != "Phoned Home" {
		t.Errorf("want it as it was, got %+v", is)
	}
	if got := slices.Compact(s.Wrote()); !slices.Equal(got, []string{"updateMachine"}) {
		t.Errorf("want its tags written and nothing else, got %v", got)
	}

	s.Remove(f, "--wait=false")
	if next := rolled(s, x, machine); next == machine {
		t.Errorf("want another machine, got %s", next)
	}
	if got := s.All(story.Firewall)[0].GetAnnotations()[clusterv1alpha1.AnnotationBringInto]; got != "" {
		t.Errorf("want one of our own, got the annotation %q", got)
	}
	release(s, x)
	s.End(x)
	s.Await("who made the network can free it", story.Soon, func(ctx context.Context) (bool, string) {
		_, err := api.Network().FreeNetwork(network.NewFreeNetworkParamsWithContext(ctx).WithID(id), nil)
		return err == nil, fmt.Sprint(err)
	})
}

// keysOf the firewall of an example.
func keysOf(s *story.Story, file string) []string {
	s.Helper()
	keys, _, err := unstructured.NestedStringSlice(s.Example(file).Object, "spec", "forProvider", "sshPublicKeys")
	if err != nil {
		s.Fatal(err)
	}
	return keys
}

// Where no network is named the firewall joins the default one, and stays there.
func TestDefaultNetwork(t *testing.T) {
	t.Parallel()
	s := begin(t)
	x := s.Example("xcluster/xcluster.yaml", fixedEgress, story.Set([]any{}, "spec", "firewall", "networks"))
	s.Apply(x)
	x = s.Ready(x)
	stack := asAdmin(s)
	m, err := stack.Machine(t.Context(), story.Text(x, "status", "firewall", "machineID"))
	if err != nil {
		t.Fatal(err)
	}
	if got := addressesIn(m, internet); !slices.Equal(got, firewallIPs(x)) || len(got) != 1 {
		t.Errorf("want the egress address in %s, got %v", internet, m.Networks)
	}
	s.Settled()
	s.End(x)
	gaveBack(s)
}
