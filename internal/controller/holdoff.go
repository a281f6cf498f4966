package controller

import (
	"strings"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// DefaultHoldOff is how long an allocate may come true after its outcome became
// unknown: metal-api's request timeout 30 s, its allocation mutex 10 s, and a
// margin.
const DefaultHoldOff = 60 * time.Second

// unknownSince is when the outcome of a create became unknown, from the
// annotations of a managed resource; zero if it is known. A create that was
// begun and has no sequel counts: the process may have died in it. A time that
// cannot be read counts from the beginning of the process.
func unknownSince(annotations map[string]string, process time.Time) time.Time {
	var since time.Time
	if v, ok := annotations[v1alpha1.AnnotationCreateUnknownSince]; ok {
		since = timeOr(v, process)
	}
	v, ok := annotations[meta.AnnotationKeyExternalCreatePending]
	if !ok {
		return since
	}
	// Times are of one second: a sequel in the same second may be that of an
	// earlier create. Known outcomes remove the pending annotation.
	pending := timeOr(v, process)
	for _, sequel := range []string{meta.AnnotationKeyExternalCreateSucceeded, meta.AnnotationKeyExternalCreateFailed} {
		if t, err := time.Parse(time.RFC3339, annotations[sequel]); err == nil && t.After(pending) {
			return since
		}
	}
	return later(since, pending.Add(time.Second))
}

// heldUntil is when it can be told whether an allocate of unknown outcome came
// true: the hold-off counts from the later of its time and the beginning of
// this process's leadership, for another process may have died in it. Rounded
// up to full seconds; zero if nothing is unknown.
func heldUntil(annotations map[string]string, process time.Time, holdOff time.Duration) time.Time {
	since := unknownSince(annotations, process)
	if since.IsZero() {
		return time.Time{}
	}
	return ceil(later(since, process).Add(holdOff))
}

// unknownUntil is what is added to the error of a create that may have come true.
func unknownUntil(until time.Time) string {
	return "; it may have come true all the same, and nothing is created anew or taken for gone before " + until.Format(time.RFC3339)
}

// holding is the sentence about a hold-off. What was said of it last says why,
// if it is the same one.
func holding(noun, said string, until time.Time) string {
	if strings.HasSuffix(said, unknownUntil(until)) {
		return said
	}
	return "the outcome of a create of this " + noun + " is unknown" + unknownUntil(until)
}

// ceil rounds up to full seconds of UTC.
func ceil(t time.Time) time.Time {
	return t.UTC().Add(time.Second - time.Nanosecond).Truncate(time.Second)
}

func timeOr(v string, fallback time.Time) time.Time {
	if t, err := time.Parse(time.RFC3339, v); err == nil {
		return t
	}
	return fallback
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
