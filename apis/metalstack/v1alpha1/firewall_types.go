package v1alpha1

import (
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// FirewallParameters are what a firewall shall be.
type FirewallParameters struct {
	AllocationParameters `json:",inline"`

	// Image with the feature firewall, for example firewall-ubuntu-3.0.
	// metal-api takes the newest patch of a short form; status.atProvider.image
	// says which. Fixed at creation.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Image string `json:"image,omitempty"`

	// Rules say what the firewall lets through. None: all forwarding from the
	// private network is dropped. Fixed at creation.
	// +optional
	Rules *FirewallRules `json:"rules,omitempty"`
}

// FirewallObservation is what metal-api says about the firewall.
type FirewallObservation struct {
	AllocationObservation `json:",inline"`
}

// A FirewallSpec is the desired state of a Firewall.
//
// +kubebuilder:validation:XValidation:rule="'Observe' in self.managementPolicies || '*' in self.managementPolicies || self.managementPolicies.size() == 0",message="managementPolicies need Observe, or are [*]: Crossplane supports no others"
// +kubebuilder:validation:XValidation:rule="!('*' in self.managementPolicies) || self.managementPolicies.all(p, p == '*')",message="managementPolicies of * are [*] alone: Crossplane supports no others"
// +kubebuilder:validation:XValidation:rule="!('Delete' in self.managementPolicies) || 'Create' in self.managementPolicies || !('Update' in self.managementPolicies || 'LateInitialize' in self.managementPolicies)",message="managementPolicies with Delete and without Create are [Observe, Delete]: Crossplane supports no others"
// +kubebuilder:validation:XValidation:rule="!('*' in self.managementPolicies || 'Create' in self.managementPolicies) || (has(self.forProvider.partition) && (self.forProvider.?projectID.orValue(\"\") != \"\" || has(self.forProvider.projectIDRef) || self.forProvider.?projectIDSelector.matchLabels.orValue({}).size() > 0 || self.forProvider.?projectIDSelector.matchControllerRef.orValue(false)) && has(self.forProvider.size) && has(self.forProvider.image))",message="forProvider.partition, projectID, size and image are required where managementPolicies allow Create: name the project by projectID, projectIDRef or projectIDSelector"
// +kubebuilder:validation:XValidation:rule=`!('*' in self.managementPolicies || 'Create' in self.managementPolicies) || self.forProvider.?privateNetworkID.orValue("") != "" || has(self.forProvider.privateNetworkIDRef) || self.forProvider.?privateNetworkIDSelector.matchLabels.orValue({}).size() > 0 || self.forProvider.?privateNetworkIDSelector.matchControllerRef.orValue(false)`,message="name the private network where managementPolicies allow Create: forProvider.privateNetworkID, privateNetworkIDRef or privateNetworkIDSelector"
type FirewallSpec struct {
	xpv2.ManagedResourceSpec `json:",inline"`

	// ForProvider is what the firewall shall be.
	// +kubebuilder:default={}
	// +optional
	ForProvider FirewallParameters `json:"forProvider"`
}

// A FirewallStatus is the observed state of a Firewall.
type FirewallStatus struct {
	xpv2.ManagedResourceStatus `json:",inline"`

	// AtProvider is what metal-api says about the firewall.
	// +optional
	AtProvider FirewallObservation `json:"atProvider,omitempty"`
}

// A Firewall is a machine of metal-stack that stands between a private network
// and others. It is Ready when it has phoned home and is alive.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Namespaced,categories={crossplane,managed,metalstack},shortName=msfw
// +kubebuilder:printcolumn:name="READY",type="string",JSONPath=".status.conditions[?(@.type=='Ready')].status"
// +kubebuilder:printcolumn:name="SYNCED",type="string",JSONPath=".status.conditions[?(@.type=='Synced')].status"
// +kubebuilder:printcolumn:name="EXTERNAL-NAME",type="string",JSONPath=".metadata.annotations.crossplane\\.io/external-name"
// +kubebuilder:printcolumn:name="EVENT",type="string",JSONPath=".status.atProvider.lastEvent"
// +kubebuilder:printcolumn:name="AGE",type="date",JSONPath=".metadata.creationTimestamp"
// +kubebuilder:printcolumn:name="MESSAGE",type="string",JSONPath=".status.atProvider.message"
// +kubebuilder:validation:XValidation:rule=`!oldSelf.?status.atProvider.machineID.hasValue() || !oldSelf.?status.atProvider.asked.hasValue() || ((oldSelf.spec.forProvider.?partition.orValue("") in ["", self.spec.forProvider.?partition.orValue("")]) && (oldSelf.spec.forProvider.?projectID.orValue("") in ["", self.spec.forProvider.?projectID.orValue("")] || (self.spec.forProvider.?projectID.orValue("") == "" && (has(self.spec.forProvider.projectIDRef) || has(self.spec.forProvider.projectIDSelector)))) && (self.spec.forProvider.?projectID.orValue("") in ["", oldSelf.spec.forProvider.?projectID.orValue(""), oldSelf.?status.atProvider.projectID.orValue(self.spec.forProvider.?projectID.orValue(""))]) && self.spec.providerConfigRef == oldSelf.spec.providerConfigRef)`,message="forProvider.partition, forProvider.projectID and providerConfigRef are fixed once the firewall is created: create another Firewall"
type Firewall struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec   FirewallSpec   `json:"spec"`
	Status FirewallStatus `json:"status,omitempty"`
}

// A FirewallList holds Firewalls.
//
// +kubebuilder:object:root=true
type FirewallList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []Firewall `json:"items"`
}

var _ resource.ModernManaged = &Firewall{}
