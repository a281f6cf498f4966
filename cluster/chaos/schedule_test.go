package chaos

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func lines(steps []Step) []string {
	var out []string
	for _, s := range steps {
		out = append(out, s.String())
	}
	return out
}

func TestScheduleIsOfItsSeed(t *testing.T) {
	t.Parallel()
	one := lines(Schedule(7, 3, batchSize))
	if diff := cmp.Diff(one, lines(Schedule(7, 3, batchSize))); diff != "" {
		t.Errorf("the same seed gives another schedule:\n%s", diff)
	}
	for name, other := range map[string][]Step{"seed": Schedule(8, 3, batchSize), "batch": Schedule(7, 4, batchSize)} {
		if cmp.Equal(one, lines(other)) {
			t.Errorf("another %s gives the same schedule", name)
		}
	}
}

// TestScheduleHasEverything: a thousand kills visit every point, every fault and
// every deed.
func TestScheduleHasEverything(t *testing.T) {
	t.Parallel()
	kills, names, deeds := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for batch := range 1000 / batchSize {
		for _, s := range Schedule(1, batch, batchSize) {
			kills[fmt.Sprint(s.Kill.At, s.Kill.Operation, s.Kill.Moment)] = true
			for _, f := range s.Faults {
				names[f.Name()] = true
			}
			for _, a := range s.Acts {
				deeds[string(a.Deed)] = true
			}
		}
	}
	for _, p := range points() {
		for _, m := range p.moments {
			if !kills[fmt.Sprint(p.at, p.operation, m)] {
				t.Errorf("the provider is never killed %s %s", m, p.operation)
			}
		}
	}
	for side, harms := range map[Side][]harm{Metal: append(metalReads(), metalWrites()...), Kube: kubeHarms()} {
		for _, h := range harms {
			if n := string(side) + " " + h.name; !names[n] {
				t.Errorf("never: %s", n)
			}
		}
	}
	for _, n := range []string{"metal-api cut", "kube-apiserver cut", "metal-api mutex taken", "metal-api mutex 422", "metal-api cut in the middle"} {
		if !names[n] {
			t.Errorf("never: %s", n)
		}
	}
	for _, d := range []Deed{Create, Change, Describe, Delete, Scale, Roll, Steal, Come, Go, Grab, Hire, Fire, Dismiss, Reserve, Release, Scrub, Rob} {
		if !deeds[string(d)] {
			t.Errorf("nobody ever does %q", d)
		}
	}
}

// TestPeopleDoWhatCanBeDone: nothing is deleted, changed or stolen that was not
// created, or was deleted before, and there are not too many at a time.
func TestPeopleDoWhatCanBeDone(t *testing.T) {
	t.Parallel()
	for seed := range uint64(50) {
		var alive, ever, things []string
		for i, s := range Schedule(seed, 0, batchSize) {
			for _, a := range s.Acts {
				switch a.Deed {
				case Create:
					alive, ever = append(alive, a.Name), append(ever, a.Name)
				case Hire, Reserve:
					things = append(things, a.Name)
				case Fire, Release, Dismiss, Scrub, Rob:
					if !slices.Contains(things, a.Name) {
						t.Errorf("seed %d, step %d: %s, which is not there", seed, i, a)
					}
				case Come, Go, Grab:
				default:
					if !slices.Contains(alive, a.Name) {
						t.Errorf("seed %d, step %d: %s, which is not there", seed, i, a)
					}
				}
				if a.Deed == Fire || a.Deed == Release {
					things = slices.DeleteFunc(things, func(n string) bool { return n == a.Name })
				}
				if a.Deed == Delete {
					alive = slices.DeleteFunc(alive, func(n string) bool { return n == a.Name })
				}
			}
			if len(alive) > living || len(ever) > clusters {
				t.Errorf("seed %d, step %d: %d of %d XClusters live", seed, i, len(alive), len(ever))
			}
		}
		slices.Sort(ever)
		if n := len(slices.Compact(ever)); n < 10 {
			t.Errorf("seed %d: only %d XClusters: %s", seed, n, strings.Join(ever, " "))
		}
	}
}
