// Reference writes a page for each kind of the project's packages: its fields,
// what they default to and what is refused, from the CRDs and XRDs that are
// installed. What it says is what the API server does.
//
// Usage: pages PACKAGES FOLDER
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

var errUsage = errors.New("usage: pages PACKAGES FOLDER")

func main() {
	if err := run(os.Args[1:]); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 {
		return errUsage
	}
	return generate(args[0], args[1])
}

// generate writes the pages about the packages in a folder into another, and
// removes the pages that were there.
func generate(packages, folder string) error {
	kinds, err := load(packages)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("cannot make the folder of the reference: %w", err)
	}
	old, err := filepath.Glob(filepath.Join(folder, "*.md"))
	if err != nil {
		return fmt.Errorf("cannot list the pages of the reference: %w", err)
	}
	for _, page := range old {
		if err := os.Remove(page); err != nil {
			return fmt.Errorf("cannot remove a page of the reference: %w", err)
		}
	}
	pages := map[string]string{"README.md": index(kinds)}
	for i := range kinds {
		pages[kinds[i].file()] = kinds[i].page()
	}
	for name, text := range pages {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil { //nolint:gosec // Read by everybody.
			return fmt.Errorf("cannot write a page of the reference: %w", err)
		}
	}
	return nil
}

// index of the pages.
func index(kinds []kind) string {
	var b strings.Builder
	b.WriteString("# Reference\n\n" + generated + "\n\n| kind | API | short name | |\n|---|---|---|---|\n")
	for i := range kinds {
		k := &kinds[i]
		short := ""
		if len(k.short) > 0 {
			short = "`" + strings.Join(k.short, "`, `") + "`"
		}
		first, _, _ := strings.Cut(words(k.schema.Description), ". ")
		fmt.Fprintf(&b, "| [%s](%s) | `%s` | %s | %s |\n", k.name, k.file(), k.api(), short, cell(strings.TrimSuffix(first, ".")+"."))
	}
	return b.String()
}
