package rest

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/metal-stack/metal-go/api/client/firewall"
	"github.com/metal-stack/metal-go/api/client/machine"
	"github.com/metal-stack/metal-go/api/models"
	"k8s.io/apimachinery/pkg/types"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// Firewall on the machine of that id, or nil if the machine is not there or
// not allocated. Machines are asked for, not firewalls: the answer to a GET is
// 404 as well if something is missing that the machine refers to.
func (s *stack) Firewall(ctx context.Context, machineID string) (*metal.Firewall, error) {
	what := "find firewall " + machineID
	if err := checkID("machine", machineID); err != nil {
		return nil, attempted(what, err)
	}
	found, err := s.findMachines(ctx, &models.V1MachineFindRequest{ID: machineID})
	switch {
	case err != nil:
		return nil, attempted(what, err)
	case len(found) == 0:
		return nil, nil // An empty find proves that there is none.
	case len(found) > 1 || value(found[0].ID) != machineID:
		return nil, attempted(what, misdirected(0, "the answer is of other machines: "+checkURL))
	case found[0].Allocation == nil:
		return nil, nil // The machine is free.
	default:
		f := firewallOf(found[0])
		return &f, nil
	}
}

// FirewallsOf a managed resource.
func (s *stack) FirewallsOf(ctx context.Context, uid types.UID) ([]metal.Firewall, error) {
	return s.firewallsMarked(ctx, "find the firewalls of "+string(uid), map[string]string{metal.MarkUID: string(uid)})
}

// FirewallsMarked with all of these marks.
func (s *stack) FirewallsMarked(ctx context.Context, marks map[string]string) ([]metal.Firewall, error) {
	return s.firewallsMarked(ctx, "find the firewalls with "+strings.Join(spelled(marks), " and "), marks)
}

// firewallsMarked are on machines that carry the marks as tags. A free takes all
// tags off a machine.
func (s *stack) firewallsMarked(ctx context.Context, what string, marks map[string]string) ([]metal.Firewall, error) {
	if err := checkMarks(marks); err != nil {
		return nil, attempted(what, err)
	}
	tags := spelled(marks)
	found, err := s.findMachines(ctx, &models.V1MachineFindRequest{Tags: tags})
	if err != nil {
		return nil, attempted(what, err)
	}
	firewalls := make([]metal.Firewall, 0, len(found))
	for _, m := range found {
		lacks := func(tag string) bool { return !slices.Contains(m.Tags, tag) }
		if value(m.ID) == "" || slices.ContainsFunc(tags, lacks) {
			return nil, attempted(what, misdirected(0, "the answer is of other machines: "+checkURL))
		}
		if m.Allocation != nil {
			firewalls = append(firewalls, firewallOf(m))
		}
	}
	return firewalls, nil
}

func (s *stack) findMachines(ctx context.Context, query *models.V1MachineFindRequest) ([]*models.V1MachineResponse, error) {
	ok, err := s.api.Machine.FindMachines(machine.NewFindMachinesParamsWithContext(ctx).WithBody(query), nil)
	if err != nil {
		return nil, err
	}
	if slices.Contains(ok.Payload, nil) {
		return nil, misdirected(http.StatusOK, "the answer is none that metal-api gives: "+checkURL)
	}
	return ok.Payload, nil
}

// AllocateFirewall takes a waiting machine.
func (s *stack) AllocateFirewall(ctx context.Context, o metal.FirewallOrder) (*metal.Firewall, error) {
	what := "allocate a firewall"
	if o.Marks.UID == "" || o.ProjectID == "" || o.Partition == "" || value(o.PrivateNetworkID) == "" {
		return nil, attempted(what, invalid("it needs a mark, a project, a partition and a private network"))
	}
	for _, n := range o.Networks {
		if value(n.NetworkID) == "" {
			return nil, attempted(what, invalid("network "+n.Name+" has no id"))
		}
	}
	ok, err := s.api.Firewall.AllocateFirewall(firewall.NewAllocateFirewallParamsWithContext(ctx).WithBody(firewallRequest(o)), nil)
	if err != nil {
		return nil, attempted(what, err)
	}
	m := models.V1MachineResponse(*ok.Payload)
	f := firewallOf(&m)
	if f.MachineID == "" || f.AllocationUUID == "" || f.Marks.UID != o.Marks.UID || f.ProjectID != o.ProjectID {
		return nil, attempted(what, misdirected(http.StatusOK, "the answer is of another firewall: "+checkURL))
	}
	return &f, nil
}

// UpdateFirewall changes what is set.
func (s *stack) UpdateFirewall(ctx context.Context, machineID string, u metal.FirewallUpdate) error {
	what := "update firewall " + machineID
	if err := checkID("machine", machineID); err != nil {
		return attempted(what, err)
	}
	body := &models.V1MachineUpdateRequest{
		ID:          &machineID,
		Description: u.Description, // null keeps what is, as in the lists
		Tags:        u.Tags,
		SSHPubKeys:  u.SSHPublicKeys,
	}
	if _, err := s.api.Machine.UpdateMachine(machine.NewUpdateMachineParamsWithContext(ctx).WithBody(body), nil); err != nil {
		return attempted(what, err)
	}
	return nil
}

// FreeFirewall frees whatever is on the machine.
func (s *stack) FreeFirewall(ctx context.Context, machineID string) error {
	what := "free firewall " + machineID
	if err := checkID("machine", machineID); err != nil {
		return attempted(what, err)
	}
	ok, err := s.api.Machine.FreeMachine(machine.NewFreeMachineParamsWithContext(ctx).WithID(machineID), nil)
	if err != nil {
		return attempted(what, err)
	}
	if err := same("machine", machineID, ok.Payload.ID); err != nil {
		return attempted(what, err)
	}
	return nil
}
