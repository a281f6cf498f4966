package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

const root = "../../.."

// The pages in docs/reference are those that the packages give.
func TestUpToDate(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	stale := filepath.Join(folder, "gone.md")
	if err := os.WriteFile(stale, []byte("of a kind that is no more"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run([]string{filepath.Join(root, "package"), folder}); err != nil {
		t.Fatal(err)
	}
	want := pages(t, folder)
	if len(want) < 2 {
		t.Fatalf("there are only %d pages", len(want))
	}
	if diff := cmp.Diff(want, pages(t, filepath.Join(root, "docs", "reference"))); diff != "" {
		t.Errorf("docs/reference is out of date: run make generate. -want, +got:\n%s", diff)
	}
}

func pages(t *testing.T, folder string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := fs.WalkDir(os.DirFS(folder), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(filepath.Join(folder, path))
		all[path] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestRun(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason string
		args   []string
	}{
		"Usage":      {reason: "Both folders are needed.", args: []string{"package"}},
		"NoPackages": {reason: "A folder without packages is an error, not an empty reference.", args: []string{t.TempDir(), t.TempDir()}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := run(tc.args); err == nil {
				t.Errorf("%s\nrun(%q) returned no error", tc.reason, tc.args)
			}
		})
	}
}

func TestPage(t *testing.T) {
	t.Parallel()
	const folder = `# Thing

<!-- Written by make generate. -->

A Thing is for tests.

` + "`example.org/v1`, namespaced, short name `th`. Columns: READY, AGE (with `-o wide`)." + `

What breaks a rule about the whole object is refused with:

- the name is too long

## spec

| field | type | |
|---|---|---|
` + "| `spec` | object | **Required.** |" + `
` + "| `spec.parts` | list of object, one for each `name` | At most 3 entries. |" + `
` + "| `spec.parts[].name` | string | **Required.** 1 to 8 characters. |" + `
` + "| `spec.ports` | list of integer | Each: 0 to 65535. Refused otherwise: “a port is even”. |" + `
` + "| `spec.size` | `big`, `a\\|b` | How large. Default: `\"big\"`. |" + `

What breaks a rule about several fields is refused with:

- size is fixed (` + "`spec`" + `)
- parts need a name (` + "`spec.parts[]`" + `)
`
	num := func(f float64) *float64 { return &f }
	count := func(i int64) *int64 { return &i }
	k := kind{
		name: "Thing", group: "example.org", version: "v1", scope: "Namespaced", short: []string{"th"},
		columns: columns([]extv1.CustomResourceColumnDefinition{{Name: "READY"}, {Name: "AGE", Priority: 1}}),
		schema: extv1.JSONSchemaProps{
			Description:  "A Thing is\nfor tests.",
			Required:     []string{"spec"},
			XValidations: extv1.ValidationRules{{Rule: "false", Message: "the name is too long"}},
			Properties: map[string]extv1.JSONSchemaProps{
				"apiVersion": {Type: "string"},
				"metadata":   {Type: "object"},
				"spec": {
					Type:         "object",
					XValidations: extv1.ValidationRules{{Rule: "a", Message: "size is fixed"}, {Rule: "b", Message: "size is fixed"}},
					Properties: map[string]extv1.JSONSchemaProps{
						"size": {
							Type: "string", Description: "How large.", Default: &extv1.JSON{Raw: []byte(`"big"`)},
							Enum: []extv1.JSON{{Raw: []byte(`"big"`)}, {Raw: []byte(`"a|b"`)}},
						},
						"ports": {Type: "array", Items: &extv1.JSONSchemaPropsOrArray{Schema: &extv1.JSONSchemaProps{
							Type: "integer", Minimum: num(0), Maximum: num(65535),
							XValidations: extv1.ValidationRules{{Rule: "c", Message: "a port is even"}},
						}}},
						"parts": {Type: "array", MaxItems: count(3), XListMapKeys: []string{"name"}, Items: &extv1.JSONSchemaPropsOrArray{Schema: &extv1.JSONSchemaProps{
							Type: "object", Required: []string{"name"},
							XValidations: extv1.ValidationRules{{Rule: "d", Message: "parts need a name"}},
							Properties:   map[string]extv1.JSONSchemaProps{"name": {Type: "string", MinLength: count(1), MaxLength: count(8)}},
						}}},
					},
				},
			},
		},
	}
	if diff := cmp.Diff(folder, k.page()); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}
