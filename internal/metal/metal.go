// Package metal is what the provider needs of a metal-stack, as small
// interfaces over the API's own types. Package rest implements them on
// metal-api v1; nothing of that API's client crosses this border.
package metal

import (
	"context"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// A Stack is one metal-stack as one user sees it. It is safe for concurrent
// use.
type Stack interface {
	// Address of the metal-api: that of one metal-stack, whoever asks.
	Address() string

	User
	Catalogue
	Addresses
	Networks
	Machines
	Projects
}

// A Config says where a metal-api is and who asks.
type Config struct {
	// URL with scheme, host and base path.
	URL string

	// CABundle of PEM certificates; the well-known authorities if empty.
	CABundle []byte

	// Type of the Secret.
	Type v1alpha1.CredentialsType

	// HMACAuthType of an HMAC key.
	HMACAuthType v1alpha1.HMACAuthType

	// Secret is the HMAC key or the bearer token. It must not appear in any
	// message.
	Secret string
}

// A Role is what a user may do: nothing, look, create and free, change.
type Role string

// Roles of metal-api, each includes those before it.
const (
	RoleNone  Role = ""
	RoleView  Role = "view"
	RoleEdit  Role = "edit"
	RoleAdmin Role = "admin"
)

// Includes is true if the role may do what another may.
func (r Role) Includes(other Role) bool { return rank(r) >= rank(other) }

func rank(r Role) int { return slices.Index([]Role{RoleNone, RoleView, RoleEdit, RoleAdmin}, r) }

// A User of a metal-stack.
type User interface {
	// Role of the user.
	Role(ctx context.Context) (Role, error)

	// Version of the metal-api.
	Version(ctx context.Context) (string, error)
}

// A Catalogue is what can be read before something is allocated.
type Catalogue interface {
	// Partition of that id. NotFound if there is none.
	Partition(ctx context.Context, id string) (*Partition, error)

	// Partitions of the metal-stack.
	Partitions(ctx context.Context) ([]Partition, error)

	// Capacity of a partition in machines of a size, as a project may use it. It reads
	// all machines twice.
	Capacity(ctx context.Context, partition, size, projectID string) (*Capacity, error)

	// SizeExists is nil if there is such a size, else NotFound.
	SizeExists(ctx context.Context, id string) error

	// Image that an id, in full or short, stands for today. NotFound if none.
	Image(ctx context.Context, id string) (*Image, error)

	// FileSystemLayout of that id. NotFound if there is none.
	FileSystemLayout(ctx context.Context, id string) (*FileSystemLayout, error)
}

// A Partition of a metal-stack.
type Partition struct {
	ID string

	// Created is when metal-api made the partition, as RFC 3339 in UTC: the
	// fingerprint of a metal-stack, stable and readable with any key.
	Created string
}

// Capacity in machines of a size.
type Capacity struct {
	// Total of machines, Allocated ones, and those that cannot be allocated: locked,
	// reserved, not alive, or not waiting.
	Total, Allocated, Unavailable int

	// Allocatable ones, Reserved ones of them for other projects, and those that are
	// Free for the project. metal-api's allocate counts reservations otherwise, so
	// that one of none that are free may come true.
	Allocatable, Reserved, Free int
}

// An Image that machines are installed with.
type Image struct {
	// ID in full, for example firewall-ubuntu-3.0.20260101.
	ID string

	// Features: machine, firewall.
	Features []string
}

// A FileSystemLayout says how the disks of a machine are parted.
type FileSystemLayout struct {
	ID string

	// Wipes is true if a reinstallation wipes a disk at least: metal-api reinstalls
	// no other.
	Wipes bool
}

// Addresses of a metal-stack.
type Addresses interface {
	// IP of that address, or nil if an empty find proves that there is none.
	IP(ctx context.Context, address string) (*IP, error)

	// IPsOf a managed resource: those that carry the mark of its uid. Whoever may
	// edit can write it.
	IPsOf(ctx context.Context, uid types.UID) ([]IP, error)

	// IPsMarked with all of these marks. There must be one at least.
	IPsMarked(ctx context.Context, marks map[string]string) ([]IP, error)

	// AllocateIP takes an address of a network: the one that is wanted, or the next
	// free one. NothingMade tells of an error whether it may have been taken all
	// the same.
	AllocateIP(ctx context.Context, o IPOrder) (*IP, error)

	// UpdateIP changes what is set. Asks for RoleEdit. Tags say which machine has
	// the address: what is there must be kept.
	UpdateIP(ctx context.Context, address string, u IPUpdate) error

	// FreeIP of that address. metal-api refuses while a machine has it.
	FreeIP(ctx context.Context, address string) error
}

// An IPOrder is what an IP shall be.
type IPOrder struct {
	// IPParameters with references resolved.
	v1alpha1.IPParameters

	// Name of the IP, never empty.
	Name string

	Marks Marks
}

// An IPUpdate holds what shall change; nil keeps what is.
type IPUpdate struct {
	Name        *string
	Description *string

	// Type as it is, or static: that cannot be taken back. metal-api takes no update
	// without one.
	Type v1alpha1.IPType

	// Tags as a whole, the marks and those of others among them.
	Tags []string
}

// An IP of a metal-stack: an address that somebody allocated.
type IP struct {
	// Address as IPAM spells it.
	Address string

	// AllocationUUID tells generations of an address apart.
	AllocationUUID string

	Name        string
	Description string
	NetworkID   string
	ProjectID   string
	Type        v1alpha1.IPType

	// Tags, sorted, the marks and those of machines and services among them.
	Tags  []string
	Marks Marks

	// Machines that have the address, by id, and services in Kubernetes clusters,
	// as cluster/namespace/name; both sorted.
	Machines []string
	Services []string
}

// Networks of a metal-stack.
type Networks interface {
	// Network of that id, or nil if an empty find proves that there is none.
	Network(ctx context.Context, id string) (*Network, error)

	// NetworksOf a managed resource: those that carry the mark of its uid.
	NetworksOf(ctx context.Context, uid types.UID) ([]Network, error)

	// NetworksMarked with all of these marks, or other labels, whose values may be empty.
	// There must be one at least.
	NetworksMarked(ctx context.Context, marks map[string]string) ([]Network, error)

	// AllocateNetwork makes a private network. NothingMade tells of an error
	// whether it may exist all the same.
	AllocateNetwork(ctx context.Context, o NetworkOrder) (*Network, error)

	// UpdateNetwork changes what is set. Asks for RoleAdmin.
	UpdateNetwork(ctx context.Context, id string, u NetworkUpdate) error

	// FreeNetwork of that id. metal-api releases one prefix after the other
	// and cannot resume: see NetworkUse first, immediately before.
	FreeNetwork(ctx context.Context, id string) error

	// NetworkUse says what keeps a network from being freed. It reads all of
	// that anew; n says which network.
	NetworkUse(ctx context.Context, n *Network) (*NetworkUse, error)

	// SharedPrefixes of a network are those that another network has as well:
	// one of the two was half-freed. It costs a find for each prefix.
	SharedPrefixes(ctx context.Context, n *Network) ([]SharedPrefix, error)
}

// A NetworkOrder is what a network shall be.
type NetworkOrder struct {
	v1alpha1.NetworkParameters

	// Name of the network, never empty.
	Name string

	Marks Marks
}

// A NetworkUpdate holds what shall change; nil keeps what is.
type NetworkUpdate struct {
	Name        *string
	Description *string

	// Labels as a whole, the marks among them: an empty map cannot be sent.
	Labels map[string]string

	// Shared can be set only, never unset.
	Shared bool
}

// A Network of a metal-stack.
type Network struct {
	ID          string
	Created     time.Time
	Name        string
	Description string
	PartitionID string
	ProjectID   string

	// Labels, the marks among them.
	Labels map[string]string
	Marks  Marks

	// Prefixes and DestinationPrefixes, sorted.
	Prefixes            []string
	DestinationPrefixes []string

	VRF             *int64
	ParentNetworkID string
	Shared          bool
	NAT             bool

	// Child is true for a private network that metal-api cut out of a super
	// network: the only ones that can be allocated and freed. External,
	// underlay and super networks are not.
	Child bool

	// PrivateSuper and Underlay networks cannot be joined.
	PrivateSuper bool
	Underlay     bool

	// UsedIPs by address family, as IPAM counts them; absent families are not
	// in the map.
	UsedIPs map[v1alpha1.AddressFamily]int64
}

// NetworkUse says what keeps a network from being freed. Its zero value:
// nothing.
type NetworkUse struct {
	// Machines allocated in the network, sorted by id.
	Machines []Use

	// IPs allocated in the network, sorted by address.
	IPs []Use

	// SharedPrefixes are those that another network has as well: a free would
	// release what is the other's.
	SharedPrefixes []SharedPrefix

	// LeakedIPs are addresses that IPAM counts and nobody holds, by address
	// family. They never go away by themselves: freeing the network would
	// half-free it.
	LeakedIPs map[v1alpha1.AddressFamily]int64
}

// A SharedPrefix is one that two networks have: one of them was half-freed, the
// prefix went back to IPAM, and the next network got it.
type SharedPrefix struct {
	Prefix string

	// NetworkID of the other network, and ProjectID of whose that is.
	NetworkID string
	ProjectID string

	// Older is true if the other network was made first: that is the one that
	// was half-freed.
	Older bool
}

// A Use of a network by a machine or an IP.
type Use struct {
	// ID of the machine, the IP's address.
	ID string

	// ProjectID of who has it, empty if metal-api does not say.
	ProjectID string
}

// Machines of a metal-stack, firewalls among them.
type Machines interface {
	// Machine of that id, or nil if a find by id proves that the machine is not
	// there or not allocated. The answer may be a machine of another role, or
	// another allocation than the one expected: compare.
	Machine(ctx context.Context, id string) (*Machine, error)

	// MachinesOf a managed resource: those that carry the mark of its uid.
	MachinesOf(ctx context.Context, uid types.UID) ([]Machine, error)

	// MachinesMarked with all of these marks. There must be one at least.
	MachinesMarked(ctx context.Context, marks map[string]string) ([]Machine, error)

	// AllocateMachine takes a waiting machine. NothingMade tells of an error
	// whether it may have been taken all the same.
	AllocateMachine(ctx context.Context, o MachineOrder) (*Machine, error)

	// UpdateMachine changes what is set. Asks for RoleAdmin.
	UpdateMachine(ctx context.Context, id string, u MachineUpdate) error

	// ReinstallMachine installs an image on an allocated machine, which wipes its
	// disks. Asks for RoleEdit.
	ReinstallMachine(ctx context.Context, id, imageID string) error

	// FreeMachine frees and power-cycles whatever is on the machine: metal-api has
	// no guard. Compare Machine first, immediately before.
	FreeMachine(ctx context.Context, id string) error
}

// A MachineRole is what a machine is allocated for.
type MachineRole string

// Roles of machines, as metal-api calls them, and the features that images need
// for them.
const (
	MachineRoleMachine  MachineRole = "machine"
	MachineRoleFirewall MachineRole = "firewall"
)

// A MachineOrder is what a machine shall be.
type MachineOrder struct {
	// AllocationParameters with references resolved.
	v1alpha1.AllocationParameters

	Role  MachineRole
	Image string

	// Rules of a firewall.
	Rules *v1alpha1.FirewallRules

	// Name and Hostname of the machine, never empty.
	Name     string
	Hostname string

	// UserData in plain. It must not appear in any message.
	UserData []byte

	Marks Marks
}

// A MachineUpdate holds what shall change; nil keeps what is.
type MachineUpdate struct {
	Description *string

	// Tags as a whole, the marks among them: an empty list cannot be sent.
	Tags []string

	// SSHPublicKeys as a whole: an empty list cannot be sent.
	SSHPublicKeys []string
}

// A Machine is an allocated machine of a metal-stack.
type Machine struct {
	ID             string
	AllocationUUID string

	// Created is when metal-api allocated the machine: nanoseconds in the
	// answer to an allocate, later rounded to a millisecond before or after.
	// Not identity.
	Created time.Time

	Name        string
	Hostname    string
	Description string
	PartitionID string
	ProjectID   string
	Rack        string
	Size        string

	// Image in full.
	Image string

	Role MachineRole

	// Tags, sorted, the marks and metal-api's own among them.
	Tags  []string
	Marks Marks

	// Networks, sorted by id.
	Networks []Attachment

	SSHPublicKeys    []string
	FileSystemLayout string
	DNSServers       []string
	NTPServers       []string

	// Rules of a firewall.
	Rules v1alpha1.FirewallRules

	// LastEvent is the newest one, which may be of an earlier allocation:
	// compare its time with Created.
	LastEvent     string
	LastEventTime time.Time

	// Liveliness is Alive, Dead or Unknown.
	Liveliness string

	CrashLoop       bool
	FailedReclaim   bool
	Reinstalling    bool
	Locked          bool
	LockDescription string
}

// An Attachment is a network that a machine is in.
type Attachment struct {
	NetworkID string

	// IPs, sorted.
	IPs []string

	ASN int64
	VRF int64

	// Private is true for private networks, shared or not; Underlay for the
	// one that metal-api adds by itself.
	Private  bool
	Underlay bool

	// Primary is true for the one unshared private network.
	Primary bool
}
