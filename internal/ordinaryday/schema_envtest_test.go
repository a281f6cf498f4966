//go:build envtest

package ordinaryday

import (
	"maps"
	"slices"
	"testing"

	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

// optional fields of a kind, by their path below spec.forProvider, such as
// rules.egress[].comment: all that may be left out, also within what may be left
// out itself.
func optional(t *testing.T, c *extv1.CustomResourceDefinition) map[string]extv1.JSONSchemaProps {
	t.Helper()
	all := map[string]extv1.JSONSchemaProps{}
	s := c.Spec.Versions[0].Schema.OpenAPIV3Schema
	below(all, "", s.Properties["spec"].Properties["forProvider"], func(required bool) bool { return !required })
	if len(all) == 0 {
		t.Fatalf("%s has no fields below spec.forProvider", c.Spec.Names.Kind)
	}
	return all
}

// below a path of a schema are the fields that are wanted.
func below(all map[string]extv1.JSONSchemaProps, path string, s extv1.JSONSchemaProps, wanted func(required bool) bool) {
	for name, p := range s.Properties {
		at := path + name
		if wanted(slices.Contains(s.Required, name)) {
			all[at] = p
		}
		below(all, at+".", p, wanted)
		if p.Items != nil && p.Items.Schema != nil {
			below(all, at+"[].", *p.Items.Schema, wanted)
		}
	}
}

// empties of a field: what a template renders for nothing.
func empties(s extv1.JSONSchemaProps) []any {
	switch s.Type {
	case "string":
		return []any{""}
	case "array":
		return []any{list{}}
	case "object":
		return []any{object{}}
	default:
		return nil // Numbers and booleans have none.
	}
}

// TestTableIsWhole: each kind of managed resource has its entry, each optional
// field has one, and there are no others.
func TestTableIsWhole(t *testing.T) {
	t.Parallel()
	all := kinds()
	for _, c := range crds(t) {
		name := c.Spec.Names.Kind
		k := all[name]
		delete(all, name)
		if k == nil {
			t.Errorf("%s has no entry: write a file like network_envtest_test.go, and add it to kinds", name)
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fields := optional(t, c)
			entries := k.fields(world{})
			for _, path := range slices.Sorted(maps.Keys(fields)) {
				e, ok := entries[path]
				switch {
				case !ok:
					t.Errorf("spec.forProvider.%s has no entry: say what it can be, and what a change of it means", path)
				case e.set == nil:
					t.Errorf("the entry of spec.forProvider.%s has no value to set", path)
				case e.other == nil:
					t.Errorf("the entry of spec.forProvider.%s has no value to change it to", path)
				}
				delete(entries, path)
				if !k.has(path) {
					t.Errorf("the maximal %s lacks spec.forProvider.%s", name, path)
				}
			}
			for _, path := range slices.Sorted(maps.Keys(entries)) {
				t.Errorf("there is no optional field spec.forProvider.%s", path)
			}
		})
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		t.Errorf("there is no kind %s of managed resources", name)
	}
}

// has is true if the maximal object has a field, or need not have it.
func (k *kind) has(path string) bool {
	if slices.Contains(k.alternatives, path) {
		return true
	}
	var within func(at string, v any) bool
	within = func(at string, v any) bool {
		switch v := v.(type) {
		case object:
			for name, value := range v {
				sub := at + "." + name
				if at == "" {
					sub = name
				}
				if sub == path || within(sub, value) {
					return true
				}
			}
		case list:
			for _, value := range v {
				if within(at+"[]", value) {
					return true
				}
			}
		}
		return false
	}
	return within("", k.maximal(world{}))
}
