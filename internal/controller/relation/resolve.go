package relation

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/memory"
)

// A Resolution of the references in a spec. The ids that they lead to are set in
// the resource that is looked at, and in no other place: a spec is the person's.
type Resolution struct {
	// Followed references, by field.
	Followed map[string]memory.Followed

	// Waits are for what must be there before anything is allocated.
	Waits []string

	// Wrong is what the spec says twice and differently.
	Wrong []string

	// Lost are references of an object that is there already which lead
	// nowhere, by the field that they are a part of.
	Lost map[string]string
}

// Resolve the references of a resource. exists is true if there is an object, or
// may be: what it was made with counts then where a reference that nobody has
// changed leads nowhere any more.
func (h *Home) Resolve(ctx context.Context, kind string, mg resource.Managed, exists bool) (Resolution, error) {
	out := Resolution{Followed: map[string]memory.Followed{}, Lost: map[string]string{}}
	asked := memory.Of(mg)
	for _, r := range h.kinds.named(kind).references(mg) {
		if !r.refers() {
			continue
		}
		to, err := h.follow(ctx, h.kube, mg, r)
		if err == nil && !exists && to.why != "" && r.optional() {
			// It is about to be left out for good: the cache may be late.
			to, err = h.follow(ctx, h.live, mg, r)
		}
		if err != nil {
			return Resolution{}, err
		}
		out.add(r, to, asked, exists)
	}
	return out, nil
}

// add a reference, with where it leads.
func (out *Resolution) add(r Reference, to lead, asked *memory.Asked, exists bool) {
	id := to.id
	switch {
	case r.ID != "" && to.id != "" && r.ID != to.id:
		out.Wrong = append(out.Wrong, fmt.Sprintf("%s is %s, and %s beside it has the id %s: name only one of them", r.Field, r.ID, r, to.id))
		return
	case r.ID != "" && to.id == "":
		switch {
		case exists && asked.FollowedAnother(r.Field, r.String()):
			out.Lost[r.Of] = lost(r, to)
		case !exists && !r.optional():
			out.Waits = append(out.Waits, to.why) // It may lead elsewhere.
		}
		return
	case r.ID != "":
	case exists && r.Many && asked.ID(r.Field, r.String()) != "":
		id = asked.ID(r.Field, r.String()) // What is selected later is no part of it.
	case exists && to.id == "":
		if id = asked.ID(r.Field, r.String()); id == "" && !r.optional() {
			out.Lost[r.Of] = lost(r, to)
		}
	case exists || to.why == "":
	case r.optional():
		id = ""
	default:
		out.Waits = append(out.Waits, to.why)
		id = ""
	}
	if id != "" {
		r.Set(id)
		out.Followed[r.Field] = memory.Followed{Reference: memory.Digest(r.String()), ID: id}
	}
}

func lost(r Reference, to lead) string {
	return fmt.Sprintf("%s leads nowhere (%s)", r.Field, to.why)
}

// Missing says what the spec has wrong, and what has to be before anything can be
// allocated: that goes away when others are done.
func (out *Resolution) Missing() (wrong, waits string) {
	return strings.Join(out.Wrong, "; "), strings.Join(out.Waits, "; ")
}

// follow a reference.
func (h *Home) follow(ctx context.Context, from client.Reader, mg resource.Managed, r Reference) (lead, error) {
	all, err := h.candidates(ctx, from, mg, r)
	if err != nil {
		return lead{}, err
	}
	return r.follow(mg, all), nil
}

// candidates that a reference may lead to. Of a kind that is not installed there
// are none.
func (h *Home) candidates(ctx context.Context, from client.Reader, mg resource.Managed, r Reference) ([]resource.Managed, error) {
	if r.Ref != nil {
		to := h.object(r.To)
		err := from.Get(ctx, types.NamespacedName{Namespace: cmp.Or(r.Ref.Namespace, mg.GetNamespace()), Name: r.Ref.Name}, to)
		switch {
		case err == nil:
			return []resource.Managed{to}, nil
		case notInstalled(err):
			return nil, nil
		default:
			return nil, errors.Wrapf(err, "cannot get %s", r)
		}
	}
	l := h.list(r.To)
	err := from.List(ctx, l, client.InNamespace(cmp.Or(r.Selector.Namespace, mg.GetNamespace())), client.MatchingLabels(r.Selector.MatchLabels))
	if err != nil && !notInstalled(err) {
		return nil, errors.Wrapf(err, "cannot list what %s stands for", r)
	}
	return l.GetItems(), nil
}
