// Package ip is the controller of IPs: addresses of a network, for machines and for
// services.
package ip

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	"github.com/crossplane/crossplane-runtime/v2/pkg/reconciler/managed"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/canonical"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/memory"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// keyAddress of the connection details.
const keyAddress = "address"

var _ controller.Kind[*v1alpha1.IP, metal.IP] = Kind{}

// Controller of IPs.
func Controller(ctrl.Manager) controller.Controller[*v1alpha1.IP, metal.IP] {
	return controller.Controller[*v1alpha1.IP, metal.IP]{
		Kind:   Kind{},
		GVK:    v1alpha1.IPGroupVersionKind,
		Object: &v1alpha1.IP{},
		List:   &v1alpha1.IPList{},
	}
}

// A Kind is what is particular of IPs.
type Kind struct{}

// Noun that messages call an IP by.
func (Kind) Noun() string { return "IP" }

// Thing that an IP is.
func (Kind) Thing() string { return "IP" }

// Find the IP of an address.
func (Kind) Find(ctx context.Context, s metal.Stack, id string) (*metal.IP, error) {
	return s.IP(ctx, id)
}

// FindMarked IPs of a managed resource.
func (Kind) FindMarked(ctx context.Context, s metal.Stack, uid types.UID) ([]metal.IP, error) {
	return s.IPsOf(ctx, uid)
}

// FindNamed IPs of a managed resource's namespace/name.
func (Kind) FindNamed(ctx context.Context, s metal.Stack, resource string) ([]metal.IP, error) {
	return s.IPsMarked(ctx, map[string]string{metal.MarkResource: resource})
}

// Facts about an IP. Whoever may edit can write its tags, and an address is given
// again: the allocation tells.
func (Kind) Facts(i *metal.IP) controller.Facts {
	return controller.Facts{ID: i.Address, AllocationUUID: i.AllocationUUID, Marks: i.Marks, WeakMarks: true, ProjectID: i.ProjectID}
}

// Place that the spec names: an IP is in no partition.
func (Kind) Place(mg *v1alpha1.IP) controller.Place {
	return controller.Place{ProjectID: mg.Spec.ForProvider.ProjectID}
}

// Forget what the status says.
func (Kind) Forget(mg *v1alpha1.IP) {
	mg.Status.AtProvider = v1alpha1.IPObservation{Message: mg.Status.AtProvider.Message}
}

// Shown is the allocation that the status shows.
func (Kind) Shown(mg *v1alpha1.IP) string { return mg.Status.AtProvider.AllocationUUID }

// Passed says that an IP was ephemeral: metal-api frees it with the last machine that
// has it.
func (Kind) Passed(mg *v1alpha1.IP) string {
	const static = v1alpha1.IPTypeStatic
	if mg.Spec.ForProvider.Type == static || mg.Status.AtProvider.Type == string(static) || memory.Of(mg).Written().Has(fieldType, string(static)) {
		return ""
	}
	return "the IP was ephemeral, and went with the last machine that had it, or was freed: delete this IP, or set type: static to have another one allocated"
}

// Prepare an allocate.
func (Kind) Prepare(ctx context.Context, s metal.Stack, mg *v1alpha1.IP, marks metal.Marks) (controller.Allocate[metal.IP], error) {
	p := canonicalParameters(&mg.Spec.ForProvider)
	if err := controller.ProjectExists(ctx, s, p.ProjectID); err != nil {
		return nil, err
	}
	id := ptr.Deref(p.NetworkID, "")
	if id == "" {
		return nil, errors.New("networkID is not set: name the network by networkID, networkIDRef or networkIDSelector")
	}
	n, err := s.Network(ctx, id)
	if err != nil {
		return nil, err
	}
	if text := closed(p, id, n); text != "" {
		return nil, errors.New(text)
	}
	if p.Address != nil {
		i, err := s.IP(ctx, *p.Address)
		switch {
		case err != nil:
			return nil, err
		case i != nil:
			return nil, errors.Errorf("IP %s is allocated already, for project %s: name another address, or, if it is this one that is meant, annotate with crossplane.io/external-name=%s", i.Address, i.ProjectID, i.Address)
		}
	}
	order := metal.IPOrder{IPParameters: *p, Name: ptr.Deref(p.Name, mg.GetName()), Marks: marks}
	return func(ctx context.Context) (*metal.IP, error) { return s.AllocateIP(ctx, order) }, nil
}

// closed says why no such IP can be had of a network.
func closed(p *v1alpha1.IPParameters, id string, n *metal.Network) string {
	switch {
	case n == nil:
		return fmt.Sprintf("there is no network %s: correct its id", id)
	case n.PrivateSuper || n.Underlay:
		return fmt.Sprintf("network %s is a super or underlay network: IPs are of external, shared and private networks", id)
	case n.Child && !n.Shared && n.ProjectID != p.ProjectID:
		return fmt.Sprintf("network %s is of project %s and not shared, and the IP of %s: they must be of the same", id, n.ProjectID, p.ProjectID)
	case p.Address != nil && !holds(n.Prefixes, *p.Address):
		return fmt.Sprintf("address %s is not in network %s (%s)", *p.Address, id, strings.Join(n.Prefixes, ", "))
	case p.AddressFamily != "" && !slices.Contains(canonical.Families(n.Prefixes), v1alpha1.AddressFamily(p.AddressFamily)):
		return fmt.Sprintf("network %s has no %s prefix (%s)", id, p.AddressFamily, strings.Join(n.Prefixes, ", "))
	default:
		return ""
	}
}

func holds(prefixes []string, address string) bool {
	a, err := netip.ParseAddr(address)
	return err == nil && slices.ContainsFunc(prefixes, func(s string) bool {
		p, err := netip.ParsePrefix(s)
		return err == nil && p.Contains(a)
	})
}

// Observe an IP. It is ready when it exists.
func (Kind) Observe(mg *v1alpha1.IP, i *metal.IP, wrote memory.Written) controller.Observation {
	mg.Status.AtProvider = v1alpha1.IPObservation{
		Address:        i.Address,
		ProjectID:      i.ProjectID,
		AllocationUUID: i.AllocationUUID,
		NetworkID:      i.NetworkID,
		Type:           string(i.Type),
		Machines:       i.Machines,
		Services:       i.Services,
		Message:        mg.Status.AtProvider.Message,
	}
	return controller.Observation{
		Ready:             xpv2.Available(),
		Repairable:        repairable(mg, i, wrote),
		Stuck:             stuck(mg, i, wrote),
		ConnectionDetails: managed.ConnectionDetails{keyAddress: []byte(i.Address)},
	}
}

// Flaw of an IP: there is none.
func (Kind) Flaw(context.Context, metal.Stack, *v1alpha1.IP, *metal.IP) (string, error) {
	return "", nil
}

// ChangedBy whoever may edit.
func (Kind) ChangedBy() metal.Role { return metal.RoleEdit }

// Update what differs.
func (Kind) Update(ctx context.Context, s metal.Stack, mg *v1alpha1.IP, i *metal.IP, marks metal.Marks, wrote memory.Written) error {
	return s.UpdateIP(ctx, i.Address, update(mg, i, marks, wrote))
}

// Free an IP that nothing has any more.
func (Kind) Free(ctx context.Context, s metal.Stack, _ *v1alpha1.IP, i *metal.IP) error {
	switch {
	case len(i.Machines) > 0:
		return &controller.WaitError{For: fmt.Sprintf("IP %s waits for machine %s, which has it: free that first", i.Address, strings.Join(i.Machines, ", "))}
	case len(i.Services) > 0:
		return &controller.WaitError{For: fmt.Sprintf("IP %s waits for the service %s in a cluster, which has it: delete that first", i.Address, strings.Join(i.Services, ", "))}
	}
	return s.FreeIP(ctx, i.Address)
}
