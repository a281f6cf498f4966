// Package tags says which tags an object shall have of which others write some, too.
package tags

import (
	"maps"
	"slices"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/canonical"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/memory"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// Field of the tags, as the memory of what was written has it.
const Field = "tags"

// Of an object as it shall have them in a field, sorted: those that it has and that were not
// written from here, byte for byte and however many there are of a key, as of the machines
// that share an address; those that the spec wants, and the marks, if there are some.
func Of(field string, wants []v1alpha1.Tag, has []string, marks metal.Marks, wrote memory.Written) []string {
	ours := map[string]string{}
	for _, t := range wants {
		ours[metal.TagKey(string(t))] = string(t)
	}
	if marks.UID != "" {
		for _, t := range marks.Tags() {
			ours[metal.TagKey(t)] = t
		}
	}
	all := slices.Collect(maps.Values(ours))
	for _, t := range has {
		if _, replaced := ours[metal.TagKey(t)]; !replaced && !wrote.Has(field, t) {
			all = append(all, t)
		}
	}
	return canonical.Set(all)
}
