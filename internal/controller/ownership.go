package controller

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/types"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metrics"
)

// A Record is what a managed resource says about what it stands for.
type Record struct {
	// UID of the managed resource, and Resource as a person knows it, such as Network
	// default/private.
	UID      types.UID
	Resource string

	// ExternalName, AllocationUUID and PartitionCreated are its identity, as
	// annotated. Without an AllocationUUID the ExternalName is a person's wish.
	ExternalName     string
	AllocationUUID   string
	PartitionCreated string

	// TakeOver is the uid whose object a person gave to this resource.
	TakeOver types.UID

	// Taken is true since the recorded object is the resource's: what it asks for, or
	// found when it was imported, is remembered. What is recorded without that was
	// only looked at.
	Taken bool

	// OnlyObserved resources look at objects, whoever's they are.
	OnlyObserved bool
}

// takeNone is given by a person who wants another object beside the one that was left
// behind.
const takeNone types.UID = "none"

// takesUnnamed is true for a resource that never had an object, and that a person gave
// whatever another one has.
func (r Record) takesUnnamed() bool {
	return r.TakeOver != "" && r.TakeOver != takeNone && r.ExternalName == "" && !r.Taken
}

// A Verdict says whose an object is.
type Verdict string

// Verdicts.
const (
	// Ours carries our mark, or is the allocation that we took, or look at.
	Ours Verdict = "Ours"
	// Import is nobody's, and a person named it.
	Import Verdict = "Import"
	// TakeOver is another managed resource's, and a person gave it to this one.
	TakeOver Verdict = "TakeOver"
	// Look at what is another managed resource's: never touch it.
	Look Verdict = "Look"
	// Another allocation has taken the place of ours, which is gone.
	Another Verdict = "Another"
	// Nothing is there any more.
	Nothing Verdict = "Nothing"
	// Refused is not ours to touch or to show.
	Refused Verdict = "Refused"
)

// A Judgement is a verdict and, where it is Refused, its reason: in words, and
// as it is counted.
type Judgement struct {
	Verdict Verdict
	Reason  string
	Refusal metrics.Refusal
}

// Judge whose an object is that was found by the recorded external name. Nil
// facts: an empty find. metal-stack reuses machine ids and frees without a
// guard, so an id alone proves nothing.
func Judge(noun string, r Record, wants Place, f *Facts) Judgement {
	// Who only looks sees what is there now.
	onlyLooks := r.OnlyObserved && !r.Taken
	switch {
	case f == nil:
		return Judgement{Verdict: Nothing}
	case (f.Marks.UID != r.UID || f.WeakMarks) && r.AllocationUUID != "" && r.AllocationUUID != f.AllocationUUID && !onlyLooks:
		return Judgement{Verdict: Another}
	case f.Unfit != "":
		return refuse(metrics.Unfit, "%s", f.Unfit)
	case wants.ProjectID != "" && f.ProjectID == "":
		return refuse(metrics.OtherProject, "%s %s belongs to no project: to look at it only, set managementPolicies to [Observe]", noun, f.ID)
	case wants.ProjectID != "" && f.ProjectID != wants.ProjectID:
		return refuse(metrics.OtherProject, "%s %s is of project %s, not of %s: correct projectID, or the annotation crossplane.io/external-name", noun, f.ID, f.ProjectID, wants.ProjectID)
	case f.Marks.UID == r.UID:
		return Judgement{Verdict: Ours}
	case f.Marks.UID == "" && r.AllocationUUID == f.AllocationUUID && (r.Taken || r.OnlyObserved):
		return Judgement{Verdict: Ours}
	case f.Marks.UID == "":
		return Judgement{Verdict: Import}
	case r.OnlyObserved:
		return Judgement{Verdict: Look}
	case f.Marks.UID == r.TakeOver:
		return Judgement{Verdict: TakeOver}
	default:
		return refuse(metrics.Marked, "%s %s belongs to another managed resource (%s, uid %s): if that one is gone for good, annotate %s with %s=%s; to look at it only, set managementPolicies to [Observe]",
			noun, f.ID, nameOf(f.Marks), f.Marks.UID, r.Resource, v1alpha1.AnnotationTakeOver, f.Marks.UID)
	}
}

// Touchable is true for verdicts that allow to change and to free.
func (j Judgement) Touchable() bool { return j.Verdict == Ours || j.Verdict == TakeOver }

func refuse(why metrics.Refusal, format string, args ...any) Judgement {
	return Judgement{Verdict: Refused, Refusal: why, Reason: fmt.Sprintf(format, args...)}
}

func nameOf(m metal.Marks) string {
	if m.Resource == "" {
		return "of unknown name"
	}
	return m.Resource
}

// otherStack is the sentence about a partition that is not the one that a
// resource was recorded in, and empty if it is. Nothing may be created or
// forgotten then.
func otherStack(noun string, r Record, partition, created string) string {
	if r.PartitionCreated == created && created != "" {
		return ""
	}
	what := "a " + noun + " that may have been created"
	if r.ExternalName != "" {
		what = noun + " " + r.ExternalName
	}
	found := "there is none of that name"
	switch {
	case partition == "":
		found = "there is none such"
	case created != "":
		found = "that of the same name was created at " + created
	}
	recorded := "at a time that is not recorded"
	if r.PartitionCreated != "" {
		recorded = "at " + r.PartitionCreated
	}
	where := "a partition " + partition
	if partition == "" {
		where = "a metal-stack with a partition"
	}
	return fmt.Sprintf("the ProviderConfig points at another metal-stack: %s lives in %s that was created %s, and here %s; nothing is created and nothing forgotten. "+
		"Point it back, or, if it is gone for good, remove the annotations crossplane.io/external-name, %s and %s",
		what, where, recorded, found, v1alpha1.AnnotationAllocationUUID, v1alpha1.AnnotationPartitionCreated)
}

// severalMarked is the sentence about more than one object with our mark.
func severalMarked(noun string, fs []Facts) string {
	ids := make([]string, 0, len(fs))
	for _, f := range fs {
		ids = append(ids, f.ID)
	}
	return fmt.Sprintf("%d %ss carry the mark of this resource: %s; nothing is created. Free those that are too many, or name the one to keep in the annotation crossplane.io/external-name and remove the mark %s of the others",
		len(fs), noun, strings.Join(ids, ", "), metal.MarkUID)
}
