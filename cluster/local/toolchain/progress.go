package toolchain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"syscall"
	"time"
)

// stillEvery is how often a long step says that it goes on.
const stillEvery = 30 * time.Second

// progress tells of builds one after the other: which has begun, that it goes on,
// how long it took, and how much is left.
type progress struct {
	w    io.Writer
	todo []recipe
	now  func() time.Time
	tick time.Duration

	begun time.Time
	done  int // of todo
}

func newProgress(w io.Writer, todo []recipe) *progress {
	return &progress{w: w, todo: todo, now: time.Now, tick: stillEvery, begun: time.Now()}
}

// during a build.
func (p *progress) during(r recipe, do func() error) error {
	began := p.now()
	p.say(r, "building", 0)
	done := make(chan error, 1)
	go func() { done <- do() }()

	still := time.NewTicker(p.tick)
	defer still.Stop()
	for {
		select {
		case err := <-done:
			if err == nil {
				_, _ = fmt.Fprintf(p.w, "[%d/%d] %s %s: built in %s\n", p.done+1, len(p.todo), r.name, r.version, p.now().Sub(began).Round(time.Second))
				p.done++
			}
			return err
		case <-still.C:
			p.say(r, "still building", p.now().Sub(began))
		}
	}
}

func (p *progress) say(r recipe, what string, since time.Duration) {
	_, _ = fmt.Fprintf(p.w, "[%d/%d] %s %s: %s, about %d min left\n", p.done+1, len(p.todo), r.name, r.version, what, minutes(p.left(since)))
}

// left to build, as far as can be told: the costs of what is to come, at the pace
// of what is done. The one that is being built has been for a while.
func (p *progress) left(since time.Duration) time.Duration {
	pace, costs := 1.0, 0
	for _, r := range p.todo[:p.done] {
		costs += r.cost
	}
	if costs > 0 {
		pace = (p.now().Sub(p.begun) - since).Seconds() / float64(costs)
	}
	left := max(0, pace*float64(p.todo[p.done].cost)-since.Seconds())
	for _, r := range p.todo[p.done+1:] {
		left += pace * float64(r.cost)
	}
	return time.Duration(left * float64(time.Second))
}

// minutes, at least one.
func minutes(d time.Duration) int { return max(1, int(math.Round(d.Minutes()))) }

// lock takes the lock file, waiting for the process that holds it, and returns
// how to give it back. The kernel gives it back when a process dies.
func lock(ctx context.Context, w io.Writer, path string) (func(), error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cannot open the toolchain's lock: %w", err)
	}
	retry := time.NewTicker(time.Second)
	defer retry.Stop()
	for told := false; ; told = true {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { _ = f.Close() }, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			_ = f.Close()
			return nil, fmt.Errorf("cannot lock %s: %w", path, err)
		}
		if !told {
			_, _ = fmt.Fprintln(w, "waiting for another process that builds the toolchain")
		}
		select {
		case <-ctx.Done():
			_ = f.Close()
			return nil, ctx.Err()
		case <-retry.C:
		}
	}
}
