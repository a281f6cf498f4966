package controller

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestHeldUntil(t *testing.T) {
	t.Parallel()
	const (
		pending   = "crossplane.io/external-create-pending"
		succeeded = "crossplane.io/external-create-succeeded"
		failed    = "crossplane.io/external-create-failed"
		unknown   = "metal-stack.crossplane.io/create-unknown-since"
	)
	at := func(hms string) time.Time {
		got, err := time.Parse(time.RFC3339, "2026-01-01T"+hms+"Z")
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	day := "2026-01-01T"
	cases := map[string]struct {
		reason      string
		annotations map[string]string
		process     time.Time
		want        time.Time
	}{
		"Never":            {"nothing was created", nil, at("09:00:00"), time.Time{}},
		"Unknown":          {"a create of unknown outcome", map[string]string{unknown: day + "10:00:00Z"}, at("09:00:00"), at("10:01:00")},
		"UnknownFailed":    {"that crossplane-runtime takes for failed", map[string]string{pending: day + "09:59:30Z", failed: day + "10:00:00Z", unknown: day + "10:00:00Z"}, at("09:00:00"), at("10:01:00")},
		"AnotherProcess":   {"it counts from this process's leadership", map[string]string{unknown: day + "10:00:00Z"}, at("10:00:30"), at("10:01:30")},
		"Begun":            {"a create without a sequel: the process died in it", map[string]string{pending: day + "10:00:00Z"}, at("10:05:00"), at("10:06:00")},
		"BegunHere":        {"annotations have full seconds", map[string]string{pending: day + "10:00:00Z"}, at("09:00:00"), at("10:01:01")},
		"BegunAgain":       {"the newest create counts", map[string]string{pending: day + "10:00:10Z", failed: day + "10:00:00Z"}, at("09:00:00"), at("10:01:11")},
		"BegunInTheSecond": {"a sequel of the same second may be of an earlier create", map[string]string{pending: day + "10:00:00Z", failed: day + "10:00:00Z"}, at("09:00:00"), at("10:01:01")},
		"Failed":           {"a create that was refused", map[string]string{pending: day + "10:00:00Z", failed: day + "10:00:01Z"}, at("10:00:30"), time.Time{}},
		"Succeeded":        {"a create that succeeded", map[string]string{pending: day + "10:00:00Z", succeeded: day + "10:00:01Z"}, at("10:00:30"), time.Time{}},
		"Settled":          {"known outcomes remove what was pending", map[string]string{failed: day + "10:00:01Z", succeeded: day + "10:00:01Z"}, at("10:00:30"), time.Time{}},
		"Unreadable":       {"what cannot be read is unknown", map[string]string{unknown: "yesterday"}, at("10:00:00"), at("10:01:00")},
		"Fraction":         {"full seconds, rounded up", map[string]string{unknown: day + "10:00:00.2Z"}, at("09:00:00"), at("10:01:01")},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, heldUntil(tc.annotations, tc.process, time.Minute)); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestPollAfter(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason  string
		ready   bool
		unready time.Duration
		poll    time.Duration
		jitter  float64
		want    time.Duration
	}{
		"Ready":      {"ready: the poll interval", true, 0, 10 * time.Minute, 0, 10 * time.Minute},
		"JitterDown": {"less a tenth at most", true, 0, 10 * time.Minute, -1, 9 * time.Minute},
		"JitterUp":   {"plus a tenth at most", true, 0, 10 * time.Minute, 1, 11 * time.Minute},
		"JustMade":   {"not ready: soon", false, 0, 10 * time.Minute, 1, 5 * time.Second},
		"AMinute":    {"growing", false, time.Minute, 10 * time.Minute, 0, 10 * time.Second},
		"AnHour":     {"to a minute", false, time.Hour, 10 * time.Minute, 0, time.Minute},
		"FastPoll":   {"never more rarely than when ready", false, time.Hour, 2 * time.Second, 0, 2 * time.Second},
		"ClockBack":  {"a transition in the future", false, -time.Hour, 10 * time.Minute, 0, 5 * time.Second},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := pollAfter(tc.ready, tc.unready, tc.poll, tc.jitter); got != tc.want {
				t.Errorf("%s: want %s, got %s", tc.reason, tc.want, got)
			}
		})
	}
}

// The times belong together: metal-api waits 10 s for its allocation mutex, which
// a cancelled allocate blocks for up to 40 s, and a request takes up to 30 s.
func TestTimesBelongTogether(t *testing.T) {
	t.Parallel()
	const mutex, request = 10 * time.Second, 30 * time.Second
	for name, enough := range map[string]bool{
		"an allocate outlasts the mutex":              CreateTimeout >= request+mutex,
		"a reconcile outlasts an allocate":            ReconcileTimeout > CreateTimeout,
		"a process outlasts a reconcile":              ShutdownTimeout > ReconcileTimeout,
		"the hold-off outlasts request and mutex":     DefaultHoldOff > request+mutex,
		"an API server may be away for some minutes":  DefaultPersistTimeout >= 3*time.Minute,
		"a process that ends is not killed by itself": ShutdownTimeout > CreateTimeout,
	} {
		if !enough {
			t.Errorf("not so: %s", name)
		}
	}
}

func TestHolding(t *testing.T) {
	t.Parallel()
	until := time.Date(2026, 1, 1, 10, 1, 0, 0, time.UTC)
	const cause = "cannot allocate a network: no prefix left"
	cases := map[string]struct {
		reason, said, want string
	}{
		"Cause":   {"why it is unknown stays readable", cause + unknownUntil(until), cause + "; it may have come true all the same, and nothing is created anew or taken for gone before 2026-01-01T10:01:00Z"},
		"Restart": {"what was said of another time is not so any more", cause + unknownUntil(until.Add(-time.Minute)), "the outcome of a create of this network is unknown; it may have come true all the same, and nothing is created anew or taken for gone before 2026-01-01T10:01:00Z"},
		"Nothing": {"the process died before it could say anything", "", "the outcome of a create of this network is unknown; it may have come true all the same, and nothing is created anew or taken for gone before 2026-01-01T10:01:00Z"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, holding("network", tc.said, until)); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
