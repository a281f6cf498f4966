package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// An IPAddress is an IPv4 or IPv6 address.
// +kubebuilder:validation:MaxLength=45
// +kubebuilder:validation:XValidation:rule="isIP(self)",message="must be an IP address such as 203.0.113.130"
type IPAddress string

// A SSHPublicKey is a line of an authorized_keys file.
// +kubebuilder:validation:MaxLength=8192
// +kubebuilder:validation:XValidation:rule="self.matches('^(ssh-rsa|ssh-dss|ssh-ed25519|ecdsa-sha2-nistp(256|384|521)|sk-ssh-ed25519@openssh[.]com|sk-ecdsa-sha2-nistp256@openssh[.]com) [A-Za-z0-9+/]+={0,3}( .*)?$')",message="must be one line of an authorized_keys file, such as ssh-ed25519 AAAA... name@example.org"
type SSHPublicKey string

// A Tag is a word, or key=value. metal-api keeps it as it is, spaces included.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=256
type Tag string

// Tags are words, or key=value with one value to a key.
// +listType=set
// +kubebuilder:validation:MaxItems=64
// +kubebuilder:validation:XValidation:rule="self.all(t, !t.startsWith('metal-stack.crossplane.io/') && !t.startsWith('machine.metal-stack.io/'))",message="tags of metal-stack.crossplane.io/ and machine.metal-stack.io/ are the provider's and metal-api's own: choose another key"
// +kubebuilder:validation:XValidation:rule="self.all(t, !t.contains('=') || self.filter(u, u.startsWith(t.split('=', 2)[0] + '=')).size() == 1)",message="two tags have the same key: metal-api keeps only the last of them"
type Tags []Tag

// A NTPServer is the DNS name or the address of a time server.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=253
// +kubebuilder:validation:XValidation:rule="self.matches('^[a-zA-Z0-9:]([a-zA-Z0-9.:-]*[a-zA-Z0-9])?$')",message="must be a DNS name or an address, such as 0.pool.ntp.org"
type NTPServer string

// An AllocationNetwork is a network beside the private one: an external one such as
// the internet or, for a Firewall, a shared one.
//
// +kubebuilder:validation:XValidation:rule=`self.?networkID.orValue("") != "" || has(self.networkIDRef) || self.?networkIDSelector.matchLabels.orValue({}).size() > 0 || self.?networkIDSelector.matchControllerRef.orValue(false)`,message="name the network: networkID, networkIDRef or networkIDSelector"
// +kubebuilder:validation:XValidation:rule="!has(self.autoAcquire) || self.autoAcquire || (has(self.ips) && size(self.ips) > 0) || (has(self.ipRefs) && size(self.ipRefs) > 0) || has(self.ipSelector)",message="autoAcquire: false needs an address of the network in ips, ipRefs or ipSelector"
// +kubebuilder:validation:XValidation:rule="!has(self.addressFamilies) || size(self.addressFamilies) == 0 || (has(self.ips) && size(self.ips) > 0) || (has(self.ipRefs) && size(self.ipRefs) > 0) || has(self.ipSelector)",message="addressFamilies are for given addresses: name some in ips, ipRefs or ipSelector"
type AllocationNetwork struct {
	// Name of this entry, unique in the list, for example internet.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Name string `json:"name"`

	// NetworkID of an external network, for example internet-mini-lab, or, for a
	// Firewall, of a shared one. Fixed at creation.
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

	// AutoAcquire takes an address of each address family of the network: true
	// if left out. It is of no effect where ips names one. Fixed at creation.
	// +optional
	AutoAcquire *bool `json:"autoAcquire,omitempty"`

	// IPs of the network that the machine shall have; they must have been
	// allocated in its project, and no other machine may have them. Fixed at
	// creation.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=16
	IPs []IPAddress `json:"ips,omitempty"`

	// IPRefs name IPs whose addresses the machine shall have, in the same namespace
	// unless they name another. Fixed at creation.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=16
	IPRefs []Reference `json:"ipRefs,omitempty"`

	// IPSelector selects IPs whose addresses the machine shall have, in the same
	// namespace unless it names another: all that it selects when the machine is
	// created. Fixed at creation.
	// +optional
	IPSelector *Selector `json:"ipSelector,omitempty"`

	// AddressFamilies of the network that the machine shall have an address of,
	// where addresses are given: metal-api then takes none by itself. Needed where
	// the network has a family that no given address is of. Fixed at creation.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=2
	AddressFamilies []AddressFamily `json:"addressFamilies,omitempty"`
}

// AllocationParameters are what a machine shall be, whatever its role.
type AllocationParameters struct {
	// Partition that the machine is taken from, for example mini-lab. Fixed
	// at creation.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Partition string `json:"partition,omitempty"`

	// ProjectID is the project that owns the allocation. Fixed at creation.
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

	// Size of the machine, for example v1-small-x86. Fixed at creation.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Size string `json:"size,omitempty"`

	// PrivateNetworkID is the id of the private network: the one that a Machine is
	// in, the one that a Firewall stands in front of. Fixed at creation.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	PrivateNetworkID *string `json:"privateNetworkID,omitempty"`

	// PrivateNetworkIDRef names a Network to take the id from, in the same
	// namespace unless it names another.
	// +optional
	PrivateNetworkIDRef *Reference `json:"privateNetworkIDRef,omitempty"`

	// PrivateNetworkIDSelector selects a Network to take the id from, in the same
	// namespace unless it names another.
	// +optional
	PrivateNetworkIDSelector *Selector `json:"privateNetworkIDSelector,omitempty"`

	// Networks beside the private one: external ones such as the internet and, for
	// a Firewall, shared ones. A Machine needs none. A Firewall without any crashes
	// and boots again and again: none is created then, unless its annotation
	// metal-stack.crossplane.io/private-only is "true". Fixed at creation.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=16
	// +kubebuilder:validation:XValidation:rule=`self.all(n, n.?networkID.orValue("") == "" || self.exists_one(m, m.?networkID.orValue("") == n.networkID))`,message="a network is joined once: list all of its ips in one entry"
	Networks []AllocationNetwork `json:"networks,omitempty"`

	// Hostname of the machine: lower case letters, digits and -, at most 63.
	// The resource's own name if left out and fit for it. Fixed at creation.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:XValidation:rule=`self == "" || self.matches('^[a-z0-9]([a-z0-9-]*[a-z0-9])?$')`,message="a hostname is of lower case letters, digits and -, such as edge-1"
	Hostname *string `json:"hostname,omitempty"`

	// Name of the allocation, for people. The resource's own name if left out.
	// Fixed at creation.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	Name *string `json:"name,omitempty"`

	// Description of the allocation. Can be changed with admin rights.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	Description *string `json:"description,omitempty"`

	// Tags of the machine: words, or key=value with one value to a key. The
	// provider adds its own and keeps those that others and metal-api add. Can
	// be changed with admin rights.
	// +optional
	Tags Tags `json:"tags,omitempty"`

	// SSHPublicKeys that may log in as user metal, as in an authorized_keys
	// file. Without them only the console is left. metal-api's record can be
	// changed with admin rights; a running machine keeps those that it was
	// created with.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=50
	SSHPublicKeys []SSHPublicKey `json:"sshPublicKeys,omitempty"`

	// UserDataSecretRef is a key of a Secret in this namespace that holds user
	// data (Ignition or cloud-init), as plain text. Read at creation only.
	// +optional
	UserDataSecretRef *LocalSecretKey `json:"userDataSecretRef,omitempty"`

	// FileSystemLayout of the disks. metal-api chooses by size and image if
	// left out. Fixed at creation.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	FileSystemLayout *string `json:"fileSystemLayout,omitempty"`

	// DNSServers of the machine, as addresses. The partition's if left out.
	// Fixed at creation.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=3
	DNSServers []IPAddress `json:"dnsServers,omitempty"`

	// NTPServers of the machine, as names or addresses. The partition's if
	// left out. Fixed at creation.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=5
	NTPServers []NTPServer `json:"ntpServers,omitempty"`

	// PlacementTags spread machines of the project, of one size and role, that share
	// them over racks, as long as there is more than one rack: status.atProvider.rack
	// shows it. The machine carries them as tags as well, for metal-api counts
	// those. Used at creation only.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=16
	PlacementTags []Tag `json:"placementTags,omitempty"`
}

// A NetworkAttachment is a network that a machine is in.
type NetworkAttachment struct {
	// NetworkID of the network.
	NetworkID string `json:"networkID"`

	// IPs that the machine has in the network, sorted.
	// +optional
	// +listType=atomic
	IPs []string `json:"ips,omitempty"`

	// ASN that the machine announces with.
	// +optional
	ASN *int64 `json:"asn,omitempty"`

	// VRF of the network.
	// +optional
	VRF *int64 `json:"vrf,omitempty"`
}

// AllocationObservation is what metal-api says about an allocated machine.
type AllocationObservation struct {
	// ProjectID of the project that owns the machine.
	// +optional
	ProjectID string `json:"projectID,omitempty"`

	// MachineID of the machine. metal-stack gives it to others after the machine is
	// freed.
	// +optional
	MachineID string `json:"machineID,omitempty"`

	// LastEvent of the machine, for example "Phoned Home".
	// +optional
	LastEvent string `json:"lastEvent,omitempty"`

	// CrashLoopSince is the time of the event, by metal-api's clock, in which the machine was
	// first seen in a crash loop, if it is in one.
	// +optional
	CrashLoopSince *metav1.Time `json:"crashLoopSince,omitempty"`

	// Liveliness of the machine: Alive, Dead or Unknown.
	// +optional
	Liveliness string `json:"liveliness,omitempty"`

	// Rack that the machine stands in.
	// +optional
	Rack string `json:"rack,omitempty"`

	// Locked is true for a machine that is locked at metal-api: it is not freed.
	// +optional
	Locked bool `json:"locked,omitempty"`

	// Hostname of the machine.
	// +optional
	Hostname string `json:"hostname,omitempty"`

	// Image that the machine runs, in full.
	// +optional
	Image string `json:"image,omitempty"`

	// NewerImage is what the image of the spec stands for by now, in full, where the
	// machine runs an older patch of it. Looked up once an hour.
	// +optional
	NewerImage string `json:"newerImage,omitempty"`

	// PrivateNetworkID is the private network that the machine is in.
	// +optional
	PrivateNetworkID string `json:"privateNetworkID,omitempty"`

	// Networks that the machine is in, sorted by id.
	// +optional
	// +listType=map
	// +listMapKey=networkID
	Networks []NetworkAttachment `json:"networks,omitempty"`

	// IPs of the machine in external networks, IPv4 first.
	// +optional
	// +listType=atomic
	IPs []string `json:"ips,omitempty"`

	// Asked is a copy of the annotation metal-stack.crossplane.io/asked, for when
	// that is lost: kubectl replace takes annotations away.
	// +optional
	Asked string `json:"asked,omitempty"`

	// Message says what the machine waits for, and what to do.
	// +optional
	Message string `json:"message,omitempty"`
}

// An Allocation is what all kinds have that stand for an allocated machine: parts of
// the spec, and of the status.
// +kubebuilder:object:generate=false
type Allocation struct {
	*AllocationParameters

	// Image that the spec names.
	Image string

	Seen *AllocationObservation
}

// Allocation of a firewall.
func (mg *Firewall) Allocation() Allocation {
	return Allocation{AllocationParameters: &mg.Spec.ForProvider.AllocationParameters, Image: mg.Spec.ForProvider.Image, Seen: &mg.Status.AtProvider.AllocationObservation}
}

// Allocation of a machine.
func (mg *Machine) Allocation() Allocation {
	return Allocation{AllocationParameters: &mg.Spec.ForProvider.AllocationParameters, Image: mg.Spec.ForProvider.Image, Seen: &mg.Status.AtProvider.AllocationObservation}
}
