package rest

import (
	"context"
	"net/netip"
	"slices"
	"strings"

	"github.com/metal-stack/metal-go/api/client/ip"
	"github.com/metal-stack/metal-go/api/models"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// Tags by which metal-api knows the scope of an IP.
const (
	tagMachine = "machine.metal-stack.io/id="
	tagService = "cluster.metal-stack.io/id/namespace/service="
)

// IP of that address, or nil if there is none.
func (s *stack) IP(ctx context.Context, address string) (*metal.IP, error) {
	what := "find IP " + address
	if _, err := netip.ParseAddr(address); err != nil {
		return nil, attempted(what, invalid("it is no address"))
	}
	ok, err := s.api.IP.FindIPs(ip.NewFindIPsParamsWithContext(ctx).WithBody(&models.V1IPFindRequest{Ipaddress: address}), nil)
	switch {
	case err != nil:
		return nil, attempted(what, err)
	case len(ok.Payload) == 0:
		return nil, nil // An empty find proves that there is none.
	case len(ok.Payload) > 1 || ok.Payload[0] == nil || value(ok.Payload[0].Ipaddress) != address:
		return nil, attempted(what, misdirected(0, "the answer is of other IPs: "+checkURL))
	}
	found := ipOf(ok.Payload[0])
	return &found, nil
}

func ipOf(i *models.V1IPResponse) metal.IP {
	out := metal.IP{
		Address:   value(i.Ipaddress),
		NetworkID: value(i.Networkid),
		ProjectID: value(i.Projectid),
	}
	for _, tag := range i.Tags {
		if id, ok := strings.CutPrefix(tag, tagMachine); ok {
			out.Machines = append(out.Machines, id)
		}
		out.Service = out.Service || strings.HasPrefix(tag, tagService)
	}
	slices.Sort(out.Machines)
	return out
}
