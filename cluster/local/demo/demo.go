// Package demo shows an XCluster come to life on a local cluster and a simulated
// metal-stack, and keeps both running for the user to go on with.
//
// The process that the user calls starts another one, which owns everything: it
// outlives its caller once the story has been told, and ends, with all that it
// started, when the story fails, its caller goes away before, or Down says so.
package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/crossplane-contrib/provider-metal-stack/cluster/local/statedir"
)

// stateFile, in the state directory, says that a demo runs and of what.
const stateFile = "demo.json"

// state is what a running demo writes down.
type state struct {
	PID        int            `json:"pid"`
	Processes  map[string]int `json:"processes"`
	Kubeconfig string         `json:"kubeconfig"`
	MetalAPI   string         `json:"metalAPI"`
}

// DefaultDir is where a demo keeps its state, below the user's cache directory.
func DefaultDir() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("cannot find the user's cache directory: %w", err)
	}
	return filepath.Join(cache, "provider-metal-stack", "demo"), nil
}

// Up ends a demo that runs already and starts one, whose story goes to out. It
// returns when the story has been told, with the demo running on. When it
// returns an error, that of an ended ctx for one, nothing runs.
func Up(ctx context.Context, dir string, out io.Writer) error {
	if err := end(ctx, dir, out); err != nil && !errors.Is(err, errNothingRuns) {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("cannot find this program: %w", err)
	}
	cmd := exec.Command(self, "serve", "--dir", dir) //nolint:noctx // It outlives this process.
	// Out of reach of the terminal's Ctrl-C, which reaches it through us.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	tie, err := cmd.StdinPipe()
	if err != nil {
		return fmt.Errorf("cannot make a pipe: %w", err)
	}
	story, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("cannot make a pipe: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("cannot start the demo: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = tie.Close() })
	defer stop()
	if _, err := io.Copy(out, story); err != nil {
		return errors.Join(fmt.Errorf("cannot follow the demo: %w", err), tie.Close(), cmd.Wait())
	}
	// The story's end: either the demo runs on, or it has ended.
	if s, err := readState(dir); err == nil && s.PID == cmd.Process.Pid && ctx.Err() == nil {
		return nil
	}
	if err := cmd.Wait(); err != nil {
		return errors.New("the demo failed, nothing of it is left running")
	}
	return errors.New("the demo ended, nothing of it is left running")
}

// Serve owns a demo: it tells its story to stdout, closes it, and runs until
// ctx ends. When tie ends before the story does, as it does when the caller
// dies, the demo ends too.
func Serve(ctx context.Context, dir string, tie io.Reader, stdout io.WriteCloser) error {
	// Writing to a caller that is gone is no reason to die disorderly.
	signal.Ignore(syscall.SIGPIPE)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	told := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, tie)
		select {
		case <-told:
		default:
			cancel()
		}
	}()

	out := &sink{caller: stdout}
	err := run(ctx, dir, out, func(ctx context.Context, s *stage) error {
		stop, err := listen(ctx, dir, func(ctx context.Context, file string) error {
			return errors.Join(s.cluster.ReplaceProvider(ctx, file), writeState(dir, s.state()))
		})
		if err != nil {
			return err
		}
		defer stop()
		if err := writeState(dir, s.state()); err != nil {
			return err
		}
		s.guide()
		close(told)
		out.detach()
		select {
		case <-ctx.Done():
			return nil
		case <-s.cluster.Context().Done():
			return context.Cause(s.cluster.Context())
		}
	})
	if err != nil {
		_, _ = fmt.Fprintln(out, "demo:", err)
	}
	return err
}

// Once tells the story in this process and ends everything.
func Once(ctx context.Context, dir string, out io.Writer) error {
	if err := end(ctx, dir, out); err != nil && !errors.Is(err, errNothingRuns) {
		return err
	}
	err := run(ctx, dir, &sink{caller: keepOpen{out}}, func(context.Context, *stage) error { return nil })
	if err != nil {
		return err
	}
	return statedir.Remove(dir)
}

// Down ends a running demo and removes its state.
func Down(ctx context.Context, dir string, out io.Writer) error {
	err := end(ctx, dir, out)
	if errors.Is(err, errNothingRuns) {
		_, _ = fmt.Fprintln(out, "no demo runs")
		err = nil
	}
	if err != nil {
		return err
	}
	return statedir.Remove(dir)
}

// run sets the stage, tells the story, calls then, and ends everything.
func run(ctx context.Context, dir string, out io.Writer, then func(context.Context, *stage) error) error {
	unlock, err := lock(dir)
	if err != nil {
		return err
	}
	defer unlock()
	s, err := setStage(ctx, dir, out)
	if err == nil {
		defer s.clear()
		err = s.tell(ctx)
	}
	switch {
	case err == nil:
		return then(ctx, s)
	case ctx.Err() != nil:
		return errors.New("interrupted")
	case s != nil && s.cluster.Context().Err() != nil:
		// What failed because the cluster had ended is not what to tell.
		return context.Cause(s.cluster.Context())
	default:
		return err
	}
}

func readState(dir string) (state, error) {
	var s state
	b, err := os.ReadFile(filepath.Join(dir, stateFile))
	if err != nil {
		return s, fmt.Errorf("cannot read the demo's state: %w", err)
	}
	if err := json.Unmarshal(b, &s); err != nil {
		return s, fmt.Errorf("cannot read the demo's state: %w", err)
	}
	return s, nil
}

func writeState(dir string, s state) error {
	b, err := json.MarshalIndent(s, "", "  ")
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, stateFile), b, 0o600)
	}
	if err != nil {
		return fmt.Errorf("cannot write down the demo's state: %w", err)
	}
	return nil
}
