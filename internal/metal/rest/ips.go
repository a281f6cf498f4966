package rest

import (
	"cmp"
	"context"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/metal-stack/metal-go/api/client/ip"
	"github.com/metal-stack/metal-go/api/models"
	"k8s.io/apimachinery/pkg/types"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
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

// IPsOf a managed resource.
func (s *stack) IPsOf(ctx context.Context, uid types.UID) ([]metal.IP, error) {
	return s.ipsMarked(ctx, "find the IPs of "+string(uid), map[string]string{metal.MarkUID: string(uid)})
}

// IPsMarked with all of these marks.
func (s *stack) IPsMarked(ctx context.Context, marks map[string]string) ([]metal.IP, error) {
	return s.ipsMarked(ctx, "find the IPs with "+strings.Join(spelled(marks), " and "), marks)
}

// ipsMarked carry the marks as tags.
func (s *stack) ipsMarked(ctx context.Context, what string, marks map[string]string) ([]metal.IP, error) {
	if err := checkMarks(marks); err != nil {
		return nil, attempted(what, err)
	}
	tags := spelled(marks)
	ok, err := s.api.IP.FindIPs(ip.NewFindIPsParamsWithContext(ctx).WithBody(&models.V1IPFindRequest{Tags: tags}), nil)
	if err != nil {
		return nil, attempted(what, err)
	}
	ips := make([]metal.IP, 0, len(ok.Payload))
	for _, i := range ok.Payload {
		if i == nil || value(i.Ipaddress) == "" || slices.ContainsFunc(tags, func(tag string) bool { return !slices.Contains(i.Tags, tag) }) {
			return nil, attempted(what, misdirected(0, "the answer is of other IPs: "+checkURL))
		}
		ips = append(ips, ipOf(i))
	}
	return ips, nil
}

// AllocateIP takes an address of a network.
func (s *stack) AllocateIP(ctx context.Context, o metal.IPOrder) (*metal.IP, error) {
	what := "allocate an IP"
	if o.Marks.UID == "" || o.ProjectID == "" || value(o.NetworkID) == "" {
		return nil, attempted(what, invalid("it needs a mark, a project and a network"))
	}
	answer, err := s.allocateIP(ctx, value(o.Address), ipRequest(o))
	if err != nil {
		return nil, attempted(what, err)
	}
	found := ipOf(answer)
	if found.Address == "" || found.AllocationUUID == "" || found.Marks.UID != o.Marks.UID || found.ProjectID != o.ProjectID {
		return nil, attempted(what, misdirected(http.StatusCreated, "the answer is of another IP: "+checkURL))
	}
	return &found, nil
}

func (s *stack) allocateIP(ctx context.Context, address string, r *models.V1IPAllocateRequest) (*models.V1IPResponse, error) {
	if address == "" {
		ok, err := s.api.IP.AllocateIP(ip.NewAllocateIPParamsWithContext(ctx).WithBody(r), nil)
		if err != nil {
			return nil, err
		}
		return ok.Payload, nil
	}
	ok, err := s.api.IP.AllocateSpecificIP(ip.NewAllocateSpecificIPParamsWithContext(ctx).WithIP(address).WithBody(r), nil)
	if err != nil {
		return nil, err
	}
	return ok.Payload, nil
}

func ipRequest(o metal.IPOrder) *models.V1IPAllocateRequest {
	return &models.V1IPAllocateRequest{
		Name:          o.Name,
		Description:   value(o.Description),
		Networkid:     o.NetworkID,
		Projectid:     &o.ProjectID,
		Type:          new(string(cmp.Or(o.Type, v1alpha1.IPTypeEphemeral))),
		Addressfamily: o.AddressFamily,
		Tags:          withTags(o.Marks, o.Tags),
	}
}

// ipUpdate is the part of an update that is ours to send. metal-go leaves out what is
// empty.
type ipUpdate struct {
	Address     string          `json:"ipaddress"`
	Name        *string         `json:"name,omitempty"`
	Description *string         `json:"description,omitempty"`
	Type        v1alpha1.IPType `json:"type"`
	Tags        []string        `json:"tags,omitempty"`
}

// UpdateIP changes what is set.
func (s *stack) UpdateIP(ctx context.Context, address string, u metal.IPUpdate) error {
	what := "update IP " + address
	if _, err := netip.ParseAddr(address); err != nil {
		return attempted(what, invalid("it is no address"))
	}
	body := ipUpdate{Address: address, Name: u.Name, Description: u.Description, Type: u.Type, Tags: u.Tags}
	if _, err := s.post(ctx, "updateIP", "/v1/ip", body, &ip.UpdateIPReader{}); err != nil {
		return attempted(what, err)
	}
	return nil
}

// FreeIP of that address.
func (s *stack) FreeIP(ctx context.Context, address string) error {
	what := "free IP " + address
	if _, err := netip.ParseAddr(address); err != nil {
		return attempted(what, invalid("it is no address"))
	}
	ok, err := s.api.IP.FreeIP(ip.NewFreeIPParamsWithContext(ctx).WithID(address), nil)
	if err != nil {
		return attempted(what, err)
	}
	if err := same("IP", address, ok.Payload.Ipaddress); err != nil {
		return attempted(what, err)
	}
	return nil
}

func ipOf(i *models.V1IPResponse) metal.IP {
	out := metal.IP{
		Address:        value(i.Ipaddress),
		AllocationUUID: value(i.Allocationuuid),
		Name:           i.Name,
		Description:    i.Description,
		NetworkID:      value(i.Networkid),
		ProjectID:      value(i.Projectid),
		Type:           v1alpha1.IPType(value(i.Type)),
		Tags:           sorted(i.Tags),
		Marks:          metal.MarksOfTags(i.Tags),
	}
	for _, tag := range out.Tags {
		if id, ok := strings.CutPrefix(tag, tagMachine); ok {
			out.Machines = append(out.Machines, id)
		}
		if service, ok := strings.CutPrefix(tag, tagService); ok {
			out.Services = append(out.Services, service)
		}
	}
	return out
}
