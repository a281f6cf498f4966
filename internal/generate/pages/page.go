package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

const generated = "<!-- Written by make generate. -->"

// page about a kind.
func (k *kind) page() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s\n\n%s\n\n", k.name, generated, words(k.schema.Description))
	fmt.Fprintf(&b, "`%s`, %s", k.api(), strings.ToLower(k.scope))
	if len(k.short) > 0 {
		fmt.Fprintf(&b, ", short name `%s`", strings.Join(k.short, "`, `"))
	}
	if len(k.columns) > 0 {
		fmt.Fprintf(&b, ". Columns: %s", strings.Join(k.columns, ", "))
	}
	b.WriteString(".\n")
	if messages := rules(&k.schema); len(messages) > 0 {
		b.WriteString("\nWhat breaks a rule about the whole object is refused with:\n\n" + list(messages))
	}
	for _, part := range k.parts() {
		s := k.schema.Properties[part]
		fmt.Fprintf(&b, "\n## %s\n\n| field | type | |\n|---|---|---|\n", part)
		var refused []string
		row(&b, &refused, part, &s, slices.Contains(k.schema.Required, part))
		if len(refused) > 0 {
			b.WriteString("\nWhat breaks a rule about several fields is refused with:\n\n" + list(refused))
		}
	}
	return b.String()
}

// parts of an object: spec, status, and what else a kind has beside Kubernetes'
// own.
func (k *kind) parts() []string {
	names := slices.Sorted(maps.Keys(k.schema.Properties))
	return slices.DeleteFunc(names, func(n string) bool {
		return slices.Contains([]string{"apiVersion", "kind", "metadata"}, n)
	})
}

// row of a field, and of all below it. What is refused of fields together is
// gathered apart.
func row(b *strings.Builder, refused *[]string, path string, s *extv1.JSONSchemaProps, required bool) {
	said := []string{words(s.Description)}
	if required {
		said = append([]string{"**Required.**"}, said...)
	}
	if s.Default != nil {
		said = append(said, "Default: `"+string(s.Default.Raw)+"`.")
	}
	said = append(said, bounds(s)...)
	messages := rules(s)
	if s.Items != nil && s.Items.Schema != nil && len(s.Items.Schema.Properties) == 0 {
		for _, bound := range bounds(s.Items.Schema) {
			said = append(said, "Each: "+bound)
		}
		messages = append(messages, rules(s.Items.Schema)...)
	}
	// What has fields is about them; it stands below the table.
	if len(s.Properties) > 0 {
		for _, m := range messages {
			*refused = append(*refused, m+" (`"+path+"`)")
		}
	} else if len(messages) > 0 {
		said = append(said, "Refused otherwise: “"+strings.Join(messages, "”, “")+"”.")
	}
	fmt.Fprintf(b, "| `%s` | %s | %s |\n", path, cell(typeOf(s)), cell(words(strings.Join(said, " "))))

	below, in := s, path
	if s.Items != nil && s.Items.Schema != nil {
		below, in = s.Items.Schema, path+"[]"
		if len(below.Properties) > 0 {
			for _, m := range rules(below) {
				*refused = append(*refused, m+" (`"+in+"`)")
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(below.Properties)) {
		p := below.Properties[name]
		row(b, refused, in+"."+name, &p, slices.Contains(below.Required, name))
	}
}

func typeOf(s *extv1.JSONSchemaProps) string {
	switch {
	case len(s.Enum) > 0:
		values := make([]string, 0, len(s.Enum))
		for _, v := range s.Enum {
			values = append(values, "`"+strings.Trim(string(v.Raw), `"`)+"`")
		}
		return strings.Join(values, ", ")
	case s.Items != nil && s.Items.Schema != nil:
		return "list of " + typeOf(s.Items.Schema) + keys(s)
	case s.AdditionalProperties != nil && s.AdditionalProperties.Schema != nil:
		return "map of " + typeOf(s.AdditionalProperties.Schema)
	case s.Format == "date-time":
		return "time"
	default:
		return s.Type
	}
}

// keys by which the entries of a list are told apart, if there are any.
func keys(s *extv1.JSONSchemaProps) string {
	if len(s.XListMapKeys) == 0 {
		return ""
	}
	return ", one for each `" + strings.Join(s.XListMapKeys, "`, `") + "`"
}

// bounds of a value, in words.
func bounds(s *extv1.JSONSchemaProps) []string {
	var said []string
	between := func(least, most *int64, what string) {
		switch {
		case least != nil && most != nil:
			said = append(said, fmt.Sprintf("%d to %d %s.", *least, *most, what))
		case most != nil:
			said = append(said, fmt.Sprintf("At most %d %s.", *most, what))
		case least != nil:
			said = append(said, fmt.Sprintf("At least %d %s.", *least, what))
		}
	}
	between(s.MinLength, s.MaxLength, "characters")
	between(s.MinItems, s.MaxItems, "entries")
	between(s.MinProperties, s.MaxProperties, "entries")
	if s.Minimum != nil && s.Maximum != nil {
		said = append(said, fmt.Sprintf("%g to %g.", *s.Minimum, *s.Maximum))
	}
	return said
}

// rules of a schema: their messages, each once.
func rules(s *extv1.JSONSchemaProps) []string {
	var messages []string
	for _, v := range s.XValidations {
		if v.Message != "" && !slices.Contains(messages, v.Message) {
			messages = append(messages, v.Message)
		}
	}
	return messages
}

func list(lines []string) string {
	return "- " + strings.Join(lines, "\n- ") + "\n"
}

// words without line breaks.
func words(s string) string { return strings.Join(strings.Fields(s), " ") }

// cell of a table.
func cell(s string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;").Replace(s)
}
