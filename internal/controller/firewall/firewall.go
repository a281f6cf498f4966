// Package firewall is the controller of Firewalls: machines of metal-stack that
// stand between a private network and others.
package firewall

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	"github.com/crossplane/crossplane-runtime/v2/pkg/reconciler/managed"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/memory"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// Keys of the connection details, and the user that metal-stack's images let
// log in by key.
const (
	keyMachineID       = "machineID"
	keyUsername        = "username"
	keyEndpoint        = "endpoint"
	keyPublicAddresses = "publicAddresses"
	sshUser            = "metal"
)

var _ controller.Kind[*v1alpha1.Firewall, metal.Firewall] = &Kind{}

// A Kind is what is particular of Firewalls.
type Kind struct {
	// kube reads Secrets.
	kube client.Reader

	desk *desk
}

// New kind that reads Secrets with kube.
func New(kube client.Reader) *Kind {
	return &Kind{kube: kube, desk: &desk{given: map[string]bool{}}}
}

// Noun that messages call a firewall by.
func (k *Kind) Noun() string { return "firewall" }

// Thing that a firewall is.
func (k *Kind) Thing() string { return "machine" }

// Find what is allocated on a machine.
func (k *Kind) Find(ctx context.Context, s metal.Stack, id string) (*metal.Firewall, error) {
	return s.Firewall(ctx, id)
}

// FindMarked firewalls of a managed resource.
func (k *Kind) FindMarked(ctx context.Context, s metal.Stack, uid types.UID) ([]metal.Firewall, error) {
	return s.FirewallsOf(ctx, uid)
}

// Facts about what is allocated on a machine.
func (k *Kind) Facts(f *metal.Firewall) controller.Facts {
	facts := controller.Facts{ID: f.MachineID, AllocationUUID: f.AllocationUUID, Marks: f.Marks, PartitionID: f.PartitionID, ProjectID: f.ProjectID}
	if !f.IsFirewall {
		facts.Unfit = "machine " + f.MachineID + " is not a firewall"
	}
	return facts
}

// Place that the spec names.
func (k *Kind) Place(mg *v1alpha1.Firewall) controller.Place {
	return controller.Place{PartitionID: mg.Spec.ForProvider.Partition, ProjectID: mg.Spec.ForProvider.ProjectID}
}

// Forget what the status says.
func (k *Kind) Forget(mg *v1alpha1.Firewall) {
	mg.Status.AtProvider = v1alpha1.FirewallObservation{Message: mg.Status.AtProvider.Message}
}

// Observe a firewall.
func (k *Kind) Observe(mg *v1alpha1.Firewall, f *metal.Firewall, wrote memory.Written) controller.Observation {
	mg.Status.AtProvider = v1alpha1.FirewallObservation{
		MachineID:  f.MachineID,
		LastEvent:  f.LastEvent,
		Liveliness: f.Liveliness,
		Hostname:   f.Hostname,
		Image:      f.Image,

		PrivateNetworkID: seenOf(f)["privateNetworkID"],

		IPs:     public(f),
		Message: mg.Status.AtProvider.Message,
	}
	for i := range f.Networks {
		n := f.Networks[i]
		mg.Status.AtProvider.Networks = append(mg.Status.AtProvider.Networks, v1alpha1.NetworkAttachment{NetworkID: n.NetworkID, IPs: n.IPs, ASN: &n.ASN, VRF: &n.VRF})
	}
	return controller.Observation{
		Ready:             readiness(f),
		Repairable:        repairable(&mg.Spec.ForProvider, f, wrote),
		Stuck:             stuck(&mg.Spec.ForProvider, f, wrote),
		ConnectionDetails: details(f),
	}
}

// Flaw of a firewall: what metal-api says of the machine says it all.
func (k *Kind) Flaw(context.Context, metal.Stack, *v1alpha1.Firewall, *metal.Firewall) (string, error) {
	return "", nil
}

// public addresses of a firewall, IPv4 first: it is reached from more places.
func public(f *metal.Firewall) []string {
	var ips []string
	for _, n := range f.Networks {
		if !n.Private && !n.Underlay {
			ips = append(ips, n.IPs...)
		}
	}
	slices.SortStableFunc(ips, func(a, b string) int {
		return cmp.Compare(min(strings.Count(a, ":"), 1), min(strings.Count(b, ":"), 1))
	})
	return ips
}

// details to connect to a firewall.
func details(f *metal.Firewall) managed.ConnectionDetails {
	ips := public(f)
	d := managed.ConnectionDetails{
		keyMachineID:       []byte(f.MachineID),
		keyUsername:        []byte(sshUser),
		keyPublicAddresses: []byte(strings.Join(ips, ",")),
	}
	if len(ips) > 0 {
		d[keyEndpoint] = []byte(ips[0])
	}
	return d
}

// Update what differs.
func (k *Kind) Update(ctx context.Context, s metal.Stack, mg *v1alpha1.Firewall, f *metal.Firewall, marks metal.Marks, wrote memory.Written) error {
	return s.UpdateFirewall(ctx, f.MachineID, update(&mg.Spec.ForProvider, f, marks, wrote))
}

// Free a firewall. metal-api answers at once, and power-cycles the machine.
func (k *Kind) Free(ctx context.Context, s metal.Stack, _ *v1alpha1.Firewall, f *metal.Firewall) error {
	if f.Locked {
		why := ""
		if f.LockDescription != "" {
			why = " (" + f.LockDescription + ")"
		}
		return errors.Errorf("machine %s is locked%s and cannot be freed: unlock it with metalctl machine lock %s --remove", f.MachineID, why, f.MachineID)
	}
	err := s.FreeFirewall(ctx, f.MachineID)
	if metal.KindOf(err) == metal.NotFound {
		return nil // The next observation proves it.
	}
	return err
}
