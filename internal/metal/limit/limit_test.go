package limit

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

func as(ctx context.Context, project string, c metal.Class) context.Context {
	return metal.WithCaller(ctx, metal.Caller{ProjectID: project, Class: c})
}

var errBusy = &metal.Error{Kind: metal.Transient, Status: http.StatusServiceUnavailable, Message: "busy"}

type leaving = func(error, time.Duration)

// enter at once, or fail.
func enter(t *testing.T, l *Limit, project string, c metal.Class) leaving {
	t.Helper()
	leave, err := l.Enter(as(t.Context(), project, c))
	if err != nil {
		t.Fatal(err)
	}
	return leave
}

// Of the places, half at most are for looks, and a look never waits for one.
func TestLooksHaveHalf(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := New(Options{InFlight: 4, PerSecond: 1000})
		enter(t, l, "p", metal.Glance)
		glance := enter(t, l, "p", metal.Glance)
		if _, err := l.Enter(as(t.Context(), "p", metal.Glance)); metal.KindOf(err) != metal.Later || !metal.NothingMade(err) {
			t.Errorf("want a third look to come later, got %v", err)
		}
		refreshed := false
		go func() {
			enter(t, l, "", metal.Refresh)
			refreshed = true
		}()
		enter(t, l, "p", metal.Work)
		synctest.Wait()
		if refreshed {
			t.Error("want what refreshes to wait for its half")
		}
		glance(nil, 0)
		time.Sleep(time.Second)
		synctest.Wait()
		if !refreshed {
			t.Error("want its turn to come")
		}
	})
}

// Projects take turns, in whatever order they came.
func TestProjectsTakeTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := New(Options{InFlight: 1, PerSecond: 1000})
		first := enter(t, l, "rich", metal.Work)
		var order []string
		for _, p := range []string{"rich", "rich", "rich", "poor"} {
			go func() {
				leave := enter(t, l, p, metal.Work)
				order = append(order, p)
				leave(nil, 0)
			}()
			synctest.Wait()
		}
		first(nil, 0)
		time.Sleep(time.Second)
		synctest.Wait()
		if diff := cmp.Diff([]string{"rich", "poor", "rich", "rich"}, order); diff != "" {
			t.Errorf("-want, +got:\n%s", diff)
		}
	})
}

// In a second there are so many requests, of looks half as many.
func TestPerSecond(t *testing.T) {
	t.Parallel()
	for class, want := range map[metal.Class]int{metal.Work: 10, metal.Refresh: 5} {
		synctest.Test(t, func(t *testing.T) {
			l := New(Options{InFlight: 2, PerSecond: 10})
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			n := 0
			for {
				leave, err := l.Enter(as(ctx, "p", class))
				if err != nil {
					break
				}
				n++
				leave(nil, 0)
			}
			if n < 10*want || n > 10*want+2 {
				t.Errorf("%s: want %d in ten seconds, got %d", class, 10*want, n)
			}
		})
	}
}

// Who gives up waiting takes no place.
func TestGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := New(Options{InFlight: 1, PerSecond: 1000})
		first := enter(t, l, "p", metal.Work)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := l.Enter(as(ctx, "p", metal.Work)); !errors.Is(err, context.DeadlineExceeded) || !metal.NothingMade(err) {
			t.Errorf("want its wait to end, got %v", err)
		}
		first(nil, 0)
		enter(t, l, "p", metal.Work)
	})
}

// A metal-api that is strained is left alone, longer and longer; then one request
// tries, and when that is answered everything goes on.
func TestStrain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := New(Options{InFlight: 4, PerSecond: 1000})
		l.strain.jitter = func(d time.Duration) time.Duration { return d }
		together := []leaving{enter(t, l, "p", metal.Work), enter(t, l, "p", metal.Work)}
		for _, leave := range together {
			leave(errBusy, 0)
		}
		var pauses []time.Duration
		for range 4 {
			begin := time.Now()
			leave := enter(t, l, "p", metal.Work)
			pauses = append(pauses, time.Since(begin))
			if _, err := l.Enter(as(t.Context(), "p", metal.Glance)); metal.KindOf(err) != metal.Later {
				t.Errorf("want one to try alone, got %v", err)
			}
			leave(errBusy, 0)
		}
		want := []time.Duration{250 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second}
		if diff := cmp.Diff(want, pauses); diff != "" {
			t.Errorf("pauses: -want, +got:\n%s", diff)
		}
		if _, err := l.Enter(as(t.Context(), "p", metal.Work)); err == nil || err.Error() == "" || metal.KindOf(err) != metal.Transient || !metal.NothingMade(err) {
			t.Errorf("want nobody to wait for long, and the reason, got %v", err)
		}
		time.Sleep(longestPause)
		enter(t, l, "p", metal.Work)(nil, 0)
		enter(t, l, "p", metal.Work)
		enter(t, l, "p", metal.Work)
	})
}

// A metal-api may say itself how long it wants to be left alone.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := New(Options{InFlight: 4, PerSecond: 1000})
		waits := make(chan error, 1)
		leave, hold := enter(t, l, "p", metal.Work), enter(t, l, "p", metal.Work)
		enter(t, l, "p", metal.Work)
		enter(t, l, "p", metal.Work)
		go func() {
			_, err := l.Enter(as(t.Context(), "p", metal.Work))
			waits <- err
		}()
		synctest.Wait()
		leave(&metal.Error{Kind: metal.Throttled, Status: http.StatusTooManyRequests, Message: "too many"}, time.Minute)
		if err := <-waits; metal.KindOf(err) != metal.Throttled {
			t.Errorf("want those who wait told why, got %v", err)
		}
		hold(nil, 0)
		time.Sleep(50 * time.Second)
		if _, err := l.Enter(as(t.Context(), "p", metal.Work)); metal.KindOf(err) != metal.Throttled {
			t.Errorf("want it left alone for a minute, got %v", err)
		}
		time.Sleep(10 * time.Second)
		enter(t, l, "p", metal.Work)
	})
}

// What shows that a metal-api has too much to do.
func TestStrains(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason string
		err    error
		want   bool
	}{
		"None":      {"an answer", nil, false},
		"Refused":   {"a refusal is an answer", &metal.Error{Kind: metal.Invalid, Status: 422}, false},
		"Exhausted": {"metal-api says some refusals with a 500", &metal.Error{Kind: metal.Exhausted, Status: 500}, false},
		"Unclear":   {"a 422 that nobody knows is an answer", &metal.Error{Kind: metal.Transient, Status: 422}, false},
		"Busy":      {"a server's own error", errBusy, true},
		"Throttled": {"as it says", &metal.Error{Kind: metal.Throttled, Status: 429}, true},
		"Silent":    {"no answer", &metal.Error{Kind: metal.Transient, Err: context.DeadlineExceeded}, true},
		"GivenUp":   {"whoever asked gave up", &metal.Error{Kind: metal.Transient, Err: context.Canceled}, false},
		"Other":     {"nothing of a metal-stack", errors.New("boom"), false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, got := strains(tc.err); got != tc.want {
				t.Errorf("%s: want %t, got %t", tc.reason, tc.want, got)
			}
		})
	}
}
