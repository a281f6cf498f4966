package controller

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	"github.com/crossplane/crossplane-runtime/v2/pkg/event"
	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/crossplane/crossplane-runtime/v2/pkg/reconciler/managed"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	"k8s.io/apimachinery/pkg/types"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/memory"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/relation"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metrics"
	"github.com/crossplane-contrib/provider-metal-stack/internal/pace"
)

func (e *external[T, O]) observe(ctx context.Context, mg T) (managed.ExternalObservation, error) {
	if meta.GetExternalName(mg) == "" {
		return e.search(ctx, mg)
	}
	o, j, err := e.look(ctx, mg)
	if err != nil {
		return managed.ExternalObservation{}, err
	}
	switch j.Verdict {
	case Nothing, Another:
		return e.gone(ctx, mg, j.Verdict)
	case Refused:
		return e.refused(ctx, mg, j, e.kind.Facts(o))
	case Import:
		if meta.WasDeleted(mg) && !recordOf(mg).OnlyObserved {
			// It never was ours, and shall no longer be.
			e.kind.Forget(mg)
			return e.search(ctx, mg)
		}
	case Ours, TakeOver, Look:
	}
	return e.show(ctx, mg, o, j.Verdict)
}

// unlike says how an object that has not been ours differs from what the spec
// describes.
func (e *external[T, O]) unlike(mg T, o *O, v Verdict) string {
	if v == Ours {
		return ""
	}
	r := recordOf(mg)
	if v == TakeOver && r.Taken && r.AllocationUUID == e.kind.Facts(o).AllocationUUID {
		return "" // What was taken over with all that is remembered of it was like it.
	}
	return e.differing(mg, o, r.OnlyObserved, true)
}

// differing says how an object differs from what the spec describes, also in what need not
// be said. Where it is only observed, what the spec leaves out does not.
func (e *external[T, O]) differing(mg T, o *O, onlyObserved, optional bool) string {
	f, place := e.kind.Facts(o), e.place(mg)
	if onlyObserved && f.PartitionID == "" {
		place.PartitionID = "" // What is in none is in reach of all.
	}
	differs := slices.Concat(
		unlike("partition", place.PartitionID, f.PartitionID, onlyObserved),
		unlike("projectID", place.ProjectID, f.ProjectID, onlyObserved),
	)
	for _, field := range e.kind.Fixed(mg, o) {
		if field.Identifies && !field.Fits && (!onlyObserved || !field.Part) && (optional || !field.Optional) {
			differs = append(differs, unlike(field.Name, field.Says, field.Is, onlyObserved || field.Optional)...)
		}
	}
	if f.Unfreeable != "" && !onlyObserved {
		differs = append(differs, "it "+f.Unfreeable+": set managementPolicies to [Observe]")
	}
	if len(differs) == 0 {
		return ""
	}
	return fmt.Sprintf("%s %s is not what the spec describes, of which %s: correct the spec, or the annotation crossplane.io/external-name", e.kind.Noun(), f.ID, strings.Join(differs, "; "))
}

// search what a managed resource without an external name may have: what
// carries its mark. If nothing does, an allocate of unknown outcome may still
// come true.
func (e *external[T, O]) search(ctx context.Context, mg T) (managed.ExternalObservation, error) {
	until := heldUntil(mg.GetAnnotations(), e.started, e.holdOff)
	held := e.now().Before(until)
	creates := !held && !meta.WasDeleted(mg) && relation.PoliciesOf(mg).ShouldCreate() && e.couldCreate(ctx, mg)
	if !creates {
		e.turns.Forget(visitor(e.name, mg))
	}
	// What is shown may be there, whatever became of the annotations, and is looked
	// for at once.
	shown := mg.GetAsked() != ""
	if creates && !shown {
		if seated, waited := e.takesTurn(mg); !seated {
			return e.waitsForTurn(ctx, mg, waited)
		}
	}
	v := Ours
	o, err := e.findMarked(ctx, mg, mg.GetUID())
	if r := recordOf(mg); o == nil && err == nil && !held && !meta.WasDeleted(mg) && r.takesUnnamed() {
		v = TakeOver
		o, err = e.findMarked(ctx, mg, r.TakeOver)
	}
	if err != nil {
		return managed.ExternalObservation{}, err
	}
	if o != nil {
		return e.show(ctx, mg, o, v)
	}

	e.kind.Forget(mg)
	if held {
		return managed.ExternalObservation{}, e.held(ctx, mg, until)
	}
	if v == TakeOver {
		return managed.ExternalObservation{}, e.nothingToImport(mg, "no %s carries the mark of the uid %s: correct the annotation %s, or remove it", e.kind.Noun(), recordOf(mg).TakeOver, v1alpha1.AnnotationTakeOver)
	}
	if meta.WasDeleted(mg) {
		// An allocate that was begun on another metal-stack may have come true
		// there.
		if recordOf(mg).PartitionCreated == "" || e.proved {
			return managed.ExternalObservation{}, nil
		}
		_, err := e.partition(ctx, mg)
		return managed.ExternalObservation{}, err
	}
	if p := relation.PoliciesOf(mg); !p.ShouldCreate() {
		if k, ok := e.kind.(described[T, O]); ok && p.ShouldOnlyObserve() {
			if _, err := e.resolve(ctx, mg, true); err != nil {
				return managed.ExternalObservation{}, err
			}
			switch o, why, err := k.Described(ctx, e.conn.Stack, mg); {
			case err != nil:
				return managed.ExternalObservation{}, err
			case why != "":
				return managed.ExternalObservation{}, e.nothingToImport(mg, "%s", why)
			case o != nil:
				return e.show(ctx, mg, o, Import)
			}
		}
		mg.SetMessage(fmt.Sprintf("no %s carries the mark of this resource: name one in the annotation crossplane.io/external-name", e.kind.Noun()))
		if p.ShouldOnlyObserve() {
			return managed.ExternalObservation{}, nil
		}
		return managed.ExternalObservation{}, errors.New(mg.GetMessage())
	}

	return e.wants(ctx, mg)
}

// couldCreate is true if a resource has all that it needs for a create, as far as
// references lead: who waits for something else takes no turn.
func (e *external[T, O]) couldCreate(ctx context.Context, mg T) bool {
	could, ok := mg.DeepCopyObject().(T)
	if !ok {
		return false
	}
	_, err := e.asks(ctx, could)
	return err == nil
}

// wants to create an object, as soon as everything is there that its references
// lead to. Until then it is waited for: no error, and nothing to create.
func (e *external[T, O]) wants(ctx context.Context, mg T) (managed.ExternalObservation, error) {
	created, err := e.partition(ctx, mg)
	if err != nil {
		return managed.ExternalObservation{}, err
	}
	asked, err := e.asks(ctx, mg)
	if k, ok := e.kind.(waiting[T]); ok && err == nil {
		err = k.Waits(ctx, e.conn.Stack, mg)
	}
	if err != nil && memory.Begun(mg) {
		// Nothing came of it: what it names need not wait for it, and it may be corrected.
		if err := e.persist.write(ctx, mg, outcome(nil)); err != nil {
			return managed.ExternalObservation{}, err
		}
	}
	var wait *WaitError
	switch {
	case errors.As(err, &wait):
		e.mark(mg, xpv2.Creating().WithMessage(wait.For))
		mg.SetMessage(wait.For)
		return managed.ExternalObservation{ResourceExists: true, ResourceUpToDate: true}, nil
	case err != nil:
		return managed.ExternalObservation{}, err
	}
	if e.seat == "" {
		if seated, waited := e.takesTurn(mg); !seated {
			return e.waitsForTurn(ctx, mg, waited)
		}
	}
	// The reconciler writes these annotations together with the one that says
	// that a create has begun.
	meta.AddAnnotations(mg, map[string]string{
		v1alpha1.AnnotationPartitionCreated: created,
		v1alpha1.AnnotationAsked:            memory.Of(mg).Beginning(asked).String(),
	})
	return managed.ExternalObservation{}, nil
}

// held off is a create of unknown outcome. What may come true was asked for as
// the spec was then.
func (e *external[T, O]) held(ctx context.Context, mg T, until time.Time) error {
	pace.Until(ctx, until)
	if !meta.WasDeleted(mg) {
		r, err := e.resolve(ctx, mg, true)
		if err != nil {
			return err
		}
		if d := e.differences(mg, nil, Observation{}, r); len(d.fixed) > 0 {
			e.mark(mg, d.condition(e.name, metal.RoleNone, true))
		}
	}
	return errors.New(holding(e.kind.Noun(), mg.GetMessage(), until))
}

// findMarked finds the one object that carries the mark of a uid: our own, or that of
// whose object a person gave to this resource. It is nil if there is none.
func (e *external[T, O]) findMarked(ctx context.Context, mg T, uid types.UID) (*O, error) {
	os, err := e.kind.FindMarked(ctx, e.conn.Stack, uid)
	if err != nil || len(os) == 0 {
		return nil, err
	}
	fs := make([]Facts, len(os))
	for i := range os {
		fs[i] = e.kind.Facts(&os[i])
	}
	if len(os) > 1 {
		return nil, errors.New(severalMarked(e.kind.Noun(), fs))
	}
	if j := Judge(e.kind.Noun(), Record{UID: mg.GetUID(), TakeOver: uid}, e.place(mg), &fs[0]); !j.Touchable() {
		return nil, e.untouchable(mg, j)
	}
	if k, ok := e.kind.(showing[T]); fs[0].WeakMarks && (!ok || k.Shown(mg) != fs[0].AllocationUUID) {
		// Nothing else is known of it: it must be where the spec wants it, at least.
		if _, err := e.resolve(ctx, mg, true); err != nil {
			return nil, err
		}
		if reason := e.differing(mg, &os[0], true, false); reason != "" {
			return nil, e.untouchable(mg, refuse(metrics.Unlike, "%s; it carries the mark of this resource, which others may have written", reason))
		}
	}
	return &os[0], nil
}

// gone is what we had, or it never was.
func (e *external[T, O]) gone(ctx context.Context, mg T, v Verdict) (managed.ExternalObservation, error) {
	r := recordOf(mg)
	p := relation.PoliciesOf(mg)
	id := r.ExternalName

	if r.AllocationUUID == "" || !r.Taken && !r.OnlyObserved {
		// A person named it. It has not been ours.
		e.kind.Forget(mg)
		switch {
		case meta.WasDeleted(mg) || r.OnlyObserved:
		case v == Another:
			return managed.ExternalObservation{}, e.nothingToImport(mg, "%s %s is not the one that was looked at: to import it all the same, remove the annotation %s", e.kind.Noun(), id, v1alpha1.AnnotationAllocationUUID)
		default:
			return managed.ExternalObservation{}, e.nothingToImport(mg, "there is no %s %s to import: correct the annotation crossplane.io/external-name, or remove it to have one created", e.kind.Noun(), id)
		}
		mg.SetMessage(fmt.Sprintf("there is no %s %s: correct the annotation crossplane.io/external-name", e.kind.Noun(), id))
		if meta.WasDeleted(mg) {
			return e.search(ctx, mg)
		}
		return managed.ExternalObservation{}, nil
	}

	if _, err := e.partition(ctx, mg); err != nil {
		e.mark(mg, xpv2.Unavailable().WithMessage(err.Error()))
		return managed.ExternalObservation{}, err
	}
	e.proved = true
	passed := ""
	if k, ok := e.kind.(passing[T]); ok {
		passed = k.Passed(mg)
	}
	e.kind.Forget(mg)
	switch {
	case meta.WasDeleted(mg):
		return e.search(ctx, mg)
	case !p.ShouldCreate():
		mg.SetMessage(fmt.Sprintf("%s %s is gone: it was freed outside of Kubernetes", e.kind.Noun(), id))
		e.mark(mg, xpv2.Unavailable().WithMessage(mg.GetMessage()))
		if p.ShouldOnlyObserve() {
			return managed.ExternalObservation{}, nil
		}
		return managed.ExternalObservation{}, errors.Errorf("%s, and managementPolicies do not allow to create another one", mg.GetMessage())
	case passed != "":
		// Its name may have been changed by a person: it still carries the mark then.
		if o, err := e.findMarked(ctx, mg, mg.GetUID()); o != nil || err != nil {
			if err != nil {
				return managed.ExternalObservation{}, err
			}
			return e.show(ctx, mg, o, Ours)
		}
		mg.SetMessage(passed)
		c := xpv2.Unavailable().WithMessage(passed)
		c.Reason = relation.ReasonGone
		e.mark(mg, c)
		return managed.ExternalObservation{ResourceExists: true, ResourceUpToDate: true}, nil
	}
	if err := e.persist.write(ctx, mg, forgotten()); err != nil {
		return managed.ExternalObservation{}, err
	}
	freed := errors.Errorf("%s %s was freed outside of Kubernetes: creating another one", e.kind.Noun(), id)
	e.record.Event(mg, event.Warning(reasonFreedOutside, freed))
	// The reconciler writes the status when another one was created, which may take
	// long.
	e.mark(mg, xpv2.Creating().WithMessage(freed.Error()))
	mg.SetMessage(freed.Error())
	if err := e.persist.kube.Status().Update(ctx, mg); err != nil {
		return managed.ExternalObservation{}, errors.Wrap(err, "cannot show that it is gone")
	}
	return e.search(ctx, mg)
}

// nothingToImport is there of that name.
func (e *external[T, O]) nothingToImport(mg T, format string, args ...any) error {
	err := errors.Errorf(format, args...)
	e.mark(mg, xpv2.Unavailable().WithMessage(err.Error()))
	return err
}

// partition's creation time, which must be the recorded one, if one is recorded. What
// is in no partition is told by that of any.
func (e *external[T, O]) partition(ctx context.Context, mg T) (string, error) {
	r := recordOf(mg)
	id := e.kind.Place(mg).PartitionID
	created, err := e.created(ctx, id, r.PartitionCreated)
	if metal.KindOf(err) == metal.NotFound && r.PartitionCreated != "" {
		err = nil
	}
	if err != nil {
		return "", err
	}
	if r.PartitionCreated == "" && r.AllocationUUID == "" {
		return created, nil
	}
	if text := otherStack(e.kind.Noun(), r, id, created); text != "" {
		return "", errors.New(text)
	}
	return created, nil
}

// created is when a partition was. Without an id: the one that was created then, or
// the oldest.
func (e *external[T, O]) created(ctx context.Context, id, then string) (string, error) {
	if id != "" {
		p, err := e.conn.Stack.Partition(ctx, id)
		if err != nil {
			return "", err
		}
		return p.Created, nil
	}
	all, err := e.conn.Stack.Partitions(ctx)
	if err != nil {
		return "", err
	}
	oldest := ""
	for _, p := range all {
		if p.Created == then {
			return then, nil
		}
		if oldest == "" || p.Created < oldest {
			oldest = p.Created
		}
	}
	return oldest, nil
}

// refused is an object that is not ours to show. If it was only named by a person, or
// looked at, it never was; nor was what a resource of this name had before this one was
// restored.
func (e *external[T, O]) refused(ctx context.Context, mg T, j Judgement, f Facts) (managed.ExternalObservation, error) {
	e.kind.Forget(mg)
	r := recordOf(mg)
	restored := j.Refusal == metrics.Marked && f.Marks.Resource == mg.GetNamespace()+"/"+mg.GetName()
	if meta.WasDeleted(mg) && (r.AllocationUUID == "" || !r.Taken || restored) {
		// There is nothing to give back but what may carry our mark.
		if restored {
			e.record.Event(mg, event.Normal(reasonLeft, fmt.Sprintf("Left %s %s as it is: it belongs to the uid %s, which this resource has not taken over", e.kind.Noun(), f.ID, f.Marks.UID)))
		}
		return e.search(ctx, mg)
	}
	e.mark(mg, xpv2.Unavailable().WithMessage(j.Reason))
	return managed.ExternalObservation{}, e.untouchable(mg, j)
}
