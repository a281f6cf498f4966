package monitoring

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// Metrics by name. A name that ends in an asterisk stands for all that begin
// like it.
type Metrics []string

// Described are the metrics that a page in Markdown describes: the code in the
// first column of its tables that looks like the name of a metric.
func Described(page string) Metrics {
	name := regexp.MustCompile("`([a-z]+_[a-z_]*[*]?)`")
	var out Metrics
	for line := range strings.SplitSeq(page, "\n") {
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		column, _, _ := strings.Cut(line[2:], "|")
		for _, m := range name.FindAllStringSubmatch(column, -1) {
			out = append(out, m[1])
		}
	}
	return out
}

// Exposed are the metrics of a scrape, in Prometheus's text format.
func Exposed(exposition []byte) Metrics {
	var out Metrics
	for line := range strings.Lines(string(exposition)) {
		if f := strings.Fields(line); len(f) == 4 && f[0] == "#" && f[1] == "TYPE" {
			out = append(out, f[2])
		}
	}
	return out
}

// Has returns true if a metric is among them.
func (m Metrics) Has(name string) bool {
	return slices.ContainsFunc(m, func(one string) bool {
		ok, err := path.Match(one, name)
		return err == nil && ok
	})
}

// Missing in others are those, without asterisk, that they do not have.
func (m Metrics) Missing(others Metrics) []string {
	var out []string
	for _, name := range m {
		if !strings.HasSuffix(name, "*") && !others.Has(name) {
			out = append(out, name)
		}
	}
	return out
}
