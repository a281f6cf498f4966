package metal

import (
	"context"
	"time"
)

// A Caller of a metal-stack, in the context of what it asks for. Its zero value
// works for nobody in particular.
type Caller struct {
	// ProjectID that it asks for: turns go round by project.
	ProjectID string

	// Class of what it asks for.
	Class Class

	// Took, if set, is told how long the last answer took, without what was waited
	// for before the request was made.
	Took *time.Duration
}

// A Class of requests. Of what is not work, a metal-api gets at most half of what it
// is asked at the same time.
type Class int

// Classes of requests.
const (
	// Work is what somebody waits for. It waits for its turn.
	Work Class = iota

	// Glance is a look at what rests. It waits for nothing: without a place it is
	// an error of kind Later.
	Glance

	// Refresh is a look at many that rest. It waits for its turn.
	Refresh
)

// String is the name of a class.
func (c Class) String() string {
	switch c {
	case Glance:
		return "glance"
	case Refresh:
		return "refresh"
	case Work:
	}
	return "work"
}

type callerKey struct{}

// WithCaller says who asks.
func WithCaller(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// CallerOf a context.
func CallerOf(ctx context.Context) Caller {
	c, _ := ctx.Value(callerKey{}).(Caller)
	return c
}
