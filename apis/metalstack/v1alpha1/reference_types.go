package v1alpha1

// A ResolutionPolicy says what becomes of a reference that leads nowhere.
// +kubebuilder:validation:Enum=Required;Optional;""
type ResolutionPolicy string

// Resolution policies of references.
const (
	ResolutionRequired ResolutionPolicy = "Required"
	ResolutionOptional ResolutionPolicy = "Optional"
)

// A ReferencePolicy says how a reference is followed.
type ReferencePolicy struct {
	// Resolution: with Required (the default) nothing is created before the
	// reference leads to a resource that is Ready; with Optional it is created
	// without what the reference leads to, if that is not Ready by then.
	// +optional
	Resolution ResolutionPolicy `json:"resolution,omitempty"`

	// Resolve is accepted because other providers have it. References are
	// followed each time the resource is looked at, whatever it says, and what
	// they lead to is never written into the spec.
	// +optional
	// +kubebuilder:validation:Enum=Always;IfNotPresent;""
	Resolve string `json:"resolve,omitempty"`
}

// A Reference names a resource to take an id from.
type Reference struct {
	// Name of the resource.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`

	// Namespace of the resource. That of the referring resource if left out.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	Namespace string `json:"namespace,omitempty"`

	// Policy of the reference.
	// +optional
	Policy *ReferencePolicy `json:"policy,omitempty"`
}

// A Selector selects the resource to take an id from. It must match one only.
type Selector struct {
	// MatchLabels are labels that the resource carries.
	// +optional
	// +kubebuilder:validation:MaxProperties=16
	MatchLabels map[string]string `json:"matchLabels,omitempty"`

	// MatchControllerRef selects a resource that is composed by the same
	// composite as this one.
	// +optional
	MatchControllerRef *bool `json:"matchControllerRef,omitempty"`

	// Namespace of the resource. That of the referring resource if left out.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	Namespace string `json:"namespace,omitempty"`

	// Policy of the reference.
	// +optional
	Policy *ReferencePolicy `json:"policy,omitempty"`
}
