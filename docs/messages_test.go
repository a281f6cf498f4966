// Package docs has nothing but tests: what the pages say exists.
package docs

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/crossplane/crossplane-runtime/v2/pkg/reconciler/providerconfig"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	"sigs.k8s.io/yaml"
)

// gap stands in a text for what is not known before the program runs, for which
// pages have an ellipsis.
const gap = "\x00"

var verb = regexp.MustCompile(`%[+#]?[0-9.]*[a-zA-Z]`)

// said is every text of the provider's sources, literals and what they are
// joined to.
func said(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, folder := range []string{"internal/controller", "internal/metal", "internal/metrics", "internal/quiet", "internal/composition", "cmd/provider"} {
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
				return err
			}
			f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			ast.Inspect(f, func(n ast.Node) bool {
				e, ok := n.(ast.Expr)
				if !ok {
					return true
				}
				text := spelled(e)
				if strings.Trim(text, gap) == "" {
					return true
				}
				all = append(all, text)
				return false
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// spelled is the text of an expression as far as it is written there.
func spelled(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if s, err := strconv.Unquote(e.Value); err == nil && e.Kind == token.STRING {
			return verb.ReplaceAllString(s, gap)
		}
	case *ast.BinaryExpr:
		if e.Op == token.ADD {
			return spelled(e.X) + spelled(e.Y)
		}
	case *ast.ParenExpr:
		return spelled(e.X)
	}
	return gap
}

// contains is true if a fragment of a message stands in a text. A gap is for
// each ellipsis in it.
func contains(text, fragment string) bool {
	parts := strings.Split(fragment, "…")
	words := make([]string, 0, len(parts))
	for _, p := range parts {
		words = append(words, regexp.QuoteMeta(strings.TrimSpace(p)))
	}
	return regexp.MustCompile(`(?s)` + strings.Join(words, `\s?[^\x00]?\x00.?\s?`)).MatchString(text)
}

// Each message that a page quotes is one that the provider may say.
func TestMessages(t *testing.T) {
	t.Parallel()
	texts, found := said(t), 0
	for _, p := range pages(t) {
		for _, m := range p.column("message contains") {
			found++
			if !slices.ContainsFunc(texts, func(text string) bool { return contains(text, m) }) {
				t.Errorf("%s: the provider does not say %q", p.name, m)
			}
		}
	}
	if found == 0 {
		t.Error("no page quotes a message")
	}
}

// Each reason of a condition or an event that a page names is one that is given.
func TestReasons(t *testing.T) {
	t.Parallel()
	reasons := said(t)
	for _, r := range []xpv2.ConditionReason{
		xpv2.ReasonAvailable, xpv2.ReasonCreating, xpv2.ReasonDeleting, xpv2.ReasonUnavailable,
		xpv2.ReasonReconcileSuccess, xpv2.ReasonReconcileError, xpv2.ReasonReconcilePaused,
		xpv2.ObserveMatched().Reason, xpv2.UpdateRequested().Reason, xpv2.UpdateRestricted().Reason,
		providerconfig.Terminating().Reason,
	} {
		reasons = append(reasons, string(r))
	}
	found := 0
	for _, p := range pages(t) {
		for _, heading := range []string{"reason", "event"} {
			for _, r := range p.column(heading) {
				found++
				if !slices.Contains(reasons, r) {
					t.Errorf("%s: %s is no reason that is given", p.name, r)
				}
			}
		}
	}
	if found == 0 {
		t.Error("no page names a reason")
	}
}

// Each refusal that a page quotes is one of a rule.
func TestRefusals(t *testing.T) {
	t.Parallel()
	var messages []string
	for _, pattern := range []string{"package/provider/crds/*.yaml", "package/xcluster/apis/*.yaml"} {
		for _, o := range documents(t, pattern) {
			messages = append(messages, values(o, "message")...)
		}
	}
	for _, p := range pages(t) {
		for _, m := range p.column("refused with") {
			if !slices.ContainsFunc(messages, func(s string) bool { return strings.Contains(s, m) }) {
				t.Errorf("%s: nothing is refused with %q", p.name, m)
			}
		}
	}
}

// documents are the manifests that match a pattern, one to a file.
func documents(t *testing.T, pattern string) []any {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, pattern))
	if err != nil || len(files) == 0 {
		t.Fatalf("nothing matches %s: %v", pattern, err)
	}
	var all []any
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var o any
		if err := yaml.Unmarshal(b, &o); err != nil {
			t.Fatal(err)
		}
		all = append(all, o)
	}
	return all
}

// values of a key, anywhere in a document.
func values(o any, key string) []string {
	var all []string
	switch o := o.(type) {
	case map[string]any:
		for k, v := range o {
			if k == key {
				all = append(all, fmt.Sprint(v))
			}
			all = append(all, values(v, key)...)
		}
	case []any:
		for _, v := range o {
			all = append(all, values(v, key)...)
		}
	}
	return all
}

func TestContains(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason   string
		text     string
		fragment string
		want     bool
	}{
		"Part":    {reason: "A fragment is a part of the text.", text: "no machine available: wait", fragment: "machine available", want: true},
		"Gap":     {reason: "What is not known is written as …", text: "network " + gap + " waits for " + gap, fragment: "network … waits for", want: true},
		"Quoted":  {reason: "A value may stand in quotes or parentheses.", text: "user (" + gap + ") is not known", fragment: "user … is not known", want: true},
		"NoGap":   {reason: "Known words cannot be left out.", text: "network of mine waits for", fragment: "network … waits for"},
		"Other":   {reason: "Other words are another message.", text: "no machine available", fragment: "no machine is available"},
		"Invents": {reason: "What follows the gap must be there.", text: "network " + gap + " waits", fragment: "network … waits for"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := contains(tc.text, tc.fragment); got != tc.want {
				t.Errorf("%s\ncontains(%q, %q): %t, want %t", tc.reason, tc.text, tc.fragment, got, tc.want)
			}
		})
	}
}
