package controller

import (
	"fmt"

	"github.com/crossplane/crossplane-runtime/v2/pkg/event"
	"github.com/crossplane/crossplane-runtime/v2/pkg/logging"
	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
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
	reasonLeft           event.Reason = "LeftBehind"
	reasonChanged        event.Reason = "ChangedOutside"

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
		whose := ""
		if f.Marks.UID != "" {
			whose = fmt.Sprintf(" of %s (uid %s)", nameOf(f.Marks), f.Marks.UID)
		}
		return event.Normal(reasonObserved, fmt.Sprintf("Observing %s %s%s", noun, f.ID, whose))
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

// A logged recorder writes events to the log as well, with the names that the
// reconciler's own lines have: events are kept for an hour only, and those lines
// are shown at debug level only.
type logged struct {
	event.Recorder

	log logging.Logger
}

// Event records an event.
func (r logged) Event(o runtime.Object, e event.Event) {
	if mg, ok := o.(resource.Managed); ok {
		r.log.Info(e.Message,
			"request", types.NamespacedName{Namespace: mg.GetNamespace(), Name: mg.GetName()}, "uid", mg.GetUID(), "external-name", meta.GetExternalName(mg),
			"type", e.Type, "reason", e.Reason)
	}
	r.Recorder.Event(o, e)
}

// WithAnnotations of all events.
func (r logged) WithAnnotations(keysAndValues ...string) event.Recorder {
	return logged{Recorder: r.Recorder.WithAnnotations(keysAndValues...), log: r.log}
}
