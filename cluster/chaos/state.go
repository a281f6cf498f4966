package chaos

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// stateFile in the folder of a run.
const stateFile = "state.json"

// counts of what happened.
type counts struct {
	Kills  int            `json:"kills"`
	Faults map[string]int `json:"faults"`
	Made   map[string]int `json:"made"`
	Freed  map[string]int `json:"freed"`
	Broke  Broke          `json:"broke"`
}

// A state of a run, between two batches.
type state struct {
	counts

	Seed   uint64 `json:"seed"`
	Wanted int    `json:"wanted"`

	// Batch is the next one.
	Batch int `json:"batch"`

	Leaks      int `json:"leaks"`
	Duplicates int `json:"duplicates"`
	Touches    int `json:"foreignTouches"`
	Missing    int `json:"missing"`
}

func newState(o Options) *state {
	return &state{
		Seed: o.Seed, Wanted: o.Kills, Batch: max(o.Batch, 0),
		counts: counts{Faults: map[string]int{}, Made: map[string]int{}, Freed: map[string]int{}},
	}
}

// readState of a file; nil if there is none.
func readState(path string) (*state, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read the state: %w", err)
	}
	s := newState(Options{})
	if err := json.Unmarshal(b, s); err != nil {
		return nil, fmt.Errorf("cannot understand the state %s: %w", path, err)
	}
	return s, nil
}

func (s *state) write(path string) error {
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("cannot encode the state: %w", err)
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		return fmt.Errorf("cannot write the state: %w", err)
	}
	return nil
}

// done is true after the last batch, and after one that found something.
func (s *state) done() bool {
	return s.Batch*batchSize >= s.Wanted || s.found()
}

// steps of the next batch.
func (s *state) steps() []Step {
	return Schedule(s.Seed, s.Batch, min(batchSize, s.Wanted-s.Batch*batchSize))
}

func (s *state) found() bool { return s.Leaks+s.Duplicates+s.Touches+s.Missing > 0 }

// add a batch.
func (s *state) add(c counts, f Findings) {
	s.Batch++
	s.Kills += c.Kills
	s.Broke = s.Broke.Plus(c.Broke)
	for _, of := range []struct{ all, more map[string]int }{{s.Faults, c.Faults}, {s.Made, c.Made}, {s.Freed, c.Freed}} {
		for k, n := range of.more {
			of.all[k] += n
		}
	}
	s.Leaks += len(f.Leaks)
	s.Duplicates += len(f.Duplicates)
	s.Touches += len(f.Touches)
	s.Missing += len(f.Missing)
}

// report what happened. The last line is for machines.
func (s *state) report(out io.Writer) {
	for _, part := range []struct {
		title string
		of    map[string]int
	}{{"faults", s.Faults}, {"creates", s.Made}, {"frees", s.Freed}} {
		_, _ = fmt.Fprintf(out, "%s:\n", part.title)
		for _, line := range sorted(part.of) {
			_, _ = fmt.Fprintln(out, line)
		}
	}
	if s.Missing > 0 {
		_, _ = fmt.Fprintf(out, "missing %d\n", s.Missing)
	}
	_, _ = fmt.Fprintln(out, s.Broke)
	_, _ = fmt.Fprintf(out, "kills %d leaks %d duplicates %d foreign-touches %d\n", s.Kills, s.Leaks, s.Duplicates, s.Touches)
}
