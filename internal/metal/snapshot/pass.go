package snapshot

import (
	"context"

	"k8s.io/apimachinery/pkg/types"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// What is passed on as it is.

// Address of the metal-api.
func (v *view) Address() string { return v.inner.Address() }

// Role of the user.
func (v *view) Role(ctx context.Context) (metal.Role, error) {
	return noted[metal.Role](v)(v.inner.Role(ctx))
}

// Version of the metal-api. It says it to everybody.
func (v *view) Version(ctx context.Context) (string, error) { return v.inner.Version(ctx) }

// Partition of that id.
func (v *view) Partition(ctx context.Context, id string) (*metal.Partition, error) {
	return noted[*metal.Partition](v)(v.inner.Partition(ctx, id))
}

// Partitions of the metal-stack.
func (v *view) Partitions(ctx context.Context) ([]metal.Partition, error) {
	return noted[[]metal.Partition](v)(v.inner.Partitions(ctx))
}

// Capacity of a partition.
func (v *view) Capacity(ctx context.Context, partition, size, projectID string) (*metal.Capacity, error) {
	return noted[*metal.Capacity](v)(v.inner.Capacity(ctx, partition, size, projectID))
}

// Image that an id stands for.
func (v *view) Image(ctx context.Context, id string) (*metal.Image, error) {
	return noted[*metal.Image](v)(v.inner.Image(ctx, id))
}

// SizeExists is nil if it does.
func (v *view) SizeExists(ctx context.Context, id string) error {
	err := v.inner.SizeExists(ctx, id)
	v.note(err)
	return err
}

// FileSystemLayout of that id.
func (v *view) FileSystemLayout(ctx context.Context, id string) (*metal.FileSystemLayout, error) {
	return noted[*metal.FileSystemLayout](v)(v.inner.FileSystemLayout(ctx, id))
}

// NetworksOf a managed resource.
func (v *view) NetworksOf(ctx context.Context, uid types.UID) ([]metal.Network, error) {
	return noted[[]metal.Network](v)(v.inner.NetworksOf(ctx, uid))
}

// NetworksMarked with all of these marks.
func (v *view) NetworksMarked(ctx context.Context, marks map[string]string) ([]metal.Network, error) {
	return noted[[]metal.Network](v)(v.inner.NetworksMarked(ctx, marks))
}

// NetworkUse says what keeps a network from being freed.
func (v *view) NetworkUse(ctx context.Context, n *metal.Network) (*metal.NetworkUse, error) {
	return noted[*metal.NetworkUse](v)(v.inner.NetworkUse(ctx, n))
}

// SharedPrefixes of a network.
func (v *view) SharedPrefixes(ctx context.Context, n *metal.Network) ([]metal.SharedPrefix, error) {
	return noted[[]metal.SharedPrefix](v)(v.inner.SharedPrefixes(ctx, n))
}

// MachinesOf a managed resource.
func (v *view) MachinesOf(ctx context.Context, uid types.UID) ([]metal.Machine, error) {
	return noted[[]metal.Machine](v)(v.inner.MachinesOf(ctx, uid))
}

// MachinesMarked with all of these marks.
func (v *view) MachinesMarked(ctx context.Context, marks map[string]string) ([]metal.Machine, error) {
	return noted[[]metal.Machine](v)(v.inner.MachinesMarked(ctx, marks))
}

// IPsOf a managed resource.
func (v *view) IPsOf(ctx context.Context, uid types.UID) ([]metal.IP, error) {
	return noted[[]metal.IP](v)(v.inner.IPsOf(ctx, uid))
}

// IPsMarked with all of these marks.
func (v *view) IPsMarked(ctx context.Context, marks map[string]string) ([]metal.IP, error) {
	return noted[[]metal.IP](v)(v.inner.IPsMarked(ctx, marks))
}

// Project of that id. They are few: each is asked for by itself.
func (v *view) Project(ctx context.Context, id string) (*metal.Project, error) {
	return noted[*metal.Project](v)(v.inner.Project(ctx, id))
}

// ProjectsOf a managed resource.
func (v *view) ProjectsOf(ctx context.Context, uid types.UID) ([]metal.Project, error) {
	return noted[[]metal.Project](v)(v.inner.ProjectsOf(ctx, uid))
}

// ProjectUse is what a project owns.
func (v *view) ProjectUse(ctx context.Context, id string) (*metal.ProjectUse, error) {
	return noted[*metal.ProjectUse](v)(v.inner.ProjectUse(ctx, id))
}

// ProjectsNamed like a managed resource.
func (v *view) ProjectsNamed(ctx context.Context, resource string) ([]metal.Project, error) {
	return noted[[]metal.Project](v)(v.inner.ProjectsNamed(ctx, resource))
}

// CreateProject makes one.
func (v *view) CreateProject(ctx context.Context, o metal.ProjectOrder) (*metal.Project, error) {
	return noted[*metal.Project](v)(v.inner.CreateProject(ctx, o))
}

// UpdateProject changes it.
func (v *view) UpdateProject(ctx context.Context, id string, u metal.ProjectUpdate) error {
	err := v.inner.UpdateProject(ctx, id, u)
	v.note(err)
	return err
}

// DeleteProject deletes it.
func (v *view) DeleteProject(ctx context.Context, id string) error {
	err := v.inner.DeleteProject(ctx, id)
	v.note(err)
	return err
}
