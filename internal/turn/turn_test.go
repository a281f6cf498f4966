package turn

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A house of rooms whose visitors and clock a test sees.
type house struct {
	*Rooms

	t      *testing.T
	at     time.Time
	woken  []string
	late   []func()
	waited time.Duration // By who has taken a seat last.
}

var here = Room{Stack: "a", Kind: "Network", Partition: "p"}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, at: time.Unix(1000, 0)}
	h.Rooms = NewRooms(func() time.Time { return h.at }, func(d time.Duration) { h.waited = d })
	h.after = func(_ time.Duration, f func()) func() bool {
		stopped := false
		h.late = append(h.late, func() {
			if !stopped {
				f()
			}
		})
		return func() bool { stopped = true; return true }
	}
	return h
}

// takes a seat for a visitor of a project.
func (h *house) takes(id, project string) bool {
	seated, _ := h.Take(here, Visitor{ID: id, ProjectID: project, Wake: func() { h.woken = append(h.woken, id) }})
	return seated
}

func (h *house) wants(woken ...string) {
	h.t.Helper()
	if diff := cmp.Diff(woken, h.woken); diff != "" {
		h.t.Errorf("woken: -want, +got:\n%s", diff)
	}
}

func (h *house) seat(ids ...string) {
	h.t.Helper()
	for _, id := range ids {
		if !h.takes(id, "-") {
			h.t.Fatalf("want a seat for %s", id)
		}
	}
}

// One works, one gets ready, and the projects of those who wait take turns.
func TestTurnsGoRoundByProject(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.seat("one", "two", "three", "four")
	for i := range 3 {
		if h.takes(fmt.Sprint("many-", i), "rich") {
			t.Fatal("want no fifth seat")
		}
	}
	if h.takes("poor", "poor") {
		t.Fatal("want no fifth seat")
	}
	for _, id := range []string{"one", "many-0", "poor"} {
		h.Leave(here, id)
		last := h.woken[len(h.woken)-1]
		if !h.takes(last, "whatever it says now") {
			t.Fatalf("want a seat for %s, which was woken", last)
		}
	}
	h.wants("many-0", "poor", "many-1")
}

// Who asks again keeps the place, and is told how long it waits.
func TestTakeAgain(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.seat("one", "two", "three", "four")
	h.takes("a", "p")
	h.takes("b", "p")
	h.at = h.at.Add(time.Minute)
	if seated, waited := h.Take(here, Visitor{ID: "a", ProjectID: "p", Wake: func() { h.woken = append(h.woken, "a") }}); seated || waited != time.Minute {
		t.Errorf("want it to have waited for a minute, got %t, %s", seated, waited)
	}
	h.Leave(here, "one")
	h.wants("a")
	h.at = h.at.Add(time.Second)
	if !h.takes("a", "p") || h.waited != time.Minute+time.Second {
		t.Errorf("want it told how long was waited, got %s", h.waited)
	}
}

// A seat is nobody's but who was woken for it, for a while.
func TestLapse(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.seat("one", "two", "three", "four")
	h.takes("a", "p")
	h.takes("b", "p")
	h.Leave(here, "one")
	if h.takes("c", "p") {
		t.Error("want the seat kept for a")
	}
	h.late[0]()
	h.wants("a", "b")
	if h.takes("a", "p") {
		t.Error("want a behind the others: it was late")
	}
	if !h.takes("b", "p") {
		t.Error("want the seat kept for b")
	}
	h.late[1]()
	h.Leave(here, "b")
	h.wants("a", "b", "c")
}

// Who is gone does not keep others waiting.
func TestForget(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.seat("one", "two", "three", "four")
	for _, id := range []string{"a", "b", "c"} {
		h.takes(id, "p")
	}
	h.Forget("b")
	h.Leave(here, "one")
	h.Forget("a")
	h.wants("a", "c")
	h.Forget("two") // Whoever works, works on.
	h.takes("d", "p")
	h.wants("a", "c")
}

// An empty room is let go, and another kind, partition or metal-stack is another
// room.
func TestRooms(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.seat("one", "two", "three", "four")
	for _, at := range []Room{{Stack: "b", Kind: "Network", Partition: "p"}, {Stack: "a", Kind: "Firewall", Partition: "p"}, {Stack: "a", Kind: "Network", Partition: "q"}} {
		if seated, _ := h.Take(at, Visitor{ID: "other"}); !seated {
			t.Errorf("want a seat in %+v", at)
		}
		h.Leave(at, "other")
	}
	for _, id := range []string{"one", "two", "three", "four"} {
		h.Leave(here, id)
	}
	if len(h.rooms) != 0 {
		t.Errorf("want no room kept, got %d", len(h.rooms))
	}
}

// One at a time works.
func TestWork(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.seat("one", "two", "three", "four")
	done, err := h.Work(t.Context(), here)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.Work(ctx, here); !errors.Is(err, context.Canceled) {
		t.Errorf("want it to wait until its context ends, got %v", err)
	}
	done()
	again, err := h.Work(t.Context(), here)
	if err != nil {
		t.Fatal(err)
	}
	again()
}
