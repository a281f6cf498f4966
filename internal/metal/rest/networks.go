package rest

import (
	"context"
	"net/http"
	"strings"

	"github.com/go-openapi/runtime"
	"github.com/go-openapi/strfmt"
	"github.com/metal-stack/metal-go/api/client/network"
	"github.com/metal-stack/metal-go/api/models"
	"k8s.io/apimachinery/pkg/types"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// Network of that id, or nil if there is none.
func (s *stack) Network(ctx context.Context, id string) (*metal.Network, error) {
	what := "find network " + id
	if err := checkID("network", id); err != nil {
		return nil, attempted(what, err)
	}
	found, err := s.findNetworks(ctx, &models.V1NetworkFindRequest{ID: id})
	switch {
	case err != nil:
		return nil, attempted(what, err)
	case len(found) == 0:
		return nil, nil // An empty find proves that there is none.
	case len(found) > 1 || found[0].ID != id:
		return nil, attempted(what, misdirected(0, "the answer is of other networks: "+checkURL))
	default:
		return &found[0], nil
	}
}

// NetworksOf a managed resource.
func (s *stack) NetworksOf(ctx context.Context, uid types.UID) ([]metal.Network, error) {
	what, marks := "find the networks of "+string(uid), map[string]string{metal.MarkUID: string(uid)}
	if err := checkMarks(marks); err != nil {
		return nil, attempted(what, err)
	}
	return s.networksMarked(ctx, what, marks)
}

// NetworksMarked with all of these marks, or other labels.
func (s *stack) NetworksMarked(ctx context.Context, marks map[string]string) ([]metal.Network, error) {
	what := "find the networks with " + strings.Join(spelled(marks), " and ")
	if len(marks) == 0 {
		return nil, attempted(what, invalid("there is no label to find them by"))
	}
	return s.networksMarked(ctx, what, marks)
}

func (s *stack) networksMarked(ctx context.Context, what string, marks map[string]string) ([]metal.Network, error) {
	found, err := s.findNetworks(ctx, &models.V1NetworkFindRequest{Labels: marks})
	if err != nil {
		return nil, attempted(what, err)
	}
	for _, n := range found {
		for k, v := range marks {
			if is, ok := n.Labels[k]; n.ID == "" || !ok || is != v {
				return nil, attempted(what, misdirected(0, "the answer is of other networks: "+checkURL))
			}
		}
	}
	return found, nil
}

func (s *stack) findNetworks(ctx context.Context, query *models.V1NetworkFindRequest) ([]metal.Network, error) {
	ok, err := s.api.Network.FindNetworks(network.NewFindNetworksParamsWithContext(ctx).WithBody(query), nil)
	if err != nil {
		return nil, err
	}
	found := make([]metal.Network, 0, len(ok.Payload))
	for _, n := range ok.Payload {
		found = append(found, networkOf(n))
	}
	return found, nil
}

// AllocateNetwork makes a private network.
func (s *stack) AllocateNetwork(ctx context.Context, o metal.NetworkOrder) (*metal.Network, error) {
	what := "allocate a network"
	if o.Marks.UID == "" || o.ProjectID == "" || o.Partition == "" {
		return nil, attempted(what, invalid("it needs a mark, a project and a partition"))
	}
	ok, err := s.api.Network.AllocateNetwork(network.NewAllocateNetworkParamsWithContext(ctx).WithBody(networkRequest(o)), nil)
	if err != nil {
		return nil, attempted(what, err)
	}
	n := networkOf(ok.Payload)
	if n.ID == "" || n.Marks.UID != o.Marks.UID || n.ProjectID != o.ProjectID {
		return nil, attempted(what, misdirected(http.StatusCreated, "the answer is of another network: "+checkURL))
	}
	return &n, nil
}

// networkUpdate is the part of an update that is ours to send. metal-go leaves
// out what is empty, so that a description could not be cleared. It has no
// prefixes: to send those of a child network breaks it for ever.
type networkUpdate struct {
	ID          string            `json:"id"`
	Name        *string           `json:"name,omitempty"`
	Description *string           `json:"description,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
	Shared      *bool             `json:"shared,omitempty"`
}

// UpdateNetwork changes what is set.
func (s *stack) UpdateNetwork(ctx context.Context, id string, u metal.NetworkUpdate) error {
	what := "update network " + id
	if err := checkID("network", id); err != nil {
		return attempted(what, err)
	}
	body := networkUpdate{ID: id, Name: u.Name, Description: u.Description, Labels: u.Labels}
	if u.Shared {
		body.Shared = &u.Shared
	}
	if _, err := s.post(ctx, "updateNetwork", "/v1/network", body, &network.UpdateNetworkReader{}); err != nil {
		return attempted(what, err)
	}
	return nil
}

// post a body that metal-go has no words for.
func (s *stack) post(ctx context.Context, operation, path string, body any, answer runtime.ClientResponseReader) (any, error) {
	return s.wire.submit(ctx, &runtime.ClientOperation{
		ID:                 operation,
		Method:             http.MethodPost,
		PathPattern:        path,
		ProducesMediaTypes: []string{runtime.JSONMime},
		ConsumesMediaTypes: []string{runtime.JSONMime},
		Params: runtime.ClientRequestWriterFunc(func(r runtime.ClientRequest, _ strfmt.Registry) error {
			return r.SetBodyParam(body)
		}),
		Reader: answer,
	})
}

// FreeNetwork of that id.
func (s *stack) FreeNetwork(ctx context.Context, id string) error {
	what := "free network " + id
	if err := checkID("network", id); err != nil {
		return attempted(what, err)
	}
	ok, err := s.api.Network.FreeNetwork(network.NewFreeNetworkParamsWithContext(ctx).WithID(id), nil)
	if err != nil {
		return attempted(what, err)
	}
	if err := same("network", id, ok.Payload.ID); err != nil {
		return attempted(what, err)
	}
	return nil
}
