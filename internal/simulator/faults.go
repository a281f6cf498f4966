package simulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// A Moment of a fault: before or after the operation is carried out.
type Moment string

// The moments.
const (
	Before Moment = "before"
	After  Moment = "after"
)

// A Duration is a time.Duration that JSON knows as a string like "250ms".
type Duration time.Duration

// MarshalJSON implements json.Marshaler.
func (d Duration) MarshalJSON() ([]byte, error) {
	return json.Marshal(time.Duration(d).String())
}

// UnmarshalJSON implements json.Unmarshaler.
func (d *Duration) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return fmt.Errorf("a duration is a string such as \"250ms\": %w", err)
	}
	parsed, err := time.ParseDuration(text)
	*d = Duration(parsed)
	return err
}

// A Fault is what happens to the next requests of an operation. Of the faults in force the oldest one that matches
// applies, one per request.
type Fault struct {
	// ID is set by the simulator.
	ID string `json:"id"`
	// Operation is an operation id of metal-api, or * for all.
	Operation string `json:"operation"`
	// Skip lets so many matching requests pass first.
	Skip int `json:"skip,omitempty"`
	// Count applies the fault so many times; 0: until it is removed.
	Count int `json:"count,omitempty"`
	// DelayBefore waits before the request is carried out, which it is even when the caller has gone.
	DelayBefore Duration `json:"delayBefore,omitempty"`
	// DelayBetween waits between two prefixes of a network that is allocated or freed, until the caller goes away.
	DelayBetween Duration `json:"delayBetween,omitempty"`
	// DelayAfter waits between carrying the request out and the answer.
	DelayAfter Duration `json:"delayAfter,omitempty"`
	// Drop closes the connection without an answer, before or after the request is carried out.
	Drop Moment `json:"drop,omitempty"`
	// Status and Body are answered instead. A body that is JSON is sent as JSON, any other as HTML, and an empty one is
	// metal-api's error of that status.
	Status int    `json:"status,omitempty"`
	Body   string `json:"body,omitempty"`
	// Conflict has something else change the object after the operation has read it, and before it writes it: the
	// operation answers 409, and what it does before it writes is done. Of updates and of a machine's free alone.
	Conflict bool `json:"conflict,omitempty"`
	// When the Status is answered: before the request is carried out (instead of it, the default), or after it.
	When Moment `json:"when,omitempty"`
}

// conflicting are the operations that write only what nobody else has changed since they read it.
var conflicting = []string{ //nolint:gochecknoglobals // A list.
	"freeMachine", "reinstallMachine", "setMachineState", "updateIP", "updateMachine", "updateNetwork",
}

func (f Fault) validate() error {
	switch {
	case f.Operation == "":
		return fmt.Errorf("a fault needs an operation, or * for all")
	case !slices.Contains([]Moment{"", Before, After}, f.Drop):
		return fmt.Errorf("drop is %q or %q, not %q", Before, After, f.Drop)
	case !slices.Contains([]Moment{"", Before, After}, f.When):
		return fmt.Errorf("when is %q or %q, not %q", Before, After, f.When)
	case f.Conflict && !slices.Contains(conflicting, f.Operation):
		return fmt.Errorf("conflict is for one of %v, not for %q", conflicting, f.Operation)
	case f.Status != 0 && (f.Status < 100 || f.Status > 599):
		return fmt.Errorf("status %d is not one of HTTP", f.Status)
	}
	return nil
}

func (f Fault) answer() answer {
	if f.Body == "" {
		return jsonAnswer(f.Status, errorBody(f.Status, http.StatusText(f.Status)))
	}
	kind := "text/html"
	if json.Valid([]byte(f.Body)) {
		kind = "application/json"
	}
	return answer{status: f.Status, kind: kind, body: []byte(f.Body)}
}

type faults struct {
	mu    sync.Mutex
	last  int
	rules []*Fault
}

// take returns the fault for one request of the operation, nil for none.
func (f *faults) take(operation string) *Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, rule := range f.rules {
		if rule.Operation != "*" && rule.Operation != operation {
			continue
		}
		if rule.Skip > 0 {
			rule.Skip--
			continue
		}
		taken := *rule
		if rule.Count == 1 {
			f.rules = slices.Delete(f.rules, i, i+1)
		}
		if rule.Count > 1 {
			rule.Count--
		}
		return &taken
	}
	return nil
}

func (f *faults) add(rule Fault) Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last++
	rule.ID = strconv.Itoa(f.last)
	f.rules = append(f.rules, &rule)
	return rule
}

func (f *faults) remove(id string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := slices.IndexFunc(f.rules, func(r *Fault) bool { return r.ID == id })
	if i < 0 {
		return notFound("no fault with id %q found", id)
	}
	f.rules = slices.Delete(f.rules, i, i+1)
	return nil
}

func (f *faults) clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rules = nil
}

// AddFault puts a fault in force and returns its id. An impossible fault (no operation, an unknown moment) is a mistake in
// the test that adds it: AddFault panics.
func (s *Simulator) AddFault(f Fault) string {
	if err := f.validate(); err != nil {
		panic(err)
	}
	return s.faults.add(f).ID
}

// Faults returns the faults in force, oldest first, with what is left of their counts.
func (s *Simulator) Faults() []Fault {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	all := []Fault{}
	for _, rule := range s.faults.rules {
		all = append(all, *rule)
	}
	return all
}

// RemoveFault removes a fault; it fails for an unknown id.
func (s *Simulator) RemoveFault(id string) error { return s.faults.remove(id) }

// ClearFaults removes all faults.
func (s *Simulator) ClearFaults() { s.faults.clear() }
