// Package statedir owns the directories that hold a control plane's state. It
// empties and removes only what it made itself, which a marker file proves.
package statedir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// marker is the file by which a directory is known as one of ours.
const marker = ".provider-metal-stack-state"

// ErrNotOurs is what an operation on a directory that is not ours ends with.
var ErrNotOurs = errors.New("not a state directory of provider-metal-stack, choose one that is empty or does not exist")

// Make makes an empty state directory at path, or empties the one that is
// there, and returns its absolute path. A directory with anything else in it is
// left alone: ErrNotOurs.
func Make(path string) (string, error) {
	abs, entries, err := look(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		if err := os.MkdirAll(abs, 0o700); err != nil {
			return "", fmt.Errorf("cannot make the state directory: %w", err)
		}
	case err != nil:
		return "", err
	case len(entries) > 0 && !marked(abs):
		return "", fmt.Errorf("cannot use %s: %w", abs, ErrNotOurs)
	}
	if err := empty(abs, entries); err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(abs, marker), nil, 0o600); err != nil {
		return "", fmt.Errorf("cannot mark the state directory: %w", err)
	}
	return abs, nil
}

// Remove removes a state directory. One that does not exist is no error.
func Remove(path string) error {
	abs, entries, err := look(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !marked(abs) {
		return fmt.Errorf("cannot remove %s: %w", abs, ErrNotOurs)
	}
	if err := empty(abs, entries); err != nil {
		return err
	}
	// The marker goes last: a removal that was cut off can be repeated.
	if err := os.Remove(filepath.Join(abs, marker)); err != nil {
		return fmt.Errorf("cannot remove the state directory's mark: %w", err)
	}
	return os.Remove(abs)
}

func look(path string) (string, []os.DirEntry, error) {
	if path == "" {
		// An empty path would mean the current directory.
		return "", nil, errors.New("cannot use a state directory without a name")
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", nil, fmt.Errorf("cannot use the state directory %s: %w", path, err)
	}
	entries, err := os.ReadDir(abs)
	if err != nil {
		return abs, nil, fmt.Errorf("cannot read the state directory: %w", err)
	}
	return abs, entries, nil
}

func marked(abs string) bool {
	info, err := os.Lstat(filepath.Join(abs, marker))
	return err == nil && info.Mode().IsRegular()
}

// empty removes what is in the directory, but its mark.
func empty(abs string, entries []os.DirEntry) error {
	for _, e := range entries {
		if e.Name() == marker {
			continue
		}
		if err := os.RemoveAll(filepath.Join(abs, e.Name())); err != nil {
			return fmt.Errorf("cannot empty the state directory: %w", err)
		}
	}
	return nil
}
