package crds

import (
	"regexp"
	"slices"
	"testing"

	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

var (
	// What becomes of a change.
	changes = regexp.MustCompile(`Fixed at\s+creation|A change\s+is\s+refused|[Cc]an\s+be\s+changed|Read at creation`)

	// What it is if it is left out.
	defaults = regexp.MustCompile(`left\s+out|Left\s+out|Without\s|None:`)
)

// Each field of an XCluster and an XFirewall says what a change of it does, and each
// optional one what it is if it is left out; or the field that it is a part of does.
func TestCompositeFieldsAreExplained(t *testing.T) {
	t.Parallel()
	all, err := Load("../..")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, c := range all {
		if kind := c.Spec.Names.Kind; kind != "XCluster" && kind != "XFirewall" {
			continue
		}
		spec := c.Spec.Versions[0].Schema.OpenAPIV3Schema.Properties["spec"]
		for name, p := range spec.Properties {
			if OfCrossplane(name) {
				continue
			}
			seen++
			explained(t, c.Spec.Names.Kind+" "+name, p, slices.Contains(spec.Required, name), false, false)
		}
	}
	if seen == 0 {
		t.Error("there are no fields")
	}
}

func explained(t *testing.T, path string, p extv1.JSONSchemaProps, required, changed, left bool) {
	t.Helper()
	changed = changed || changes.MatchString(p.Description)
	left = left || required || defaults.MatchString(p.Description)
	at := p
	if p.Items != nil && p.Items.Schema != nil {
		at = *p.Items.Schema
	}
	if len(at.Properties) == 0 && !changed {
		t.Errorf("%s does not say what a change does: %q", path, p.Description)
	}
	if len(at.Properties) == 0 && !left {
		t.Errorf("%s does not say what it is if it is left out: %q", path, p.Description)
	}
	for name, inner := range at.Properties {
		explained(t, path+"."+name, inner, slices.Contains(at.Required, name), changed, left && !required)
	}
}
