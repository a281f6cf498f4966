package composition

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	clusterv1alpha1 "github.com/crossplane-contrib/provider-metal-stack/apis/cluster/v1alpha1"
)

// Strategies of a replacement.
const (
	strategyRoll     = "Roll"
	strategyRecreate = "Recreate"
	strategyOnDelete = "OnDelete"
)

// keptByPolicies is a firewall that a person does not let go.
const keptByPolicies = "its managementPolicies do not allow to free it"

// createTimeout of a firewall, if nothing else is said.
const createTimeout = 15 * time.Minute

// A step of a replacement.
type step int

// Steps.
const (
	stepHold    step = iota // What there is stays.
	stepBegin               // The next firewall is created, beside the current one.
	stepFinish              // The current one is freed: the next is there.
	stepAbandon             // The next one is freed: it is not wanted.
	stepFail                // The next one is freed, and not tried again by itself.
)

// A situation is all that says what happens to a firewall, which is there.
type situation struct {
	// strategy of a replacement.
	strategy string

	// reasons for which it should be another one; none if it should not.
	reasons reasons

	// failed is true if the same was tried before, in vain.
	failed bool

	// paused by a person; closed for so long, by the maintenance window, which closes in so
	// long.
	paused         bool
	closed, closes time.Duration

	// opens is when the maintenance window does, in words.
	opens string

	// kept is true for a firewall whose machine is not freed with it.
	kept bool

	// gone is true for a firewall that stands for nothing any more.
	gone bool

	// wrongWindow is why it is not known when the window is.
	wrongWindow string

	// leaving is true while another firewall of it is still being freed, or the current
	// one is being deleted.
	leaving bool

	// foreign is true while one of both is not Crossplane's own yet, as after a restore: it
	// would forget what is not named any more.
	foreign bool

	// next is the one that is to replace it, if there is one.
	next *successor
}

// A successor is a firewall that is to replace another one.
type successor struct {
	// wished is true if it is as it should be.
	wished bool

	// begun is true if it stands for a machine, or may; for so long, if it is known.
	begun bool
	age   time.Duration

	// unseen is true while metal-stack has not heard of its machine.
	unseen bool

	// ready for so long, or not.
	ready    bool
	readyFor time.Duration

	// granted is true if the current one may be freed before it is there.
	granted bool

	// stableFor and timeout are what a person asks for.
	stableFor, timeout time.Duration
}

// A verdict says what is to be done, why nothing is, and when to look again.
type verdict struct {
	step  step
	says  string
	again time.Duration

	// held is why a replacement is not begun, in short.
	held string
}

// decide what happens to a firewall.
func (s *situation) decide() verdict {
	if s.next != nil {
		return s.goOn()
	}
	why := s.reasons.String()
	switch {
	case len(s.reasons) == 0 || s.leaving && s.strategy == strategyOnDelete:
		return verdict{}
	case s.kept:
		return verdict{says: "shall be another one (" + why + "), and is not replaced: " + keptByPolicies, held: keptByPolicies}
	case s.strategy == strategyOnDelete:
		return verdict{says: "shall be another one (" + why + "), and is replaced when its Firewall is deleted: updateStrategy is OnDelete"}
	case s.failed:
		return verdict{says: "was not replaced (" + why + "): the new one did not phone home in time, and was freed. Look at its console log, and change the spec or rollToken to try again", held: "the new one did not phone home in time"}
	case s.paused:
		return verdict{says: "shall be replaced (" + why + "), and is not: paused is true", held: "paused is true"}
	case s.wrongWindow != "":
		return verdict{says: "shall be replaced (" + why + "), and is not: " + s.wrongWindow, held: s.wrongWindow}
	case s.closed > 0:
		return verdict{says: fmt.Sprintf("shall be replaced (%s), and is when the maintenance window begins%s", why, s.opens), again: s.closed, held: "the maintenance window begins" + s.opens}
	case s.leaving:
		return verdict{says: "shall be replaced (" + why + "), when the one before is freed", again: freedIn}
	default:
		return verdict{step: stepBegin, says: "is being replaced (" + why + ")", again: s.closes}
	}
}

// goOn with a replacement that has begun.
func (s *situation) goOn() verdict {
	n := s.next
	switch {
	case s.foreign:
		return verdict{again: freedIn}
	case s.leaving && n.begun && n.ready:
		return verdict{step: stepFinish, again: freedIn}
	case s.leaving && n.begun:
		return verdict{says: "is being deleted, and the new one is not ready yet"}
	case s.gone && n.begun:
		return verdict{step: stepFinish, again: freedIn} // The one that is left is the firewall.
	case s.kept && n.begun && n.ready && len(s.reasons) > 0:
		return verdict{says: "is being replaced (" + s.reasons.String() + "), and both stay: " + keptByPolicies}
	case len(s.reasons) == 0 || !n.wished && n.begun:
		return verdict{step: stepAbandon, again: freedIn}
	case !n.begun && (s.strategy == strategyOnDelete || s.kept || s.paused || s.closed > 0 || s.wrongWindow != ""):
		alone := *s
		alone.next, alone.leaving, alone.failed = nil, false, false
		v := alone.decide()
		v.step = stepAbandon
		return v
	case n.ready && n.readyFor >= n.stableFor, s.strategy == strategyRecreate && n.granted && n.wished && !n.begun:
		return verdict{step: stepFinish, again: freedIn}
	case n.ready:
		return verdict{says: "is being replaced: the new one is ready", again: n.stableFor - n.readyFor}
	case n.begun && n.age >= n.timeout && !n.unseen:
		return verdict{step: stepFail, again: freedIn}
	case n.begun:
		return verdict{says: "is being replaced (" + s.reasons.String() + ")", again: n.timeout - n.age}
	default:
		return verdict{says: "is being replaced (" + s.reasons.String() + ")", again: s.closes}
	}
}

// noLaterThan something it is looked again: Crossplane does so a tenth sooner
// or later than it is asked.
func noLaterThan(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return max(d*10/11, time.Second)
}

// closedFor is how long a maintenance window is closed yet, and when it opens, in words; or in
// how long it closes, if it ever does; why if that cannot be known.
func closedFor(w *clusterv1alpha1.MaintenanceWindow, now time.Time) (closed, closes time.Duration, opens, why string) {
	if w == nil {
		return 0, 0, "", ""
	}
	zone, err := time.LoadLocation(cmp.Or(w.TimeZone, "UTC"))
	if err != nil {
		return 0, 0, "", fmt.Sprintf("there is no time zone %q: correct maintenanceWindow.timeZone, such as Europe/Berlin", w.TimeZone)
	}
	now = now.In(zone)
	for day := -1; day <= 7; day++ {
		date := now.AddDate(0, 0, day)
		if !onDay(w.Days, date.Weekday()) {
			continue
		}
		begin, end := at(date, w.Begin), at(date, w.End)
		if w.End <= w.Begin { // By the clock: an hour that is left out in spring makes no day of it.
			end = at(date.AddDate(0, 0, 1), w.End)
		}
		switch {
		case !now.Before(end):
		case now.Before(begin):
			return begin.Sub(now), 0, " at " + begin.Format("Mon 2006-01-02 15:04 MST"), ""
		default:
			return 0, end.Sub(now), "", ""
		}
	}
	return 0, 0, "", "maintenanceWindow never begins"
}

func onDay(days []clusterv1alpha1.Day, is time.Weekday) bool {
	for _, d := range days {
		if strings.HasPrefix(is.String(), string(d)) {
			return true
		}
	}
	return len(days) == 0
}

// at a time of day, such as 22:00, of a date.
func at(date time.Time, clock string) time.Time {
	t, _ := time.Parse("15:04", clock) // The API server has seen to it that it can be.
	y, m, d := date.Date()
	return time.Date(y, m, d, t.Hour(), t.Minute(), 0, 0, date.Location())
}

// durationOf what a person wrote; left out if that is empty, or none.
func durationOf(d clusterv1alpha1.Duration, leftOut time.Duration) time.Duration {
	if parsed, err := time.ParseDuration(string(d)); err == nil && parsed > 0 {
		return parsed
	}
	return leftOut
}
