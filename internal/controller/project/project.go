// Package project is the controller of Projects, which own all that is allocated.
package project

import (
	"context"
	"strings"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/memory"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

var _ controller.Kind[*v1alpha1.Project, metal.Project] = Kind{}

// Controller of Projects.
func Controller(ctrl.Manager) controller.Controller[*v1alpha1.Project, metal.Project] {
	return controller.Controller[*v1alpha1.Project, metal.Project]{
		Kind:   Kind{},
		GVK:    v1alpha1.ProjectGroupVersionKind,
		Object: &v1alpha1.Project{},
		List:   &v1alpha1.ProjectList{},
	}
}

// A Kind is what is particular of Projects.
type Kind struct{}

// Noun that messages call a project by.
func (Kind) Noun() string { return "project" }

// Thing that a project is.
func (Kind) Thing() string { return "project" }

// Find the project of an id.
func (Kind) Find(ctx context.Context, s metal.Stack, id string) (*metal.Project, error) {
	return s.Project(ctx, id)
}

// FindMarked projects of a managed resource.
func (Kind) FindMarked(ctx context.Context, s metal.Stack, uid types.UID) ([]metal.Project, error) {
	return s.ProjectsOf(ctx, uid)
}

// FindNamed projects of a managed resource's namespace/name.
func (Kind) FindNamed(ctx context.Context, s metal.Stack, resource string) ([]metal.Project, error) {
	return s.ProjectsNamed(ctx, resource)
}

// Facts about a project. Its id is given by who makes it: whoever makes another one
// under that id means this one.
func (Kind) Facts(p *metal.Project) controller.Facts {
	return controller.Facts{ID: p.ID, AllocationUUID: p.ID, Marks: p.Marks}
}

// Place that the spec names: a project is in no partition, and in no project.
func (Kind) Place(*v1alpha1.Project) controller.Place { return controller.Place{} }

// Forget what the status says.
func (Kind) Forget(mg *v1alpha1.Project) {
	mg.Status.AtProvider = v1alpha1.ProjectObservation{Message: mg.Status.AtProvider.Message}
}

// Prepare a create.
func (Kind) Prepare(ctx context.Context, s metal.Stack, mg *v1alpha1.Project, marks metal.Marks) (controller.Allocate[metal.Project], error) {
	if err := admin(ctx, s, "create"); err != nil {
		return nil, err
	}
	p := canonicalParameters(&mg.Spec.ForProvider)
	order := metal.ProjectOrder{ProjectParameters: *p, Name: ptr.Deref(p.Name, mg.GetName()), Marks: marks}
	return func(ctx context.Context) (*metal.Project, error) { return s.CreateProject(ctx, order) }, nil
}

// admin says that only one may do something with a project.
func admin(ctx context.Context, s metal.Stack, what string) error {
	role, err := s.Role(ctx)
	if err != nil {
		return err
	}
	if role.Includes(metal.RoleAdmin) {
		return nil
	}
	return errors.Errorf("metal-api lets only an admin %s projects, and the user of the ProviderConfig is none: use a key or token of the role admin", what)
}

// Observe a project. It is ready when it exists.
func (Kind) Observe(mg *v1alpha1.Project, p *metal.Project, wrote memory.Written) controller.Observation {
	mg.Status.AtProvider = v1alpha1.ProjectObservation{
		ID:       p.ID,
		Name:     p.Name,
		TenantID: p.TenantID,
		Message:  mg.Status.AtProvider.Message,
	}
	return controller.Observation{Ready: xpv2.Available(), Repairable: repairable(mg, p, wrote)}
}

// Flaw of a project: there is none.
func (Kind) Flaw(context.Context, metal.Stack, *v1alpha1.Project, *metal.Project) (string, error) {
	return "", nil
}

// ChangedBy an admin: metal-api lets nobody else change a project.
func (Kind) ChangedBy() metal.Role { return metal.RoleAdmin }

// Update what differs.
func (Kind) Update(ctx context.Context, s metal.Stack, mg *v1alpha1.Project, p *metal.Project, marks metal.Marks, wrote memory.Written) error {
	return s.UpdateProject(ctx, p.ID, update(mg, p, marks, wrote))
}

// Free a project, which metal-api deletes when it owns nothing any more.
func (Kind) Free(ctx context.Context, s metal.Stack, _ *v1alpha1.Project, p *metal.Project) error {
	if err := admin(ctx, s, "delete"); err != nil {
		return err
	}
	err := s.DeleteProject(ctx, p.ID)
	if metal.KindOf(err) != metal.Conflict {
		return err
	}
	use, unknown := s.ProjectUse(ctx, p.ID)
	if unknown != nil {
		return unknown
	}
	return &controller.WaitError{For: err.Error() + named(use)}
}

// named is what a project owns.
func named(use *metal.ProjectUse) string {
	var words []string
	for _, of := range []struct {
		what string
		ids  []string
	}{{"machines", use.Machines}, {"networks", use.Networks}, {"IPs", use.IPs}} {
		if len(of.ids) > 0 {
			words = append(words, of.what+" "+controller.Enumerate(of.ids))
		}
	}
	if len(words) == 0 {
		return ""
	}
	return " (" + strings.Join(words, "; ") + ")"
}
