package metal

import (
	"hash/fnv"
	"sort"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/types"
)

// Keys of the marks: labels of networks, key=value tags of everything else.
const (
	MarkPrefix         = "metal-stack.crossplane.io/"
	MarkUID            = MarkPrefix + "uid"
	MarkResource       = MarkPrefix + "resource"
	MarkProviderConfig = MarkPrefix + "provider-config"

	// MarkSlice and MarkSubslice are a decimal digit each, which follow from the
	// uid: metal-api compares marks as a whole, so that only a mark of its own
	// finds a tenth, or a hundredth, of all that is ours.
	MarkSlice    = MarkPrefix + "slice"
	MarkSubslice = MarkPrefix + "subslice"
)

// Marks say at metal-stack whose an object is. Their zero value: nobody's.
type Marks struct {
	// UID of the managed resource.
	UID types.UID

	// Resource is its namespace/name, for people, and by which a restored one finds what
	// it had.
	Resource string

	// ProviderConfig is the uid of the configuration that it was made
	// through.
	ProviderConfig types.UID
}

// SliceOf a managed resource: the values of MarkSlice and MarkSubslice. They are
// at metal-stack, and must stay what they are.
func SliceOf(uid types.UID) (slice, subslice string) {
	h := fnv.New32a()
	_, _ = h.Write([]byte(uid)) // A hash takes everything.
	n := h.Sum32() % 100
	return strconv.Itoa(int(n / 10)), strconv.Itoa(int(n % 10))
}

// Labels of the marks.
func (m Marks) Labels() map[string]string {
	slice, subslice := SliceOf(m.UID)
	return map[string]string{
		MarkUID:            string(m.UID),
		MarkResource:       m.Resource,
		MarkProviderConfig: string(m.ProviderConfig),
		MarkSlice:          slice,
		MarkSubslice:       subslice,
	}
}

// Tags of the marks, sorted.
func (m Marks) Tags() []string {
	labels := m.Labels()
	tags := make([]string, 0, len(labels))
	for k, v := range labels {
		tags = append(tags, k+"="+v)
	}
	sort.Strings(tags)
	return tags
}

// MarksOfLabels reads the marks from labels.
func MarksOfLabels(labels map[string]string) Marks {
	return Marks{
		UID:            types.UID(labels[MarkUID]),
		Resource:       labels[MarkResource],
		ProviderConfig: types.UID(labels[MarkProviderConfig]),
	}
}

// MarksOfTags reads the marks from key=value tags.
func MarksOfTags(tags []string) Marks {
	labels := map[string]string{}
	for _, t := range tags {
		if k, v, ok := strings.Cut(t, "="); ok && strings.HasPrefix(k, MarkPrefix) {
			labels[k] = v
		}
	}
	return MarksOfLabels(labels)
}

// TagKey is what metal-api takes two tags for the same by: of key=value what
// stands before the value; a word is itself, also beside a key of that name.
func TagKey(tag string) string {
	if k, _, ok := strings.Cut(tag, "="); ok {
		return k + "="
	}
	return tag
}
