package validation

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

// visit calls fn for each schema below s, with a path such as
// spec.networks[].name.
func visit(path string, s *extv1.JSONSchemaProps, fn func(path string, s *extv1.JSONSchemaProps)) {
	fn(path, s)
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		p := s.Properties[name]
		visit(strings.TrimPrefix(path+"."+name, "."), &p, fn)
	}
	if s.Items != nil && s.Items.Schema != nil {
		visit(path+"[]", s.Items.Schema, fn)
	}
	if s.AdditionalProperties != nil && s.AdditionalProperties.Schema != nil {
		visit(path+"{}", s.AdditionalProperties.Schema, fn)
	}
}

// Crossplane's own parts of a spec, which are as they are.
var notOurs = []string{
	"spec.claimRef", "spec.composition", "spec.compositeDeletePolicy", "spec.crossplane", "spec.managementPolicies",
	"spec.resourceRef", "spec.writeConnectionSecretToRef",
}

// Everything that a user may write is bounded, so that no object can grow beyond
// what etcd, a rule's cost and a metal-api bear.
func TestBounds(t *testing.T) {
	t.Parallel()
	for _, c := range crds(t) {
		t.Run(c.Spec.Names.Kind, func(t *testing.T) {
			t.Parallel()
			visit("", c.Spec.Versions[0].Schema.OpenAPIV3Schema, func(path string, s *extv1.JSONSchemaProps) {
				ours := func(prefix string) bool { return strings.HasPrefix(path, prefix) }
				if !strings.HasPrefix(path, "spec.") || slices.ContainsFunc(notOurs, ours) {
					return
				}
				// Crossplane's type. A label of a selector is compared, never stored.
				if c.Spec.Group == "metal-stack.m.crossplane.io" && (strings.HasPrefix(path, "spec.providerConfigRef") || strings.HasSuffix(path, "Selector.matchLabels{}")) {
					return
				}
				switch {
				case s.Type == "string" && s.MaxLength == nil && len(s.Enum) == 0:
					t.Errorf("%s has no maxLength", path)
				case s.Type == "array" && s.MaxItems == nil:
					t.Errorf("%s has no maxItems", path)
				case s.Type == "object" && s.AdditionalProperties != nil && s.MaxProperties == nil:
					t.Errorf("%s has no maxProperties", path)
				case s.Type == "integer" && (s.Minimum == nil || s.Maximum == nil):
					t.Errorf("%s has no minimum or no maximum", path)
				}
			})
		})
	}
}

// kubectl explain has something to say about each of our fields.
func TestDescriptions(t *testing.T) {
	t.Parallel()
	for _, c := range crds(t) {
		visit("", c.Spec.Versions[0].Schema.OpenAPIV3Schema, func(path string, s *extv1.JSONSchemaProps) {
			ours := func(prefix string) bool { return strings.HasPrefix(path, prefix) }
			if !strings.HasPrefix(path, "spec.") || slices.ContainsFunc(notOurs, ours) {
				return
			}
			if s.Description == "" && !strings.HasSuffix(path, "{}") && !strings.HasSuffix(path, "[]") {
				t.Errorf("%s: %s has no description", c.Spec.Names.Kind, path)
			}
		})
	}
}

// A default inside a list would make of what was applied something else, and a
// tool that compares the two would apply it for ever.
func TestNoDefaultInLists(t *testing.T) {
	t.Parallel()
	for _, c := range crds(t) {
		visit("", c.Spec.Versions[0].Schema.OpenAPIV3Schema, func(path string, s *extv1.JSONSchemaProps) {
			if s.Default != nil && strings.Contains(path, "[]") {
				t.Errorf("%s: %s has a default", c.Spec.Names.Kind, path)
			}
		})
	}
}

// What a user sees of a kind beside its schema.
func TestNames(t *testing.T) {
	t.Parallel()
	type shown struct {
		Short      []string
		Categories []string
		Columns    []string
	}
	want := map[string]shown{
		"Network": {
			Short: []string{"msnet"}, Categories: []string{"crossplane", "managed", "metalstack"},
			Columns: []string{"READY", "SYNCED", "EXTERNAL-NAME", "PREFIXES", "AGE", "MESSAGE"},
		},
		"Firewall": {
			Short: []string{"msfw"}, Categories: []string{"crossplane", "managed", "metalstack"},
			Columns: []string{"READY", "SYNCED", "EXTERNAL-NAME", "EVENT", "AGE", "MESSAGE"},
		},
		"XCluster": {
			Short: []string{"xcl"}, Categories: []string{"crossplane", "metalstack", "composite"},
			Columns: []string{"EVENT", "WORKERS", "DELETING", "MESSAGE", "NETWORK", "PREFIXES", "MACHINE", "SYNCED", "READY", "COMPOSITION", "COMPOSITIONREVISION", "AGE"},
		},
		"XFirewall": {
			Short: []string{"xfw"}, Categories: []string{"crossplane", "metalstack", "composite"},
			Columns: []string{"EVENT", "DELETING", "MESSAGE", "MACHINE", "IPS", "SYNCED", "READY", "COMPOSITION", "COMPOSITIONREVISION", "AGE"},
		},
		"ClaimedXCluster": {
			Categories: []string{"crossplane", "metalstack", "composite"},
			Columns:    []string{"EVENT", "WORKERS", "DELETING", "MESSAGE", "NETWORK", "PREFIXES", "MACHINE", "SYNCED", "READY", "COMPOSITION", "COMPOSITIONREVISION", "AGE"},
		},
		"XClusterClaim": {
			Short: []string{"xclc"}, Categories: []string{"crossplane", "metalstack", "claim"},
			Columns: []string{"EVENT", "WORKERS", "DELETING", "MESSAGE", "NETWORK", "PREFIXES", "MACHINE", "SYNCED", "READY", "CONNECTION-SECRET", "AGE"},
		},
	}
	got := map[string]shown{}
	for _, c := range crds(t) {
		kind := c.Spec.Names.Kind
		if _, ok := want[kind]; !ok {
			continue
		}
		s := shown{Short: c.Spec.Names.ShortNames, Categories: c.Spec.Names.Categories}
		for i := range c.Spec.Versions[0].AdditionalPrinterColumns {
			s.Columns = append(s.Columns, c.Spec.Versions[0].AdditionalPrinterColumns[i].Name)
		}
		got[kind] = s
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}
