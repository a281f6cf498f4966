package snapshot

import "time"

// toldFor is how long the answer to an allocate is served as one.
const toldFor = 5 * time.Second

// A standing is all that decides what serves a look.
type standing struct {
	// trusted is a client that metal-api has answered, and not refused since.
	trusted bool

	// unsettled is an object that was written, or is another's by what was seen
	// last: metal-stack must say what it is now.
	unsettled bool

	// unshared is a look that wants an answer for it alone.
	unshared bool

	// seen is when it was seen last, told whether in the answer to its allocate.
	// Zero: never.
	seen time.Time
	told bool

	// fetched is when the find of its slice began that came to an end last, and
	// failed whether one has failed since. Zero: never.
	fetched time.Time
	failed  bool

	// waits is since when it has been waited for an answer. Zero: it is not.
	waits time.Time
}

// An action is what serves a look.
type action int

const (
	ask action = iota
	serveTold
	serveShared
	wait
)

// decide what serves a look.
func decide(s standing, now time.Time, age time.Duration) action {
	fresh := func(t time.Time) bool { return !t.IsZero() && now.Sub(t) <= 2*age }
	switch {
	case !s.trusted || s.unsettled:
		return ask
	case s.told && now.Sub(s.seen) <= toldFor:
		return serveTold
	case s.unshared:
		return ask
	case fresh(s.seen):
		return serveShared
	case s.failed:
		return ask
	case fresh(s.fetched):
		return ask // It is not in its slice: it carries no mark, or is gone.
	case !s.waits.IsZero() && !fresh(s.waits):
		return ask // The refresher does not come to it.
	default:
		return wait
	}
}
