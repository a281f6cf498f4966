// Package relation is the one home of what belongs to what: a kind says as data what
// its resources refer to, and from that follow where a reference leads, who is woken
// when something is there or gone, what waits for whom before it is freed, and what
// nothing may be allocated by way of.
package relation

import (
	"context"
	"slices"
	"strings"

	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// A Kind of managed resource, as far as others are concerned.
type Kind struct {
	// Name of the kind, such as Firewall.
	Name string

	// To are the kinds that its references lead to, and References those of a
	// resource. None if nil. What leads to a kind that is not at home here is an id
	// and nothing more.
	To         []string
	References func(mg resource.Managed) []Reference

	// Alone are those of them that no two resources may have: who waits for one
	// tries again when another that had it is gone.
	Alone []string

	// Owner of the object with an id at metal-stack, nil if there is no such
	// object. Needed of a kind that others refer to.
	Owner func(ctx context.Context, s metal.Stack, id string) (*Owner, error)
}

// An Owner is who an object at metal-stack was made for.
type Owner struct {
	Marks metal.Marks

	// AllocationUUID of the object: it is recorded by who has it.
	AllocationUUID string
}

// GVK of a kind.
func (k Kind) GVK() schema.GroupVersionKind { return v1alpha1.SchemeGroupVersion.WithKind(k.Name) }

// references of a resource.
func (k Kind) references(mg resource.Managed) []Reference {
	if k.References == nil {
		return nil
	}
	return k.References(mg)
}

// noun of an object of a kind.
func noun(kind string) string {
	if strings.ToUpper(kind) == kind {
		return kind
	}
	return strings.ToLower(kind)
}

// crd of a kind.
func crd(kind string) string { return strings.ToLower(kind) + "s." + v1alpha1.Group }

// Kinds in the order in which messages name their resources.
type Kinds []Kind

// named kind, empty if there is none.
func (ks Kinds) named(name string) Kind {
	for _, k := range ks {
		if k.Name == name {
			return k
		}
	}
	return Kind{}
}

// usersOf a kind are the kinds that refer to it.
func (ks Kinds) usersOf(kind string) []Kind {
	var out []Kind
	for _, k := range ks {
		if slices.Contains(k.To, kind) {
			out = append(out, k)
		}
	}
	return out
}

// A Home of the relations of all kinds.
type Home struct {
	// kube reads what a cache holds, live past it.
	kube   client.Reader
	live   client.Reader
	scheme *runtime.Scheme

	kinds  Kinds
	unseen map[string]*unseen

	// settled are resources that are being deleted, and of which no user was unseen.
	settled register
}

// New home of the relations of some kinds.
func New(kube client.Client, live client.Reader, kinds Kinds) *Home {
	h := &Home{kube: Uncopied{kube}, live: live, scheme: kube.Scheme(), kinds: kinds, unseen: map[string]*unseen{}}
	for _, k := range kinds {
		h.unseen[k.Name] = &unseen{home: h, kind: k.Name}
	}
	return h
}

// object of a kind, empty.
func (h *Home) object(kind string) resource.Managed {
	return made[resource.Managed](h.scheme, kind)
}

// list of a kind, empty.
func (h *Home) list(kind string) resource.ManagedList {
	return made[resource.ManagedList](h.scheme, kind+"List")
}

func made[T any](s *runtime.Scheme, kind string) T {
	o, err := s.New(v1alpha1.SchemeGroupVersion.WithKind(kind))
	if err != nil {
		panic(err) // Each kind is registered where its types are.
	}
	made, ok := o.(T)
	if !ok {
		panic(kind + " is no managed resource")
	}
	return made
}
