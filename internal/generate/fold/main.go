// Fold has the descriptions in CRDs and XRDs be paragraphs and not lines of source code, so
// that kubectl explain wraps them as wide as a terminal is.
//
// Usage: fold FOLDERS
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
)

var errUsage = errors.New("usage: fold FOLDERS")

// literal is a description whose line breaks count; in a folded one they are blanks, and
// empty lines are breaks.
var literal = regexp.MustCompile(`(?m)^(\s*(?:- )?description: )\|-$`)

func main() {
	if err := run(os.Args[1:]); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(folders []string) error {
	if len(folders) == 0 {
		return errUsage
	}
	for _, folder := range folders {
		files, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
		if err != nil {
			return fmt.Errorf("cannot list %s: %w", folder, err)
		}
		for _, file := range files {
			if err := fold(file); err != nil {
				return err
			}
		}
	}
	return nil
}

func fold(file string) error {
	b, err := os.ReadFile(file) //nolint:gosec // The files that were just generated.
	if err != nil {
		return fmt.Errorf("cannot read: %w", err)
	}
	if err := os.WriteFile(file, literal.ReplaceAll(b, []byte("${1}>-")), 0o600); err != nil { //nolint:gosec // The same file, which keeps its mode.
		return fmt.Errorf("cannot write: %w", err)
	}
	return nil
}
