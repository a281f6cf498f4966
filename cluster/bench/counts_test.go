package bench

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// The small form.
const (
	fewNetworks  = 300
	fewFirewalls = 30

	restPart   = "4 rest"
	eventsPart = "8 events of all parts"
	countsFile = "testdata/counts.json"
)

const (
	// slack of a count for each resource that a part is about: it depends on when a
	// watch tells what, and on whose prefix is not in IPAM any more while another's
	// free is under way. A request more for each of them is beyond it.
	slack = 0.6

	// repeated requests, or writes, of one kind that a reconcile more may bring about.
	// On a busy machine there are more of them: a write meets a newer version, and all
	// is done again.
	repeated = 1

	// reconcileSlack is how many reconciles more there may be for each resource. A
	// firewall is looked at each second until it has phoned home, and on a busy
	// machine that takes more of them.
	reconcileSlack         = 1
	firewallReconcileSlack = 8

	// rounds of the finds that looks are served from may fall into the rest once more
	// or less: so many finds.
	rounds = 3
)

// counts of a part, by what is counted.
type counts struct {
	// Reconciles of managed resources.
	Reconciles int `json:"reconciles"`

	Requests map[string]int `json:"requests"`
	Writes   map[string]int `json:"writes"`
	Lists    map[string]int `json:"lists"`
}

// exceeded counts, a line each; empty if there are none.
func exceeded(want, got map[string]counts) string {
	var b strings.Builder
	for _, part := range slices.Sorted(maps.Keys(got)) {
		w, g := want[part], got[part]
		line := func(by, what string, stored, most, got int) {
			if got > most {
				_, _ = fmt.Fprintf(&b, "%-24s %-10s %-32s stored %5d, allowed %5d, got %5d\n", part, by, what, stored, most, got)
			}
		}
		resources := resourcesOf(part)
		reconciles := reconcileSlack * resources
		if strings.HasSuffix(part, "firewalls") {
			reconciles = firewallReconcileSlack * resources
		}
		line("provider", "reconciles", w.Reconciles, w.Reconciles+reconciles, g.Reconciles)
		more := int(slack*float64(resources)) + repeated*max(0, g.Reconciles-w.Reconciles)
		for _, of := range []struct {
			by        string
			want, got map[string]int
		}{{"metal-api", w.Requests, g.Requests}, {"API server", w.Writes, g.Writes}, {"API server", w.Lists, g.Lists}} {
			for _, name := range slices.Sorted(maps.Keys(of.got)) {
				most := of.want[name] + more
				if finds(map[string]int{name: 1}) > 0 && of.want[name] > 0 {
					most += rounds
				}
				line(of.by, name, of.want[name], most, of.got[name])
			}
		}
	}
	return b.String()
}

// resourcesOf a part. At rest there is none that anything is done to: nothing may
// come early or late.
func resourcesOf(part string) int {
	switch {
	case part == restPart:
		return 0
	case part == eventsPart:
		return 2 * (fewNetworks + fewFirewalls)
	case strings.HasSuffix(part, "firewalls"):
		return fewFirewalls
	default:
		return fewNetworks
	}
}

func TestExceeded(t *testing.T) {
	t.Parallel()
	stored := map[string]counts{
		"create networks": {Reconciles: 900, Requests: map[string]int{"findNetworks": 900}, Writes: map[string]int{"PATCH networks": 1200}},
		restPart:          {},
	}
	cases := map[string]struct {
		reason string
		part   string
		got    counts
		want   string
	}{
		"Same": {
			reason: "What is stored is allowed.", part: "create networks",
			got: counts{Reconciles: 900, Requests: map[string]int{"findNetworks": 900}, Writes: map[string]int{"PATCH networks": 1200}},
		},
		"Less": {
			reason: "So is less.", part: "create networks", got: counts{Requests: map[string]int{"findNetworks": 1}},
		},
		"Some": {
			reason: "Some resources may be asked for once more.", part: "create networks",
			got: counts{Reconciles: 900, Requests: map[string]int{"findNetworks": 900 + fewNetworks/3}},
		},
		"OneMoreForEach": {
			reason: "All must not.", part: "create networks",
			got: counts{Reconciles: 900, Requests: map[string]int{"findNetworks": 900 + fewNetworks}}, want: "findNetworks",
		},
		"MoreReconciles": {
			reason: "A busy machine reconciles more often, and each asks.", part: "create networks",
			got: counts{Reconciles: 900 + fewNetworks, Requests: map[string]int{"findNetworks": 900 + fewNetworks}},
		},
		"FarMoreReconciles": {
			reason: "But not without limit.", part: "create networks", got: counts{Reconciles: 901 + reconcileSlack*fewNetworks}, want: "reconciles",
		},
		"NewWrites": {
			reason: "What was never seen may happen to some resources, not to all.", part: "create networks",
			got: counts{Reconciles: 900, Writes: map[string]int{"PUT networks": fewNetworks}}, want: "PUT networks",
		},
		"AWriteAtRest": {
			reason: "At rest there is none.", part: restPart, got: counts{Writes: map[string]int{"PATCH networks": 1}}, want: "PATCH networks",
		},
		"ALookAtRest": {
			reason: "Nor a look, within seconds.", part: restPart, got: counts{Requests: map[string]int{"findNetworks": 1}}, want: "findNetworks",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := exceeded(stored, map[string]counts{tc.part: tc.got})
			if (tc.want == "") != (got == "") || !strings.Contains(got, tc.want) {
				t.Errorf("%s: got %q, want a line about %q", tc.reason, got, tc.want)
			}
		})
	}
}
