package v1alpha1

import (
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// ProjectParameters are what a project shall be.
type ProjectParameters struct {
	// TenantID of the tenant that owns the project, for example metal-stack. Fixed
	// at creation.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	TenantID string `json:"tenantID,omitempty"`

	// Name of the project, for people: several may have the same. The resource's
	// own name if left out. Can be changed.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	Name *string `json:"name,omitempty"`

	// Description of the project. Can be changed.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	Description *string `json:"description,omitempty"`

	// Labels of the project: words, or key=value with one value to a key. The
	// provider adds its own and keeps those of others. Can be changed.
	// +optional
	Labels ProjectLabels `json:"labels,omitempty"`

	// Quotas of the project. None of a kind if left out. Can be changed.
	// +optional
	Quotas *ProjectQuotas `json:"quotas,omitempty"`
}

// ProjectLabels are words, or key=value with one value to a key.
// +listType=set
// +kubebuilder:validation:MaxItems=64
// +kubebuilder:validation:XValidation:rule="self.all(l, !l.startsWith('metal-stack.crossplane.io/'))",message="labels of metal-stack.crossplane.io/ are the provider's own: choose another key"
// +kubebuilder:validation:XValidation:rule="self.all(l, !l.contains('=') || self.filter(u, u.startsWith(l.split('=', 2)[0] + '=')).size() == 1)",message="two labels have the same key: leave one of them out"
type ProjectLabels []Tag

// ProjectQuotas are how much a project may have at most.
type ProjectQuotas struct {
	// Machines that the project may have. It is the one quota that metal-api
	// enforces, and what it counts are firewalls.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000000
	Machines *int32 `json:"machines,omitempty"`

	// IPs that the project may have. metal-api writes it down and enforces nothing.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000000
	IPs *int32 `json:"ips,omitempty"`

	// Clusters that the project may have. metal-api writes it down and enforces
	// nothing.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000000
	Clusters *int32 `json:"clusters,omitempty"`
}

// ProjectObservation is what metal-api says about the project.
type ProjectObservation struct {
	// ID of the project, which networks, machines and IPs name as projectID.
	// +optional
	ID string `json:"id,omitempty"`

	// Name of the project.
	// +optional
	Name string `json:"name,omitempty"`

	// TenantID of the tenant that owns the project.
	// +optional
	TenantID string `json:"tenantID,omitempty"`

	// Asked is a copy of the annotation metal-stack.crossplane.io/asked, for when
	// that is lost: kubectl replace takes annotations away.
	// +optional
	Asked string `json:"asked,omitempty"`

	// Message says what the project waits for, and what to do.
	// +optional
	Message string `json:"message,omitempty"`
}

// A ProjectSpec is the desired state of a Project.
//
// +kubebuilder:validation:XValidation:rule="'Observe' in self.managementPolicies || '*' in self.managementPolicies || self.managementPolicies.size() == 0",message="managementPolicies need Observe, or are [*]: Crossplane supports no others"
// +kubebuilder:validation:XValidation:rule="!('*' in self.managementPolicies) || self.managementPolicies.all(p, p == '*')",message="managementPolicies of * are [*] alone: Crossplane supports no others"
// +kubebuilder:validation:XValidation:rule="!('Delete' in self.managementPolicies) || 'Create' in self.managementPolicies || !('Update' in self.managementPolicies || 'LateInitialize' in self.managementPolicies)",message="managementPolicies with Delete and without Create are [Observe, Delete]: Crossplane supports no others"
// +kubebuilder:validation:XValidation:rule="!('*' in self.managementPolicies || 'Create' in self.managementPolicies) || has(self.forProvider.tenantID)",message="forProvider.tenantID is required where managementPolicies allow Create"
type ProjectSpec struct {
	xpv2.ManagedResourceSpec `json:",inline"`

	// ForProvider is what the project shall be.
	// +kubebuilder:default={}
	// +optional
	ForProvider ProjectParameters `json:"forProvider"`
}

// A ProjectStatus is the observed state of a Project.
type ProjectStatus struct {
	xpv2.ManagedResourceStatus `json:",inline"`

	// AtProvider is what metal-api says about the project.
	// +optional
	AtProvider ProjectObservation `json:"atProvider,omitempty"`
}

// A Project is a project of metal-stack: it owns networks, machines and IPs. It takes
// an admin's key to make, change and delete one, and it is deleted only when it owns
// nothing any more.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Namespaced,categories={crossplane,managed,metalstack},shortName=mspr
// +kubebuilder:printcolumn:name="READY",type="string",JSONPath=".status.conditions[?(@.type=='Ready')].status"
// +kubebuilder:printcolumn:name="SYNCED",type="string",JSONPath=".status.conditions[?(@.type=='Synced')].status"
// +kubebuilder:printcolumn:name="EXTERNAL-NAME",type="string",JSONPath=".metadata.annotations.crossplane\\.io/external-name"
// +kubebuilder:printcolumn:name="TENANT",type="string",JSONPath=".status.atProvider.tenantID"
// +kubebuilder:printcolumn:name="PROJECT",type="string",priority=1,JSONPath=".status.atProvider.name"
// +kubebuilder:printcolumn:name="AGE",type="date",JSONPath=".metadata.creationTimestamp"
// +kubebuilder:printcolumn:name="MESSAGE",type="string",JSONPath=".status.atProvider.message"
// +kubebuilder:validation:XValidation:rule=`!oldSelf.?status.atProvider.id.hasValue() || !oldSelf.?status.atProvider.asked.hasValue() || ((oldSelf.spec.forProvider.?tenantID.orValue("") in ["", self.spec.forProvider.?tenantID.orValue("")]) && self.spec.providerConfigRef == oldSelf.spec.providerConfigRef)`,message="forProvider.tenantID and providerConfigRef are fixed once the project is created: create another Project"
type Project struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec   ProjectSpec   `json:"spec"`
	Status ProjectStatus `json:"status,omitempty"`
}

// A ProjectList holds Projects.
//
// +kubebuilder:object:root=true
type ProjectList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []Project `json:"items"`
}

var _ resource.ModernManaged = &Project{}
