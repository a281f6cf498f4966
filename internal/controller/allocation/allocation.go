// Package allocation is what Firewalls and Machines share: both are allocations on a
// machine of metal-stack, which gives its id to others when it is freed.
package allocation

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	"github.com/crossplane/crossplane-runtime/v2/pkg/reconciler/managed"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/memory"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// Keys of the connection details, and the user that metal-stack's images let
// log in by key.
const (
	keyMachineID       = "machineID"
	keyUsername        = "username"
	keyEndpoint        = "endpoint"
	keyPublicAddresses = "publicAddresses"
	sshUser            = "metal"
)

// toAllocate is what an allocation attempts.
const toAllocate = "allocate a machine"

// A Resource is a managed resource that stands for an allocated machine.
type Resource interface {
	controller.Resource

	// Allocation is what all of them have, in the spec and the status.
	Allocation() v1alpha1.Allocation
}

// A Role is what a kind of allocation has of its own.
type Role[T Resource] struct {
	// Name of the role at metal-api, and the feature that an image needs for it.
	Name metal.MachineRole

	// Fixed fields beside those that all have.
	Fixed func(mg T, m *metal.Machine) []controller.Field

	// Reinstalled is when a machine was that has come to be what the spec says, by
	// the time of the event before that. Never if nil.
	Reinstalled func(mg T, m *metal.Machine) string

	// Order what is asked for beside what all ask for, and refuse what cannot be,
	// in the networks that shall be joined: the private one is the first.
	Order func(mg T, joins []metal.Network, o *metal.MachineOrder) error

	// Waits says what one waits for before it is created; and what is missing that can be
	// read. Nothing if nil.
	Waits func(ctx context.Context, mg T, missing func() error) error

	// Namesakes of a resource, by namespace/name, of which none lives. None if nil.
	Namesakes func(ctx context.Context, mg T) ([]string, error)

	// Shares is the machine whose addresses one may have as well, or none. None if nil.
	Shares func(ctx context.Context, mg T) (machineID string, err error)
}

// A Kind is what is particular of allocations of a role.
type Kind[T Resource] struct {
	role Role[T]

	// kube reads Secrets.
	kube client.Reader
	desk *Desk

	capacities *capacities
	patches    *patches
}

// New kind of a role, that reads Secrets with kube, and gives addresses at a desk.
func New[T Resource](role Role[T], kube client.Reader, desk *Desk) *Kind[T] {
	return &Kind[T]{role: role, kube: kube, desk: desk, capacities: newCapacities(), patches: newPatches()}
}

// Noun that messages call an allocation by.
func (k *Kind[T]) Noun() string { return string(k.role.Name) }

// Thing that it is.
func (k *Kind[T]) Thing() string { return "machine" }

// Find what is allocated on a machine.
func (k *Kind[T]) Find(ctx context.Context, s metal.Stack, id string) (*metal.Machine, error) {
	return s.Machine(ctx, id)
}

// FindMarked machines of a managed resource.
func (k *Kind[T]) FindMarked(ctx context.Context, s metal.Stack, uid types.UID) ([]metal.Machine, error) {
	return s.MachinesOf(ctx, uid)
}

// FindNamed machines of a managed resource's namespace/name.
func (k *Kind[T]) FindNamed(ctx context.Context, s metal.Stack, resource string) ([]metal.Machine, error) {
	return s.MachinesMarked(ctx, map[string]string{metal.MarkResource: resource})
}

// Facts about what is allocated on a machine.
func (k *Kind[T]) Facts(m *metal.Machine) controller.Facts {
	facts := controller.Facts{ID: m.ID, AllocationUUID: m.AllocationUUID, Marks: m.Marks, PartitionID: m.PartitionID, ProjectID: m.ProjectID}
	if m.Role != k.role.Name {
		facts.Unfit = "machine " + m.ID + " is not a " + string(k.role.Name)
	}
	return facts
}

// Place that the spec names.
func (k *Kind[T]) Place(mg T) controller.Place {
	a := mg.Allocation()
	return controller.Place{PartitionID: a.Partition, ProjectID: a.ProjectID}
}

// Forget what the status says.
func (k *Kind[T]) Forget(mg T) {
	seen := mg.Allocation().Seen
	*seen = v1alpha1.AllocationObservation{Message: seen.Message}
}

// Observe a machine.
func (k *Kind[T]) Observe(mg T, m *metal.Machine, wrote memory.Written) controller.Observation {
	reinstalled := ""
	if k.role.Reinstalled != nil {
		reinstalled = k.role.Reinstalled(mg, m)
	}
	a := mg.Allocation()
	before := *a.Seen
	*a.Seen = v1alpha1.AllocationObservation{
		MachineID:  m.ID,
		ProjectID:  m.ProjectID,
		LastEvent:  m.LastEvent,
		Liveliness: m.Liveliness,
		Rack:       m.Rack,
		Locked:     m.Locked,
		Hostname:   m.Hostname,
		Image:      m.Image,

		PrivateNetworkID: private(m),

		IPs:     public(m),
		Message: a.Seen.Message,
	}
	for i := range m.Networks {
		n := m.Networks[i]
		a.Seen.Networks = append(a.Seen.Networks, v1alpha1.NetworkAttachment{NetworkID: n.NetworkID, IPs: n.IPs, ASN: &n.ASN, VRF: &n.VRF})
	}
	ready := readiness(k.Noun(), m, reinstalled)
	if ready.Reason == reasonCrashLoop {
		a.Seen.CrashLoopSince = since(&before, m)
	}
	return controller.Observation{
		Ready:             ready,
		Repairable:        repairable(a.AllocationParameters, m, wrote),
		Stuck:             stuck(a.AllocationParameters, m, wrote),
		ConnectionDetails: details(m),
	}
}

// since when a machine is in a crash loop: it may have been seen in it before. Else it is
// the event in which it is seen, by metal-api's clock.
func since(before *v1alpha1.AllocationObservation, m *metal.Machine) *metav1.Time {
	if before.CrashLoopSince != nil && before.MachineID == m.ID {
		return before.CrashLoopSince
	}
	if at := metav1.NewTime(m.LastEventTime); !at.IsZero() && ofThisAllocation(m) {
		return &at
	}
	now := metav1.Now()
	return &now
}

// Namesakes of a resource, of which none lives.
func (k *Kind[T]) Namesakes(ctx context.Context, mg T) ([]string, error) {
	if k.role.Namesakes == nil {
		return nil, nil
	}
	return k.role.Namesakes(ctx, mg)
}

// Waits says what a resource waits for before it is created.
func (k *Kind[T]) Waits(ctx context.Context, s metal.Stack, mg T) error {
	if k.role.Waits == nil {
		return nil
	}
	return k.role.Waits(ctx, mg, func() error {
		if _, err := k.Prepare(ctx, s, mg, metal.Marks{}); err != nil {
			return err
		}
		// What there was a moment ago is not good enough here.
		a := mg.Allocation()
		has, err := s.Capacity(ctx, a.Partition, a.Size, a.ProjectID)
		if err == nil && min(has.Allocatable, has.Free) == 0 {
			err = exhausted(wish{partition: a.Partition, size: a.Size}, *has)
		}
		return err
	})
}

// Flaw of a machine: there is none that its events do not tell. Of one that is well it is
// shown whether there is a newer patch of its image.
func (k *Kind[T]) Flaw(ctx context.Context, s metal.Stack, mg T, m *metal.Machine) (string, error) {
	a := mg.Allocation()
	a.Seen.NewerImage = k.patches.newer(ctx, s, a.Image, m.Image)
	return "", nil
}

// public addresses of a machine, IPv4 first: it is reached from more places.
func public(m *metal.Machine) []string {
	var ips []string
	for _, n := range m.Networks {
		if !n.Private && !n.Underlay {
			ips = append(ips, n.IPs...)
		}
	}
	slices.SortStableFunc(ips, func(a, b string) int {
		return cmp.Compare(min(strings.Count(a, ":"), 1), min(strings.Count(b, ":"), 1))
	})
	return ips
}

// details to connect to a machine.
func details(m *metal.Machine) managed.ConnectionDetails {
	ips := public(m)
	d := managed.ConnectionDetails{
		keyMachineID:       []byte(m.ID),
		keyUsername:        []byte(sshUser),
		keyPublicAddresses: []byte(strings.Join(ips, ",")),
	}
	if len(ips) > 0 {
		d[keyEndpoint] = []byte(ips[0])
	}
	return d
}

// ChangedBy an admin: metal-api lets nobody else change an allocation.
func (k *Kind[T]) ChangedBy() metal.Role { return metal.RoleAdmin }

// Update what differs.
func (k *Kind[T]) Update(ctx context.Context, s metal.Stack, mg T, m *metal.Machine, marks metal.Marks, wrote memory.Written) error {
	return s.UpdateMachine(ctx, m.ID, update(mg.Allocation().AllocationParameters, m, marks, wrote))
}

// Locked says that a machine is, and that this keeps it from something. Empty if not.
func Locked(m *metal.Machine, what string) string {
	if !m.Locked {
		return ""
	}
	why := ""
	if m.LockDescription != "" {
		why = " (" + m.LockDescription + ")"
	}
	return fmt.Sprintf("machine %s is locked%s and cannot be %s: unlock it with metalctl machine lock %s --remove", m.ID, why, what, m.ID)
}

// Free a machine. metal-api answers at once, and power-cycles it.
func (k *Kind[T]) Free(ctx context.Context, s metal.Stack, _ T, m *metal.Machine) error {
	if text := Locked(m, "freed"); text != "" {
		return errors.New(text)
	}
	return s.FreeMachine(ctx, m.ID)
}
