package v1alpha1

// A Protocol is TCP or UDP. Empty is TCP.
// +kubebuilder:validation:Enum=TCP;UDP;""
type Protocol string

// Protocols of firewall rules.
const (
	TCP Protocol = "TCP"
	UDP Protocol = "UDP"
)

// A Port is a TCP or UDP port.
// +kubebuilder:validation:Minimum=0
// +kubebuilder:validation:Maximum=65535
type Port int32

// An EgressRule allows traffic out of the private network.
//
// +kubebuilder:validation:XValidation:rule="self.to.all(c, !isCIDR(c) || !isCIDR(self.to[0]) || cidr(c).ip().family() == cidr(self.to[0]).ip().family())",message="a rule is for one address family: write one rule for IPv4 and another for IPv6"
type EgressRule struct {
	// Comment of the rule: letters, spaces, - and _ only, at most 100.
	// +optional
	// +kubebuilder:validation:MaxLength=100
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-zA-Z_ -]*$')",message="a comment is of letters, spaces, - and _ only"
	Comment string `json:"comment,omitempty"`

	// Protocol of the rule. TCP if left out.
	// +optional
	Protocol Protocol `json:"protocol,omitempty"`

	// Ports that may be reached, for example [80, 443].
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	Ports []Port `json:"ports"`

	// To are the prefixes that may be reached, for example [0.0.0.0/0].
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	To []CIDR `json:"to"`
}

// An IngressRule allows traffic into the private network.
//
// +kubebuilder:validation:XValidation:rule="self.from.all(c, !isCIDR(c) || !isCIDR(self.from[0]) || cidr(c).ip().family() == cidr(self.from[0]).ip().family()) && (!has(self.to) || self.to.all(c, !isCIDR(c) || !isCIDR(self.from[0]) || cidr(c).ip().family() == cidr(self.from[0]).ip().family()))",message="a rule is for one address family: write one rule for IPv4 and another for IPv6"
type IngressRule struct {
	// Comment of the rule: letters, spaces, - and _ only, at most 100.
	// +optional
	// +kubebuilder:validation:MaxLength=100
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-zA-Z_ -]*$')",message="a comment is of letters, spaces, - and _ only"
	Comment string `json:"comment,omitempty"`

	// Protocol of the rule. TCP if left out.
	// +optional
	Protocol Protocol `json:"protocol,omitempty"`

	// Ports that may be reached, for example [443].
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	Ports []Port `json:"ports"`

	// From are the prefixes that traffic may come from, for example
	// [203.0.113.0/24].
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=32
	From []CIDR `json:"from"`

	// To are the prefixes behind the firewall that may be reached. All of the
	// private network if left out.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=32
	To []CIDR `json:"to,omitempty"`
}

// FirewallRules say what a firewall lets through. None: all forwarding from
// the private network is dropped. Fixed at creation.
type FirewallRules struct {
	// Egress rules allow traffic out of the private network.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=64
	Egress []EgressRule `json:"egress,omitempty"`

	// Ingress rules allow traffic into the private network.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=64
	Ingress []IngressRule `json:"ingress,omitempty"`
}
