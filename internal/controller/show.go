package controller

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/event"
	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/crossplane/crossplane-runtime/v2/pkg/reconciler/managed"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/memory"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/relation"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metrics"
	"github.com/crossplane-contrib/provider-metal-stack/internal/pace"
)

// show an object that is the managed resource's, or that it may look at.
func (e *external[T, O]) show(ctx context.Context, mg T, o *O, v Verdict) (managed.ExternalObservation, error) {
	deleted := meta.WasDeleted(mg)
	var r relation.Resolution
	if !deleted || v == TakeOver {
		var err error
		if r, err = e.resolve(ctx, mg, true); err != nil {
			return managed.ExternalObservation{}, err
		}
	}
	if reason := e.unlike(mg, o, v); reason != "" {
		return e.refused(ctx, mg, refuse(metrics.Unlike, "%s", reason), e.kind.Facts(o))
	}
	if taken, err := e.taken(ctx, mg, o, v); err != nil {
		return managed.ExternalObservation{}, err
	} else if taken != "" {
		return e.refused(ctx, mg, refuse(metrics.Marked, "%s", taken), e.kind.Facts(o))
	}
	if err := e.recordIdentity(ctx, mg, e.kind.Facts(o), v, r); err != nil {
		return managed.ExternalObservation{}, err
	}
	obs := e.see(mg, o)
	seen := managed.ExternalObservation{ResourceExists: true, ResourceUpToDate: true, ConnectionDetails: obs.ConnectionDetails}
	if deleted {
		if p := relation.PoliciesOf(mg); !p.ShouldDelete() && !p.ShouldOnlyObserve() {
			// crossplane-runtime lets go of it now.
			e.record.Event(mg, event.Normal(reasonLeft, fmt.Sprintf("Left %s %s as it is, with its marks: managementPolicies do not allow Delete", e.kind.Noun(), e.kind.Facts(o).ID)))
		}
		return seen, nil
	}

	if err := e.doubt(ctx, mg, o, &obs); err != nil {
		return managed.ExternalObservation{}, err
	}
	if err := e.forgetStep(ctx, mg); err != nil {
		return managed.ExternalObservation{}, err
	}
	differs := e.differences(mg, o, obs, r)
	if err := e.offerable(ctx, mg, o, &differs); err != nil {
		return managed.ExternalObservation{}, err
	}
	mayUpdate := relation.PoliciesOf(mg).ShouldUpdate()
	role := metal.RoleNone
	if len(differs.repairable) > 0 && mayUpdate {
		var err error
		if role, err = e.conn.Role(ctx); err != nil {
			return managed.ExternalObservation{}, err
		}
	}
	upToDate := differs.condition(e.name, role, mayUpdate)
	e.awaits(ctx, mg, obs.Ready)
	e.tellChanged(mg, o, upToDate, differs)
	e.mark(mg, obs.Ready, upToDate)
	mg.SetMessage(upToDate.Message)
	if obs.Ready.Status != corev1.ConditionTrue {
		mg.SetMessage(obs.Ready.Message)
	}
	if differs.repairBy(role, mayUpdate) {
		seen.ResourceUpToDate = false
		seen.Diff = differs.String()
	}
	if step := e.consented(mg, o); step != nil && mayUpdate {
		seen.ResourceUpToDate = false
		seen.Diff = step.Differs
	}
	if len(differs.repairable) == 0 && !recordOf(mg).OnlyObserved {
		return seen, e.settle(ctx, mg, obs)
	}
	return seen, nil
}

// tellChanged is an event where others changed what an object is looked for by, or what a
// reference leads to: nobody has written the spec.
func (e *external[T, O]) tellChanged(mg T, o *O, upToDate xpv2.Condition, differs differences) {
	was := mg.GetCondition(xpv2.TypeUpToDate)
	turned := upToDate.Status == corev1.ConditionFalse && was.Status == corev1.ConditionTrue && was.ObservedGeneration == mg.GetGeneration()
	says := "is no longer what the spec describes, and stays as it is"
	switch {
	case !turned:
		return
	case recordOf(mg).OnlyObserved:
		says = "is no longer what was looked for, and is looked at all the same"
	case len(differs.fixed) == 0:
		return // It is put right.
	}
	e.record.Event(mg, event.Normal(reasonChanged, fmt.Sprintf("%s %s %s: %s", e.kind.Noun(), e.kind.Facts(o).ID, says, differs)))
}

// taken by another resource is an object that shall become this one's, if that is so. Its
// mark may be missing because it cannot be written with this role.
func (e *external[T, O]) taken(ctx context.Context, mg T, o *O, v Verdict) (string, error) {
	if v != Import && v != TakeOver || recordOf(mg).OnlyObserved {
		return "", nil
	}
	f := e.kind.Facts(o)
	var from types.UID
	if v == TakeOver {
		from = f.Marks.UID
	}
	other, err := e.relations.Taken(ctx, e.name, mg, from, f.ID, f.AllocationUUID)
	if err != nil || other == "" {
		return "", err
	}
	return fmt.Sprintf("%s %s has been taken by %s %s: delete that one, or name another object in the annotation crossplane.io/external-name", e.kind.Noun(), f.ID, e.name, other), nil
}

// awaits that an object becomes ready.
func (e *external[T, O]) awaits(ctx context.Context, mg T, ready xpv2.Condition) {
	at, now := e.conn.Stack.Address(), e.now()
	if !becoming(mg, ready, now) {
		e.waiting.leave(at, mg.GetUID())
		return
	}
	if e.waiting.take(at, mg.GetUID(), now) {
		pace.Soon(ctx, soonest)
	}
}

// doubt that an object is ready that seems so.
func (e *external[T, O]) doubt(ctx context.Context, mg T, o *O, obs *Observation) error {
	if obs.Ready.Status != corev1.ConditionTrue {
		return nil
	}
	flaw, err := e.kind.Flaw(ctx, e.conn.Stack, mg, o)
	if err != nil {
		return err
	}
	if flaw != "" {
		obs.Ready = broken(flaw)
	}
	return nil
}

// see an object: the status shows it, beside a copy of what was asked for.
func (e *external[T, O]) see(mg T, o *O) Observation {
	obs := e.kind.Observe(mg, o, memory.Of(mg).Written())
	mg.SetAsked(mg.GetAnnotations()[v1alpha1.AnnotationAsked])
	return obs
}

// differences of an object, its marks among them. What we only look at keeps
// its marks. Without an object: of what was asked for, and may come true.
func (e *external[T, O]) differences(mg T, o *O, obs Observation, r relation.Resolution) differences {
	asked := memory.Of(mg)
	d := differences{repairable: obs.Repairable, needs: e.kind.ChangedBy()}
	for _, f := range e.kind.Fixed(mg, o) {
		if sentence, ok := r.Lost[f.Name]; ok {
			d.fixed = append(d.fixed, sentence)
		} else if f.Differs(asked) {
			d.fixed = append(d.fixed, f.difference(e.kind.Thing()))
		}
	}
	for _, field := range slices.Sorted(maps.Keys(obs.Stuck)) {
		d.fixed = append(d.fixed, obs.Stuck[field])
	}
	d.fixed = append(d.fixed, r.Wrong...)
	d.offers, d.why = e.offer(mg, o)
	if o != nil && e.kind.Facts(o).Marks.UID != mg.GetUID() && !recordOf(mg).OnlyObserved {
		d.repairable = append([]string{"marks"}, d.repairable...)
	}
	return d
}

// recordIdentity of an object, once.
func (e *external[T, O]) recordIdentity(ctx context.Context, mg T, f Facts, v Verdict, res relation.Resolution) error {
	r := recordOf(mg)
	known := r.ExternalName == f.ID && r.AllocationUUID == f.AllocationUUID
	created := r.PartitionCreated
	if !known || created == "" {
		var err error
		if created, err = e.created(ctx, f.PartitionID, created); err != nil {
			return err
		}
	}
	a := identity(f, created)
	if memory.Of(mg) == nil && !r.OnlyObserved && !meta.WasDeleted(mg) {
		asked := memory.Parse(mg.GetAsked())
		if asked == nil {
			// An import, or made before this was remembered.
			asked = e.asking(mg, res)
		}
		text := asked.String()
		a[v1alpha1.AnnotationAsked] = &text
	}
	if !known && v == Ours && !meta.WasDeleted(mg) {
		// The create whose outcome was not known, or whose answer was lost.
		at := e.now().UTC().Format(time.RFC3339)
		a[meta.AnnotationKeyExternalCreateSucceeded] = &at
	}
	if a.of(mg) {
		return nil
	}
	if err := e.persist.write(ctx, mg, a); err != nil {
		return err
	}
	if taken := v == Import && !r.OnlyObserved; !known || taken {
		if v == Ours {
			e.count.Created(metrics.Found)
		}
		if v == Import && r.OnlyObserved {
			v = Look
		}
		e.record.Event(mg, recorded(e.kind.Noun(), f, v))
		e.told = true
	}
	return nil
}
