// Package memory is what a managed resource remembers of what metal-stack was asked
// for, in an annotation.
package memory

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// Begun is true once a resource stands for something at metal-stack, or may: it has an id,
// or there is a create that may yet come true.
func Begun(o metav1.Object) bool {
	a := o.GetAnnotations()
	_, pending := a[meta.AnnotationKeyExternalCreatePending]
	_, unknown := a[v1alpha1.AnnotationCreateUnknownSince]
	return pending || unknown || a[meta.AnnotationKeyExternalName] != ""
}

// Asked is what metal-stack was asked for, as an annotation remembers it. A spec
// is the person's: it may change at any time, and it holds no ids that
// references led to. A status is lost by a backup. So what was asked is written
// down before each allocate and each update.
type Asked struct {
	// Fixed fields, by name: a digest of what was asked for.
	Fixed map[string]string `json:"fixed,omitempty"`

	// Followed references, by field.
	Followed map[string]Followed `json:"followed,omitempty"`

	// Wrote is what was written that can be changed in place.
	Wrote Written `json:"wrote,omitempty"`

	// Step is the last one that was taken of those that a person must consent to.
	Step *Step `json:"step,omitempty"`
}

// A Step that was taken.
type Step struct {
	// Consent that it was taken by, empty if none counts any more.
	Consent string `json:"consent,omitempty"`

	// Before is when it was, as metal-api's clock said.
	Before string `json:"before,omitempty"`
}

// Followed is where a reference led to.
type Followed struct {
	// Reference is a digest of it.
	Reference string `json:"reference"`

	// ID that it gave, or several, joined.
	ID string `json:"id"`
}

// Written values by field. What is in it and nobody wants any more goes; what
// others wrote is not in it, and stays.
type Written map[string][]string

// Write a value of a field. An empty one is none.
func (w Written) Write(field, value string) {
	if value != "" {
		w.WriteAlsoEmpty(field, value)
	}
}

// WriteAlsoEmpty writes a value that may be empty, such as a label's.
func (w Written) WriteAlsoEmpty(field, value string) {
	if !w.Has(field, value) {
		w[field] = append(w[field], remembered(value))
	}
}

// Has is true if a value of a field was written.
func (w Written) Has(field, value string) bool {
	return slices.Contains(w[field], remembered(value))
}

// Change that a text needs which is so: to what the spec says, if that says anything,
// else from what was written to what it is otherwise. Nil if none.
func (w Written) Change(field string, says *string, is, otherwise string) *string {
	switch {
	case says != nil && *says != is:
		return says
	case says == nil && is != otherwise && w.Has(field, is):
		return &otherwise
	default:
		return nil
	}
}

// And what is written beside it, sorted.
func (w Written) And(other Written) Written {
	all := Written{}
	for _, from := range []Written{w, other} {
		for field, values := range from {
			all[field] = slices.Compact(slices.Sorted(slices.Values(slices.Concat(all[field], values))))
		}
	}
	return all
}

// longest value that is remembered as it is: annotations are bounded.
const longest = 256

func remembered(value string) string {
	if len(value) <= longest {
		return value
	}
	sum := sha256.Sum256([]byte(value))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Digest of a field's value, and empty for an empty one.
func Digest(value string) string {
	if value == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(value))
	return hex.EncodeToString(sum[:8])
}

// Of a managed resource, or nil if nothing that can be read is remembered.
func Of(mg resource.Managed) *Asked {
	return Parse(mg.GetAnnotations()[v1alpha1.AnnotationAsked])
}

// Parse what an annotation says, or nil if it cannot be read.
func Parse(text string) *Asked {
	a := &Asked{}
	if err := json.Unmarshal([]byte(text), a); err != nil {
		return nil
	}
	return a
}

// String is the annotation's value, the same for the same.
func (a *Asked) String() string {
	b, err := json.Marshal(a)
	if err != nil {
		panic(err) // Maps of strings always can be, and are sorted.
	}
	return string(b)
}

// Written is what was written, also if nothing is remembered.
func (a *Asked) Written() Written {
	if a == nil {
		return Written{}
	}
	return a.Wrote
}

// ID that a reference led to, if it is still the same reference.
func (a *Asked) ID(field, reference string) string {
	if a == nil || a.Followed[field].Reference != Digest(reference) {
		return ""
	}
	return a.Followed[field].ID
}

// Led is the id that a reference in a field led to, whatever is in the field now.
func (a *Asked) Led(field string) string {
	if a == nil {
		return ""
	}
	return a.Followed[field].ID
}

// Join ids that one reference led to, to one.
func Join(ids []string) string { return strings.Join(ids, ",") }

// Split what was joined.
func Split(ids string) []string {
	if ids == "" {
		return nil
	}
	return strings.Split(ids, ",")
}

// IDs that references led to.
func (a *Asked) IDs() []string {
	if a == nil {
		return nil
	}
	var ids []string
	for _, f := range a.Followed {
		ids = append(ids, Split(f.ID)...)
	}
	return ids
}

// FollowedAnother reference in that field, when it was asked.
func (a *Asked) FollowedAnother(field, reference string) bool {
	return a != nil && a.Followed[field].ID != "" && a.Followed[field].Reference != Digest(reference)
}

// Writing is what is remembered before more is written: who dies in between has
// forgotten nothing.
func (a *Asked) Writing(more Written) *Asked {
	if a == nil {
		return &Asked{Wrote: more}
	}
	return &Asked{Fixed: a.Fixed, Followed: a.Followed, Wrote: a.Wrote.And(more), Step: a.Step}
}

// Stepping is what is remembered before a step is taken.
func (a *Asked) Stepping(consent, before string) *Asked {
	if a == nil {
		a = &Asked{}
	}
	out := &Asked{Fixed: a.Fixed, Followed: a.Followed, Wrote: a.Wrote}
	if consent != "" || before != "" {
		out.Step = &Step{Consent: consent, Before: before}
	}
	return out
}

// StepTaken is the consent by which the last step was taken.
func (a *Asked) StepTaken() string {
	if a == nil || a.Step == nil {
		return ""
	}
	return a.Step.Consent
}

// StepBefore is when the last step was taken.
func (a *Asked) StepBefore() string {
	if a == nil || a.Step == nil {
		return ""
	}
	return a.Step.Before
}

// Beginning is what is remembered before an allocate. One before it may have come
// true after all, so what that wrote is not forgotten.
func (a *Asked) Beginning(next *Asked) *Asked {
	return &Asked{Fixed: next.Fixed, Followed: next.Followed, Wrote: next.Wrote.And(a.Written())}
}

// SameOrder is true if both ask for the same, as far as it is fixed.
func (a *Asked) SameOrder(b *Asked) bool {
	return a != nil && maps.Equal(a.Fixed, b.Fixed) && maps.Equal(a.Followed, b.Followed)
}
