// Package chaos kills the provider by SIGKILL a great many times, while people
// create, change and delete XClusters and both metal-api and kube-apiserver
// misbehave, and then compares what Kubernetes has with what metal-api has:
// nothing may have leaked, nothing may be there twice, and nothing of others may
// have been touched. See docs/chaos.md.
package chaos

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"time"
)

// batchSize is the number of kills between two comparisons.
const batchSize = 50

// Options of a run.
type Options struct {
	// Kills in all, and the Seed of everything random.
	Kills int
	Seed  uint64

	// Batch is the only one to run, unless it is negative.
	Batch int

	// Dir for state and logs.
	Dir string

	// Fresh begins anew where an earlier run was interrupted.
	Fresh bool

	// Debug has the provider log more.
	Debug bool

	// Out gets the report.
	Out io.Writer
}

// ErrFound is what a run ends with that found a leak, a duplicate or a foreign
// touch, or after which something is missing.
var ErrFound = errors.New("the worlds are not as they should be")

// Run batches until so many kills are done. It goes on where an earlier run of
// the same seed and number was interrupted, and stops after the first batch that
// finds something.
func Run(ctx context.Context, o Options) error {
	s := newState(o)
	path := filepath.Join(o.Dir, stateFile)
	if o.Batch < 0 && !o.Fresh {
		earlier, err := readState(path)
		if err != nil {
			return err
		}
		if earlier != nil && earlier.Seed == o.Seed && earlier.Wanted == o.Kills && !earlier.done() {
			s = earlier
			_, _ = fmt.Fprintf(o.Out, "going on after %d kills, with batch %d\n", s.Kills, s.Batch)
		}
	}
	_, _ = fmt.Fprintf(o.Out, "chaos: KILLS=%d SEED=%d\n", o.Kills, o.Seed)
	began := time.Now()
	w, err := NewWorld(ctx, o.Dir, o.Debug)
	if err != nil {
		return err
	}
	defer w.Close()
	_, _ = fmt.Fprintf(o.Out, "the world is up after %.0f s, its logs are in %s\n", time.Since(began).Seconds(), w.cluster.Logs())

	for !s.done() {
		err := w.run(ctx, s, o.Out)
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("interrupted after %d kills, run the same again to go on: %w", s.Kills, ctx.Err())
		case err != nil && !errors.Is(err, ErrFound):
			return err
		case o.Batch < 0:
			err = errors.Join(err, s.write(path))
		}
		if err != nil || o.Batch >= 0 {
			s.report(o.Out)
			return err
		}
	}
	s.report(o.Out)
	return nil
}

// Resume the seed of an earlier run of as many kills that was interrupted, if
// there is one.
func (o *Options) Resume() error {
	if o.Fresh || o.Batch >= 0 {
		return nil
	}
	s, err := readState(filepath.Join(o.Dir, stateFile))
	if err == nil && s != nil && s.Wanted == o.Kills && !s.done() {
		o.Seed = s.Seed
	}
	return err
}

// Print the schedule of a run.
func Print(o Options) error {
	for s := newState(o); !s.done(); s.Batch++ {
		_, err := fmt.Fprintf(o.Out, "batch %d:\n", s.Batch)
		if err != nil {
			return fmt.Errorf("cannot print: %w", err)
		}
		printSteps(o.Out, s.steps())
		if o.Batch >= 0 {
			break
		}
	}
	return nil
}

func printSteps(out io.Writer, steps []Step) {
	for i, step := range steps {
		_, _ = fmt.Fprintf(out, "%3d  %s\n", i, step)
	}
}

// run the next batch of a state.
func (w *World) run(ctx context.Context, s *state, out io.Writer) error {
	began := time.Now()
	n := s.Batch
	steps := s.steps()
	found, err := w.batch(ctx, steps)
	if err != nil {
		return fmt.Errorf("batch %d: %w", n, err)
	}
	c := w.drain()
	s.add(c, found)
	_, _ = fmt.Fprintf(out, "batch %d: %d kills in %.0f s, leaks %d duplicates %d foreign-touches %d missing %d; %s\n",
		n, len(steps), time.Since(began).Seconds(), len(found.Leaks), len(found.Duplicates), len(found.Touches), len(found.Missing), c.Broke)
	lines := found.Lines()
	if len(lines) == 0 {
		return nil
	}
	for _, line := range lines {
		_, _ = fmt.Fprintln(out, line)
	}
	_, _ = fmt.Fprintf(out, "the schedule of batch %d, again by KILLS=%d SEED=%d BATCH=%d:\n", n, s.Wanted, s.Seed, n)
	printSteps(out, steps)
	return fmt.Errorf("batch %d: %w", n, ErrFound)
}

// drain what was counted since the last call.
func (w *World) drain() counts {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := counts{Kills: w.kills, Faults: w.faults, Made: w.made, Freed: w.freed, Broke: w.broke}
	for _, p := range []Side{Metal, Kube} {
		for name, n := range w.proxy(p).Drain() {
			c.Faults[name] += n
		}
	}
	w.kills, w.broke, w.faults, w.made, w.freed = 0, Broke{}, map[string]int{}, map[string]int{}, map[string]int{}
	return c
}

// sorted lines of counts, by name.
func sorted(counts map[string]int) []string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(counts)) {
		out = append(out, fmt.Sprintf("%6d  %s", counts[k], k))
	}
	return out
}
