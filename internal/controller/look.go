package controller

import (
	"context"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
	"github.com/crossplane-contrib/provider-metal-stack/internal/pace"
	"github.com/crossplane-contrib/provider-metal-stack/internal/quiet"
)

// look at what has the recorded external name. What rests, or waits to be ready, is
// most likely as it was, and may be seen in an answer that many share. Of such an
// answer nothing is taken but that: that the object is there, that it is ours, and
// that nothing about it is new. Whatever else it seems to say is asked for anew,
// for this object alone; and so is what decides about a create, an update or a
// free, always.
func (e *external[T, O]) look(ctx context.Context, mg T) (*O, Judgement, error) {
	if meta.WasDeleted(mg) {
		o, j, err := e.find(ctx, mg)
		e.observed = o
		return o, j, err
	}
	l := &metal.Look{UID: mg.GetUID(), Kind: e.name, Resource: client.ObjectKeyFromObject(mg), Unshared: !e.mayGlance(mg)}
	o, j, err := e.find(metal.WithLook(ctx, l), mg)
	switch l.From {
	case metal.Told:
		if err == nil && j.Verdict == Ours {
			return o, j, nil
		}
		return e.find(ctx, mg)
	case metal.Shared:
		if err == nil && j.Verdict == Ours && e.asSeen(ctx, mg, o) {
			return o, j, nil
		}
		return e.find(ctx, mg)
	case metal.Asked:
	}
	return o, j, err
}

// mayGlance is true for what rests, and for what waits to be ready and has no place
// among those that are asked for one by one. Who says how often a resource is to be
// compared means metal-stack.
func (e *external[T, O]) mayGlance(mg T) bool {
	if _, ok := meta.GetPollInterval(mg); ok {
		return false
	}
	if pace.Rests(mg) {
		return true
	}
	ready := mg.GetCondition(xpv2.TypeReady)
	return becoming(mg, ready, e.now()) && pace.InSync(mg) && !e.waiting.take(e.conn.Stack.Address(), mg.GetUID(), e.now())
}

// asSeen is true if an object shows nothing that the resource does not show, and
// does not differ from what the spec wants.
func (e *external[T, O]) asSeen(ctx context.Context, mg T, o *O) bool {
	is, ok := mg.DeepCopyObject().(T)
	if !ok {
		return false
	}
	r, err := e.resolve(ctx, is, true)
	if err != nil {
		return false
	}
	obs := e.see(is, o)
	d := e.differences(is, o, obs, r)
	if len(d.repairable) > 0 || len(d.fixed) > 0 || d.offers != "" || !obs.Ready.Equal(mg.GetCondition(xpv2.TypeReady)) {
		return false
	}
	return quiet.SameStatus(is, mg)
}
