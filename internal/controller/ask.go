package controller

import (
	"context"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/memory"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/relation"
)

// asks for an object: what an allocate is about to ask for, if everything is
// there that the references lead to.
func (e *external[T, O]) asks(ctx context.Context, mg T) (*memory.Asked, error) {
	r, err := e.resolve(ctx, mg, false)
	if err != nil {
		return nil, err
	}
	switch wrong, waits := r.Missing(); {
	case wrong != "":
		return nil, errors.New(wrong)
	case waits != "":
		return nil, &WaitError{For: waits}
	default:
		return e.asking(mg, r), nil
	}
}

// resolve the references of a resource. exists is true if there is an object, or may
// be.
func (e *external[T, O]) resolve(ctx context.Context, mg T, exists bool) (relation.Resolution, error) {
	return e.relations.Resolve(ctx, e.name, mg, exists)
}

// asking is what the spec of a resource whose references are resolved asks for.
func (e *external[T, O]) asking(mg T, r relation.Resolution) *memory.Asked {
	a := &memory.Asked{Fixed: map[string]string{}, Followed: r.Followed, Wrote: e.kind.Written(mg)}
	for _, f := range e.kind.Fixed(mg, nil) {
		if d := memory.Digest(f.asks()); d != "" {
			a.Fixed[f.Name] = d
		}
	}
	return a
}

// remember what is asked for, before it is.
func (e *external[T, O]) remember(ctx context.Context, mg T, asked *memory.Asked) error {
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
	asked := memory.Of(mg)
	if asked == nil {
		return nil
	}
	wrote := e.kind.Written(mg)
	for field := range obs.Stuck {
		wrote[field] = asked.Wrote[field]
	}
	return e.remember(ctx, mg, &memory.Asked{Fixed: asked.Fixed, Followed: asked.Followed, Wrote: wrote.And(nil), Step: asked.Step})
}
