package packageruntime

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"syscall"
	"time"

	"github.com/crossplane-contrib/provider-metal-stack/cluster/local/process"
)

// A program that ends is started again, after a pause that doubles until the
// program has run for a while.
const (
	firstPause  = 500 * time.Millisecond
	longestWait = 15 * time.Second
	stableAfter = time.Minute
)

// settled is how long a program must run to count as one that can be started.
const settled = time.Second

// A Program is what an active revision runs. It is started again when it ends.
type Program struct {
	pkg      string
	revision string
	address  string // of a function, host:port
	out      io.Writer
	pause    time.Duration // before a start again, 0 for one that grows

	mu       sync.Mutex
	spec     process.Spec
	running  *process.Process
	starts   int
	ended    error
	paused   chan struct{} // closed by Resume, nil when not paused
	cancel   context.CancelFunc
	finished chan struct{}

	replacement chan string // a file to run instead
}

// Revision is the name of the revision whose program it is.
func (p *Program) Revision() string { return p.revision }

// Log is the file with the program's output, over all its starts.
func (p *Program) Log() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.spec.Log
}

// PID is the process id, 0 while the program does not run.
func (p *Program) PID() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running == nil {
		return 0
	}
	return p.running.PID()
}

// Starts counts how often the program was started.
func (p *Program) Starts() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.starts
}

// Signal sends a signal to the program: SIGKILL is a crash, SIGTERM what a
// cluster sends first, SIGSTOP a node that hangs. The runtime starts it again.
func (p *Program) Signal(s syscall.Signal) {
	p.mu.Lock()
	running := p.running
	p.mu.Unlock()
	if running != nil {
		running.Signal(s)
	}
}

// Pause ends the program by a signal and keeps it down until Resume. It returns
// when the program has ended.
func (p *Program) Pause(s syscall.Signal) {
	p.mu.Lock()
	running := p.running
	if p.paused == nil {
		p.paused = make(chan struct{})
	}
	p.mu.Unlock()
	if running != nil {
		running.Signal(s)
		<-running.Done()
	}
}

// Resume starts a paused program again.
func (p *Program) Resume() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.paused != nil {
		close(p.paused)
		p.paused = nil
	}
}

// Replace ends the program and runs a file in its place, with the same
// arguments, environment and rights, until the package gets another revision.
// It returns when the file has run for a moment.
func (p *Program) Replace(ctx context.Context, file string) error {
	p.mu.Lock()
	before, replacement, finished := p.starts, p.replacement, p.finished
	p.mu.Unlock()
	if before == 0 {
		return errors.New("cannot replace the package's program: it was never started")
	}
	select {
	case replacement <- file:
	case <-finished:
		return errors.New("cannot replace the package's program: its revision is not active any more")
	case <-ctx.Done():
		return fmt.Errorf("cannot replace the package's program: %w", ctx.Err())
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for p.Starts() == before {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("cannot start %s: %w", file, ctx.Err())
		}
	}
	p.mu.Lock()
	running, ended := p.running, p.ended
	p.mu.Unlock()
	if running == nil {
		return ended
	}
	select {
	case <-running.Done():
		return running.Err()
	case <-time.After(settled):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *Program) started() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cancel != nil
}

// start runs the program until stop.
func (p *Program) start(spec process.Spec) error {
	first, err := process.Start(spec)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	p.mu.Lock()
	p.spec, p.running, p.starts, p.cancel, p.finished = spec, first, 1, cancel, make(chan struct{})
	p.replacement = make(chan string)
	p.mu.Unlock()
	p.sayf("runs, from its package's image (pid %d)", first.PID())
	go p.keepRunning(ctx, first)
	return nil
}

// stop ends the program for good.
func (p *Program) stop() {
	p.mu.Lock()
	cancel, finished := p.cancel, p.finished
	p.mu.Unlock()
	if cancel == nil {
		return
	}
	cancel()
	<-finished
	p.sayf("stopped")
}

func (p *Program) keepRunning(ctx context.Context, running *process.Process) {
	defer close(p.finished)
	pause := cmp.Or(p.pause, firstPause)
	for {
		began := time.Now()
		wait := pause
		if running != nil {
			select {
			case <-ctx.Done():
				running.Stop()
				p.set(nil, nil)
				return
			case file := <-p.replacement:
				running.Stop()
				p.runs(file)
				wait = 0
			case <-running.Done():
			}
			p.set(nil, running.Err())
			p.sayf("ended, starts again in %s", wait)
		}
		if !p.wait(ctx, wait) {
			return
		}
		switch {
		case p.pause > 0:
		case time.Since(began) > stableAfter:
			pause = firstPause
		default:
			pause = min(2*pause, longestWait)
		}
		var err error
		if running, err = process.Start(p.what()); err != nil {
			running = nil
			p.set(nil, err)
			continue
		}
		p.set(running, nil)
		p.sayf("runs again (pid %d)", running.PID())
	}
}

// what is run at a start.
func (p *Program) what() process.Spec {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.spec
}

// runs a file from the next start on.
func (p *Program) runs(file string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.spec.Path = file
}

// wait waits out the pause before a start, then a Pause. It returns false when
// there shall be no start.
func (p *Program) wait(ctx context.Context, pause time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case file := <-p.replacement:
		p.runs(file)
	case <-time.After(pause):
	}
	p.mu.Lock()
	paused := p.paused
	p.mu.Unlock()
	if paused == nil {
		return true
	}
	select {
	case <-ctx.Done():
		return false
	case <-paused:
		return true
	}
}

func (p *Program) set(running *process.Process, ended error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running, p.ended = running, ended
	if running != nil {
		p.starts++
	}
}

// ready says why the program does not serve, nil if it does.
func (p *Program) ready(ctx context.Context) error {
	p.mu.Lock()
	running, ended := p.running, p.ended
	p.mu.Unlock()
	if running == nil {
		return errors.Join(errors.New("the package's program does not run"), ended)
	}
	if p.address == "" {
		return nil
	}
	conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", p.address)
	if err != nil {
		return fmt.Errorf("the function does not answer yet: %w", err)
	}
	return conn.Close()
}

func (p *Program) sayf(format string, args ...any) {
	_, _ = fmt.Fprintf(p.out, "package runtime: %s "+format+"\n", append([]any{p.revision}, args...)...)
}
