package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// Annotations by which people say which workers go.
const (
	// AnnotationFreeNext of a Machine has it freed before others when its pool shrinks.
	AnnotationFreeNext = Group + "/free-next"

	// AnnotationKeep of a Machine keeps it when its pool shrinks.
	AnnotationKeep = Group + "/keep"

	// AnnotationFreeWorkers of an XCluster or a claim consents to free more workers than
	// maxShrink. status.pools[].consent says what its value must be.
	AnnotationFreeWorkers = Group + "/free-workers"
)

// LabelPool is the pool that a worker is of.
const LabelPool = Group + "/pool"

// A WorkerPool is a number of machines in the private network that are alike.
type WorkerPool struct {
	// Name of the pool, unique in the list, for example small. Its machines are called
	// XCLUSTER-NAME-1 and so on. To rename a pool is to remove it and to add another:
	// its machines stay until it is consented that they are freed. Can be changed in
	// this way.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=16
	// +kubebuilder:validation:XValidation:rule="size(self) == 0 || self.matches('^[a-z]([a-z0-9-]*[a-z0-9])?$')",message="a pool's name begins with a lower case letter, and has only lower case letters, digits and -"
	Name string `json:"name"`

	// Replicas is how many machines the pool shall have. Can be changed: to grow adds
	// machines, one after the other; to shrink frees them one at a time, which wipes their
	// disks. First go those with the annotation
	// cluster.metal-stack.crossplane.io/free-next, then what never phoned home, then
	// the newest; never those with the annotation
	// cluster.metal-stack.crossplane.io/keep, nor locked ones.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100
	Replicas int32 `json:"replicas"`

	// MaxShrink is how many machines may be freed by one edit of replicas without
	// consent by the annotation cluster.metal-stack.crossplane.io/free-workers. 1 if
	// left out. Can be changed.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100
	MaxShrink *int32 `json:"maxShrink,omitempty"`

	// Size of the machines, for example v1-small-x86. Can be changed, for new ones:
	// existing ones stay as they are, and count as outdated.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Size string `json:"size"`

	// Image with the feature machine, for example ubuntu-26.4. Can be changed, for new
	// machines: existing ones count as outdated, and are reinstalled one by one with
	// the consent that the condition UpToDate of the Machine names.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Image string `json:"image"`

	// SSHPublicKeys that may log in as user metal, as in an authorized_keys file.
	// Without them only the console is left. Can be changed, for new machines.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=8
	SSHPublicKeys []v1alpha1.SSHPublicKey `json:"sshPublicKeys,omitempty"`

	// UserDataSecretRef is a key of a Secret in this namespace that holds user data
	// (Ignition or cloud-init), as plain text, such as what joins the machine to a
	// Kubernetes cluster. None if left out. Read at creation only; can be changed, for
	// new machines.
	// +optional
	UserDataSecretRef *v1alpha1.LocalSecretKey `json:"userDataSecretRef,omitempty"`

	// Networks are ids of external networks that each machine has an address of,
	// beside the private one, for example internet-mini-lab. Left out: none, and the
	// firewall is the only way out. Can be changed, for new machines.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=4
	Networks []NetworkID `json:"networks,omitempty"`

	// Spread the machines over racks, as long as there is more than one. True if left
	// out. Can be changed, for new machines.
	// +optional
	Spread *bool `json:"spread,omitempty"`
}

// A NetworkID is the id of a network.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=128
type NetworkID string

// A PoolObservation is what is known of a pool of workers.
type PoolObservation struct {
	// Name of the pool.
	Name string `json:"name"`

	// Replicas that the pool shall have.
	Replicas int32 `json:"replicas"`

	// Machines that the pool has.
	Machines int32 `json:"machines"`

	// Ready machines of the pool.
	Ready int32 `json:"ready"`

	// Outdated machines: their size, image, keys, user data or networks are other than
	// those of the pool.
	// +optional
	Outdated int32 `json:"outdated,omitempty"`

	// Consent is what the annotation cluster.metal-stack.crossplane.io/free-workers
	// must say before more machines are freed than maxShrink allows.
	// +optional
	Consent string `json:"consent,omitempty"`

	// ConsentAsked is since when that is so: a consent to what was asked before is none.
	// +optional
	ConsentAsked *metav1.Time `json:"consentAsked,omitempty"`

	// FreeingTo is how many machines are left when all are freed that was consented to.
	// +optional
	FreeingTo *int32 `json:"freeingTo,omitempty"`

	// LastFreed is when the last machine was freed because there were too many.
	// +optional
	LastFreed *metav1.Time `json:"lastFreed,omitempty"`
}

// A WorkerObservation is what is known of a worker. While it boots for the first time its
// Machine shows it.
type WorkerObservation struct {
	// Pool of the worker.
	Pool string `json:"pool"`

	// Name of the Machine.
	Name string `json:"name"`

	// MachineID of the machine.
	// +optional
	MachineID string `json:"machineID,omitempty"`

	// LastEvent of the machine, for example "Phoned Home".
	// +optional
	LastEvent string `json:"lastEvent,omitempty"`

	// Address of the machine in the private network.
	// +optional
	Address string `json:"address,omitempty"`

	// Rack that the machine stands in.
	// +optional
	Rack string `json:"rack,omitempty"`

	// PhonedHome is true once the machine has.
	// +optional
	PhonedHome bool `json:"phonedHome,omitempty"`

	// Ready is true if the machine has phoned home and is alive.
	Ready bool `json:"ready"`
}
