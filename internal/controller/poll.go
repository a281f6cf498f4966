package controller

import (
	"math/rand/v2"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	corev1 "k8s.io/api/core/v1"
)

// Bounds of the poll interval of what is not ready, or being deleted.
const (
	pollSoonest = 5 * time.Second
	pollLatest  = time.Minute
	pollJitter  = 0.1
)

// pollAfter says when to look again. What is not ready is looked at often at
// first, and more rarely the longer that lasts.
func pollAfter(ready bool, unready, poll time.Duration, jitter float64) time.Duration {
	if ready {
		return poll + time.Duration(pollJitter*jitter*float64(poll))
	}
	return min(poll, max(pollSoonest, min(pollLatest, unready/6)))
}

// pollHook is the one hook of a reconciler: a second one would replace it.
func pollHook(now func() time.Time) func(resource.Managed, time.Duration) time.Duration {
	return func(mg resource.Managed, poll time.Duration) time.Duration {
		c := mg.GetCondition(xpv2.TypeReady)
		ready := c.Status == corev1.ConditionTrue && !meta.WasDeleted(mg)
		return pollAfter(ready, now().Sub(c.LastTransitionTime.Time), poll, 2*rand.Float64()-1) //nolint:gosec // Jitter needs no secrecy.
	}
}
