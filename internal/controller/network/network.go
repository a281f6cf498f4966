// Package network is the controller of Networks: private networks that
// metal-api cuts out of a partition's super network.
package network

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/memory"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

var _ controller.Kind[*v1alpha1.Network, metal.Network] = &Kind{}

// A Kind is what is particular of Networks.
type Kind struct {
	// kube reads from the cache.
	kube client.Reader
}

// New kind that compares Networks as kube knows them.
func New(kube client.Reader) *Kind {
	return &Kind{kube: kube}
}

// Noun that messages call a network by.
func (k *Kind) Noun() string { return "network" }

// Thing that a network is.
func (k *Kind) Thing() string { return "network" }

// Find the network of an id.
func (k *Kind) Find(ctx context.Context, s metal.Stack, id string) (*metal.Network, error) {
	return s.Network(ctx, id)
}

// FindMarked networks of a managed resource.
func (k *Kind) FindMarked(ctx context.Context, s metal.Stack, uid types.UID) ([]metal.Network, error) {
	return s.NetworksOf(ctx, uid)
}

// FindNamed networks of a managed resource's namespace/name.
func (k *Kind) FindNamed(ctx context.Context, s metal.Stack, resource string) ([]metal.Network, error) {
	return s.NetworksMarked(ctx, map[string]string{metal.MarkResource: resource})
}

// Described by labels is a network that is only looked at: the one that carries all of
// them, in the partition of the spec or in none. It is of the spec's project, or of none:
// everybody may label what is theirs.
func (k *Kind) Described(ctx context.Context, s metal.Stack, mg *v1alpha1.Network) (*metal.Network, string, error) {
	p := canonicalParameters(&mg.Spec.ForProvider)
	if len(p.Labels) == 0 {
		return nil, "", nil
	}
	labels := map[string]string{}
	for key, value := range p.Labels {
		labels[key] = string(value)
	}
	found, err := s.NetworksMarked(ctx, labels)
	if err != nil {
		return nil, "", err
	}
	found = slices.DeleteFunc(found, func(n metal.Network) bool {
		return p.Partition != "" && n.PartitionID != "" && n.PartitionID != p.Partition || n.ProjectID != p.ProjectID
	})
	if len(found) == 1 {
		return &found[0], "", nil
	}
	var ids []string
	for i := range found {
		ids = append(ids, found[i].ID)
	}
	slices.Sort(ids)
	wanted := strings.Join(slices.Sorted(maps.Keys(labels)), " and ")
	if p.Partition != "" {
		wanted += ", in partition " + p.Partition + " or in none"
	}
	if p.ProjectID != "" {
		wanted += ", in project " + p.ProjectID
	}
	if len(ids) == 0 {
		return nil, "no network is labelled " + wanted + ": name one in the annotation crossplane.io/external-name", nil
	}
	return nil, fmt.Sprintf("%d networks are labelled %s: %s: name one in the annotation crossplane.io/external-name", len(ids), wanted, strings.Join(ids, ", ")), nil
}

// Facts about a network. Its id is never reused.
func (k *Kind) Facts(n *metal.Network) controller.Facts {
	facts := controller.Facts{ID: n.ID, AllocationUUID: n.ID, Marks: n.Marks, PartitionID: n.PartitionID, ProjectID: n.ProjectID}
	if !n.Child {
		facts.Unfreeable = "was not allocated from a super network, and metal-api cannot free it"
	}
	return facts
}

// Place that the spec names.
func (k *Kind) Place(mg *v1alpha1.Network) controller.Place {
	return controller.Place{PartitionID: mg.Spec.ForProvider.Partition, ProjectID: mg.Spec.ForProvider.ProjectID}
}

// Forget what the status says.
func (k *Kind) Forget(mg *v1alpha1.Network) {
	mg.Status.AtProvider = v1alpha1.NetworkObservation{Message: mg.Status.AtProvider.Message}
}

// Prepare an allocate.
func (k *Kind) Prepare(ctx context.Context, s metal.Stack, mg *v1alpha1.Network, marks metal.Marks) (controller.Allocate[metal.Network], error) {
	p := canonicalParameters(&mg.Spec.ForProvider)
	if err := controller.ProjectExists(ctx, s, p.ProjectID); err != nil {
		return nil, err
	}
	order := metal.NetworkOrder{
		NetworkParameters: *p,
		Name:              ptr.Deref(p.Name, mg.GetName()),
		Marks:             marks,
	}
	return func(ctx context.Context) (*metal.Network, error) { return s.AllocateNetwork(ctx, order) }, nil
}

// Observe a network. It is ready when it exists.
func (k *Kind) Observe(mg *v1alpha1.Network, n *metal.Network, wrote memory.Written) controller.Observation {
	prefixes := n.Prefixes
	if len(lost(mg, n)) > 0 {
		prefixes = mg.Status.AtProvider.Prefixes // It is remembered what there was.
	}
	mg.Status.AtProvider = v1alpha1.NetworkObservation{
		ID:              n.ID,
		ProjectID:       n.ProjectID,
		Prefixes:        prefixes,
		VRF:             n.VRF,
		ParentNetworkID: n.ParentNetworkID,
		Message:         mg.Status.AtProvider.Message,
	}
	return controller.Observation{
		Ready:      xpv2.Available(),
		Repairable: repairable(mg, n, wrote),
		Stuck:      stuck(mg, n, wrote),
	}
}

// Flaw of a network: half-freed, and one of its prefixes is another's by now. In
// each look only our own Networks are compared, for metal-api looks through all of
// its networks for each find. It is asked when one of ours has the same prefix, or
// metal-api could not show the network before.
func (k *Kind) Flaw(ctx context.Context, s metal.Stack, mg *v1alpha1.Network, n *metal.Network) (string, error) {
	if gone := lost(mg, n); len(gone) > 0 {
		return fmt.Sprintf("network %s has lost its prefix %s: it was half-freed. Create another Network, and delete this one", n.ID, strings.Join(gone, " and its prefix ")), nil
	}
	if n.Child && len(n.Prefixes) == 0 {
		return fmt.Sprintf("network %s has no prefix: it was half-freed. Create another Network, and delete this one", n.ID), nil
	}
	suspected := mg.GetCondition(xpv2.TypeReady).Reason == controller.ReasonBroken
	for i := 0; i < len(n.Prefixes) && !suspected; i++ {
		same := &v1alpha1.NetworkList{}
		if err := k.kube.List(ctx, same, client.MatchingFields{ByPrefix: prefixOf(mg, n.Prefixes[i])}); err != nil {
			return "", errors.Wrap(err, errListNetworks)
		}
		suspected = slices.ContainsFunc(same.Items, func(nw v1alpha1.Network) bool { return nw.Status.AtProvider.ID != n.ID })
	}
	if !suspected {
		return "", nil
	}
	prefixes, err := s.SharedPrefixes(ctx, n)
	if err != nil {
		return "", err
	}
	prefixes = slices.DeleteFunc(prefixes, func(p metal.SharedPrefix) bool { return p.Older })
	return shared(n.ID, prefixes), nil
}

// lost are prefixes that the status shows and a network no longer has. One of a
// super network keeps its own for life.
func lost(mg *v1alpha1.Network, n *metal.Network) []string {
	if !n.Child || mg.Status.AtProvider.ID != n.ID {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(mg.Status.AtProvider.Prefixes), func(p string) bool { return slices.Contains(n.Prefixes, p) })
}

// ByPrefix is an index of Networks by the prefixes that their status shows, each
// within its metal-stack: another one may have the same.
const ByPrefix = "prefix"

// PrefixesOf a Network, for the index.
func PrefixesOf(o client.Object) []string {
	nw, ok := o.(*v1alpha1.Network)
	if !ok {
		return nil
	}
	var keys []string
	for _, p := range nw.Status.AtProvider.Prefixes {
		keys = append(keys, prefixOf(nw, p))
	}
	return keys
}

func prefixOf(nw *v1alpha1.Network, prefix string) string {
	return nw.GetAnnotations()[v1alpha1.AnnotationPartitionCreated] + " " + prefix
}

// ChangedBy an admin: metal-api lets nobody else change a network.
func (k *Kind) ChangedBy() metal.Role { return metal.RoleAdmin }

// Update what differs.
func (k *Kind) Update(ctx context.Context, s metal.Stack, mg *v1alpha1.Network, n *metal.Network, marks metal.Marks, wrote memory.Written) error {
	return s.UpdateNetwork(ctx, n.ID, update(mg, n, marks, wrote))
}
