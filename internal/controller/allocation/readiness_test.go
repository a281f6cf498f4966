package allocation

import (
	"strings"
	"testing"
	"time"

	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	corev1 "k8s.io/api/core/v1"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

func TestReadiness(t *testing.T) {
	t.Parallel()
	created := time.Date(2026, 1, 1, 10, 0, 0, 0, time.UTC)
	good := func(change func(*metal.Machine)) *metal.Machine {
		f := &metal.Machine{Created: created, LastEvent: "Phoned Home", LastEventTime: created.Add(time.Minute), Liveliness: "Alive"}
		change(f)
		return f
	}
	cases := map[string]struct {
		reason  string
		f       *metal.Machine
		want    xpv2.ConditionReason
		message string

		reinstalled string
	}{
		"Ready":      {"phoned home after this allocation and alive", good(func(*metal.Machine) {}), xpv2.ReasonAvailable, "", ""},
		"Installing": {"another event is newer", good(func(f *metal.Machine) { f.LastEvent = "Installing" }), xpv2.ReasonCreating, "waiting for Phoned Home: last event Installing", ""},
		"OldEvent":   {"events of earlier allocations are kept", good(func(f *metal.Machine) { f.LastEventTime = created.Add(-time.Hour) }), xpv2.ReasonCreating, "waiting for Phoned Home: last event none yet", ""},
		"SameTime":   {"later means later", good(func(f *metal.Machine) { f.LastEventTime = created }), xpv2.ReasonCreating, "none yet", ""},
		"RoundedUp": {"before a creation in nanoseconds, and rounded to after it", good(func(f *metal.Machine) {
			f.Created = created.Add(855848478 * time.Nanosecond)
			f.LastEventTime = created.Add(856 * time.Millisecond)
		}), xpv2.ReasonCreating, "none yet", ""},
		"NextMillisecond": {"the creation is rounded as the event is", good(func(f *metal.Machine) { f.LastEventTime = created.Add(time.Millisecond) }), xpv2.ReasonAvailable, "", ""},
		"NoEvent":         {"no event at all", good(func(f *metal.Machine) { f.LastEvent = "" }), xpv2.ReasonCreating, "last event none", ""},
		"Unknown":         {"a whole partition turns Unknown when its event path fails", good(func(f *metal.Machine) { f.Liveliness = "Unknown" }), "NotSeen", "has not heard", ""},
		"NoLiveliness":    {"nothing is not alive", good(func(f *metal.Machine) { f.Liveliness = "" }), "NotSeen", "has not heard", ""},
		"Dead":            {"dead", good(func(f *metal.Machine) { f.Liveliness = "Dead" }), "Dead", "dead", ""},
		"CrashLoop":       {"also while phoned home", good(func(f *metal.Machine) { f.CrashLoop = true }), "CrashLoop", "crash loop", ""},
		"FailedReclaim":   {"also while phoned home", good(func(f *metal.Machine) { f.FailedReclaim = true }), "FailedReclaim", "reclaimed", ""},
		"Reinstalling":    {"the newest event stays Phoned Home for a second", good(func(f *metal.Machine) { f.Reinstalling = true; f.CrashLoop = true }), "Reinstalling", "reinstalled", ""},
		"Booting":         {"the first boot after a reinstallation is no crash loop", good(func(f *metal.Machine) { f.CrashLoop = true; f.LastEvent = "Booting New Kernel" }), "Reinstalling", "reinstalled", created.Format(time.RFC3339Nano)},
		"CrashesAfter":    {"it is when it has lasted", good(func(f *metal.Machine) { f.CrashLoop = true; f.LastEvent = "PXE Booting" }), "CrashLoop", "crash loop", created.Add(-time.Hour).Format(time.RFC3339Nano)},
		"Reinstalled":     {"the old event is that of before the reinstallation", good(func(*metal.Machine) {}), "Reinstalling", "reinstalled", created.Add(time.Minute).Format(time.RFC3339Nano)},
		"PhonedAgain":     {"a newer one is not", good(func(*metal.Machine) {}), xpv2.ReasonAvailable, "", created.Format(time.RFC3339Nano)},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := readiness("firewall", tc.f, tc.reinstalled)
			if c.Type != xpv2.TypeReady || c.Reason != tc.want || !strings.Contains(c.Message, tc.message) {
				t.Errorf("%s: want %s with %q, got %+v", tc.reason, tc.want, tc.message, c)
			}
			if ready := tc.want == xpv2.ReasonAvailable; ready != (c.Status == corev1.ConditionTrue) {
				t.Errorf("%s: want ready %t", tc.reason, ready)
			}
		})
	}
}
