package v1alpha1

import (
	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// A ProviderConfigReference names the configuration that says where the
// metal-api is and who asks.
type ProviderConfigReference struct {
	// Kind of the configuration: ClusterProviderConfig, or ProviderConfig for
	// one in this namespace.
	// +kubebuilder:validation:Enum=ClusterProviderConfig;ProviderConfig
	Kind string `json:"kind"`

	// Name of the configuration, for example default.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`
}

// Ownership says where something is made, for whom, and how metal-stack is
// reached.
type Ownership struct {
	// Partition of metal-stack to make it in, for example mini-lab. A change is
	// refused once the status shows that something was made.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Partition string `json:"partition"`

	// ProjectID is the project that owns it, for example
	// 00000000-0000-0000-0000-000000000001. A change is refused once the status
	// shows that something was made.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	ProjectID string `json:"projectID"`

	// ProviderConfigRef names the configuration that says where the metal-api
	// is and who asks. The ClusterProviderConfig default if left out. A change
	// is refused once the status shows that something was made.
	// +optional
	// +kubebuilder:default={kind: ClusterProviderConfig, name: default}
	ProviderConfigRef ProviderConfigReference `json:"providerConfigRef,omitempty"`
}

// A Place is where something was made, for whom, and by way of which configuration.
type Place struct {
	// Partition of metal-stack.
	Partition string `json:"partition"`

	// ProjectID is the project that owns it.
	ProjectID string `json:"projectID"`

	// ProviderConfigRef names the configuration.
	ProviderConfigRef PlaceConfig `json:"providerConfigRef"`
}

// A PlaceConfig names a configuration.
type PlaceConfig struct {
	// Kind of the configuration.
	Kind string `json:"kind"`

	// Name of the configuration.
	Name string `json:"name"`
}

// A NetworkAttachment is an external or shared network that a firewall joins.
//
// +kubebuilder:validation:XValidation:rule="!has(self.addressFamilies) || size(self.addressFamilies) == 0 || (has(self.ips) && size(self.ips) > 0)",message="addressFamilies are for given addresses: name some in ips"
type NetworkAttachment struct {
	// Name of this entry, unique in the list, for example internet.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Name string `json:"name"`

	// NetworkID of the network, for example internet-mini-lab. Fixed at
	// creation.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	NetworkID string `json:"networkID"`

	// IPs of the network that the firewall shall have; they must have been
	// allocated in the project. One of each address family is taken if left
	// out. Fixed at creation.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=16
	IPs []v1alpha1.IPAddress `json:"ips,omitempty"`

	// AddressFamilies of the network that the firewall shall have an address of,
	// where ips names some: metal-stack then takes none by itself. May be left out
	// where the network has no family that no address in ips is of. Fixed at
	// creation.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=2
	AddressFamilies []v1alpha1.AddressFamily `json:"addressFamilies,omitempty"`
}

// FirewallSettings are what a firewall shall be.
type FirewallSettings struct {
	// Size of the machine, for example v1-small-x86. Fixed at creation.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Size string `json:"size"`

	// Image with the feature firewall, for example firewall-ubuntu-3.0, of
	// which metal-api takes the newest patch. Fixed at creation.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Image string `json:"image"`

	// Networks that the firewall joins beside the private one: external ones
	// such as the internet, and shared ones. At least one. Fixed at creation.
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=16
	// +kubebuilder:validation:XValidation:rule="size(self) > 0",message="name at least one network, such as the internet: a firewall leads somewhere"
	// +kubebuilder:validation:XValidation:rule="self.all(n, self.exists_one(m, m.networkID == n.networkID))",message="a network is joined once: list all of its ips in one entry"
	Networks []NetworkAttachment `json:"networks"`

	// Rules say what the firewall lets through. None: all forwarding from the
	// private network is dropped. Fixed at creation.
	// +optional
	Rules *v1alpha1.FirewallRules `json:"rules,omitempty"`

	// SSHPublicKeys that may log in as user metal, as in an authorized_keys
	// file. Without them only the console is left. metal-api's record can be
	// changed with admin rights; a running firewall keeps those that it was
	// created with.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=50
	SSHPublicKeys []v1alpha1.SSHPublicKey `json:"sshPublicKeys,omitempty"`

	// UserDataSecretRef is a key of a Secret in this namespace that holds user
	// data (Ignition or cloud-init), as plain text. Read at creation only.
	// +optional
	UserDataSecretRef *v1alpha1.LocalSecretKey `json:"userDataSecretRef,omitempty"`

	// DNSServers of the firewall, as addresses. The partition's if left out.
	// Fixed at creation.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=3
	DNSServers []v1alpha1.IPAddress `json:"dnsServers,omitempty"`

	// NTPServers of the firewall, as names or addresses. The partition's if
	// left out. Fixed at creation.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=5
	NTPServers []v1alpha1.NTPServer `json:"ntpServers,omitempty"`

	// Tags of the machine: words, or key=value with one value to a key. The
	// provider adds its own and keeps those that others and metal-api add. Only
	// those if left out. Can be changed with admin rights.
	// +optional
	Tags v1alpha1.Tags `json:"tags,omitempty"`
}

// FirewallObservation is what is known of a firewall.
type FirewallObservation struct {
	// MachineID of the machine that serves as the firewall.
	// +optional
	MachineID string `json:"machineID,omitempty"`

	// LastEvent of the machine, for example "Phoned Home".
	// +optional
	LastEvent string `json:"lastEvent,omitempty"`

	// IPs of the firewall in external networks, IPv4 first.
	// +optional
	// +listType=atomic
	IPs []string `json:"ips,omitempty"`

	// Message says what the firewall waits for, and what to do.
	// +optional
	Message string `json:"message,omitempty"`
}
