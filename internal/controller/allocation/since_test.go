package allocation

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// A crash loop counts from the event in which it was first seen, by metal-api's clock.
func TestSince(t *testing.T) {
	t.Parallel()
	now := time.Now().Truncate(time.Second)
	at := func(ago time.Duration) *metav1.Time { return new(metav1.NewTime(now.Add(-ago))) }
	for name, tc := range map[string]struct {
		reason string
		before v1alpha1.AllocationObservation
		event  time.Duration
		want   time.Duration
	}{
		"First":       {"it may have been for long", v1alpha1.AllocationObservation{}, time.Hour, time.Hour},
		"Again":       {"what was seen is kept, also in a later event", v1alpha1.AllocationObservation{MachineID: "m", CrashLoopSince: at(2 * time.Hour)}, time.Hour, 2 * time.Hour},
		"Another":     {"but of this machine", v1alpha1.AllocationObservation{MachineID: "o", CrashLoopSince: at(2 * time.Hour)}, time.Hour, time.Hour},
		"NotOfThis":   {"and of this allocation", v1alpha1.AllocationObservation{}, 48 * time.Hour, 0},
		"NoneIsKnown": {"without an event it is now", v1alpha1.AllocationObservation{}, -1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := &metal.Machine{ID: "m", Created: now.Add(-24 * time.Hour)}
			if tc.event >= 0 {
				m.LastEventTime = now.Add(-tc.event)
			}
			if got := time.Since(since(&tc.before, m).Time); got < tc.want-time.Minute || got > tc.want+time.Minute {
				t.Errorf("%s: want it %s ago, got %s", tc.reason, tc.want, got)
			}
		})
	}
}
