package metal

import (
	"context"

	"k8s.io/apimachinery/pkg/types"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// Projects of a metal-stack.
type Projects interface {
	// Project of that id, or nil if a find proves that there is none.
	Project(ctx context.Context, id string) (*Project, error)

	// ProjectsOf a managed resource: those that carry the mark of its uid, or have it
	// for an id. It reads all projects.
	ProjectsOf(ctx context.Context, uid types.UID) ([]Project, error)

	// ProjectsNamed carry the mark of a managed resource's namespace/name. It reads all
	// projects.
	ProjectsNamed(ctx context.Context, resource string) ([]Project, error)

	// CreateProject whose id is the uid of its mark: what was made before is found so,
	// and is answered. Asks for RoleAdmin. NothingMade tells of an error whether it may
	// exist all the same.
	CreateProject(ctx context.Context, o ProjectOrder) (*Project, error)

	// UpdateProject changes what is set. Asks for RoleAdmin. An error of kind Changed
	// means that somebody else has changed it since it was read.
	UpdateProject(ctx context.Context, id string, u ProjectUpdate) error

	// ProjectUse is what a project owns.
	ProjectUse(ctx context.Context, id string) (*ProjectUse, error)

	// DeleteProject of that id. Asks for RoleAdmin. metal-api refuses, with an error of
	// kind Conflict, while the project owns something.
	DeleteProject(ctx context.Context, id string) error
}

// A ProjectOrder is what a project shall be.
type ProjectOrder struct {
	v1alpha1.ProjectParameters

	// Name of the project, never empty.
	Name string

	Marks Marks
}

// A ProjectUpdate holds what shall change; nil keeps what is.
type ProjectUpdate struct {
	// Version of the project that the update was made of.
	Version int64

	Name        *string
	Description *string

	// Labels as a whole, the marks among them.
	Labels []string

	// Quotas as a whole.
	Quotas *v1alpha1.ProjectQuotas
}

// A Project of a metal-stack.
type Project struct {
	ID string

	// Version grows with each change.
	Version int64

	Name        string
	Description string
	TenantID    string

	// Labels, sorted, the marks among them.
	Labels []string
	Marks  Marks

	Quotas v1alpha1.ProjectQuotas
}

// A ProjectUse is what a project owns, by id, sorted.
type ProjectUse struct {
	Machines []string
	Networks []string
	IPs      []string
}
