//go:build envtest

package ordinaryday

import (
	"context"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/types"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// kinds of managed resources, by name. A new kind is added here.
func kinds() map[string]*kind {
	return map[string]*kind{
		"Network":  network(),
		"Firewall": firewall(),
		"Machine":  machine(),
		"IP":       ip(),
		"Project":  projectKind(),
	}
}

// A kind is what must be known of a kind of managed resource to lead it through
// an ordinary day.
type kind struct {
	name   string // As in its CRD.
	plural string

	// base is the forProvider of an object that becomes Ready and says no more
	// than it must.
	base func(world) object

	// maximal is that of one that says all there is; alternatives are fields
	// that it may lack because others exclude them.
	maximal      func(world) object
	alternatives []string

	// blocked is a change with which nothing can be made.
	blocked change

	// fields are the entries of all optional fields, by path.
	fields func(world) map[string]field

	// allocates is the operation of metal-api that makes an object, frees the one
	// that frees it.
	allocates, frees string

	// free an object at metal-api, as somebody else does.
	free func(ctx context.Context, s metal.Stack, id string) error

	// found are the objects at metal-api that carry the mark of a uid.
	found func(ctx context.Context, s metal.Stack, uid types.UID) ([]found, error)

	// identifies an object: with any of these, something else is meant.
	identifies func(world) change

	// words are what it and others may write at metal-api.
	words words

	// typos that a person makes.
	typos func(world) []typo

	// awkward spellings that metal-api keeps in its own way, or as they are.
	awkward map[string]change

	// references to other resources.
	references []reference
}

// An outcome of a change of something that exists.
type outcome string

const (
	// fixed at creation: accepted, not carried out, and said. The zero value.
	fixed outcome = ""
	// repaired at metal-api.
	repaired outcome = "repaired"
	// same as before: it makes no difference.
	same outcome = "same"
	// consent is needed: accepted, not carried out, and said how to consent.
	consent outcome = "consent"
	// refused by the API server.
	refused outcome = "refused"
)

// A field of the table.
type field struct {
	// given is what stands around it in all rows; instead is what stands in its
	// place where it is absent or empty.
	given   change
	instead change

	// set is a value, other is another one.
	set, other any

	// spellings of set that make no difference. preset is what it is if it is
	// left out, which makes none either; "NAME" is the resource's own name.
	spellings []any
	preset    any

	// hidden is true if metal-api does not show it.
	hidden bool

	// still is true if metal-api gets the same order with and without it.
	still bool

	// What it means if it is set, changed or removed while something exists.
	added, changed, removed outcome

	// called is what messages call it; the first or the last part of its path if
	// empty.
	called string

	// left is what metal-api has after a repair that removed it.
	left any

	// Words of the API server's refusals: of an object without it, of an empty
	// one, of its change while something exists. Empty where that is accepted.
	required, notEmpty, moved string
}

// foundBy a find of the objects that carry a mark, each as the table sees it.
func foundBy[O any](find func(metal.Stack, context.Context, types.UID) ([]O, error), as func(*O) found) func(context.Context, metal.Stack, types.UID) ([]found, error) {
	return func(ctx context.Context, s metal.Stack, uid types.UID) ([]found, error) {
		os, err := find(s, ctx, uid)
		all := make([]found, len(os))
		for i := range os {
			all[i] = as(&os[i])
		}
		return all, err
	}
}

// A found object at metal-api.
type found struct {
	id string

	// values that can be changed, by the path of their field. Without what
	// others wrote, lists sorted.
	values map[string]any

	// words of all, byte for byte: tags, or labels as key=value.
	words []string
}

// Words are labels or tags, which others may write as well.
type words struct {
	// field that holds them, and one that holds a description.
	field, description string

	// write all words of an object at metal-api, as somebody else does.
	write func(ctx context.Context, s metal.Stack, id string, words []string) error

	// strangers are such words.
	strangers []string

	// blank ends with a blank. two has two words, one has the first with another
	// value and lacks the second, which is second at metal-api.
	blank, two, one any
	second          string
}

// without the marks, what strangers wrote, and what begins with a prefix of others.
func (w words) without(all []string, others ...string) []string {
	var left []string
	for _, word := range all {
		begins := func(prefix string) bool { return strings.HasPrefix(word, prefix) }
		if !begins(metal.MarkPrefix) && !slices.ContainsFunc(others, begins) && !slices.Contains(w.strangers, word) {
			left = append(left, word)
		}
	}
	return left
}

// A typo, and its correction.
type typo struct {
	name string

	// resource is an unusual name, if it is that.
	resource string

	wrong, right change

	// says is in the message.
	says string
}

// A reference to another resource.
type reference struct {
	// at is the path of the reference, selector that of the selector and plain
	// that of the id that can stand in its place.
	at, selector, plain string

	// given is what stands around it.
	given change

	// kind and forProvider of what it refers to.
	kind string
	to   change

	// optional is true if it can be created without.
	optional bool

	// many are meant by a selector: all that it selects. Only one may have what is
	// referred to, alone.
	many, alone bool
}
