package rest

import (
	"context"
	"slices"

	"github.com/metal-stack/metal-go/api/client/ip"
	"github.com/metal-stack/metal-go/api/models"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// ProjectUse is what a project owns.
func (s *stack) ProjectUse(ctx context.Context, id string) (*metal.ProjectUse, error) {
	what := "find what is of project " + id
	if err := checkID("project", id); err != nil {
		return nil, attempted(what, err)
	}
	use := &metal.ProjectUse{}
	machines, err := s.findMachines(ctx, &models.V1MachineFindRequest{AllocationProject: id})
	if err != nil {
		return nil, attempted(what, err)
	}
	for _, m := range machines {
		use.Machines = append(use.Machines, value(m.ID))
	}
	networks, err := s.findNetworks(ctx, &models.V1NetworkFindRequest{Projectid: id})
	if err != nil {
		return nil, attempted(what, err)
	}
	for _, n := range networks {
		use.Networks = append(use.Networks, n.ID)
	}
	ips, err := s.api.IP.FindIPs(ip.NewFindIPsParamsWithContext(ctx).WithBody(&models.V1IPFindRequest{Projectid: id}), nil)
	if err != nil {
		return nil, attempted(what, err)
	}
	for _, i := range ips.Payload {
		if i == nil || value(i.Projectid) != id {
			return nil, attempted(what, misdirected(0, "the answer is of other IPs: "+checkURL))
		}
		use.IPs = append(use.IPs, value(i.Ipaddress))
	}
	for _, ids := range [][]string{use.Machines, use.Networks, use.IPs} {
		slices.Sort(ids)
	}
	return use, nil
}
