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

// Machine of that id, or nil if the machine is not there or
// not allocated. Machines are asked for, not firewalls: the answer to a GET is
// 404 as well if something is missing that the machine refers to.
func (s *stack) Machine(ctx context.Context, id string) (*metal.Machine, error) {
	what := "find machine " + id
	if err := checkID("machine", id); err != nil {
		return nil, attempted(what, err)
	}
	found, err := s.findMachines(ctx, &models.V1MachineFindRequest{ID: id})
	switch {
	case err != nil:
		return nil, attempted(what, err)
	case len(found) == 0:
		return nil, nil // An empty find proves that there is none.
	case len(found) > 1 || value(found[0].ID) != id:
		return nil, attempted(what, misdirected(0, "the answer is of other machines: "+checkURL))
	case found[0].Allocation == nil:
		return nil, nil // The machine is free.
	default:
		m := machineOf(found[0])
		return &m, nil
	}
}

// MachinesOf a managed resource.
func (s *stack) MachinesOf(ctx context.Context, uid types.UID) ([]metal.Machine, error) {
	return s.machinesMarked(ctx, "find the machines of "+string(uid), map[string]string{metal.MarkUID: string(uid)})
}

// MachinesMarked with all of these marks.
func (s *stack) MachinesMarked(ctx context.Context, marks map[string]string) ([]metal.Machine, error) {
	return s.machinesMarked(ctx, "find the machines with "+strings.Join(spelled(marks), " and "), marks)
}

// machinesMarked carry the marks as tags. A free takes all
// tags off a machine.
func (s *stack) machinesMarked(ctx context.Context, what string, marks map[string]string) ([]metal.Machine, error) {
	if err := checkMarks(marks); err != nil {
		return nil, attempted(what, err)
	}
	tags := spelled(marks)
	found, err := s.findMachines(ctx, &models.V1MachineFindRequest{Tags: tags})
	if err != nil {
		return nil, attempted(what, err)
	}
	machines := make([]metal.Machine, 0, len(found))
	for _, m := range found {
		lacks := func(tag string) bool { return !slices.Contains(m.Tags, tag) }
		if value(m.ID) == "" || slices.ContainsFunc(tags, lacks) {
			return nil, attempted(what, misdirected(0, "the answer is of other machines: "+checkURL))
		}
		if m.Allocation != nil {
			machines = append(machines, machineOf(m))
		}
	}
	return machines, nil
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

// AllocateMachine takes a waiting machine.
func (s *stack) AllocateMachine(ctx context.Context, o metal.MachineOrder) (*metal.Machine, error) {
	what := "allocate a " + string(o.Role)
	if o.Marks.UID == "" || o.ProjectID == "" || o.Partition == "" || value(o.PrivateNetworkID) == "" {
		return nil, attempted(what, invalid("it needs a mark, a project, a partition and a private network"))
	}
	for _, n := range o.Networks {
		if value(n.NetworkID) == "" {
			return nil, attempted(what, invalid("network "+n.Name+" has no id"))
		}
	}
	answer, err := s.allocateMachine(ctx, o)
	if err != nil {
		return nil, attempted(what, err)
	}
	m := machineOf(answer)
	if m.ID == "" || m.AllocationUUID == "" || m.Marks.UID != o.Marks.UID || m.ProjectID != o.ProjectID || m.Role != o.Role {
		return nil, attempted(what, misdirected(http.StatusOK, "the answer is of another "+string(o.Role)+": "+checkURL))
	}
	return &m, nil
}

func (s *stack) allocateMachine(ctx context.Context, o metal.MachineOrder) (*models.V1MachineResponse, error) {
	if o.Role == metal.MachineRoleFirewall {
		ok, err := s.api.Firewall.AllocateFirewall(firewall.NewAllocateFirewallParamsWithContext(ctx).WithBody(firewallRequest(o)), nil)
		if err != nil {
			return nil, err
		}
		return new(models.V1MachineResponse(*ok.Payload)), nil
	}
	ok, err := s.api.Machine.AllocateMachine(machine.NewAllocateMachineParamsWithContext(ctx).WithBody(machineRequest(o)), nil)
	if err != nil {
		return nil, err
	}
	return ok.Payload, nil
}

// UpdateMachine changes what is set.
func (s *stack) UpdateMachine(ctx context.Context, id string, u metal.MachineUpdate) error {
	what := "update machine " + id
	if err := checkID("machine", id); err != nil {
		return attempted(what, err)
	}
	body := &models.V1MachineUpdateRequest{
		ID:          &id,
		Description: u.Description, // null keeps what is, as in the lists
		Tags:        u.Tags,
		SSHPubKeys:  u.SSHPublicKeys,
	}
	if _, err := s.api.Machine.UpdateMachine(machine.NewUpdateMachineParamsWithContext(ctx).WithBody(body), nil); err != nil {
		return attempted(what, err)
	}
	return nil
}

// ReinstallMachine installs an image on an allocated machine.
func (s *stack) ReinstallMachine(ctx context.Context, id, imageID string) error {
	what := "reinstall machine " + id
	for noun, id := range map[string]string{"machine": id, "image": imageID} {
		if err := checkID(noun, id); err != nil {
			return attempted(what, err)
		}
	}
	body := &models.V1MachineReinstallRequest{ID: &id, Imageid: &imageID}
	if _, err := s.api.Machine.ReinstallMachine(machine.NewReinstallMachineParamsWithContext(ctx).WithID(id).WithBody(body), nil); err != nil {
		return attempted(what, err)
	}
	return nil
}

// FreeMachine frees whatever is on the machine.
func (s *stack) FreeMachine(ctx context.Context, id string) error {
	what := "free machine " + id
	if err := checkID("machine", id); err != nil {
		return attempted(what, err)
	}
	ok, err := s.api.Machine.FreeMachine(machine.NewFreeMachineParamsWithContext(ctx).WithID(id), nil)
	if err != nil {
		return attempted(what, err)
	}
	if err := same("machine", id, ok.Payload.ID); err != nil {
		return attempted(what, err)
	}
	return nil
}
