package controller

import (
	"cmp"
	"context"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"

	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/memory"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/relation"
)

// place that a resource wants its object in. A reference to its project leads where it
// led when it was followed.
func (e *external[T, O]) place(mg T) Place {
	p := e.kind.Place(mg)
	if p.ProjectID == "" {
		p.ProjectID = memory.Of(mg).Led(relation.FieldProjectID)
	}
	return p
}

// payer whose turns a resource takes: those of a project are shared.
func (e *external[T, O]) payer(mg T) string { return cmp.Or(e.place(mg).ProjectID, mg.GetNamespace()) }

// find what has the recorded external name, now, and judge whose it is.
func (e *external[T, O]) find(ctx context.Context, mg T) (*O, Judgement, error) {
	r := recordOf(mg)
	if r.ExternalName == "" {
		return nil, Judgement{Verdict: Nothing}, nil
	}
	o, err := e.kind.Find(ctx, e.conn.Stack, r.ExternalName)
	if err != nil {
		return nil, Judgement{}, err
	}
	var f *Facts
	if o != nil {
		facts := e.kind.Facts(o)
		f = &facts
	}
	return o, Judge(e.kind.Noun(), r, e.place(mg), f), nil
}

// findAgain what was observed a moment ago, as its id may be another's by now. What
// is never another's is taken from that, once: what it is, it stays.
func (e *external[T, O]) findAgain(ctx context.Context, mg T) (*O, Judgement, error) {
	seen := e.observed
	e.observed = nil
	if seen != nil {
		if f := e.kind.Facts(seen); f.ID == meta.GetExternalName(mg) && f.AllocationUUID == f.ID {
			return seen, Judge(e.kind.Noun(), recordOf(mg), e.place(mg), &f), nil
		}
	}
	return e.find(ctx, mg)
}

func (e *external[T, O]) untouchable(mg T, j Judgement) error {
	if j.Verdict == Refused {
		e.count.Refused(j.Refusal)
		return errors.New(j.Reason)
	}
	return errors.Errorf("%s %s is no longer ours: nothing is changed", e.kind.Noun(), meta.GetExternalName(mg))
}
