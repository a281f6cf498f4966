package controller

import (
	"fmt"

	"github.com/crossplane/crossplane-runtime/v2/pkg/event"
	"k8s.io/apimachinery/pkg/runtime"
)

// Reasons of events.
const (
	reasonAllocated      event.Reason = "Allocated"
	reasonAdopted        event.Reason = "Adopted"
	reasonImported       event.Reason = "Imported"
	reasonTakenOver      event.Reason = "TakenOver"
	reasonObserved       event.Reason = "Observed"
	reasonFreedOutside   event.Reason = "FreedOutside"
	reasonUnknownOutcome event.Reason = "UnknownOutcome"
	reasonWaiting        event.Reason = "WaitingToFree"

	// reasonDeleted is crossplane-runtime's, after each call of Delete.
	reasonDeleted event.Reason = "DeletedExternalResource"
)

// recorded says how a managed resource came by its object.
func recorded(noun string, f Facts, v Verdict) event.Event {
	switch v {
	case Import:
		return event.Normal(reasonImported, fmt.Sprintf("Imported %s %s", noun, f.ID))
	case TakeOver:
		return event.Normal(reasonTakenOver, fmt.Sprintf("Took over %s %s from %s (uid %s)", noun, f.ID, nameOf(f.Marks), f.Marks.UID))
	case Look:
		return event.Normal(reasonObserved, fmt.Sprintf("Observing %s %s of %s (uid %s)", noun, f.ID, nameOf(f.Marks), f.Marks.UID))
	case Ours, Another, Nothing, Refused:
	}
	return event.Normal(reasonAdopted, fmt.Sprintf("Found %s %s, which carries the mark of this resource", noun, f.ID))
}

// A truthful recorder does not say that something was freed while it waits for
// its turn: crossplane-runtime takes every Delete without an error for one that
// was requested.
type truthful struct {
	event.Recorder

	message func(runtime.Object) string
}

// Event records an event.
func (r truthful) Event(o runtime.Object, e event.Event) {
	if e.Reason == reasonDeleted {
		if m := r.message(o); m != "" {
			e = event.Normal(reasonWaiting, m)
		}
	}
	r.Recorder.Event(o, e)
}

// WithAnnotations of all events.
func (r truthful) WithAnnotations(keysAndValues ...string) event.Recorder {
	return truthful{Recorder: r.Recorder.WithAnnotations(keysAndValues...), message: r.message}
}
