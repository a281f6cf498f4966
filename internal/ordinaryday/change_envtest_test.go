//go:build envtest

package ordinaryday

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/crossplane/crossplane-runtime/v2/pkg/fieldpath"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

type (
	object = map[string]any
	list   = []any
)

// A change of an object: a value for each path, nil removes it. Paths begin
// below spec.forProvider, or with spec or metadata.
type change map[string]any

func (c change) apply(t *testing.T, o *unstructured.Unstructured) {
	t.Helper()
	p := fieldpath.Pave(o.Object)
	for _, path := range slices.Sorted(maps.Keys(c)) {
		at := path
		if path != "spec" && !strings.HasPrefix(path, "spec.") && !strings.HasPrefix(path, "metadata.") {
			at = "spec.forProvider." + strings.ReplaceAll(path, "[]", "[0]")
		}
		var err error
		if c[path] == nil {
			if _, missing := p.GetValue(at); missing == nil {
				err = p.DeleteField(at)
			}
		} else {
			err = p.SetValue(at, own(t, c[path], o.GetName()))
		}
		if err != nil {
			t.Fatalf("%s: %v", at, err)
		}
	}
}

// with more changes, the later ones in place of the earlier.
func (c change) with(more ...change) change {
	out := maps.Clone(c)
	if out == nil {
		out = change{}
	}
	for _, m := range more {
		maps.Copy(out, m)
	}
	return out
}

// without says of each path that it shall be removed.
func (c change) without() change {
	out := change{}
	for path := range c {
		out[path] = nil
	}
	return out
}

// own copy of a value as JSON has it, with NAME replaced.
func own(t *testing.T, v any, name string) any {
	t.Helper()
	if v == "NAME" {
		return name
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	o := &unstructured.Unstructured{}
	if err := o.UnmarshalJSON([]byte(`{"apiVersion":"v1","kind":"V","v":` + string(b) + `}`)); err != nil {
		t.Fatal(err)
	}
	return o.Object["v"]
}
