package simulator

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestEvents(t *testing.T) {
	t.Parallel()
	type want struct {
		Last      string
		Entries   int
		CrashLoop bool
		Failed    bool
	}
	cases := map[string]struct {
		reason string
		after  []string
		want   want
	}{
		"Installation": {
			reason: "What is expected is no crash.",
			after:  []string{waiting, installing, bootingKernel, phonedHome},
			want:   want{Last: phonedHome, Entries: 4},
		},
		"Repeated": {
			reason: "A repeated Phoned Home adds no entry.",
			after:  []string{bootingKernel, phonedHome, phonedHome, phonedHome},
			want:   want{Last: phonedHome, Entries: 2},
		},
		"Reinstall": {
			reason: "The boot for a reinstallation comes unexpected.",
			after:  []string{phonedHome, pxeBooting, preparing},
			want:   want{Last: preparing, Entries: 3, CrashLoop: true},
		},
		"PowerCycle": {
			reason: "The running system phones home after the planned reboot, so the boot comes unexpected too.",
			after:  []string{phonedHome, plannedReboot, phonedHome, pxeBooting},
			want:   want{Last: pxeBooting, Entries: 4, CrashLoop: true},
		},
		"Healed": {
			reason: "Phoned Home ends a crash loop.",
			after:  []string{phonedHome, pxeBooting, preparing, registering, installing, bootingKernel, phonedHome},
			want:   want{Last: phonedHome, Entries: 7},
		},
		"Reclaimed": {
			reason: "A reclaim ends a crash loop, and the boot after it is expected.",
			after:  []string{installing, crashed, reclaim, pxeBooting, preparing, registering, waiting},
			want:   want{Last: waiting, Entries: 7},
		},
		"LateAfterReclaim": {
			reason: "A system that phones home shortly after its reclaim is on its way down.",
			after:  []string{phonedHome, reclaim, phonedHome},
			want:   want{Last: reclaim, Entries: 2},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := eventContainer{}
			for _, name := range tc.after {
				c.take(name, "")
			}
			got := want{Last: c.last(), Entries: len(c.log), CrashLoop: c.crashLoop, Failed: c.failedReclaim}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestReclaimFailed(t *testing.T) {
	t.Parallel()
	c := eventContainer{}
	c.take(reclaim, "")
	c.lastTime = c.lastTime.Add(-reclaimFailedAfter - time.Second)
	c.take(phonedHome, "")
	if !c.failedReclaim || c.last() != reclaim {
		t.Errorf("a machine that still phones home long after its reclaim was not reclaimed: %+v", c)
	}
	c.take(pxeBooting, "")
	if c.failedReclaim {
		t.Error("PXE Booting shows that the reclaim came through")
	}
}

func TestLivelinessByAge(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason    string
		age       time.Duration
		allocated bool
		pinned    bool
		want      string
	}{
		"Young":     {reason: "A recent event is a sign of life.", age: time.Minute, want: alive},
		"Allocated": {reason: "A silent machine of a user may have switched its service off.", age: time.Hour, allocated: true, want: unknown},
		"Free":      {reason: "A silent machine of nobody is dead.", age: time.Hour, want: dead},
		"Pinned":    {reason: "What control has set stays until the next event.", age: time.Minute, pinned: true, want: "as set"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := eventContainer{lastTime: time.Now().Add(-tc.age), liveliness: "as set", pinned: tc.pinned}
			c.age(tc.allocated, 5*time.Minute)
			if c.liveliness != tc.want {
				t.Errorf("%s Want %s, got %s", tc.reason, tc.want, c.liveliness)
			}
		})
	}
}

func TestEventsKept(t *testing.T) {
	t.Parallel()
	c := eventContainer{}
	for range eventsStored {
		c.take(reclaim, "")
		c.take(pxeBooting, "")
	}
	if got := len(c.log); got != eventsStored {
		t.Errorf("want %d events stored, got %d", eventsStored, got)
	}
	if got := len(c.response().Log); got != eventsAnswered {
		t.Errorf("want %d events answered, got %d", eventsAnswered, got)
	}
}
