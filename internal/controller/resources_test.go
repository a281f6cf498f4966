package controller_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// What mini-lab and the simulator are seeded with.
const (
	namespace    = "default"
	partition    = "mini-lab"
	project      = "00000000-0000-0000-0000-000000000001"
	otherProject = "00000000-0000-0000-0000-000000000000"
	tenant       = "metal-stack"
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
	p.Networks = []v1alpha1.AllocationNetwork{{Name: "internet", NetworkID: new(internet)}}
	for _, o := range opts {
		o(f)
	}
	return f
}

// machine in a network, as metalctl makes one: the provider's own client knows
// only firewalls.
func (w *world) machine(networkID string) string {
	w.t.Helper()
	body := fmt.Sprintf(`{"projectid":%q,"partitionid":%q,"sizeid":%q,"imageid":"debian-13.0","name":"m","ssh_pub_keys":[],"networks":[{"networkid":%q,"autoacquire":true}]}`,
		project, partition, size, networkID)
	m := struct {
		ID string `json:"id"`
	}{}
	w.ask(http.MethodPost, "/v1/machine/allocate", body, &m)
	return m.ID
}

// ask metal-api in its own words.
func (w *world) ask(method, path, body string, into any) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer metal-token")
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode >= http.StatusMultipleChoices {
		w.t.Fatalf("%s %s: %s", method, path, answer.Status)
	}
	if into == nil {
		return
	}
	if err := json.NewDecoder(answer.Body).Decode(into); err != nil {
		w.t.Fatal(err)
	}
}

// firewallOrder that somebody else gives.
func firewallOrder(p v1alpha1.FirewallParameters, name string, marks metal.Marks) metal.MachineOrder {
	return metal.MachineOrder{
		AllocationParameters: p.AllocationParameters, Role: metal.MachineRoleFirewall, Image: p.Image, Rules: p.Rules,
		Name: name, Hostname: name, Marks: marks,
	}
}

func newMachine(name, networkID string, opts ...func(*v1alpha1.Machine)) *v1alpha1.Machine {
	m := &v1alpha1.Machine{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	m.Spec.ManagementPolicies = xpv2.ManagementPolicies{xpv2.ManagementActionAll}
	p := &m.Spec.ForProvider
	p.Partition, p.ProjectID, p.Size, p.Image = partition, project, size, "debian-13.0"
	if networkID != "" {
		p.PrivateNetworkID = &networkID
	}
	for _, o := range opts {
		o(m)
	}
	return m
}

func newIP(name string, opts ...func(*v1alpha1.IP)) *v1alpha1.IP {
	i := &v1alpha1.IP{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	i.Spec.ManagementPolicies = xpv2.ManagementPolicies{xpv2.ManagementActionAll}
	i.Spec.ForProvider.ProjectID = project
	i.Spec.ForProvider.NetworkID = new(internet)
	for _, o := range opts {
		o(i)
	}
	return i
}

// static IP, with an address of a family.
func static(family v1alpha1.AddressFamily) func(*v1alpha1.IP) {
	return func(i *v1alpha1.IP) {
		i.Spec.ForProvider.Type = v1alpha1.IPTypeStatic
		i.Spec.ForProvider.AddressFamily = string(family)
	}
}

func newProject(name string, opts ...func(*v1alpha1.Project)) *v1alpha1.Project {
	p := &v1alpha1.Project{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	p.Spec.ManagementPolicies = xpv2.ManagementPolicies{xpv2.ManagementActionAll}
	p.Spec.ForProvider.TenantID = tenant
	for _, o := range opts {
		o(p)
	}
	return p
}
