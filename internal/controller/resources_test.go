package controller_test

import (
	metalgo "github.com/metal-stack/metal-go"
	"github.com/metal-stack/metal-go/api/client/machine"
	"github.com/metal-stack/metal-go/api/models"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// What mini-lab and the simulator are seeded with.
const (
	namespace    = "default"
	partition    = "mini-lab"
	project      = "00000000-0000-0000-0000-000000000001"
	otherProject = "00000000-0000-0000-0000-000000000000"
	internet     = "internet-mini-lab"
	size         = "v1-small-x86"
	image        = "firewall-ubuntu-3.0"
)

func newNetwork(name string, opts ...func(*v1alpha1.Network)) *v1alpha1.Network {
	n := &v1alpha1.Network{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	n.Spec.ManagementPolicies = xpv2.ManagementPolicies{xpv2.ManagementActionAll}
	n.Spec.ForProvider.Partition = partition
	n.Spec.ForProvider.ProjectID = project
	for _, o := range opts {
		o(n)
	}
	return n
}

func newFirewall(name, networkID string, opts ...func(*v1alpha1.Firewall)) *v1alpha1.Firewall {
	f := &v1alpha1.Firewall{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	f.Spec.ManagementPolicies = xpv2.ManagementPolicies{xpv2.ManagementActionAll}
	p := &f.Spec.ForProvider
	p.Partition, p.ProjectID, p.Size, p.Image = partition, project, size, image
	if networkID != "" {
		p.PrivateNetworkID = &networkID
	}
	p.Networks = []v1alpha1.FirewallNetwork{{Name: "internet", NetworkID: ptr.To(internet)}}
	for _, o := range opts {
		o(f)
	}
	return f
}

// machine in a network, as metalctl makes one: metal-api's own words, for the
// provider knows only firewalls.
func (w *world) machine(networkID string) string {
	w.t.Helper()
	api, err := metalgo.NewClient(w.url, metalgo.HMACAuth("metal-admin", string(v1alpha1.HMACAuthTypeAdmin)))
	if err != nil {
		w.t.Fatal(err)
	}
	ok, err := api.Machine().AllocateMachine(machine.NewAllocateMachineParams().WithBody(&models.V1MachineAllocateRequest{
		Projectid: ptr.To(project), Partitionid: ptr.To(partition), Sizeid: ptr.To(size), Imageid: ptr.To("debian-13.0"), Name: "m", SSHPubKeys: []string{},
		Networks: []*models.V1MachineAllocationNetwork{{Networkid: &networkID, Autoacquire: ptr.To(true)}},
	}), nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return *ok.Payload.ID
}
