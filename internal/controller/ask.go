package controller

import (
	"context"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// asks for an object: what an allocate is about to ask for, if everything is
// there that the references lead to.
func (e *external[T, O]) asks(ctx context.Context, mg T) (*Asked, error) {
	r, err := e.resolve(ctx, mg, false)
	if err != nil {
		return nil, err
	}
	if err := r.missing(); err != nil {
		return nil, err
	}
	return e.asking(mg, r), nil
}

// asking is what the spec of a resource whose references are resolved asks for.
func (e *external[T, O]) asking(mg T, r resolution) *Asked {
	a := &Asked{Fixed: map[string]string{}, Followed: r.followed, Wrote: e.kind.Written(mg)}
	for _, f := range e.kind.Fixed(mg, nil) {
		if d := digest(f.asks()); d != "" {
			a.Fixed[f.Name] = d
		}
	}
	return a
}

// remember what is asked for, before it is.
func (e *external[T, O]) remember(ctx context.Context, mg T, asked *Asked) error {
	s := asked.String()
	a := annotations{v1alpha1.AnnotationAsked: &s}
	if a.of(mg) {
		return nil
	}
	if err := e.persist.write(ctx, mg, a); err != nil {
		return err
	}
	mg.SetAsked(s)
	return nil
}

// settle the memory when the object has what the spec wants, and nothing more of
// what was written but what cannot be taken back.
func (e *external[T, O]) settle(ctx context.Context, mg T, obs Observation) error {
	asked := AskedOf(mg)
	if asked == nil {
		return nil
	}
	wrote := e.kind.Written(mg)
	for field := range obs.Stuck {
		wrote[field] = asked.Wrote[field]
	}
	return e.remember(ctx, mg, &Asked{Fixed: asked.Fixed, Followed: asked.Followed, Wrote: wrote.and(nil)})
}
