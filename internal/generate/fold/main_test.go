package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

func TestRun(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "a.yaml")
	const generated = "description: |-\n  A Thing is\n  for tests.\n\n  It has more.\nfields:\n- description: |-\n    One\n    field.\n  pattern: |-\n    a\n    b\n"
	if err := os.WriteFile(file, []byte(generated), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := run([]string{filepath.Dir(file)}); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]any{}
	if err := yaml.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"description": "A Thing is for tests.\nIt has more.", "fields": []any{map[string]any{"description": "One field.", "pattern": "a\nb"}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
	if err := run(nil); err == nil {
		t.Error("want it to need a folder")
	}
}
