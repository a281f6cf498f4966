package docs

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	testFunc = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	testName = regexp.MustCompile(`^([a-z0-9]+)\.((?:Test|Fuzz)\w+)(?:/([\w-]+))?$`)
)

// Each sentence about safety names tests, and they exist.
func TestSafetyIsProved(t *testing.T) {
	t.Parallel()
	tests, sources := testsOf(t)
	all := pages(t)
	i := slices.IndexFunc(all, func(p page) bool { return p.name == "docs/safety.md" })
	if i < 0 {
		t.Fatal("there is no page about safety")
	}
	_, proof, found := strings.Cut(strings.Join(all[i].lines, "\n"), "\n## How it is proved\n")
	if !found {
		t.Fatal("the page about safety proves nothing")
	}
	rows := 0
	for line := range strings.SplitSeq(proof, "\n") {
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| **") || strings.HasPrefix(line, "| sentence") {
			continue
		}
		rows++
		names := quoted(line)
		if len(names) == 0 {
			t.Errorf("no test: %s", line)
		}
		for _, name := range names {
			m := testName.FindStringSubmatch(name)
			switch {
			case m == nil:
				t.Errorf("%s is no name of a test", name)
			case !tests[m[1]+"."+m[2]]:
				t.Errorf("there is no test %s", name)
			case m[3] != "" && !strings.Contains(sources[m[1]], `"`+m[3]+`"`):
				t.Errorf("%s has no part %s", m[2], m[3])
			}
		}
	}
	if rows < 40 {
		t.Errorf("want all sentences, got %d", rows)
	}
}

// testsOf the repository by the name of their folder, and the sources of each.
func testsOf(t *testing.T) (names map[string]bool, sources map[string]string) {
	t.Helper()
	names, sources = map[string]bool{}, map[string]string{}
	repository := os.DirFS(root)
	for _, top := range []string{"internal", "cmd", "cluster"} {
		err := fs.WalkDir(repository, top, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(name, "_test.go") {
				return err
			}
			b, err := fs.ReadFile(repository, name)
			folder := path.Base(path.Dir(name))
			sources[folder] += string(b)
			for _, m := range testFunc.FindAllSubmatch(b, -1) {
				names[folder+"."+string(m[1])] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return names, sources
}
