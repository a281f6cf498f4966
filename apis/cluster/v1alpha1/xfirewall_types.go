package v1alpha1

import (
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// A NetworkSelector selects a Network.
type NetworkSelector struct {
	// MatchLabels that the Network carries. Without any it selects nothing.
	// +optional
	// +kubebuilder:validation:MaxProperties=16
	MatchLabels map[string]LabelValue `json:"matchLabels,omitempty"`
}

// A NetworkReference names a Network of the same namespace.
type NetworkReference struct {
	// Name of the Network.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`
}

// A LabelValue is the value of a Kubernetes label.
// +kubebuilder:validation:MaxLength=63
type LabelValue string

// An XFirewallSpec is the desired state of an XFirewall. What is fixed at
// creation can be corrected until the firewall exists. A change after that is
// accepted and not made: MESSAGE says so, and the Firewall is no longer UpToDate.
// A change of another field replaces the firewall, as updateStrategy says. An empty
// value counts as left out.
//
// +kubebuilder:validation:XValidation:rule="[self.?privateNetworkID.orValue(\"\") != \"\", has(self.privateNetworkIDRef), self.?privateNetworkIDSelector.matchLabels.orValue({}).size() > 0].filter(named, named).size() == 1",message="name the private network that the firewall stands in front of: either privateNetworkID, privateNetworkIDRef or privateNetworkIDSelector"
type XFirewallSpec struct {
	Ownership        `json:",inline"`
	FirewallSettings `json:",inline"`

	// PrivateNetworkID is the private network that the firewall stands in front
	// of, by its id at metal-api. Left out where privateNetworkIDRef or
	// privateNetworkIDSelector names it. Fixed at creation.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	PrivateNetworkID *string `json:"privateNetworkID,omitempty"`

	// PrivateNetworkIDRef names the private network by its Network in this
	// namespace. Left out where another field names it. Fixed at creation.
	// +optional
	PrivateNetworkIDRef *NetworkReference `json:"privateNetworkIDRef,omitempty"`

	// PrivateNetworkIDSelector selects the private network among the Networks
	// of this namespace. Fixed at creation.
	// +optional
	PrivateNetworkIDSelector *NetworkSelector `json:"privateNetworkIDSelector,omitempty"`

	// Hostname of the firewall: lower case letters, digits and -, at most 63.
	// The XFirewall's own name if left out. Fixed at creation.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:XValidation:rule="self == \"\" || self.matches('^[a-z0-9]([a-z0-9-]*[a-z0-9])?$')",message="a hostname is of lower case letters, digits and -, such as edge-1"
	Hostname *string `json:"hostname,omitempty"`
}

// XFirewallObservation is what is known of the firewall of an XFirewall.
type XFirewallObservation struct {
	FirewallObservation `json:",inline"`

	// BroughtIn is the uid of the Firewall, if a person made it for this XFirewall to take.
	// +optional
	BroughtIn string `json:"broughtIn,omitempty"`

	// Place is where the firewall was made, and for whom: it stays there.
	// +optional
	Place *Place `json:"place,omitempty"`
}

// An XFirewallStatus is the observed state of an XFirewall.
type XFirewallStatus struct {
	xpv2.ConditionedStatus `json:",inline"`
	XFirewallObservation   `json:",inline"`
}

// An XFirewall is a firewall in front of a private network of metal-stack. It
// is Ready when the firewall has phoned home and is alive, and stops being so
// when the firewall does.
//
// +kubebuilder:object:root=true
// +kubebuilder:resource:scope=Namespaced,categories={crossplane,metalstack},shortName=xfw
// +kubebuilder:printcolumn:name="EVENT",type="string",JSONPath=".status.lastEvent"
// +kubebuilder:printcolumn:name="DELETING",type="date",JSONPath=".metadata.deletionTimestamp"
// +kubebuilder:printcolumn:name="MESSAGE",type="string",JSONPath=".status.message"
// +kubebuilder:printcolumn:name="MACHINE",type="string",JSONPath=".status.machineID",priority=1
// +kubebuilder:printcolumn:name="IPS",type="string",JSONPath=".status.ips",priority=1
// +kubebuilder:validation:XValidation:rule="self.?spec.hostname.orValue(\"\") != \"\" || self.metadata.name.matches('^[a-z0-9]([a-z0-9-]*[a-z0-9])?$')",message="the name is the firewall's hostname: only lower case letters, digits and -, or set spec.hostname"
// +kubebuilder:validation:XValidation:rule="oldSelf.?status.machineID.orValue(\"\") == \"\" || ((self.spec.partition == oldSelf.spec.partition && self.spec.projectID == oldSelf.spec.projectID && self.spec.providerConfigRef == oldSelf.spec.providerConfigRef) || (has(oldSelf.status.place) && self.spec.partition == oldSelf.status.place.partition && self.spec.projectID == oldSelf.status.place.projectID && self.spec.providerConfigRef.kind == oldSelf.status.place.providerConfigRef.kind && self.spec.providerConfigRef.name == oldSelf.status.place.providerConfigRef.name))",message="partition, projectID and providerConfigRef are fixed once the firewall is created: delete this and create another"
type XFirewall struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec   XFirewallSpec   `json:"spec"`
	Status XFirewallStatus `json:"status,omitempty"`
}

// An XFirewallList holds XFirewalls.
//
// +kubebuilder:object:root=true
type XFirewallList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []XFirewall `json:"items"`
}
