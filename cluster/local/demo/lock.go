package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// errNothingRuns is what ending a demo ends with when there is none.
var errNothingRuns = errors.New("no demo runs")

// endTimeout is how long a demo may take to end in order.
const endTimeout = 90 * time.Second

// lockFile lies beside the state directory, which is emptied. The demo that
// runs holds a lock on it, which the kernel gives back when the demo dies, and
// has its process id in it.
func lockFile(dir string) string { return filepath.Clean(dir) + ".lock" }

// lock takes the lock of a state directory, and returns how to give it back.
func lock(dir string) (func(), error) {
	f, free, err := tryLock(dir)
	if err != nil {
		return nil, err
	}
	if !free {
		_ = f.Close()
		return nil, fmt.Errorf("cannot start a demo: another one runs with its state in %s", dir)
	}
	if err := errors.Join(f.Truncate(0), writePID(f)); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("cannot write the demo's lock: %w", err)
	}
	return func() { _ = f.Close() }, nil
}

func writePID(f *os.File) error {
	_, err := f.WriteAt([]byte(strconv.Itoa(os.Getpid())), 0)
	return err
}

// tryLock opens the lock file and says whether nobody else held its lock.
func tryLock(dir string) (*os.File, bool, error) {
	if dir == "" {
		return nil, false, errors.New("cannot use a state directory without a name")
	}
	if err := os.MkdirAll(filepath.Dir(filepath.Clean(dir)), 0o700); err != nil {
		return nil, false, fmt.Errorf("cannot make the folder of the state directory: %w", err)
	}
	f, err := os.OpenFile(lockFile(dir), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, false, fmt.Errorf("cannot open the demo's lock: %w", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err != nil && !errors.Is(err, syscall.EWOULDBLOCK) {
		_ = f.Close()
		return nil, false, fmt.Errorf("cannot lock %s: %w", lockFile(dir), err)
	}
	return f, err == nil, nil
}

// end ends the demo that holds the lock, and says what it was made of. It
// returns errNothingRuns when nobody holds it.
func end(ctx context.Context, dir string, out io.Writer) error {
	f, free, err := tryLock(dir)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	if free {
		return errNothingRuns
	}
	b, err := io.ReadAll(f)
	if err != nil {
		return fmt.Errorf("cannot read the demo's lock: %w", err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		return fmt.Errorf("cannot understand the demo's lock %s: %w", lockFile(dir), err)
	}
	s, _ := readState(dir) // A demo that is still telling its story has written none.
	_, _ = fmt.Fprintf(out, "ending the demo that runs (pid %d)\n", pid)
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		return fmt.Errorf("cannot end the demo (pid %d): %w", pid, err)
	}

	ctx, cancel := context.WithTimeout(ctx, endTimeout)
	defer cancel()
	retry := time.NewTicker(100 * time.Millisecond)
	defer retry.Stop()
	for syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil {
		select {
		case <-ctx.Done():
			return fmt.Errorf("the demo (pid %d) does not end: %w", pid, ctx.Err())
		case <-retry.C:
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Processes)) {
		_, _ = fmt.Fprintf(out, "ended: %s (pid %d)\n", name, s.Processes[name])
	}
	return nil
}
