package lease

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

// A held lock takes its time, and may fail.
type held struct {
	resourcelock.Interface

	write func() error
}

func (h held) Create(context.Context, resourcelock.LeaderElectionRecord) error { return h.write() }
func (h held) Update(context.Context, resourcelock.LeaderElectionRecord) error { return h.write() }

func TestLiving(t *testing.T) {
	t.Parallel()
	const patience = 6 * time.Second
	record := resourcelock.LeaderElectionRecord{}
	away := errors.New("the API server is away")
	cases := map[string]struct {
		reason string
		story  func(l *Lock, pass func(time.Duration), fail func(error)) error
		want   string
	}{
		"Never": {"no lease was taken", func(*Lock, func(time.Duration), func(error)) error { return nil }, "does not lead"},
		"Taken": {"just taken", func(l *Lock, _ func(time.Duration), _ func(error)) error { return l.Create(t.Context(), record) }, ""},
		"NotTaken": {"another one has it", func(l *Lock, _ func(time.Duration), fail func(error)) error {
			fail(away)
			_ = l.Create(t.Context(), record)
			return nil
		}, "does not lead"},
		"Renewed": {"renewed in time", func(l *Lock, pass func(time.Duration), _ func(error)) error {
			if err := l.Create(t.Context(), record); err != nil {
				return err
			}
			pass(patience)
			err := l.Update(t.Context(), record)
			pass(patience)
			return err
		}, ""},
		"Stopped": {"nothing was renewed for too long", func(l *Lock, pass func(time.Duration), _ func(error)) error {
			err := l.Create(t.Context(), record)
			pass(patience + 1)
			return err
		}, "more than 6s"},
		"Failed": {"a renewal that failed is none", func(l *Lock, pass func(time.Duration), fail func(error)) error {
			if err := l.Create(t.Context(), record); err != nil {
				return err
			}
			pass(patience + 1)
			fail(away)
			_ = l.Update(t.Context(), record)
			return nil
		}, "more than 6s"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now, fails := time.Unix(1000, 0), error(nil)
			l := New(held{write: func() error { return fails }}, patience)
			l.now = func() time.Time { return now }
			if err := tc.story(l, func(d time.Duration) { now = now.Add(d) }, func(err error) { fails = err }); err != nil {
				t.Fatal(err)
			}
			switch err := l.Living(); {
			case tc.want == "" && err != nil:
				t.Errorf("%s: %v", tc.reason, err)
			case tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)):
				t.Errorf("%s: want %q, got %v", tc.reason, tc.want, err)
			}
		})
	}
}

// A write that takes long counts from its beginning: so do others.
func TestSlowWrite(t *testing.T) {
	t.Parallel()
	now := time.Unix(1000, 0)
	l := New(held{write: func() error { now = now.Add(time.Minute); return nil }}, time.Second)
	l.now = func() time.Time { return now }
	if err := l.Create(t.Context(), resourcelock.LeaderElectionRecord{}); err != nil {
		t.Fatal(err)
	}
	if l.Living() == nil {
		t.Error("want a lease that was written a minute ago not trusted")
	}
}

// A shared lease that several locks write.
type shared struct {
	resourcelock.Interface

	me string
	r  *resourcelock.LeaderElectionRecord
}

func (s shared) Identity() string { return s.me }
func (s shared) Get(context.Context) (*resourcelock.LeaderElectionRecord, []byte, error) {
	return s.r, nil, nil
}

func (s shared) Update(_ context.Context, r resourcelock.LeaderElectionRecord) error {
	*s.r = r
	return nil
}

// What is released is one's own, and nothing may be written from then on.
func TestRelease(t *testing.T) {
	t.Parallel()
	r := &resourcelock.LeaderElectionRecord{}
	first, second := New(shared{me: "first", r: r}, time.Hour), New(shared{me: "second", r: r}, time.Hour)
	if err := first.Update(t.Context(), resourcelock.LeaderElectionRecord{HolderIdentity: "first", LeaderTransitions: 3}); err != nil {
		t.Fatal(err)
	}
	if err := second.Release(t.Context()); err != nil || r.HolderIdentity != "first" || first.Living() != nil {
		t.Errorf("want another's lease kept, got %+v, %v", r, err)
	}
	if err := first.Release(t.Context()); err != nil || r.HolderIdentity != "" || r.LeaderTransitions != 3 || first.Living() == nil {
		t.Errorf("want it released, got %+v, %v", r, err)
	}
}
