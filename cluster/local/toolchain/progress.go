package toolchain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"
)

// stillEvery is how often a long step says that it goes on.
const stillEvery = 30 * time.Second

// progress tells of one step: that it began, that it goes on, how long it took.
type progress struct {
	w    io.Writer
	what string
}

func (p *progress) during(do func() error) error {
	began := time.Now()
	_, _ = fmt.Fprintf(p.w, "%s: building\n", p.what)
	done := make(chan error, 1)
	go func() { done <- do() }()

	still := time.NewTicker(stillEvery)
	defer still.Stop()
	for {
		select {
		case err := <-done:
			if err == nil {
				_, _ = fmt.Fprintf(p.w, "%s: built in %.0f s\n", p.what, time.Since(began).Seconds())
			}
			return err
		case <-still.C:
			_, _ = fmt.Fprintf(p.w, "%s: building for %.0f s\n", p.what, time.Since(began).Seconds())
		}
	}
}

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
