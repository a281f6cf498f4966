package allocation

import (
	"fmt"
	"time"

	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// Words of metal-api.
const (
	phonedHome = "Phoned Home"
	alive      = "Alive"
	dead       = "Dead"
)

// Reasons why a machine is not ready, beside Crossplane's own.
const (
	reasonReinstalling  xpv2.ConditionReason = "Reinstalling"
	reasonCrashLoop     xpv2.ConditionReason = "CrashLoop"
	reasonFailedReclaim xpv2.ConditionReason = "FailedReclaim"
	reasonDead          xpv2.ConditionReason = "Dead"
	reasonNotSeen       xpv2.ConditionReason = "NotSeen"
)

// readiness of a machine, by what metal-api says now.
// What was reinstalled has phoned home only after that, which metal-api's clock tells.
func readiness(noun string, m *metal.Machine, reinstalled string) xpv2.Condition {
	switch {
	case m.Reinstalling || m.LastEvent == phonedHome && Moment(m) == reinstalled:
		return Reinstalling(noun, m)
	case m.CrashLoop && afterReinstallation(m, reinstalled):
		return Reinstalling(noun, m)
	case m.CrashLoop:
		return unready(reasonCrashLoop, "the machine is in a crash loop: last event %s; look at its console", event(m))
	case m.FailedReclaim:
		return unready(reasonFailedReclaim, "the machine could not be reclaimed: last event %s; have it looked at by who runs the metal-stack", event(m))
	case m.Liveliness == dead:
		return unready(reasonDead, "the machine is dead: metal-stack has not heard of it for long; last event %s", event(m))
	case m.LastEvent != phonedHome || !ofThisAllocation(m):
		return unready(xpv2.ReasonCreating, "waiting for %s: last event %s", phonedHome, event(m))
	case m.Liveliness != alive:
		return unready(reasonNotSeen, "metal-stack has not heard of the machine for more than five minutes: it, its network or metal-stack's event path may be down")
	default:
		return xpv2.Available()
	}
}

// ofThisAllocation is true if the newest event is. metal-api keeps those of
// earlier allocations. Both times are of its clock and rounded to milliseconds,
// the allocation's not yet in the answer to an allocate: only an event that is a
// whole one later was surely later.
func ofThisAllocation(m *metal.Machine) bool {
	return m.LastEventTime.Sub(m.Created) >= time.Millisecond
}

// reinstallation takes at most so long, from the newest event before it to Phoned Home.
const reinstallation = 15 * time.Minute

// afterReinstallation is true until a machine that was reinstalled should have phoned
// home: metal-api takes its first boot for a crash loop.
func afterReinstallation(m *metal.Machine, reinstalled string) bool {
	at, err := time.Parse(time.RFC3339Nano, reinstalled)
	return err == nil && m.LastEventTime.Sub(at) < reinstallation
}

// Reinstalling is the condition of a machine that is.
func Reinstalling(noun string, m *metal.Machine) xpv2.Condition {
	return unready(reasonReinstalling, "the %s is being reinstalled: last event %s", noun, event(m))
}

// Moment of a machine's newest event, by metal-api's clock.
func Moment(m *metal.Machine) string { return m.LastEventTime.UTC().Format(time.RFC3339Nano) }

func event(m *metal.Machine) string {
	if m.LastEvent == "" || !ofThisAllocation(m) {
		return "none yet"
	}
	return m.LastEvent
}

func unready(r xpv2.ConditionReason, format string, args ...any) xpv2.Condition {
	return xpv2.Condition{
		Type:               xpv2.TypeReady,
		Status:             corev1.ConditionFalse,
		LastTransitionTime: metav1.Now(),
		Reason:             r,
		Message:            fmt.Sprintf(format, args...),
	}
}
