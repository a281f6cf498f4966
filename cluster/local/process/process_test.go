package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func shell(t *testing.T, script string) Spec {
	t.Helper()
	return Spec{Name: "script", Path: "/bin/sh", Args: []string{"-c", script}, Log: filepath.Join(t.TempDir(), "log")}
}

func TestStop(t *testing.T) {
	t.Parallel()
	p, err := Start(shell(t, "echo ready; sleep 600 & wait"))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Err(); err != nil {
		t.Errorf("Err() while running: %v", err)
	}
	p.Stop()
	p.Signal(syscall.SIGKILL) // An ended process is left alone.
	if err := p.Err(); err == nil {
		t.Error("Err() after the end: want an error")
	}
	// The shell's own child went with it: the group is empty.
	if err := await(t.Context(), func() bool { return errors.Is(syscall.Kill(-p.PID(), 0), syscall.ESRCH) }); err != nil {
		t.Errorf("process group %d still has members", p.PID())
	}
}

func TestErr(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason string
		script string
		want   []string
	}{
		"Failed": {
			reason: "A failure carries the status and the end of the log.",
			script: "echo one; echo two >&2; exit 3",
			want:   []string{"script ended (exit status 3)", "one\ntwo"},
		},
		"ByItself": {
			reason: "Nothing may end by itself, not even without a failure.",
			script: "exit 0",
			want:   []string{"script ended (exit status 0)"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := Start(shell(t, tc.script))
			if err != nil {
				t.Fatal(err)
			}
			<-p.Done()
			for _, want := range tc.want {
				if got := fmt.Sprint(p.Err()); !strings.Contains(got, want) {
					t.Errorf("\n%s\nErr(): got %q, want it to contain %q", tc.reason, got, want)
				}
			}
		})
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	if err := Run(t.Context(), shell(t, "exit 0")); err != nil {
		t.Errorf("Run: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := Run(ctx, shell(t, "exec sleep 600")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Run of a program that does not end: got %v, want the context's error", err)
	}
}

func TestGroup(t *testing.T) {
	t.Parallel()
	ctx, g := NewGroup(t.Context())
	lasting, err := g.Start(shell(t, "exec sleep 600"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.Start(shell(t, "echo why; exit 1")); err != nil {
		t.Fatal(err)
	}
	<-ctx.Done()
	if got := fmt.Sprint(context.Cause(ctx)); !strings.Contains(got, "why") {
		t.Errorf("cause: got %q, want the end of the log of the process that ended", got)
	}
	g.Stop()
	if lasting.Err() == nil {
		t.Error("Stop left a process of the group behind")
	}
}

func TestGroupStop(t *testing.T) {
	t.Parallel()
	ctx, g := NewGroup(t.Context())
	if _, err := g.Start(shell(t, "exec sleep 600")); err != nil {
		t.Fatal(err)
	}
	g.Stop()
	<-ctx.Done()
	if got := context.Cause(ctx); !errors.Is(got, context.Canceled) {
		t.Errorf("cause after Stop: got %v, want none but the cancellation", got)
	}
}

func TestTail(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason string
		log    string
		want   string
	}{
		"Empty": {reason: "An empty log has no last line."},
		"Short": {reason: "A log shorter than asked for is returned whole.", log: "a\nb\n", want: "a\nb"},
		"Long":  {reason: "Of a long log the last lines are returned.", log: strings.Repeat("x\n", 100000) + "y\nz\n", want: "x\ny\nz"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "log")
			if err := os.WriteFile(path, []byte(tc.log), 0o600); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, Tail(path, 3)); diff != "" {
				t.Errorf("\n%s\nTail: -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func await(ctx context.Context, what func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !what() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	return nil
}
