//go:build e2e

package render

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"

	"github.com/crossplane-contrib/provider-metal-stack/internal/crds"
)

// A class says what a field is like.
type class string

const (
	absent  class = "absent"
	empty   class = "empty"
	minimal class = "minimal"
	maximal class = "maximal"
	odd     class = "odd"
)

// classes are all there are.
var classes = []class{absent, empty, minimal, maximal, odd}

// A maker makes values of a schema. A path says which field it is, such as
// spec.firewall.networks[0].name.
type maker struct {
	*testing.T
	*rand.Rand

	// all fields are of this class; each is of one by chance if it is not set.
	all class
}

func (m *maker) class() class {
	if m.all != "" {
		return m.all
	}
	return classes[m.IntN(len(classes))]
}

// object has what is required, and what is optional in one class or another.
func (m *maker) object(path string, s *extv1.JSONSchemaProps) object {
	o := object{}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		if path == "spec" && crds.OfCrossplane(name) {
			continue
		}
		field, c := s.Properties[name], m.class()
		switch {
		case slices.Contains(s.Required, name) && (c == absent || c == empty):
			c = minimal
		case c == absent:
			continue
		}
		o[name] = m.value(path+"."+name, c, &field)
	}
	return o
}

func (m *maker) value(path string, c class, s *extv1.JSONSchemaProps) any {
	switch s.Type {
	case "object":
		switch {
		case s.AdditionalProperties != nil:
			return labels(c, int(*s.MaxProperties))
		case c == empty:
			return object{}
		}
		return m.object(path, s)
	case "array":
		return m.list(path, c, s)
	case "string":
		return m.text(path, c, s)
	case "integer":
		return map[class]float64{minimal: *s.Minimum, maximal: *s.Maximum, odd: *s.Minimum + 1}[c] + float64(index(path))
	case "boolean":
		return c == maximal
	}
	m.Fatalf("%s: no values of type %q are known", path, s.Type)
	return nil
}

func (m *maker) list(path string, c class, s *extv1.JSONSchemaProps) list {
	n := map[class]int{empty: 0, minimal: 1, odd: 1 + m.IntN(3), maximal: int(*s.MaxItems)}[c]
	if c == maximal && strings.Contains(path, "[") {
		n = 2 // Lists in full lists would be more than the API server stores.
	}
	l := list{}
	for i := range min(n, int(*s.MaxItems)) {
		l = append(l, m.value(fmt.Sprintf("%s[%d]", path, i), c, s.Items.Schema))
	}
	return l
}

// A spelling writes the i-th value of a list as long as it may be, or otherwise
// so that its rule accepts it.
type spelling func(path string, i int, c class, longest int) string

// spellings of the fields that have rules, by their names.
var spellings = map[string]spelling{
	"ips":        address,
	"addresses":  address,
	"dnsServers": address,
	"from":       prefix,
	"to":         prefix,
	"ntpServers": func(_ string, i int, c class, longest int) string {
		return map[class]string{minimal: fmt.Sprintf("n%d", i), maximal: padded(fmt.Sprintf("n%d.", i), longest), odd: fmt.Sprintf("2001:db8::%d", i)}[c]
	},
	"sshPublicKeys": func(_ string, i int, c class, longest int) string {
		key := fmt.Sprintf("ssh-ed25519 AAAA%d", i)
		return map[class]string{minimal: key, maximal: padded(key, longest), odd: key + ` me "and" %s ünï@example.org `}[c]
	},
	"tags": func(_ string, i int, c class, longest int) string {
		return map[class]string{minimal: fmt.Sprintf("t%d", i), maximal: padded(fmt.Sprintf("k%d=", i), longest), odd: fmt.Sprintf(" k %d = %%s ü ", i)}[c]
	},
	"comment": func(_ string, _ int, c class, longest int) string {
		return map[class]string{minimal: "x", maximal: padded("x", longest), odd: " -_ "}[c]
	},
	"begin":         clock,
	"end":           clock,
	"stableFor":     chosen("0s", "60s", "1m"),
	"createTimeout": chosen("1s", "9999h9999m9999s", "1h30m"),
	"healthTimeout": chosen("1m", "9999h", "30m"),
	poolName: func(_ string, i int, c class, longest int) string {
		return map[class]string{minimal: string(rune('a' + i)), maximal: padded(fmt.Sprintf("p%d", i), longest), odd: fmt.Sprintf("a--%d", i)}[c]
	},
	"hostname": func(_ string, _ int, c class, longest int) string {
		return map[class]string{minimal: "x", maximal: padded("x", longest), odd: "0--0"}[c]
	},
}

// poolName is the field name of a pool of workers: other names have no rule.
const poolName = "workers.name"

// chosen is a spelling of a minimal, a maximal and an odd value.
func chosen(least, most, strange string) spelling {
	return func(_ string, _ int, c class, _ int) string {
		return map[class]string{minimal: least, maximal: most, odd: strange}[c]
	}
}

func clock(_ string, _ int, c class, _ int) string {
	return map[class]string{minimal: "00:00", maximal: "23:59", odd: "09:05"}[c]
}

func address(_ string, i int, c class, _ int) string {
	return fmt.Sprintf(map[class]string{minimal: "10.0.0.%d", maximal: "2001:db8:1111:2222:3333:4444:5555:66%02d", odd: "::%d"}[c], i)
}

// prefix is of one address family in a rule.
func prefix(path string, i int, c class, _ int) string {
	if regexp.MustCompile(`gress\[\d*[13579]\]`).MatchString(path) {
		return fmt.Sprintf(map[class]string{minimal: "::/%d", maximal: "2001:db8:1111:2222:3333:4444:5555:66%02d/128", odd: "2001:db8::%d/32"}[c], i)
	}
	return fmt.Sprintf(map[class]string{minimal: "0.0.0.0/%d", maximal: "255.255.255.2%02d/32", odd: "10.0.0.%d/8"}[c], i)
}

// texts are odd ones, of fields that have no rule.
var texts = []string{"ünï%d", " %d ", "%%s%d", "{{ .%d }}", "\"'`%d", "UPPER/%d", "new\nline%d", "null%d", "-%d", "$(x)%d"}

func (m *maker) text(path string, c class, s *extv1.JSONSchemaProps) string {
	name := path[strings.LastIndex(path, ".")+1:]
	name, _, _ = strings.Cut(name, "[")
	if regexp.MustCompile(`^spec\.workers\[\d+\]\.name$`).MatchString(path) {
		name = poolName
	}
	spell, known := spellings[name]
	i := index(path)
	switch {
	case c == empty:
		return ""
	case len(s.Enum) > 0:
		all := make([]string, 0, len(s.Enum))
		for _, e := range s.Enum {
			v, err := strconv.Unquote(string(e.Raw))
			if err != nil {
				m.Fatalf("%s: %v", path, err)
			}
			all = append(all, v)
		}
		return all[i%len(all)]
	case known:
		return spell(path, i, c, int(*s.MaxLength))
	case len(s.XValidations) > 0:
		m.Fatalf("%s has a rule: add to spellings what it accepts", path)
	case c == minimal:
		return string(rune('a' + i%26))
	case c == maximal:
		return padded(fmt.Sprintf("ü%d", i), int(*s.MaxLength))
	}
	return fmt.Sprintf(texts[m.IntN(len(texts))], i)
}

// labels that a selector asks for.
func labels(c class, most int) object {
	switch c {
	case empty:
		return object{}
	case minimal:
		return object{"a": ""}
	case odd:
		return object{"example.org/of": "A_b.c-1", "no label %s": "no value {}"}
	default:
		all := object{}
		for i := range most {
			all[padded(fmt.Sprintf("example.org/l%d", i), 75)] = padded("x", 63)
		}
		return all
	}
}

// padded is a text that ends in as many x as make it that long.
func padded(text string, long int) string {
	return text + strings.Repeat("x", long-len([]rune(text)))
}

var indices = regexp.MustCompile(`\[(\d+)\]`)

// index is the innermost of a path.
func index(path string) int {
	all := indices.FindAllStringSubmatch(path, -1)
	if len(all) == 0 {
		return 0
	}
	i, _ := strconv.Atoi(all[len(all)-1][1])
	return i
}

const letters = "abcdefghijklmnopqrstuvwxyz0123456789"

// name of some length: hyphens, and dots if there may be some, stand anywhere
// between letters.
func (m *maker) name(length int, dots bool) string {
	b := make([]byte, length)
	for i := range b {
		inner := i > 0 && i < length-1
		switch {
		case inner && dots && m.IntN(20) == 0 && b[i-1] != '.' && b[i-1] != '-':
			b[i] = '.'
		case inner && m.IntN(5) == 0 && b[i-1] != '.':
			b[i] = '-'
		default:
			b[i] = letters[m.IntN(len(letters))]
		}
	}
	return string(b)
}
