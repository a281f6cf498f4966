package v1alpha1

import (
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// An AddressFamily is IPv4 or IPv6.
// +kubebuilder:validation:Enum=IPv4;IPv6
type AddressFamily string

// Address families of metal-stack.
const (
	IPv4 AddressFamily = "IPv4"
	IPv6 AddressFamily = "IPv6"
)

// PrefixLengths are the sizes of the prefixes that a network gets, by address
// family.
type PrefixLengths struct {
	// IPv4 is the length of the IPv4 prefix, for example 24. Left out: what
	// the partition's super network says (22 in mini-lab).
	// +optional
	// +kubebuilder:validation:Minimum=8
	// +kubebuilder:validation:Maximum=32
	IPv4 *int32 `json:"ipv4,omitempty"`

	// IPv6 is the length of the IPv6 prefix, for example 96. Left out: what
	// the partition's super network says.
	// +optional
	// +kubebuilder:validation:Minimum=16
	// +kubebuilder:validation:Maximum=128
	IPv6 *int32 `json:"ipv6,omitempty"`
}

// NetworkParameters are what a private network shall be. metal-api cuts it out
// of the partition's super network.
type NetworkParameters struct {
	// Partition that the network is made in, for example mini-lab. Fixed at
	// creation.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Partition string `json:"partition,omitempty"`

	// ProjectID is the project that owns the network, for example
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

	// Name of the network, for people: metal-api does not ask for unique
	// names. The resource's own name if left out. Can be changed with admin
	// rights.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	Name *string `json:"name,omitempty"`

	// Description of the network. Can be changed with admin rights.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	Description *string `json:"description,omitempty"`

	// Labels of the network at metal-api. The provider adds its own and keeps
	// those that others add. Can be changed with admin rights.
	// +optional
	// +kubebuilder:validation:MaxProperties=64
	// +kubebuilder:validation:XValidation:rule="self.all(k, size(k) > 0 && size(k) <= 317)",message="a label needs a key of 1 to 317 characters"
	// +kubebuilder:validation:XValidation:rule="self.all(k, size(k) > 317 || !k.startsWith('metal-stack.crossplane.io/'))",message="labels of metal-stack.crossplane.io/ are the provider's own: choose another key"
	Labels map[string]NetworkLabelValue `json:"labels,omitempty"`

	// AddressFamilies that the network shall have, for example [IPv4]. Left
	// out: those of the partition's super network (both in mini-lab). Fixed at
	// creation.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=2
	AddressFamilies []AddressFamily `json:"addressFamilies,omitempty"`

	// PrefixLengths by address family. A length alone does not switch the
	// other family off: say so in addressFamilies. Fixed at creation.
	// +optional
	PrefixLengths *PrefixLengths `json:"prefixLengths,omitempty"`

	// Shared allows other projects to use the network. Cannot be taken back.
	// +optional
	Shared *bool `json:"shared,omitempty"`

	// NAT masquerades what leaves the network by a firewall. Fixed at
	// creation.
	// +optional
	NAT *bool `json:"nat,omitempty"`

	// DestinationPrefixes are what can be reached by the network, as CIDRs.
	// Fixed at creation.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=32
	DestinationPrefixes []CIDR `json:"destinationPrefixes,omitempty"`
}

// A NetworkLabelValue is the value of a label at metal-api; it may be empty.
// +kubebuilder:validation:MaxLength=1024
type NetworkLabelValue string

// A CIDR is an IP prefix such as 10.0.0.0/8 or 2001:db8::/32.
// +kubebuilder:validation:MaxLength=64
// +kubebuilder:validation:XValidation:rule="isCIDR(self)",message="must be a CIDR such as 10.0.0.0/8 or 2001:db8::/32"
type CIDR string

// NetworkObservation is what metal-api says about the network.
type NetworkObservation struct {
	// ProjectID of the project that owns the network.
	// +optional
	ProjectID string `json:"projectID,omitempty"`

	// ID of the network at metal-api.
	// +optional
	ID string `json:"id,omitempty"`

	// Prefixes of the network, sorted.
	// +optional
	// +listType=atomic
	Prefixes []string `json:"prefixes,omitempty"`

	// VRF of the network.
	// +optional
	VRF *int64 `json:"vrf,omitempty"`

	// ParentNetworkID is the super network that the prefixes were cut out of.
	// +optional
	ParentNetworkID string `json:"parentNetworkID,omitempty"`

	// Asked is a copy of the annotation metal-stack.crossplane.io/asked, for when
	// that is lost: kubectl replace takes annotations away.
	// +optional
	Asked string `json:"asked,omitempty"`

	// Message says what the network waits for, and what to do.
	// +optional
	Message string `json:"message,omitempty"`
}

// A NetworkSpec is the desired state of a Network.
//
// +kubebuilder:validation:XValidation:rule="'Observe' in self.managementPolicies || '*' in self.managementPolicies || self.managementPolicies.size() == 0",message="managementPolicies need Observe, or are [*]: Crossplane supports no others"
// +kubebuilder:validation:XValidation:rule="!('*' in self.managementPolicies) || self.managementPolicies.all(p, p == '*')",message="managementPolicies of * are [*] alone: Crossplane supports no others"
// +kubebuilder:validation:XValidation:rule="!('Delete' in self.managementPolicies) || 'Create' in self.managementPolicies || !('Update' in self.managementPolicies || 'LateInitialize' in self.managementPolicies)",message="managementPolicies with Delete and without Create are [Observe, Delete]: Crossplane supports no others"
// +kubebuilder:validation:XValidation:rule="!('*' in self.managementPolicies || 'Create' in self.managementPolicies) || (has(self.forProvider.partition) && (self.forProvider.?projectID.orValue(\"\") != \"\" || has(self.forProvider.projectIDRef) || self.forProvider.?projectIDSelector.matchLabels.orValue({}).size() > 0 || self.forProvider.?projectIDSelector.matchControllerRef.orValue(false)))",message="forProvider.partition and forProvider.projectID are required where managementPolicies allow Create: name the project by projectID, projectIDRef or projectIDSelector"
type NetworkSpec struct {
	xpv2.ManagedResourceSpec `json:",inline"`

	// ForProvider is what the network shall be.
	// +kubebuilder:default={}
	// +optional
	ForProvider NetworkParameters `json:"forProvider"`
}

// A NetworkStatus is the observed state of a Network.
type NetworkStatus struct {
	xpv2.ManagedResourceStatus `json:",inline"`

	// AtProvider is what metal-api says about the network.
	// +optional
	AtProvider NetworkObservation `json:"atProvider,omitempty"`
}

// A Network is a private network of metal-stack: prefixes of a partition's
// super network and a VRF, for one project. It is freed when nothing uses it
// any more.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Namespaced,categories={crossplane,managed,metalstack},shortName=msnet
// +kubebuilder:printcolumn:name="READY",type="string",JSONPath=".status.conditions[?(@.type=='Ready')].status"
// +kubebuilder:printcolumn:name="SYNCED",type="string",JSONPath=".status.conditions[?(@.type=='Synced')].status"
// +kubebuilder:printcolumn:name="EXTERNAL-NAME",type="string",JSONPath=".metadata.annotations.crossplane\\.io/external-name"
// +kubebuilder:printcolumn:name="PREFIXES",type="string",JSONPath=".status.atProvider.prefixes"
// +kubebuilder:printcolumn:name="AGE",type="date",JSONPath=".metadata.creationTimestamp"
// +kubebuilder:printcolumn:name="MESSAGE",type="string",JSONPath=".status.atProvider.message"
// +kubebuilder:validation:XValidation:rule=`!oldSelf.?status.atProvider.id.hasValue() || !oldSelf.?status.atProvider.asked.hasValue() || ((oldSelf.spec.forProvider.?partition.orValue("") in ["", self.spec.forProvider.?partition.orValue("")]) && (oldSelf.spec.forProvider.?projectID.orValue("") in ["", self.spec.forProvider.?projectID.orValue("")] || (self.spec.forProvider.?projectID.orValue("") == "" && (has(self.spec.forProvider.projectIDRef) || has(self.spec.forProvider.projectIDSelector)))) && (self.spec.forProvider.?projectID.orValue("") in ["", oldSelf.spec.forProvider.?projectID.orValue(""), oldSelf.?status.atProvider.projectID.orValue(self.spec.forProvider.?projectID.orValue(""))]) && self.spec.providerConfigRef == oldSelf.spec.providerConfigRef)`,message="forProvider.partition, forProvider.projectID and providerConfigRef are fixed once the network is created: create another Network"
type Network struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec   NetworkSpec   `json:"spec"`
	Status NetworkStatus `json:"status,omitempty"`
}

// A NetworkList holds Networks.
//
// +kubebuilder:object:root=true
type NetworkList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []Network `json:"items"`
}

var _ resource.ModernManaged = &Network{}
