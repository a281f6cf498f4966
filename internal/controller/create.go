package controller

import (
	"context"
	"fmt"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	"github.com/crossplane/crossplane-runtime/v2/pkg/event"
	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/crossplane/crossplane-runtime/v2/pkg/reconciler/managed"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/memory"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metrics"
	"github.com/crossplane-contrib/provider-metal-stack/internal/pace"
)

// create begins with a fresh find, reads everything that can refuse, and only
// then allocates.
func (e *external[T, O]) create(ctx context.Context, mg T) (managed.ExternalCreation, metrics.Outcome, error) {
	// The observation before has waited out what was unknown.
	meta.RemoveAnnotations(mg, v1alpha1.AnnotationCreateUnknownSince)

	// The reconciler has just read the status anew: it may show what is gone.
	e.kind.Forget(mg)

	noun := e.kind.Noun()
	o, err := e.findMarked(ctx, mg, mg.GetUID())
	if err != nil {
		return managed.ExternalCreation{}, metrics.Refused, err
	}
	created := recordOf(mg).PartitionCreated
	if created == "" {
		if created, err = e.partition(ctx, mg); err != nil {
			return managed.ExternalCreation{}, metrics.Refused, err
		}
	}
	if o != nil {
		return e.keep(ctx, mg, o, created, metrics.Found, recorded(noun, e.kind.Facts(o), Ours))
	}

	asked, err := e.asks(ctx, mg)
	if err != nil {
		return managed.ExternalCreation{}, metrics.Refused, err
	}
	if !memory.Of(mg).SameOrder(asked) {
		return managed.ExternalCreation{}, metrics.Refused, errors.Errorf("what the references of this %s lead to has just changed: looking again", e.name)
	}
	if err := e.leftBehind(ctx, mg); err != nil {
		return managed.ExternalCreation{}, metrics.Refused, err
	}
	once := &reading{Stack: e.conn.Stack}
	allocate, err := e.kind.Prepare(ctx, once, mg, e.marks(mg))
	if err != nil {
		return managed.ExternalCreation{}, metrics.Refused, err
	}
	if err := e.relations.Check(ctx, once, e.name, mg); err != nil {
		return managed.ExternalCreation{}, metrics.Refused, err
	}
	once.done()
	done, err := e.turns.Work(ctx, e.room)
	if err != nil {
		return managed.ExternalCreation{}, metrics.Refused, errors.Wrapf(err, "the %s was not created: others in its partition were allocated for so long", noun)
	}
	if err := ctx.Err(); err != nil {
		done()
		// Nothing is begun that may not be finished.
		return managed.ExternalCreation{}, metrics.Refused, errors.Wrapf(err, "the %s was not created", noun)
	}
	pace.Wrote(ctx)
	o, err = e.allocate(ctx, allocate, done)
	switch {
	case err != nil && metal.NothingMade(err):
		return managed.ExternalCreation{}, metrics.Refused, err
	case err != nil:
		return managed.ExternalCreation{}, metrics.Unknown, e.unknown(ctx, mg, err)
	case e.kind.Facts(o).Marks.UID != mg.GetUID() || e.kind.Facts(o).AllocationUUID == "":
		return managed.ExternalCreation{}, metrics.Unknown, e.unknown(ctx, mg, errors.Errorf("metal-api answered the allocate of a %s with something that is not ours", noun))
	}
	return e.keep(ctx, mg, o, created, metrics.Known, event.Normal(reasonAllocated, fmt.Sprintf("Allocated %s %s", noun, e.kind.Facts(o).ID)))
}

// leftBehind is an object that was made for a resource of this kind and name with another
// uid: this one is restored, or has moved, and another object is not what is wanted.
func (e *external[T, O]) leftBehind(ctx context.Context, mg T) error {
	if recordOf(mg).TakeOver == takeNone {
		return nil
	}
	names := []string{mg.GetNamespace() + "/" + mg.GetName()}
	if k, ok := e.kind.(namesakes[T]); ok {
		more, err := k.Namesakes(ctx, mg)
		if err != nil {
			return err
		}
		names = append(names, more...)
	}
	var os []O
	for _, name := range names {
		found, err := e.kind.FindNamed(ctx, e.conn.Stack, name)
		if err != nil {
			return err
		}
		os = append(os, found...)
	}
	place := e.place(mg)
	for i := range os {
		f := e.kind.Facts(&os[i])
		elsewhere := f.ProjectID != place.ProjectID || f.PartitionID != place.PartitionID
		if f.Marks.UID == "" || f.Marks.UID == mg.GetUID() || f.Unfit != "" || elsewhere {
			continue
		}
		e.count.Refused(metrics.Marked)
		return errors.Errorf("%s %s was made for a %s of this name with the uid %s, as a restore or a move leaves it behind: nothing is created. To take it over, annotate %s with %s=%[4]s; to have another one created, with %[6]s=%s",
			e.kind.Noun(), f.ID, e.name, f.Marks.UID, recordOf(mg).Resource, v1alpha1.AnnotationTakeOver, takeNone)
	}
	return nil
}

// allocate on a context of its own: neither the reconcile's deadline nor the
// end of the process cancels it. The next one's turn comes when metal-api has answered.
func (e *external[T, O]) allocate(ctx context.Context, a Allocate[O], done func()) (*O, error) {
	defer done()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), e.timeout)
	defer cancel()
	o, err := a(ctx)
	if err == nil && o == nil {
		return nil, errors.New("metal-api answered an allocate with nothing")
	}
	return o, err
}

// keep an object: write down its identity, for minutes if need be. If that
// fails, it is found by its mark.
func (e *external[T, O]) keep(ctx context.Context, mg T, o *O, partitionCreated string, outcome metrics.Outcome, ev event.Event) (managed.ExternalCreation, metrics.Outcome, error) {
	f := e.kind.Facts(o)
	a := identity(f, partitionCreated)
	now := e.now().UTC().Format(time.RFC3339)
	a[meta.AnnotationKeyExternalCreateSucceeded] = &now
	if err := e.persist.persist(ctx, mg, a); err != nil {
		return managed.ExternalCreation{}, metrics.Unknown, e.unknown(ctx, mg, errors.Wrapf(err, "%s %s exists", e.kind.Noun(), f.ID))
	}
	e.record.Event(mg, ev)
	obs := e.see(mg, o)
	mg.SetMessage(obs.Ready.Message)
	return managed.ExternalCreation{ConnectionDetails: obs.ConnectionDetails}, outcome, nil
}

// unknown is the outcome of a create that an error does not tell. The
// reconciler's next write of annotations carries the time.
func (e *external[T, O]) unknown(ctx context.Context, mg T, err error) error {
	meta.AddAnnotations(mg, map[string]string{v1alpha1.AnnotationCreateUnknownSince: ceil(e.now()).Format(time.RFC3339)})
	until := heldUntil(mg.GetAnnotations(), e.started, e.holdOff)
	pace.Until(ctx, until)
	err = errors.Errorf("%w%s", err, unknownUntil(until))
	e.record.Event(mg, event.Warning(reasonUnknownOutcome, err))
	return err
}
