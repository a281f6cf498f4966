package v1alpha1

import (
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// An IPType says how long an IP lives.
// +kubebuilder:validation:Enum=ephemeral;static;""
type IPType string

// Types of IPs, as metal-api calls them.
const (
	IPTypeEphemeral IPType = "ephemeral"
	IPTypeStatic    IPType = "static"
)

// IPParameters are what an IP shall be.
//
// +kubebuilder:validation:XValidation:rule=`self.?address.orValue("") == "" || self.?addressFamily.orValue("") == ""`,message="an address says its family: leave addressFamily out"
type IPParameters struct {
	// ProjectID is the project that owns the IP, for example
	// 00000000-0000-0000-0000-000000000001. Fixed at creation.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	ProjectID string `json:"projectID,omitempty"`

	// ProjectIDRef names a Project to take the id from, in the same namespace unless
	// it names another.
	// +optional
	ProjectIDRef *Reference `json:"projectIDRef,omitempty"`

	// ProjectIDSelector selects a Project to take the id from, in the same namespace
	// unless it names another.
	// +optional
	ProjectIDSelector *Selector `json:"projectIDSelector,omitempty"`

	// NetworkID of the network that the address is taken of: an external one, for
	// example internet-mini-lab, a shared one, or a private one of the project.
	// Fixed at creation.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	NetworkID *string `json:"networkID,omitempty"`

	// NetworkIDRef names a Network to take the id from, in the same namespace
	// unless it names another.
	// +optional
	NetworkIDRef *Reference `json:"networkIDRef,omitempty"`

	// NetworkIDSelector selects a Network to take the id from, in the same
	// namespace unless it names another.
	// +optional
	NetworkIDSelector *Selector `json:"networkIDSelector,omitempty"`

	// Type of the IP. An ephemeral one goes with the last machine that has it; a
	// static one stays until it is deleted. An ephemeral one can be made static,
	// and not back. Ephemeral if left out, as metal-api has it.
	// +optional
	Type IPType `json:"type,omitempty"`

	// Address that is wanted, for example 203.0.113.130. The next free one if left
	// out. Fixed at creation.
	// +optional
	// +kubebuilder:validation:MaxLength=45
	// +kubebuilder:validation:XValidation:rule="self == '' || isIP(self)",message="must be an IP address such as 203.0.113.130"
	Address *string `json:"address,omitempty"`

	// AddressFamily of the address. IPv4 if left out, where the network has it.
	// Fixed at creation.
	// +optional
	// +kubebuilder:validation:Enum=IPv4;IPv6;""
	AddressFamily string `json:"addressFamily,omitempty"`

	// Name of the IP, for people. The resource's own name if left out. Can be
	// changed.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	Name *string `json:"name,omitempty"`

	// Description of the IP. Can be changed.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	Description *string `json:"description,omitempty"`

	// Tags of the IP: words, or key=value with one value to a key. The provider
	// adds its own and keeps those of others, by which metal-api knows the machine
	// that has the address. Can be changed.
	// +optional
	Tags Tags `json:"tags,omitempty"`
}

// IPObservation is what metal-api says about the IP.
type IPObservation struct {
	// ProjectID of the project that owns the IP.
	// +optional
	ProjectID string `json:"projectID,omitempty"`

	// Address of the IP.
	// +optional
	Address string `json:"address,omitempty"`

	// AllocationUUID tells this allocation of the address from others.
	// +optional
	AllocationUUID string `json:"allocationUUID,omitempty"`

	// NetworkID of the network that the address is of.
	// +optional
	NetworkID string `json:"networkID,omitempty"`

	// Type of the IP: ephemeral or static.
	// +optional
	Type string `json:"type,omitempty"`

	// Machines that have the address, by id, sorted.
	// +optional
	// +listType=atomic
	Machines []string `json:"machines,omitempty"`

	// Services in Kubernetes clusters that have the address, as
	// cluster/namespace/name, sorted.
	// +optional
	// +listType=atomic
	Services []string `json:"services,omitempty"`

	// Asked is a copy of the annotation metal-stack.crossplane.io/asked, for when
	// that is lost: kubectl replace takes annotations away.
	// +optional
	Asked string `json:"asked,omitempty"`

	// Message says what the IP waits for, and what to do.
	// +optional
	Message string `json:"message,omitempty"`
}

// An IPSpec is the desired state of an IP.
//
// +kubebuilder:validation:XValidation:rule="'Observe' in self.managementPolicies || '*' in self.managementPolicies || self.managementPolicies.size() == 0",message="managementPolicies need Observe, or are [*]: Crossplane supports no others"
// +kubebuilder:validation:XValidation:rule="!('*' in self.managementPolicies) || self.managementPolicies.all(p, p == '*')",message="managementPolicies of * are [*] alone: Crossplane supports no others"
// +kubebuilder:validation:XValidation:rule="!('Delete' in self.managementPolicies) || 'Create' in self.managementPolicies || !('Update' in self.managementPolicies || 'LateInitialize' in self.managementPolicies)",message="managementPolicies with Delete and without Create are [Observe, Delete]: Crossplane supports no others"
// +kubebuilder:validation:XValidation:rule="!('*' in self.managementPolicies || 'Create' in self.managementPolicies) || (self.forProvider.?projectID.orValue(\"\") != \"\" || has(self.forProvider.projectIDRef) || self.forProvider.?projectIDSelector.matchLabels.orValue({}).size() > 0 || self.forProvider.?projectIDSelector.matchControllerRef.orValue(false))",message="forProvider.projectID is required where managementPolicies allow Create: name the project by projectID, projectIDRef or projectIDSelector"
// +kubebuilder:validation:XValidation:rule=`!('*' in self.managementPolicies || 'Create' in self.managementPolicies) || self.forProvider.?networkID.orValue("") != "" || has(self.forProvider.networkIDRef) || self.forProvider.?networkIDSelector.matchLabels.orValue({}).size() > 0 || self.forProvider.?networkIDSelector.matchControllerRef.orValue(false)`,message="name the network where managementPolicies allow Create: forProvider.networkID, networkIDRef or networkIDSelector"
type IPSpec struct {
	xpv2.ManagedResourceSpec `json:",inline"`

	// ForProvider is what the IP shall be.
	// +kubebuilder:default={}
	// +optional
	ForProvider IPParameters `json:"forProvider"`
}

// An IPStatus is the observed state of an IP.
type IPStatus struct {
	xpv2.ManagedResourceStatus `json:",inline"`

	// AtProvider is what metal-api says about the IP.
	// +optional
	AtProvider IPObservation `json:"atProvider,omitempty"`
}

// An IP is an address of a network of metal-stack, for one project: for a firewall or
// a machine, or for a service in a cluster. It is freed when nothing has it any more.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Namespaced,categories={crossplane,managed,metalstack},shortName=msip
// +kubebuilder:printcolumn:name="READY",type="string",JSONPath=".status.conditions[?(@.type=='Ready')].status"
// +kubebuilder:printcolumn:name="SYNCED",type="string",JSONPath=".status.conditions[?(@.type=='Synced')].status"
// +kubebuilder:printcolumn:name="EXTERNAL-NAME",type="string",JSONPath=".metadata.annotations.crossplane\\.io/external-name"
// +kubebuilder:printcolumn:name="TYPE",type="string",JSONPath=".status.atProvider.type"
// +kubebuilder:printcolumn:name="NETWORK",type="string",priority=1,JSONPath=".status.atProvider.networkID"
// +kubebuilder:printcolumn:name="MACHINES",type="string",priority=1,JSONPath=".status.atProvider.machines"
// +kubebuilder:printcolumn:name="AGE",type="date",JSONPath=".metadata.creationTimestamp"
// +kubebuilder:printcolumn:name="MESSAGE",type="string",JSONPath=".status.atProvider.message"
// +kubebuilder:validation:XValidation:rule=`!oldSelf.?status.atProvider.address.hasValue() || !oldSelf.?status.atProvider.asked.hasValue() || ((oldSelf.spec.forProvider.?projectID.orValue("") in ["", self.spec.forProvider.?projectID.orValue("")] || (self.spec.forProvider.?projectID.orValue("") == "" && (has(self.spec.forProvider.projectIDRef) || has(self.spec.forProvider.projectIDSelector)))) && (self.spec.forProvider.?projectID.orValue("") in ["", oldSelf.spec.forProvider.?projectID.orValue(""), oldSelf.?status.atProvider.projectID.orValue(self.spec.forProvider.?projectID.orValue(""))]) && self.spec.providerConfigRef == oldSelf.spec.providerConfigRef)`,message="forProvider.projectID and providerConfigRef are fixed once the IP is allocated: create another IP"
type IP struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec   IPSpec   `json:"spec"`
	Status IPStatus `json:"status,omitempty"`
}

// An IPList holds IPs.
//
// +kubebuilder:object:root=true
type IPList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []IP `json:"items"`
}

var _ resource.ModernManaged = &IP{}
