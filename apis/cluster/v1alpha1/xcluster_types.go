package v1alpha1

import (
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// NetworkSettings are what the private network of an XCluster shall be.
//
// +kubebuilder:validation:XValidation:rule="self.?networkID.orValue(\"\") == \"\" || ((!has(self.addressFamilies) || size(self.addressFamilies) == 0) && (!has(self.prefixLengths) || (!has(self.prefixLengths.ipv4) && !has(self.prefixLengths.ipv6))))",message="networkID names a network that has its prefixes: leave addressFamilies and prefixLengths out"
type NetworkSettings struct {
	// NetworkID of a private network of the project that exists, for example one that
	// metalctl made: it is looked at, and never changed or freed. Left out: one is
	// allocated, and freed with the XCluster. A change is refused once the status
	// shows the network.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	NetworkID string `json:"networkID,omitempty"`

	// AddressFamilies that the network shall have, for example [IPv4]. Left
	// out: those of the partition's super network (both in mini-lab). Fixed at
	// creation.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=2
	AddressFamilies []v1alpha1.AddressFamily `json:"addressFamilies,omitempty"`

	// PrefixLengths by address family. A length alone does not switch the
	// other family off: say so in addressFamilies. Fixed at creation.
	// +optional
	PrefixLengths *v1alpha1.PrefixLengths `json:"prefixLengths,omitempty"`
}

// An XClusterSpec is the desired state of an XCluster. What is fixed at creation
// can be corrected until the network exists. A change after that is accepted and
// not made: MESSAGE says so, and the Network is no longer UpToDate. A change of the
// firewall replaces it, as updateStrategy says. An empty value counts as left out.
//
// +kubebuilder:validation:XValidation:rule="!has(self.egressIPs) || !has(self.firewall.networks) || size(self.firewall.networks) == 0 || self.egressIPs.all(e, size(e.network) == 0 || self.firewall.networks.exists(n, n.networkID == e.network))",message="egressIPs are addresses of networks that the firewall joins: name their networks in firewall.networks"
type XClusterSpec struct {
	Ownership `json:",inline"`

	// Network is the private network, cut out of the partition's super network.
	// +optional
	// +kubebuilder:default={}
	Network NetworkSettings `json:"network,omitempty"`

	// Firewall that stands in front of the private network. Its hostname is the
	// XCluster's name with -firewall behind it; of a generated name that is too
	// long for that, the end.
	Firewall FirewallSettings `json:"firewall"`

	// EgressIPs are static addresses of external networks, which the firewall has.
	// None if left out: the addresses of the firewall are ephemeral ones, which go with
	// it. Can be changed: what is added is allocated at once, and the firewall has it
	// once it is replaced.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=8
	// +kubebuilder:validation:XValidation:rule="self.all(e, self.exists_one(f, f.network == e.network && (f.?addressFamily.orValue(\"\") in [\"\", e.?addressFamily.orValue(\"\")] || e.?addressFamily.orValue(\"\") == \"\")))",message="one entry for a network, or one for each addressFamily of it: say how many in count or addresses"
	EgressIPs []EgressIPs `json:"egressIPs,omitempty"`

	// Workers are pools of machines in the private network. None if left out. Can be
	// changed.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=8
	Workers []WorkerPool `json:"workers,omitempty"`

	// DeletionProtection has Crossplane refuse to delete this. True if left out and
	// there are workers, for their disks are wiped: set it to false first. Can be
	// changed.
	// +optional
	DeletionProtection *bool `json:"deletionProtection,omitempty"`
}

// NetworkObservation is what is known of the private network.
type NetworkObservation struct {
	// ID of the network at metal-api.
	// +optional
	ID string `json:"id,omitempty"`

	// Prefixes of the network.
	// +optional
	// +listType=atomic
	Prefixes []string `json:"prefixes,omitempty"`

	// VRF of the network.
	// +optional
	VRF *int64 `json:"vrf,omitempty"`

	// Message says what the network waits for, and what to do.
	// +optional
	Message string `json:"message,omitempty"`
}

// XClusterObservation is what is known of the parts of an XCluster.
type XClusterObservation struct {
	// Network is what is known of the private network.
	// +optional
	Network NetworkObservation `json:"network,omitempty"`

	// Firewall is what is known of the firewall.
	// +optional
	Firewall FirewallObservation `json:"firewall,omitempty"`

	// EgressIPs that there are.
	// +optional
	// +listType=atomic
	EgressIPs []EgressIPObservation `json:"egressIPs,omitempty"`

	// Pools of workers.
	// +optional
	// +listType=map
	// +listMapKey=name
	Pools []PoolObservation `json:"pools,omitempty"`

	// Workers of all pools.
	// +optional
	// +listType=atomic
	Workers []WorkerObservation `json:"workers,omitempty"`

	// WorkersReady is how many workers are ready, of how many there shall be: 2/3.
	// +optional
	WorkersReady string `json:"workersReady,omitempty"`

	// Place is where network and firewall were made, and for whom: they stay there.
	// +optional
	Place *Place `json:"place,omitempty"`

	// Message says what network, firewall, addresses and workers wait for or lack, and
	// what to do, in this order.
	// +optional
	Message string `json:"message,omitempty"`
}

// An XClusterStatus is the observed state of an XCluster.
type XClusterStatus struct {
	xpv2.ConditionedStatus `json:",inline"`
	XClusterObservation    `json:",inline"`
}

// An XCluster is a private network of metal-stack, the firewall in front of it with its
// egress addresses, and the workers in it. It is Ready when all of them are: firewall
// and workers have phoned home and are alive. Deleting it gives everything back.
//
// +kubebuilder:object:root=true
// +kubebuilder:resource:scope=Namespaced,categories={crossplane,metalstack},shortName=xcl
// +kubebuilder:printcolumn:name="EVENT",type="string",JSONPath=".status.firewall.lastEvent"
// +kubebuilder:printcolumn:name="WORKERS",type="string",JSONPath=".status.workersReady"
// +kubebuilder:printcolumn:name="DELETING",type="date",JSONPath=".metadata.deletionTimestamp"
// +kubebuilder:printcolumn:name="MESSAGE",type="string",JSONPath=".status.message"
// +kubebuilder:printcolumn:name="NETWORK",type="string",JSONPath=".status.network.id",priority=1
// +kubebuilder:printcolumn:name="PREFIXES",type="string",JSONPath=".status.network.prefixes",priority=1
// +kubebuilder:printcolumn:name="MACHINE",type="string",JSONPath=".status.firewall.machineID",priority=1
// +kubebuilder:validation:XValidation:rule="self.metadata.name.matches('^[a-z0-9]([a-z0-9-]*[a-z0-9])?$') && (has(self.metadata.generateName) || size(self.metadata.name) <= 54)",message="the name becomes a hostname, NAME-firewall: at most 54 characters, only lower case letters, digits and -"
// +kubebuilder:validation:XValidation:rule="oldSelf.?status.network.id.orValue(\"\") == \"\" || (has(self.spec.network.networkID) ? self.spec.network.networkID : \"\") == (has(oldSelf.spec.network.networkID) ? oldSelf.spec.network.networkID : \"\") || (has(oldSelf.spec.network.networkID) && !(oldSelf.spec.network.networkID in [\"\", oldSelf.status.network.id]) && (!has(self.spec.network.networkID) || self.spec.network.networkID in [\"\", oldSelf.status.network.id]))",message="network.networkID is fixed once there is a network: delete this and create another"
// +kubebuilder:validation:XValidation:rule="(oldSelf.?status.network.id.orValue(\"\") == \"\" && oldSelf.?status.firewall.machineID.orValue(\"\") == \"\") || ((self.spec.partition == oldSelf.spec.partition && self.spec.projectID == oldSelf.spec.projectID && self.spec.providerConfigRef == oldSelf.spec.providerConfigRef) || (has(oldSelf.status.place) && self.spec.partition == oldSelf.status.place.partition && self.spec.projectID == oldSelf.status.place.projectID && self.spec.providerConfigRef.kind == oldSelf.status.place.providerConfigRef.kind && self.spec.providerConfigRef.name == oldSelf.status.place.providerConfigRef.name))",message="partition, projectID and providerConfigRef are fixed once a network or firewall is created: delete this and create another"
type XCluster struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec   XClusterSpec   `json:"spec"`
	Status XClusterStatus `json:"status,omitempty"`
}

// An XClusterList holds XClusters.
//
// +kubebuilder:object:root=true
type XClusterList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []XCluster `json:"items"`
}

// An XClusterClaim asks for an XCluster in its namespace, for platforms that
// offer claims. It is Ready when the XCluster is.
//
// +kubebuilder:object:root=true
// +kubebuilder:resource:scope=Namespaced,categories={crossplane,metalstack},shortName=xclc
// +kubebuilder:printcolumn:name="EVENT",type="string",JSONPath=".status.firewall.lastEvent"
// +kubebuilder:printcolumn:name="WORKERS",type="string",JSONPath=".status.workersReady"
// +kubebuilder:printcolumn:name="DELETING",type="date",JSONPath=".metadata.deletionTimestamp"
// +kubebuilder:printcolumn:name="MESSAGE",type="string",JSONPath=".status.message"
// +kubebuilder:printcolumn:name="NETWORK",type="string",JSONPath=".status.network.id",priority=1
// +kubebuilder:printcolumn:name="PREFIXES",type="string",JSONPath=".status.network.prefixes",priority=1
// +kubebuilder:printcolumn:name="MACHINE",type="string",JSONPath=".status.firewall.machineID",priority=1
// +kubebuilder:validation:XValidation:rule="self.kind != 'XClusterClaim' || self.metadata.name.matches('^[a-z0-9]([a-z0-9-]{0,52}[a-z0-9])?$')",message="the name becomes a hostname, NAME-firewall: at most 54 characters, only lower case letters, digits and -"
// +kubebuilder:validation:XValidation:rule="oldSelf.?status.network.id.orValue(\"\") == \"\" || (has(self.spec.network.networkID) ? self.spec.network.networkID : \"\") == (has(oldSelf.spec.network.networkID) ? oldSelf.spec.network.networkID : \"\") || (has(oldSelf.spec.network.networkID) && !(oldSelf.spec.network.networkID in [\"\", oldSelf.status.network.id]) && (!has(self.spec.network.networkID) || self.spec.network.networkID in [\"\", oldSelf.status.network.id]))",message="network.networkID is fixed once there is a network: delete this and create another"
// +kubebuilder:validation:XValidation:rule="(oldSelf.?status.network.id.orValue(\"\") == \"\" && oldSelf.?status.firewall.machineID.orValue(\"\") == \"\") || ((self.spec.partition == oldSelf.spec.partition && self.spec.projectID == oldSelf.spec.projectID && self.spec.providerConfigRef == oldSelf.spec.providerConfigRef) || (has(oldSelf.status.place) && self.spec.partition == oldSelf.status.place.partition && self.spec.projectID == oldSelf.status.place.projectID && self.spec.providerConfigRef.kind == oldSelf.status.place.providerConfigRef.kind && self.spec.providerConfigRef.name == oldSelf.status.place.providerConfigRef.name))",message="partition, projectID and providerConfigRef are fixed once a network or firewall is created: delete this and create another"
// +kubebuilder:validation:XValidation:rule="self.kind != 'XClusterClaim' || self.?spec.writeConnectionSecretToRef.name.orValue(\"\") == \"\"",message="there are no connection details of a claim: remove writeConnectionSecretToRef, and take the firewall's addresses from status.firewall (its user is metal)"
// +kubebuilder:validation:XValidation:rule="self.kind != 'XClusterClaim' || !has(dyn(oldSelf.spec).resourceRef) || has(dyn(self.spec).resourceRef)",message="spec.resourceRef is the XCluster behind this claim, and without it Crossplane would make another one: use kubectl apply, not replace"
type XClusterClaim struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec   XClusterSpec   `json:"spec"`
	Status XClusterStatus `json:"status,omitempty"`
}

// An XClusterClaimList holds XClusterClaims.
//
// +kubebuilder:object:root=true
type XClusterClaimList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []XClusterClaim `json:"items"`
}
