package ip

import (
	"context"

	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	"k8s.io/utils/ptr"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/relation"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// Relations of IPs: to their Project and Network. Others refer to them.
func Relations() relation.Kind {
	return relation.Kind{Name: v1alpha1.IPKind, To: []string{v1alpha1.ProjectKind, v1alpha1.NetworkKind}, References: references, Owner: owner}
}

func references(mg resource.Managed) []relation.Reference {
	i, ok := mg.(*v1alpha1.IP)
	if !ok {
		return nil
	}
	p := &i.Spec.ForProvider
	return []relation.Reference{relation.ToProject(&p.ProjectID, p.ProjectIDRef, p.ProjectIDSelector), {
		Field: "networkID", Of: "networkID", To: v1alpha1.NetworkKind,
		ID: ptr.Deref(p.NetworkID, ""), Ref: p.NetworkIDRef, Selector: p.NetworkIDSelector,
		Set: func(id string) { p.NetworkID = &id },
	}}
}

// owner of an IP.
func owner(ctx context.Context, s metal.Stack, address string) (*relation.Owner, error) {
	i, err := s.IP(ctx, address)
	if err != nil || i == nil {
		return nil, err
	}
	return &relation.Owner{Marks: i.Marks, AllocationUUID: i.AllocationUUID}, nil
}
