package tags_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/memory"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/tags"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// What others wrote stays, also where two of them have one key: the machines that share an
// address lose it with their tag.
func TestOf(t *testing.T) {
	t.Parallel()
	wrote := memory.Written{}
	wrote.Write(tags.Field, "team=storage")
	wrote.Write(tags.Field, "edge")
	for name, tc := range map[string]struct {
		reason string
		wants  []v1alpha1.Tag
		has    []string
		marks  metal.Marks
		want   []string
	}{
		"Others":   {"what others wrote", nil, []string{"b=1", "a"}, metal.Marks{}, []string{"a", "b=1"}},
		"Machines": {"two of one key", nil, []string{"machine.metal-stack.io/id=1", "machine.metal-stack.io/id=2"}, metal.Marks{}, []string{"machine.metal-stack.io/id=1", "machine.metal-stack.io/id=2"}},
		"Wanted":   {"what is wanted takes the place of its key", []v1alpha1.Tag{"team=network"}, []string{"team=storage", "edge"}, metal.Marks{}, []string{"team=network"}},
		"Removed":  {"what is wanted no more goes", nil, []string{"team=storage", "edge", "theirs"}, metal.Marks{}, []string{"theirs"}},
		"Changed":  {"what others changed since is theirs", nil, []string{"team=theirs"}, metal.Marks{}, []string{"team=theirs"}},
		"Marks":    {"marks are ours", nil, []string{"metal-stack.crossplane.io/uid=other"}, metal.Marks{UID: "ours"}, slices.Sorted(slices.Values(metal.Marks{UID: "ours"}.Tags()))},
		"None":     {"none are none", nil, nil, metal.Marks{}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, tags.Of(tags.Field, tc.wants, tc.has, tc.marks, wrote)); diff != "" {
				t.Errorf("%s: -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
