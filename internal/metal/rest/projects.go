package rest

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/go-openapi/runtime"
	"github.com/metal-stack/metal-go/api/client/project"
	"github.com/metal-stack/metal-go/api/models"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// Project of that id, or nil if there is none.
func (s *stack) Project(ctx context.Context, id string) (*metal.Project, error) {
	what := "find project " + id
	p, err := s.project(ctx, id)
	if err != nil {
		return nil, attempted(what, err)
	}
	if p == nil {
		return nil, nil
	}
	out := projectOf(p)
	return &out, nil
}

// project of that id, as metal-api has it, or nil if a find proves that there is none.
func (s *stack) project(ctx context.Context, id string) (*models.V1ProjectResponse, error) {
	if err := checkID("project", id); err != nil {
		return nil, err
	}
	all, err := s.findProjects(ctx, &models.V1ProjectFindRequest{ID: id})
	switch {
	case err != nil:
		return nil, err
	case len(all) == 0:
		return nil, nil
	case len(all) > 1 || all[0].Meta.ID != id:
		return nil, misdirected(http.StatusOK, "the answer is of other projects: "+checkURL)
	default:
		return all[0], nil
	}
}

// ProjectsOf a managed resource. metal-api finds by no label: it answers with all
// projects then.
func (s *stack) ProjectsOf(ctx context.Context, uid types.UID) ([]metal.Project, error) {
	what := "find the projects of " + string(uid)
	if err := checkID("mark", string(uid)); err != nil {
		return nil, attempted(what, err)
	}
	return s.projectsThat(ctx, what, func(o *metal.Project) bool {
		if o.ID == string(uid) && o.Marks.UID == "" {
			o.Marks.UID = uid // metalctl project update takes labels away. The id says it, too.
		}
		return o.Marks.UID == uid
	})
}

// ProjectsNamed like a managed resource, of all projects.
func (s *stack) ProjectsNamed(ctx context.Context, resource string) ([]metal.Project, error) {
	what := "find the projects of " + resource
	if resource == "" {
		return nil, attempted(what, invalid("there is no mark to find it by"))
	}
	return s.projectsThat(ctx, what, func(o *metal.Project) bool { return o.Marks.Resource == resource })
}

// projectsThat are so, of all projects.
func (s *stack) projectsThat(ctx context.Context, what string, are func(*metal.Project) bool) ([]metal.Project, error) {
	all, err := s.findProjects(ctx, &models.V1ProjectFindRequest{})
	if err != nil {
		return nil, attempted(what, err)
	}
	var found []metal.Project
	for _, p := range all {
		if o := projectOf(p); are(&o) {
			found = append(found, o)
		}
	}
	return found, nil
}

func (s *stack) findProjects(ctx context.Context, query *models.V1ProjectFindRequest) ([]*models.V1ProjectResponse, error) {
	answer, err := s.post(ctx, "findProjects", "/v1/project/find", query, projectsReader{})
	if err != nil {
		return nil, err
	}
	all, ok := answer.([]*models.V1ProjectResponse)
	if !ok || slices.ContainsFunc(all, func(p *models.V1ProjectResponse) bool { return p == nil || p.Meta == nil || p.Meta.ID == "" }) {
		return nil, misdirected(http.StatusOK, "the answer holds something that is no project: "+checkURL)
	}
	return all, nil
}

// A projectsReader reads what was found, which is null where nothing was: of
// projects alone.
type projectsReader struct{}

// ReadResponse of a find.
func (projectsReader) ReadResponse(r runtime.ClientResponse, c runtime.Consumer) (any, error) {
	if r.Code() != http.StatusOK {
		return nil, runtime.NewAPIError("findProjects", r, r.Code())
	}
	body, err := io.ReadAll(r.Body())
	if err != nil {
		return nil, err
	}
	var all []*models.V1ProjectResponse
	if strings.HasPrefix(r.GetHeader("Content-Type"), runtime.JSONMime) && bytes.Equal(bytes.TrimSpace(body), []byte("null")) {
		return all, nil
	}
	if err := c.Consume(bytes.NewReader(body), &all); err != nil {
		return nil, err
	}
	return all, nil
}

// CreateProject under an id of its own, that of its mark.
func (s *stack) CreateProject(ctx context.Context, o metal.ProjectOrder) (*metal.Project, error) {
	what := "create a project"
	if o.Marks.UID == "" || o.TenantID == "" {
		return nil, attempted(what, invalid("it needs a mark and a tenant"))
	}
	id := string(o.Marks.UID)
	ok, err := s.api.Project.CreateProject(project.NewCreateProjectParamsWithContext(ctx).WithBody(&models.V1ProjectCreateRequest{
		Meta:        &models.V1Meta{ID: id, Labels: withTags(o.Marks, o.Labels)},
		Name:        o.Name,
		Description: value(o.Description),
		TenantID:    o.TenantID,
		Quotas:      withQuotas(nil, value(o.Quotas)),
	}), nil)
	if metal.KindOf(err) == metal.Conflict {
		return s.repeated(ctx, what, o, err)
	}
	if err != nil {
		return nil, attempted(what, err)
	}
	if ok.Payload.Meta == nil || ok.Payload.Meta.ID != id || ok.Payload.TenantID != o.TenantID {
		return nil, attempted(what, misdirected(http.StatusCreated, "the answer is of another project: "+checkURL))
	}
	p := projectOf(ok.Payload)
	return &p, nil
}

// repeated create: there is a project of that id already. It is the one that is asked
// for if it carries its mark.
func (s *stack) repeated(ctx context.Context, what string, o metal.ProjectOrder, conflict error) (*metal.Project, error) {
	p, err := s.Project(ctx, string(o.Marks.UID))
	switch {
	case err != nil:
		return nil, err
	case p == nil || p.Marks.UID != o.Marks.UID:
		return nil, attempted(what, conflict)
	default:
		return p, nil
	}
}

// UpdateProject changes what is set. metal-api's update replaces everything, so what is
// there is read and sent again, with the version that the update was made of: it is
// refused if somebody has changed the project since.
func (s *stack) UpdateProject(ctx context.Context, id string, u metal.ProjectUpdate) error {
	what := "update project " + id
	is, err := s.project(ctx, id)
	if err != nil {
		return attempted(what, err)
	}
	if is == nil {
		return attempted(what, &metal.Error{Kind: metal.NotFound, Message: "there is no such project", Refused: true})
	}
	labels := is.Meta.Labels
	if u.Labels != nil {
		labels = u.Labels
	}
	body := &models.V1ProjectUpdateRequest{
		Meta:        &models.V1Meta{ID: id, Version: u.Version, Annotations: is.Meta.Annotations, Labels: labels},
		Name:        ptr.Deref(u.Name, is.Name),
		Description: ptr.Deref(u.Description, is.Description),
		TenantID:    is.TenantID,
		Quotas:      withQuotas(is.Quotas, ptr.Deref(u.Quotas, projectOf(is).Quotas)),
	}
	if _, err := s.api.Project.UpdateProject(project.NewUpdateProjectParamsWithContext(ctx).WithBody(body), nil); err != nil {
		return attempted(what, err)
	}
	return nil
}

// DeleteProject of that id.
func (s *stack) DeleteProject(ctx context.Context, id string) error {
	what := "delete project " + id
	if err := checkID("project", id); err != nil {
		return attempted(what, err)
	}
	ok, err := s.api.Project.DeleteProject(project.NewDeleteProjectParamsWithContext(ctx).WithID(id), nil)
	if err != nil {
		return attempted(what, err)
	}
	if ok.Payload.Meta == nil || ok.Payload.Meta.ID != id {
		return attempted(what, misdirected(http.StatusOK, "the answer is of another project: "+checkURL))
	}
	return nil
}

func projectOf(p *models.V1ProjectResponse) metal.Project {
	out := metal.Project{
		ID:          p.Meta.ID,
		Version:     p.Meta.Version,
		Name:        p.Name,
		Description: p.Description,
		TenantID:    p.TenantID,
		Labels:      sorted(p.Meta.Labels),
		Marks:       metal.MarksOfTags(p.Meta.Labels),
	}
	if q := p.Quotas; q != nil {
		out.Quotas = v1alpha1.ProjectQuotas{Machines: quotaOf(q.Machine), IPs: quotaOf(q.IP), Clusters: quotaOf(q.Cluster)}
	}
	return out
}

func quotaOf(q *models.V1Quota) *int32 {
	if q == nil || q.Quota == 0 {
		return nil
	}
	return &q.Quota
}

// withQuotas beside the one of another kind that is there, which is kept.
func withQuotas(is *models.V1QuotaSet, shall v1alpha1.ProjectQuotas) *models.V1QuotaSet {
	out := models.V1QuotaSet{Machine: newQuota(shall.Machines), IP: newQuota(shall.IPs), Cluster: newQuota(shall.Clusters)}
	if is != nil {
		out.Project = newQuota(quotaOf(is.Project))
	}
	return &out
}

func newQuota(q *int32) *models.V1Quota {
	if q == nil {
		return nil
	}
	return &models.V1Quota{Quota: *q}
}
