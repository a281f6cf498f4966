package relation

import (
	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// FieldProjectID is what every resource that a project owns names it by.
const FieldProjectID = "projectID"

// ToProject that owns a resource, by its id, a reference or a selector.
func ToProject(id *string, ref *v1alpha1.Reference, selector *v1alpha1.Selector) Reference {
	return Reference{
		Field: FieldProjectID, Of: FieldProjectID, To: v1alpha1.ProjectKind,
		ID: *id, Ref: ref, Selector: selector,
		Set: func(to string) { *id = to },
	}
}
