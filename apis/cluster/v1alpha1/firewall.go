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
// +kubebuilder:validation:XValidation:rule="!has(self.addressFamilies) || size(self.addressFamilies) == 0 || (has(self.ips) && size(self.ips) > 0) || (has(self.ipRefs) && size(self.ipRefs) > 0)",message="addressFamilies are for given addresses: name some in ips or ipRefs"
type NetworkAttachment struct {
	// Name of this entry, unique in the list, for example internet.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Name string `json:"name"`

	// NetworkID of the network, for example internet-mini-lab. Can be changed: the
	// firewall is replaced.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	NetworkID string `json:"networkID"`

	// IPs of the network that the firewall shall have; they must have been
	// allocated in the project. One of each address family is taken if left
	// out. Can be changed: the firewall is
	// replaced.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=16
	IPs []v1alpha1.IPAddress `json:"ips,omitempty"`

	// IPRefs name IPs of this namespace whose addresses the firewall shall have. None
	// if left out. Can be changed: the firewall is
	// replaced.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=16
	IPRefs []IPReference `json:"ipRefs,omitempty"`

	// AddressFamilies of the network that the firewall shall have an address of,
	// where ips or ipRefs name some: metal-stack then takes none by itself. May be
	// left out where the network has no family that none of them is of. Can be changed:
	// the firewall is replaced.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=2
	AddressFamilies []v1alpha1.AddressFamily `json:"addressFamilies,omitempty"`
}

// FirewallSettings are what a firewall shall be.
type FirewallSettings struct {
	// Size of the machine, for example v1-small-x86. Can be changed: the firewall is
	// replaced, as updateStrategy says.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Size string `json:"size"`

	// Image with the feature firewall, for example firewall-ubuntu-3.0, of
	// which metal-api takes the newest patch. Can be changed: the firewall is
	// replaced, as updateStrategy says.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Image string `json:"image"`

	// Networks that the firewall joins beside the private one: external ones
	// such as the internet, and shared ones. Left out: the one network of this
	// partition or of none that is labelled network.metal-stack.io/default, as it was
	// when the firewall was composed first. Can be changed: the firewall is replaced, as
	// updateStrategy says.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=16
	// +kubebuilder:validation:XValidation:rule="self.all(n, self.exists_one(m, m.networkID == n.networkID))",message="a network is joined once: list all of its ips in one entry"
	Networks []NetworkAttachment `json:"networks,omitempty"`

	// Rules say what the firewall lets through. None: all forwarding from the
	// private network is dropped. Can be changed: the firewall is replaced, as
	// updateStrategy says.
	// +optional
	Rules *v1alpha1.FirewallRules `json:"rules,omitempty"`

	// SSHPublicKeys that may log in as user metal, as in an authorized_keys
	// file. Without them only the console is left. Can be changed: the firewall is
	// replaced, as updateStrategy says.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=50
	SSHPublicKeys []v1alpha1.SSHPublicKey `json:"sshPublicKeys,omitempty"`

	// UserDataSecretRef is a key of a Secret in this namespace that holds user
	// data (Ignition or cloud-init), as plain text. Read at creation only; can be
	// changed: the firewall is replaced, as updateStrategy says.
	// +optional
	UserDataSecretRef *v1alpha1.LocalSecretKey `json:"userDataSecretRef,omitempty"`

	// DNSServers of the firewall, as addresses. The partition's if left out. Can be
	// changed: the firewall is replaced, as updateStrategy says.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=3
	DNSServers []v1alpha1.IPAddress `json:"dnsServers,omitempty"`

	// NTPServers of the firewall, as names or addresses. The partition's if left
	// out. Can be changed: the firewall is replaced, as updateStrategy says.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=5
	NTPServers []v1alpha1.NTPServer `json:"ntpServers,omitempty"`

	// Tags of the machine: words, or key=value with one value to a key. The
	// provider adds its own and keeps those that others and metal-api add. Only
	// those if left out. Can be changed with admin rights.
	// +optional
	Tags v1alpha1.Tags `json:"tags,omitempty"`

	// UpdateStrategy says how the firewall is replaced when it shall be another one.
	// Roll creates the new one beside the old, and frees the old when the new has
	// phoned home. Recreate frees the old one first where no machine is free: others may
	// take the freed one. OnDelete says what differs, and replaces it when
	// its Firewall is deleted. Roll if left out. Can be changed.
	// +optional
	// +kubebuilder:validation:Enum=Roll;Recreate;OnDelete;""
	UpdateStrategy string `json:"updateStrategy,omitempty"`

	// RollToken replaces the firewall, as updateStrategy says, whenever it becomes
	// another text, for example 2026-11 for the patches of November. Without it only
	// other changes do. Can be changed.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	RollToken string `json:"rollToken,omitempty"`

	// Paused holds replacements: no new firewall is allocated. False if left out. Can be changed.
	// +optional
	Paused *bool `json:"paused,omitempty"`

	// StableFor is how long a new firewall has been ready before the old one is freed,
	// for example 30s, at most 60s. Left out, or where an address is shared, the old one
	// is freed at once. Can be changed.
	// +optional
	// +kubebuilder:validation:XValidation:rule="self.matches('^(([0-5]?[0-9]|60)s|1m)?$')",message="stableFor is at most 60s, such as 30s: two firewalls beside each other break connections"
	StableFor Duration `json:"stableFor,omitempty"`

	// CreateTimeout is how long a new firewall may take from its allocation to Phoned
	// Home: after that it is freed, and the old one stays. 15m if left out. Can be
	// changed.
	// +optional
	CreateTimeout Duration `json:"createTimeout,omitempty"`

	// HealthTimeout is for how long a firewall may be in a crash loop before it is
	// replaced, as updateStrategy says, for example 30m. Without it none is. Can be
	// changed.
	// +optional
	HealthTimeout Duration `json:"healthTimeout,omitempty"`

	// MaintenanceWindow says when new firewalls may be allocated. Always if left out. Can be
	// changed.
	// +optional
	MaintenanceWindow *MaintenanceWindow `json:"maintenanceWindow,omitempty"`
}

// A Duration of seconds, minutes and hours.
// +kubebuilder:validation:MaxLength=16
// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]{1,4}h)?([0-9]{1,4}m)?([0-9]{1,4}s)?$')",message="must be a duration such as 30s, 15m or 1h30m"
type Duration string

// A MaintenanceWindow is a time of each day.
type MaintenanceWindow struct {
	// Begin of the window, for example "22:00". Can be changed.
	// +kubebuilder:validation:MaxLength=5
	// +kubebuilder:validation:XValidation:rule="self.matches('^([01][0-9]|2[0-3]):[0-5][0-9]$')",message="must be a time of day such as 22:00"
	Begin string `json:"begin"`

	// End of the window, for example "04:00": of the next day, where it is not after
	// begin. Can be changed.
	// +kubebuilder:validation:MaxLength=5
	// +kubebuilder:validation:XValidation:rule="self.matches('^([01][0-9]|2[0-3]):[0-5][0-9]$')",message="must be a time of day such as 04:00"
	End string `json:"end"`

	// TimeZone of begin and end, for example Europe/Berlin. UTC if left out. Can be
	// changed.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	TimeZone string `json:"timeZone,omitempty"`

	// Days of the week on which the window begins, for example [Sat, Sun]. Every day if
	// left out. Can be changed.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=7
	Days []Day `json:"days,omitempty"`
}

// A Day of the week.
// +kubebuilder:validation:Enum=Mon;Tue;Wed;Thu;Fri;Sat;Sun
type Day string

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

	// Firewalls that there are: two while one replaces the other.
	// +optional
	// +listType=map
	// +listMapKey=name
	Firewalls []FirewallState `json:"firewalls,omitempty"`

	// Failed is the mark of the last replacement that failed: the same is not tried
	// again by itself.
	// +optional
	Failed string `json:"failed,omitempty"`

	// FailedMachineID is the machine that did not phone home in time, and was freed.
	// +optional
	FailedMachineID string `json:"failedMachineID,omitempty"`

	// Message says what the firewall waits for, and what to do.
	// +optional
	Message string `json:"message,omitempty"`
}

// A FirewallState is what is known of one of the firewalls.
type FirewallState struct {
	// Name of the Firewall.
	Name string `json:"name"`

	// MachineID of the machine that serves as the firewall.
	// +optional
	MachineID string `json:"machineID,omitempty"`

	// LastEvent of the machine, for example "Phoned Home". Its Firewall shows that of one
	// that replaces another.
	// +optional
	LastEvent string `json:"lastEvent,omitempty"`

	// Image that the machine runs, in full.
	// +optional
	Image string `json:"image,omitempty"`

	// NewerImage is a newer patch of the image that there is by now, in full: the next
	// firewall has it. Looked up once an hour.
	// +optional
	NewerImage string `json:"newerImage,omitempty"`

	// IPs of the machine in external networks, IPv4 first.
	// +optional
	// +listType=atomic
	IPs []string `json:"ips,omitempty"`

	// PrivateIPs of the machine in the private network.
	// +optional
	// +listType=atomic
	PrivateIPs []string `json:"privateIPs,omitempty"`

	// Replaces the Firewall of this name.
	// +optional
	Replaces string `json:"replaces,omitempty"`

	// Ready is true if the machine has phoned home and is alive.
	Ready bool `json:"ready"`
}
