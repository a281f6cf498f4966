package controller

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	kerrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// A resolution of the references in a spec. The ids that they lead to are set in
// the resource that is looked at, and in no other place: a spec is the person's.
type resolution struct {
	// followed references, by field.
	followed map[string]Followed

	// waits are for what must be there before anything is allocated.
	waits []string

	// wrong is what the spec says twice and differently.
	wrong []string

	// lost are references of an object that is there already which lead
	// nowhere, by the field that they are a part of.
	lost map[string]string
}

// resolve the references of a resource. exists is true if there is an object, or
// may be: what it was made with counts then where a reference that nobody has
// changed leads nowhere any more.
func (e *external[T, O]) resolve(ctx context.Context, mg T, exists bool) (resolution, error) {
	out := resolution{followed: map[string]Followed{}, lost: map[string]string{}}
	asked := AskedOf(mg)
	for _, r := range e.kind.References(mg) {
		if !r.refers() {
			continue
		}
		to, err := e.follow(ctx, e.persist.kube, mg, r)
		if err == nil && !exists && to.why != "" && r.optional() {
			// It is about to be left out for good: the cache may be late.
			to, err = e.follow(ctx, e.live, mg, r)
		}
		if err != nil {
			return resolution{}, err
		}
		out.add(r, to, asked, exists)
	}
	return out, nil
}

// add a reference, with where it leads.
func (out *resolution) add(r Reference, to lead, asked *Asked, exists bool) {
	id := to.id
	switch {
	case r.ID != "" && to.id != "" && r.ID != to.id:
		out.wrong = append(out.wrong, fmt.Sprintf("%s is %s, and %s beside it has the id %s: name only one of them", r.Field, r.ID, r, to.id))
		return
	case r.ID != "" && to.id == "":
		if exists && asked.followedAnother(r.Field, r.String()) {
			out.lost[r.Of] = lost(r, to)
		}
		return
	case r.ID != "":
	case exists && to.id == "":
		if id = asked.id(r.Field, r.String()); id == "" && !r.optional() {
			out.lost[r.Of] = lost(r, to)
		}
	case exists || to.why == "":
	case r.optional():
		id = ""
	default:
		out.waits = append(out.waits, to.why)
		id = ""
	}
	if id != "" {
		r.Set(id)
		out.followed[r.Field] = Followed{Reference: digest(r.String()), ID: id}
	}
}

func lost(r Reference, to lead) string {
	return fmt.Sprintf("%s leads nowhere (%s)", r.Field, to.why)
}

// missing says what has to be before anything can be allocated. A WaitError goes
// away when others are done.
func (out *resolution) missing() error {
	switch {
	case len(out.wrong) > 0:
		return errors.New(strings.Join(out.wrong, "; "))
	case len(out.waits) > 0:
		return &WaitError{For: strings.Join(out.waits, "; ")}
	default:
		return nil
	}
}

// follow a reference.
func (e *external[T, O]) follow(ctx context.Context, from client.Reader, mg T, r Reference) (lead, error) {
	all, err := candidates(ctx, from, mg, r)
	if err != nil {
		return lead{}, err
	}
	return r.follow(mg, all), nil
}

// candidates that a reference may lead to. Of a kind that is not installed there
// are none.
func candidates(ctx context.Context, from client.Reader, mg resource.Managed, r Reference) ([]resource.Managed, error) {
	none := func(err error) bool { return kerrors.IsNotFound(err) || meta.IsNoMatchError(err) }
	if r.Ref != nil {
		to := r.To.New()
		err := from.Get(ctx, types.NamespacedName{Namespace: cmp.Or(r.Ref.Namespace, mg.GetNamespace()), Name: r.Ref.Name}, to)
		switch {
		case err == nil:
			return []resource.Managed{to}, nil
		case none(err):
			return nil, nil
		default:
			return nil, errors.Wrapf(err, "cannot get %s", r)
		}
	}
	l := r.To.List()
	err := from.List(ctx, l, client.InNamespace(cmp.Or(r.Selector.Namespace, mg.GetNamespace())), client.MatchingLabels(r.Selector.MatchLabels))
	if err != nil && !none(err) {
		return nil, errors.Wrapf(err, "cannot list what %s stands for", r)
	}
	return l.GetItems(), nil
}
