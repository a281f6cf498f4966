package docs

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

const root = ".."

// A page is a Markdown file, named by its path in the repository.
type page struct {
	name  string
	lines []string
}

// pages that people read: those beside the README, those of docs, and READMEs of
// folders.
func pages(t *testing.T) []page {
	t.Helper()
	var all []page
	repository := os.DirFS(root)
	err := fs.WalkDir(repository, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || strings.HasPrefix(d.Name(), "_") || d.Name() == "testdata"):
			return fs.SkipDir
		case d.IsDir() || path.Ext(name) != ".md":
			return nil
		}
		b, err := fs.ReadFile(repository, name)
		all = append(all, page{name: name, lines: strings.Split(string(b), "\n")})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// column returns what the first column of tables holds in backquotes, for tables
// whose first heading is that.
func (p *page) column(heading string) []string {
	var cells []string
	in := false
	for _, line := range p.lines {
		first, ok := strings.CutPrefix(strings.TrimSpace(line), "| ")
		if !ok {
			in = in && strings.HasPrefix(line, "|-")
			continue
		}
		first, _, _ = strings.Cut(first, " |")
		if first == heading {
			in = true
			continue
		}
		if in {
			cells = append(cells, quoted(first)...)
		}
	}
	return cells
}

var (
	span   = regexp.MustCompile("`([^`]+)`")
	link   = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	target = regexp.MustCompile(`(?:^|[\s(;&])make ((?:[A-Z_]+=\S+ )*)([a-z][a-z0-9-]*)`)
	file   = regexp.MustCompile(`(?:^|[\s=])((?:examples|docs|package|cluster|cmd|internal|apis)/[A-Za-z0-9_./-]*[A-Za-z0-9_/-])`)
)

// quoted is what stands in backquotes.
func quoted(s string) []string {
	var all []string
	for _, m := range span.FindAllStringSubmatch(s, -1) {
		all = append(all, m[1])
	}
	return all
}

// code of a page: what stands in backquotes, in fences, or indented.
func (p *page) code() []string {
	var all []string
	fenced := false
	for _, line := range p.lines {
		switch {
		case strings.HasPrefix(strings.TrimSpace(line), "```"):
			fenced = !fenced
		case fenced, strings.HasPrefix(line, "    "):
			all = append(all, line)
		default:
			all = append(all, quoted(line)...)
		}
	}
	return all
}

// anchors of a page's headings, as GitHub makes them.
func (p *page) anchors() []string {
	var all []string
	for _, line := range p.lines {
		title := strings.TrimLeft(line, "#")
		if title == line || !strings.HasPrefix(title, " ") {
			continue
		}
		anchor := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
				return unicode.ToLower(r)
			default:
				return -1
			}
		}, strings.TrimSpace(title))
		all = append(all, anchor)
	}
	return all
}

// Each link to a file of the repository leads somewhere.
func TestLinks(t *testing.T) {
	t.Parallel()
	all := pages(t)
	for _, p := range all {
		for _, m := range link.FindAllStringSubmatch(strings.Join(p.lines, "\n"), -1) {
			to, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(to, "://") || strings.HasPrefix(to, "mailto:") {
				continue
			}
			name := p.name
			if to != "" {
				name = path.Join(path.Dir(p.name), to)
			}
			if _, err := os.Stat(filepath.Join(root, name)); err != nil {
				t.Errorf("%s: the link %s leads nowhere", p.name, m[1])
				continue
			}
			if anchor == "" {
				continue
			}
			i := slices.IndexFunc(all, func(o page) bool { return o.name == name })
			if i < 0 || !slices.Contains(all[i].anchors(), anchor) {
				t.Errorf("%s: the link %s leads to no heading", p.name, m[1])
			}
		}
	}
}

// Each make target and each file that a command names exists.
func TestCommands(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	targets := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^([a-z][a-z0-9-]*):`).FindAllStringSubmatch(string(b), -1) {
		targets[m[1]] = true
	}
	// Those of mini-lab.
	elsewhere := []string{"dev-env", "ls", "cleanup", "power-reset-machine01", "free-machine01"}

	for _, p := range pages(t) {
		for _, code := range p.code() {
			for _, m := range target.FindAllStringSubmatch(code, -1) {
				if !targets[m[2]] && !slices.Contains(elsewhere, m[2]) {
					t.Errorf("%s: there is no target for make %s", p.name, m[2])
				}
			}
			for _, m := range file.FindAllStringSubmatch(code, -1) {
				if _, err := os.Stat(filepath.Join(root, m[1])); err != nil {
					t.Errorf("%s: there is no %s", p.name, m[1])
				}
			}
		}
	}
}
