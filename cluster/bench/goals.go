package bench

import (
	"fmt"
	"strings"
	"time"
)

// A goal of ours, and what was got.
type goal struct {
	what, goal, got string
	met             bool
}

// times that ours may take of the sequential floor.
const times = 3

// welcomeGoal is how long a new network may wait for its allocate, and a firewall
// that has phoned home for Ready.
const welcomeGoal = 2.0

// goals of a life, beside the floor of the same number.
func goals(l *Life, f *Floor) []goal {
	var all []goal
	add := func(what, goalText, got string, met bool) { all = append(all, goal{what, goalText, got, met}) }

	writes := perMinute(l.Rest, sum(l.Rest.Writes, leases()...))
	add("writes to the API server per minute at rest", "0, but for the lease", fmt.Sprintf("%.1f", writes), writes == 0)
	add("requests to metal-api per minute at rest", "≤ 5 % of its time", fmt.Sprintf("%.1f, %.2f %% of its time", perMinute(l.Rest, sum(l.Rest.Requests)), share(l.Rest)), share(l.Rest) <= 5)
	add("memory at rest", "< 250 MB", fmt.Sprintf("%.0f MB", l.Rest.RSS), l.Rest.RSS < 250)
	peak := l.Delete.Peak
	add("memory at the peak", "< 400 MB", fmt.Sprintf("%.0f MB", peak), peak < 400)
	perLook := l.findsPerLook()
	add("requests per look at what rests while a tenth is deleted", "< 1", fmt.Sprintf("%.2f", perLook), perLook < 1)
	add("a change at metal-stack is seen meanwhile", fmt.Sprintf("two ages (of %.0f s)", l.Age), fmt.Sprintf("%.0f s", l.Stale), l.Stale <= 2*l.Age)
	for _, w := range []struct {
		what string
		of   Welcome
	}{
		{"all others rest", l.WhileResting}, {"another project creates a tenth as many", l.WhileCreating}, {"the provider has just started", l.AfterRestart},
	} {
		add("a new network while "+w.what+": apply to allocate", "< 2 s", w.of.Allocated.String(), w.of.Allocated.Missing == 0 && w.of.Allocated.P99 < welcomeGoal)
	}
	add("a firewall's Phoned Home to Ready", "< 2 s", l.PhonedHome.String(), l.PhonedHome.Missing == 0 && l.PhonedHome.P99 < welcomeGoal)
	add("restart to a first look at all", "< 60 s", seconds(l.Restart), l.Restart < time.Minute.Seconds())
	if f != nil {
		for _, d := range []struct {
			what        string
			took, floor float64
		}{{"creating", l.Create.Seconds, f.Create}, {"deleting", l.Delete.Seconds, f.Delete}} {
			r := ratio(d.took, d.floor)
			add(d.what+" all networks, of the sequential floor", fmt.Sprintf("< %d ×", times), fmt.Sprintf("%.2f × (%s of %s)", r, seconds(d.took), seconds(d.floor)), r < times)
		}
	}
	return all
}

// findsPerLook at what rests while others are deleted: what these took when nothing
// was left to rest, at the end, is left out.
func (l *Life) findsPerLook() float64 {
	deleted := float64(l.Networks / 10)
	each := func(n int) float64 { return deleted * ratio(float64(n), float64(l.Networks)) }
	asked := float64(finds(l.WhileDeleting.Requests)) - each(finds(l.Delete.Requests))
	looks := float64(l.WhileDeleting.Looks) - each(l.Delete.Looks)
	if looks <= 0 {
		return 0
	}
	return max(0, asked) / looks
}

// leases are writes that tell who leads.
func leases() []string { return []string{"PUT leases", "PATCH leases", "POST leases"} }

func perMinute(p Phase, n int) float64 { return ratio(float64(n)*time.Minute.Seconds(), p.Seconds) }

// share of a core of metal-api's, in percent.
func share(p Phase) float64 { return 100 * ratio(p.MetalBusy, p.Seconds) }

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// seconds as a person reads them.
func seconds(s float64) string {
	switch {
	case s < 1:
		return fmt.Sprintf("%.2f s", s)
	case s < 100:
		return fmt.Sprintf("%.1f s", s)
	default:
		return fmt.Sprintf("%.0f s", s)
	}
}

// String has the median and the 99th percentile. Of samples that are missing it is
// said how many they are.
func (l Latency) String() string {
	if l.Samples == 0 && l.Missing == 0 {
		return "–"
	}
	text := "none"
	if l.Samples > 0 {
		text = strings.TrimSuffix(seconds(l.P50), " s") + " / " + seconds(l.P99)
	}
	if l.Missing > 0 {
		text += fmt.Sprintf(", %d of %d not within %s", l.Missing, l.Missing+l.Samples, newcomerLimit)
	}
	return text
}
