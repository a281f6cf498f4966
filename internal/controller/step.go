package controller

import (
	"context"
	"fmt"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	"github.com/crossplane/crossplane-runtime/v2/pkg/event"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"

	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/memory"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
	"github.com/crossplane-contrib/provider-metal-stack/internal/pace"
)

// A stepping kind has differences that are not repaired by an update, but by a step
// that destroys something: a person must consent to each.
type stepping[T Resource, O any] interface {
	// Consents is the annotation that a person consents by.
	Consents() string

	// Step that would make an object what the spec says; nil if there is none.
	Step(mg T, o *O) *Step

	// Check that a step can be taken: an error that is metal-stack's, and not of kind
	// NotFound, tells nothing of that.
	Check(ctx context.Context, s metal.Stack, mg T, o *O) error

	// Take a step. It refuses what would do nothing but harm.
	Take(ctx context.Context, s metal.Stack, mg T, o *O) error
}

// A Step that destroys something.
type Step struct {
	// Differs says what differs.
	Differs string

	// Destroys says what the step destroys.
	Destroys string

	// Consent is the annotation's value that consents to this very step, once.
	Consent string

	// Reason of the condition UpToDate while it is not taken, and of the event that
	// it was, which says what was Done.
	Reason string
	Taken  event.Reason
	Done   string

	// Meanwhile is the Ready condition from then on, until the next look.
	Meanwhile xpv2.Condition

	// Before is when it is, as metal-api's clock says, by which its end is told.
	Before string
}

// step that would make an object what the spec says.
func (e *external[T, O]) step(mg T, o *O) *Step {
	k, ok := e.kind.(stepping[T, O])
	if !ok || o == nil {
		return nil
	}
	return k.Step(mg, o)
}

// consented step: one that a person has consented to, and that has not been taken.
func (e *external[T, O]) consented(mg T, o *O) *Step {
	k, ok := e.kind.(stepping[T, O])
	step := e.step(mg, o)
	if !ok || step == nil || mg.GetAnnotations()[k.Consents()] != step.Consent || memory.Of(mg).StepTaken() == step.Consent {
		return nil
	}
	return step
}

// offer a step, in words, if there is one.
func (e *external[T, O]) offer(mg T, o *O) (string, xpv2.ConditionReason) {
	k, ok := e.kind.(stepping[T, O])
	step := e.step(mg, o)
	if !ok || step == nil {
		return "", ""
	}
	how := fmt.Sprintf("that %s: consent by the annotation %s=%s, or set it back", step.Destroys, k.Consents(), step.Consent)
	switch consent := mg.GetAnnotations()[k.Consents()]; {
	case consent != "" && consent != step.Consent:
		how += ". The annotation that is there consents to something else"
	case consent == step.Consent && memory.Of(mg).StepTaken() == step.Consent:
		how = fmt.Sprintf("that was asked for once, and is not so: remove the annotation %s and set it again to ask once more", k.Consents())
	}
	return step.Differs + "; " + how, xpv2.ConditionReason(step.Reason)
}

// offerable is nil if the step that is offered can be taken: nobody shall consent to one
// that cannot.
func (e *external[T, O]) offerable(ctx context.Context, mg T, o *O, d *differences) error {
	k, ok := e.kind.(stepping[T, O])
	if !ok || d.offers == "" {
		return nil
	}
	err := k.Check(ctx, e.conn.Stack, mg, o)
	var unread *metal.Error
	if errors.As(err, &unread) && unread.Kind != metal.NotFound {
		return err
	}
	if err != nil {
		d.offers = fmt.Sprintf("%s, and cannot be (%s): correct it, or set it back", e.step(mg, o).Differs, err)
	}
	return nil
}

// take a step that a person has consented to. That it is taken is remembered before:
// whatever becomes of it, it is not taken twice by one consent, but where metal-api has
// surely done nothing.
func (e *external[T, O]) take(ctx context.Context, mg T, o *O, step *Step) error {
	k, ok := e.kind.(stepping[T, O])
	if !ok {
		return nil
	}
	before := memory.Of(mg)
	if err := e.remember(ctx, mg, before.Stepping(step.Consent, step.Before)); err != nil {
		return err
	}
	pace.Wrote(ctx)
	err := k.Take(ctx, e.conn.Stack, mg, o)
	if err != nil && metal.NothingMade(err) {
		if forget := e.remember(ctx, mg, before.Stepping("", before.StepBefore())); forget != nil {
			return errors.Wrapf(forget, "cannot take back a consent that was not used (%s)", err)
		}
		return err
	}
	if err != nil {
		return err
	}
	e.record.Event(mg, event.Normal(step.Taken, step.Done))
	e.mark(mg, step.Meanwhile)
	pace.Soon(ctx, soonest)
	mg.SetMessage(step.Done)
	return nil
}

// forgetStep that was taken, when the annotation that consented to it is gone: what
// consents anew is another consent.
func (e *external[T, O]) forgetStep(ctx context.Context, mg T) error {
	k, ok := e.kind.(stepping[T, O])
	asked := memory.Of(mg)
	if taken := asked.StepTaken(); !ok || taken == "" || mg.GetAnnotations()[k.Consents()] == taken {
		return nil
	}
	return e.remember(ctx, mg, asked.Stepping("", asked.StepBefore()))
}
