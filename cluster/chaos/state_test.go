package chaos

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestStateGoesOn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := newState(Options{Kills: 120, Seed: 9, Batch: -1})
	s.add(counts{Kills: 50, Faults: map[string]int{"cut": 2}, Made: map[string]int{"allocateNetwork": 3}}, Findings{})
	if err := s.write(filepath.Join(dir, stateFile)); err != nil {
		t.Fatal(err)
	}

	o := Options{Kills: 120, Batch: -1, Dir: dir}
	if err := o.Resume(); err != nil || o.Seed != 9 {
		t.Errorf("the seed of what was interrupted is %d, %v", o.Seed, err)
	}
	got, err := readState(filepath.Join(dir, stateFile))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(s, got, cmp.AllowUnexported(state{})); diff != "" {
		t.Errorf("-written, +read:\n%s", diff)
	}

	got.add(counts{Kills: 50, Faults: map[string]int{"cut": 1}}, Findings{})
	if n := len(got.steps()); n != 20 || got.done() {
		t.Errorf("the last batch has %d steps, done: %t", n, got.done())
	}
	got.add(counts{Kills: 21}, Findings{})
	if !got.done() || got.Kills != 121 || got.Faults["cut"] != 3 {
		t.Errorf("after the last batch: %+v", got)
	}
}

func TestReportEndsWithTheFigures(t *testing.T) {
	t.Parallel()
	s := newState(Options{Kills: 50})
	s.add(counts{Kills: 51, Faults: map[string]int{"cut": 2}, Broke: Broke{HalfFreed: 3, GivenAway: 1, Taken: 2}}, Findings{Leaks: []string{"a"}, Duplicates: []string{"b", "c"}, Touches: []string{"d"}})
	out := &bytes.Buffer{}
	s.report(out)
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if last := lines[len(lines)-1]; last != "kills 51 leaks 1 duplicates 2 foreign-touches 1" {
		t.Errorf("the last line is %q", last)
	}
	if broke := lines[len(lines)-2]; broke != "metal-api broke: half-freed 3 given-away 1 prefixes-taken 2 addresses-lost 0" {
		t.Errorf("the line before it is %q", broke)
	}
	if !s.done() {
		t.Error("a run goes on after it has found something")
	}
}
