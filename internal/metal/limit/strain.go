package limit

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

const (
	// firstPause of all requests after one that shows that a metal-api is
	// strained, doubled by each one in a row, up to the longest. A metal-api may
	// ask for a longer one, up to longestWish.
	firstPause   = 250 * time.Millisecond
	longestPause = 10 * time.Second
	longestWish  = 5 * time.Minute

	// patience with a pause: what would have to wait longer is told why.
	patience = 2 * time.Second
)

// A strain on a metal-api, as its answers show it.
type strain struct {
	// steps up since it answered last.
	steps int
	until time.Time

	// cause of the pause.
	cause metal.Error

	stepped time.Time
	jitter  func(time.Duration) time.Duration
}

// tell how a request went that was started at a time. It is true if a pause begins.
func (s *strain) tell(now, started time.Time, err error, retryAfter time.Duration) bool {
	cause, strained := strains(err)
	switch {
	case !strained:
		s.steps = 0
		return false
	case s.steps > 0 && !started.After(s.stepped):
		return false // It was under way when the pause began: the same strain.
	}
	pause := firstPause
	for range min(s.steps, 16) {
		pause = min(2*pause, longestPause)
	}
	s.steps++
	s.stepped, s.cause = now, *cause
	s.until = now.Add(max(s.jitter(pause), min(retryAfter, longestWish)))
	return true
}

// refuses what would have to wait for long, with the cause of that.
func (s *strain) refuses(now time.Time) error {
	if s.until.Sub(now) <= patience {
		return nil
	}
	return &metal.Error{Kind: s.cause.Kind, Status: s.cause.Status, Message: s.cause.Message, Refused: true}
}

// strains says whether an error shows that a metal-api has too much to do, or does
// not answer at all.
func strains(err error) (*metal.Error, bool) {
	var e *metal.Error
	if !errors.As(err, &e) || errors.Is(err, context.Canceled) {
		return nil, false
	}
	switch e.Kind {
	case metal.Throttled:
		return e, true
	case metal.Transient:
		return e, e.Status == 0 || e.Status >= http.StatusInternalServerError
	case metal.Later, metal.NotFound, metal.Conflict, metal.Changed, metal.Broken, metal.Invalid, metal.Exhausted, metal.Denied, metal.Misdirected:
	}
	return nil, false
}

// jitter of a pause: three quarters of it to all of it.
func jitter(d time.Duration) time.Duration {
	return d - time.Duration(rand.Float64()/4*float64(d)) //nolint:gosec // Jitter needs no secrecy.
}
