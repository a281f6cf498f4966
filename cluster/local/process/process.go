// Package process runs programs that must not outlive this one: each in a
// process group of its own, with its output in a file.
package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// grace is how long Stop waits between asking and killing.
const grace = 15 * time.Second

// A Spec tells what to run.
type Spec struct {
	// Name is what messages call it.
	Name string
	Path string
	Args []string
	// Env is the whole environment, nil for this process's own.
	Env []string
	Dir string
	// Log is the file that its output is appended to.
	Log string
}

// A Process is a started program.
type Process struct {
	spec Spec
	cmd  *exec.Cmd
	done chan struct{}
	err  error
}

// Start starts a program.
func Start(spec Spec) (*Process, error) {
	log, err := os.OpenFile(spec.Log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cannot open the log of %s: %w", spec.Name, err)
	}
	// The child has its own descriptor of the file.
	defer func() { _ = log.Close() }()

	cmd := exec.Command(spec.Path, spec.Args...) //nolint:noctx // Stop ends it, in order and not by a context.
	cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr = spec.Env, spec.Dir, log, log
	cmd.SysProcAttr = ownGroup()
	if err := start(cmd); err != nil {
		return nil, fmt.Errorf("cannot start %s: %w", spec.Name, err)
	}
	p := &Process{spec: spec, cmd: cmd, done: make(chan struct{})}
	go func() {
		p.err = cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

// Name is what messages call the process.
func (p *Process) Name() string { return p.spec.Name }

// PID is the process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Log is the file with the process's output.
func (p *Process) Log() string { return p.spec.Log }

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Signal sends a signal to the process's group. Signalling an ended process
// does nothing.
func (p *Process) Signal(s syscall.Signal) {
	select {
	case <-p.done:
	default:
		_ = syscall.Kill(-p.PID(), s)
	}
}

// Stop asks the process to end, and kills it if it has not after a while.
func (p *Process) Stop() {
	p.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
		return
	case <-time.After(grace):
	}
	p.Signal(syscall.SIGKILL)
	<-p.done
}

// Err says how the process ended, with the last lines of its log. It is nil
// while the process runs; an end with status 0 is an error too, for nothing
// that runs here ends by itself.
func (p *Process) Err() error {
	select {
	case <-p.done:
	default:
		return nil
	}
	how := "exit status 0"
	if p.err != nil {
		how = p.err.Error()
	}
	return fmt.Errorf("%s ended (%s), its log %s ends with:\n%s", p.spec.Name, how, p.spec.Log, Tail(p.spec.Log, 15))
}

// Run runs a program to its end. When ctx ends first the program is stopped.
func Run(ctx context.Context, spec Spec) error {
	p, err := Start(spec)
	if err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		p.Stop()
		return ctx.Err()
	case <-p.done:
	}
	if p.err != nil {
		return p.Err()
	}
	return nil
}

// Tail returns the last n lines of a file, or why it cannot.
func Tail(path string, n int) string {
	const most = 64 << 10
	f, err := os.Open(path)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = f.Close() }()
	if _, err := f.Seek(-most, io.SeekEnd); err != nil && !errors.Is(err, syscall.EINVAL) {
		return err.Error()
	}
	b, err := io.ReadAll(io.LimitReader(f, most))
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimRight(string(b), "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
