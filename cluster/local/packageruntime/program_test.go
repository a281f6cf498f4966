package packageruntime

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/crossplane-contrib/provider-metal-stack/cluster/local/process"
)

func TestArguments(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason    string
		image     v1.Config
		container corev1.Container
		want      []string
	}{
		"None": {
			reason: "An image with nothing but a program is run without arguments.",
			image:  v1.Config{Entrypoint: []string{"/provider"}},
		},
		"Command": {
			reason: "The image's command is the default for arguments.",
			image:  v1.Config{Entrypoint: []string{"/provider", "start"}, Cmd: []string{"--debug"}},
			want:   []string{"start", "--debug"},
		},
		"Container": {
			reason:    "Arguments of the DeploymentRuntimeConfig replace the image's command.",
			image:     v1.Config{Entrypoint: []string{"/provider", "start"}, Cmd: []string{"--debug"}},
			container: corev1.Container{Args: []string{"--poll=1m"}},
			want:      []string{"start", "--poll=1m"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, arguments(tc.image, tc.container)); diff != "" {
				t.Errorf("\n%s\narguments: -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// running starts a program that writes a line at each start and then sleeps.
func running(t *testing.T) *Program {
	t.Helper()
	p := &Program{pkg: "package", revision: "revision", out: io.Discard}
	if err := p.start(process.Spec{
		Name: "revision", Path: "/bin/sh", Args: []string{"-c", "echo started; exec sleep 600"},
		Log: filepath.Join(t.TempDir(), "log"),
	}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.stop)
	await(t, "its first output", func() bool { return outputs(p) == 1 })
	return p
}

// outputs counts the starts that a program has written of.
func outputs(p *Program) int {
	b, err := os.ReadFile(p.Log())
	if err != nil {
		return 0
	}
	return strings.Count(string(b), "started")
}

func TestProgramReplaced(t *testing.T) {
	t.Parallel()
	p := running(t)
	script := func(content string) string {
		file := filepath.Join(t.TempDir(), "program")
		if err := os.WriteFile(file, []byte("#!/bin/sh\n"+content), 0o700); err != nil {
			t.Fatal(err)
		}
		return file
	}
	ended := p.running
	for i := range 3 {
		if err := p.Replace(t.Context(), script("echo started; exec sleep 600\n")); err != nil {
			t.Fatal(err)
		}
		if got := outputs(p); got != 2+i {
			t.Errorf("after %d replacements it was started %d times", i+1, got)
		}
	}
	select {
	case <-ended.Done():
	default:
		t.Error("the first program still runs")
	}
	if err := p.Replace(t.Context(), script("echo cannot; exit 3\n")); err == nil || !strings.Contains(err.Error(), "cannot") {
		t.Errorf("one that ends at once: got %v, want what it says", err)
	}
	// It is tried again until there is a better one.
	if err := p.Replace(t.Context(), script("echo started; exec sleep 600\n")); err != nil {
		t.Error(err)
	}
	p.stop()
	if err := p.Replace(t.Context(), "any"); err == nil {
		t.Error("a stopped program was replaced")
	}
}

func TestProgramStartsAgain(t *testing.T) {
	t.Parallel()
	p := running(t)
	first := p.PID()
	if err := p.ready(t.Context()); err != nil {
		t.Errorf("ready: %v", err)
	}
	p.Signal(syscall.SIGKILL)
	await(t, "another process", func() bool { return p.PID() != 0 && p.PID() != first })
	if diff := cmp.Diff(2, p.Starts()); diff != "" {
		t.Errorf("Starts: -want, +got:\n%s", diff)
	}
	await(t, "the output of both", func() bool { return outputs(p) == 2 })
}

func TestProgramPause(t *testing.T) {
	t.Parallel()
	p := running(t)
	p.Pause(syscall.SIGTERM)
	await(t, "that the end is noticed", func() bool { return p.PID() == 0 })
	if p.ready(t.Context()) == nil {
		t.Error("ready: want an error while paused")
	}
	select {
	case <-t.Context().Done():
	case <-time.After(2 * firstPause):
	}
	if diff := cmp.Diff(1, p.Starts()); diff != "" {
		t.Errorf("Starts while paused: -want, +got:\n%s", diff)
	}
	p.Resume()
	await(t, "a process", func() bool { return p.PID() != 0 })
}

func TestProgramStop(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason string
		before func(p *Program)
	}{
		"Running": {reason: "A running program is ended.", before: func(*Program) {}},
		"Paused":  {reason: "A paused program is not started again.", before: func(p *Program) { p.Pause(syscall.SIGKILL) }},
		"Ended":   {reason: "A program that waits for its next start is not started again.", before: func(p *Program) { p.Signal(syscall.SIGKILL) }},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := running(t)
			pid := p.PID()
			tc.before(p)
			p.stop()
			if p.PID() != 0 || syscall.Kill(pid, 0) == nil {
				t.Errorf("\n%s\nthe process %d still runs", tc.reason, pid)
			}
		})
	}
}

func await(t *testing.T, what string, is func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-ctx.Done():
			t.Fatalf("waited in vain for %s", what)
		case <-tick.C:
		}
	}
}
