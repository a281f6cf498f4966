package demo

import (
	"context"
	"errors"
	"io"
	"os"
	"testing"
)

func TestDevWithoutDemo(t *testing.T) {
	t.Parallel()
	if err := Dev(t.Context(), t.TempDir()+"/demo", io.Discard); !errors.Is(err, errNothingRuns) {
		t.Errorf("got %v, want errNothingRuns", err)
	}
}

func TestAskToRun(t *testing.T) {
	t.Parallel()
	// A test's own folder may have a name too long for a socket.
	dir, err := os.MkdirTemp("", "dev-") //nolint:usetesting // A socket needs a short name.
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := askToRun(t.Context(), dir, "a"); err == nil {
		t.Error("asked nobody: want an error")
	}
	ran := ""
	stop, err := listen(t.Context(), dir, func(_ context.Context, file string) error {
		ran = file
		if file == "broken" {
			return errors.New("it ended at once")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	cases := map[string]struct {
		reason string
		want   string
	}{
		"good":   {reason: "A program that runs is no news."},
		"broken": {reason: "One that does not is told of.", want: "it ended at once"},
	}
	for file, tc := range cases {
		got := ""
		if err := askToRun(t.Context(), dir, file); err != nil {
			got = err.Error()
		}
		if got != tc.want || ran != file {
			t.Errorf("%s\nran %q and got %q, want %q", tc.reason, ran, got, tc.want)
		}
	}
}
