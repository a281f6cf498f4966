package v1alpha1

import "github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"

// EgressIPs are static addresses of one external network. They are allocated before
// the firewall, given to it, and stay when it is replaced.
//
// +kubebuilder:validation:XValidation:rule="!has(self.addresses) || size(self.addresses) == 0 || self.?count.orValue(1) == 1",message="addresses say how many there are: leave count out"
// +kubebuilder:validation:XValidation:rule="!has(self.addresses) || self.?addressFamily.orValue(\"\") == \"\" || self.addresses.all(a, a.contains(':') == (self.addressFamily == 'IPv6'))",message="addressFamily is not that of all addresses: leave it out, or name those of the other family in an entry of their own"
type EgressIPs struct {
	// Network that the addresses are of, by its id, for example internet-mini-lab. The
	// firewall must join it: firewall.networks names it, or it is the default one. Can be changed: an address
	// stays as long as a firewall has it.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Network string `json:"network"`

	// AddressFamily of the addresses. Left out: that of each that is named in
	// addresses, or as many of each family that the network has when the firewall is
	// composed first. Can be changed: to add a family name it in an entry of its own.
	// +optional
	// +kubebuilder:validation:Enum=IPv4;IPv6;""
	AddressFamily string `json:"addressFamily,omitempty"`

	// Count of addresses of a family, where addresses names none. 1 if left out. Can
	// be changed.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=8
	Count *int32 `json:"count,omitempty"`

	// Addresses that are wanted, for example 203.0.113.130. Free ones are taken if
	// left out. Can be changed.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=8
	Addresses []v1alpha1.IPAddress `json:"addresses,omitempty"`
}

// An IPReference names an IP of the same namespace.
type IPReference struct {
	// Name of the IP. Can be changed: the firewall is replaced.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`
}

// An EgressIPObservation is what is known of an egress address.
type EgressIPObservation struct {
	// Network that the address is of.
	Network string `json:"network"`

	// Address, once it is allocated.
	// +optional
	Address string `json:"address,omitempty"`

	// Name of the IP that stands for it.
	Name string `json:"name"`
}
