package faultproxy

import (
	"slices"
	"sync"
	"time"
)

// A Moment of a request at which a rule strikes.
type Moment string

// Moments.
const (
	// Pass the request on and answer it, after the rule's delay.
	Pass Moment = ""
	// Before the request reaches the server, which never sees it.
	Before Moment = "before"
	// Late: the caller hears nothing, and the request reaches the server after
	// the rule's delay.
	Late Moment = "late"
	// After the server has carried it out, instead of its answer.
	After Moment = "after"
	// Middle: the caller goes away in it, the rule's delay after it was passed
	// on.
	Middle Moment = "in the middle of"
)

// Operations that a rule can match beside the server's own.
const (
	Any    = "*"
	Reads  = "reads"
	Writes = "writes"
)

// A Rule is what happens to requests.
type Rule struct {
	// Name to count it by.
	Name string

	// Operation that it matches: one of the server's, Any, Reads or Writes.
	Operation string

	// Skip so many requests that match.
	Skip int

	// Count is how many requests it applies to; 0: all until it is cleared.
	Count int

	// Moment and Delay say when it strikes.
	Moment Moment
	Delay  time.Duration

	// Begin is called before a request is passed on that is cut in the middle.
	// Optional.
	Begin func()

	// Do is called when it strikes. Optional.
	Do func()

	// Status and Body to answer. Without a status the connection is closed. A
	// body is a page unless it is JSON.
	Status int
	Body   string
	JSON   bool
}

func call(f func()) {
	if f != nil {
		f()
	}
}

func (r Rule) matches(c Call) bool {
	switch r.Operation {
	case Any:
		return !c.Stream
	case Reads:
		return !c.Write && !c.Stream
	case Writes:
		return c.Write
	default:
		return r.Operation == c.Operation && !c.Stream
	}
}

type rules struct {
	mu      sync.Mutex
	inForce []*Rule
	applied map[string]int
}

func (r *rules) add(rule Rule) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.inForce = append(r.inForce, &rule)
}

func (r *rules) clear() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.inForce = nil
}

// take the rule for a call, if there is one.
func (r *rules) take(c Call) (Rule, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, rule := range r.inForce {
		if !rule.matches(c) {
			continue
		}
		if rule.Skip > 0 {
			rule.Skip--
			continue
		}
		taken := *rule
		if rule.Count == 1 {
			r.inForce = slices.Delete(r.inForce, i, i+1)
		} else if rule.Count > 1 {
			rule.Count--
		}
		if r.applied == nil {
			r.applied = map[string]int{}
		}
		r.applied[rule.Name]++
		return taken, true
	}
	return Rule{}, false
}

func (r *rules) drain() map[string]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	applied := r.applied
	r.applied = nil
	return applied
}
