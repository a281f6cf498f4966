package simulator

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Projects live in masterdata-api, whose errors reach the users of metal-api in gRPC's words.

type project struct {
	id, name, description, tenant string
	annotations                   map[string]string
	labels                        []string
	quotas                        *quotas
	version                       int64
	created, updated              time.Time
}

type quota struct {
	Quota *int32 `json:"quota,omitempty"`
	Used  *int32 `json:"used,omitempty"`
}

type quotas struct {
	Cluster *quota `json:"cluster,omitempty"`
	Machine *quota `json:"machine,omitempty"`
	IP      *quota `json:"ip,omitempty"`
	Project *quota `json:"project,omitempty"`
}

type metaBody struct {
	ID          string            `json:"id,omitempty"`
	Kind        string            `json:"kind,omitempty"`
	APIVersion  string            `json:"apiversion,omitempty"`
	Version     int64             `json:"version,omitempty"`
	CreatedTime *time.Time        `json:"created_time,omitempty"`
	UpdatedTime *time.Time        `json:"updated_time,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
	Labels      []string          `json:"labels,omitempty"`
}

// projectBody is both what is asked and what is answered.
type projectBody struct {
	Meta        *metaBody `json:"meta,omitempty"`
	Name        string    `json:"name,omitempty"`
	Description string    `json:"description,omitempty"`
	TenantID    string    `json:"tenant_id,omitempty"`
	Quotas      *quotas   `json:"quotas,omitempty"`
}

func (p project) body() projectBody {
	return projectBody{
		Meta: &metaBody{
			ID: p.id, Kind: "Project", APIVersion: "v1", Version: p.version, CreatedTime: &p.created, UpdatedTime: &p.updated,
			Annotations: p.annotations, Labels: p.labels,
		},
		Name: p.name, Description: p.description, TenantID: p.tenant, Quotas: p.quotas,
	}
}

// overwrite takes everything from the body but identity, version and times.
func (p project) overwrite(b projectBody) project {
	p.name, p.description, p.tenant, p.quotas = b.Name, b.Description, b.TenantID, b.Quotas
	if b.Meta != nil {
		p.annotations, p.labels = b.Meta.Annotations, b.Meta.Labels
	}
	p.updated = stored(now())
	return p
}

func (p project) note(e *JournalEntry) {
	e.ID, e.Project, e.Name, e.Marks = p.id, p.id, p.name, p.labels
}

func grpcError(status int, code, format string, args ...any) error {
	return withStatus(status, fmt.Errorf("rpc error: code = "+code+" desc = "+format, args...))
}

func (s *stack) project(id string) (project, error) {
	p, err := s.projects.get(id)
	if err != nil {
		return p, grpcError(http.StatusNotFound, "NotFound", "project with id:%s not found sql: no rows in result set", id)
	}
	return p, nil
}

func findProject(c *call) (any, error) {
	p, err := c.project(c.path("id"))
	if err != nil {
		return nil, err
	}
	machines := int32(len(c.machines.list(func(m machine) bool { return m.allocation != nil && m.allocation.project == p.id }))) //nolint:gosec // few
	ips := int32(len(c.ips.list(func(i ip) bool { return i.project == p.id })))                                                  //nolint:gosec // few
	shown := quotas{}
	if p.quotas != nil {
		shown = *p.quotas
	}
	shown.Machine, shown.IP = used(shown.Machine, machines), used(shown.IP, ips)
	p.quotas = &shown
	return p.body(), nil
}

func used(q *quota, n int32) *quota {
	if q == nil {
		return &quota{Used: &n}
	}
	return &quota{Quota: q.Quota, Used: &n}
}

// projectBodies is null when there are none, as at metal-api.
func projectBodies(list []project) []projectBody {
	var all []projectBody
	for _, p := range list {
		all = append(all, p.body())
	}
	return all
}

func listProjects(c *call) (any, error) {
	return projectBodies(c.projects.list(nil)), nil
}

func findProjects(c *call) (any, error) {
	var q struct {
		ID          *string `json:"id"`
		Name        *string `json:"name"`
		Description *string `json:"description"`
		TenantID    *string `json:"tenant_id"`
	}
	if err := c.decode(&q); err != nil {
		return nil, err
	}
	return projectBodies(c.projects.list(func(p project) bool {
		return is(q.ID, p.id) && is(q.Name, p.name) && is(q.Description, p.description) && is(q.TenantID, p.tenant)
	})), nil
}

func createProject(c *call) (any, error) {
	var b projectBody
	if err := c.decode(&b); err != nil {
		return nil, err
	}
	p := project{created: stored(now())}.overwrite(b)
	if b.Meta != nil {
		p.id = b.Meta.ID
	}
	p.note(c.entry)
	if b.TenantID == "" {
		return nil, badRequest(errors.New("a project needs a tenant"))
	}
	if b.TenantID != tenant {
		return nil, grpcError(http.StatusNotFound, "NotFound", "unable to find tenant:%s for project", b.TenantID)
	}
	if p.id == "" {
		p.id = c.dice.uuid()
	}
	p.note(c.entry)
	if err := c.projects.insert(p.id, p); err != nil {
		return nil, grpcError(http.StatusConflict, "AlreadyExists", "project with id:%s already exists", p.id)
	}
	return p.body(), nil
}

func updateProject(c *call) (any, error) {
	var b projectBody
	if err := c.decode(&b); err != nil {
		return nil, err
	}
	if b.Meta == nil {
		return nil, badRequest(errors.New("meta is missing"))
	}
	c.entry.ID = b.Meta.ID
	if _, err := c.project(b.Meta.ID); err != nil {
		return nil, err
	}
	old, err := c.projects.find(b.Meta.ID)
	if err != nil {
		return nil, err
	}
	if b.TenantID != "" && b.TenantID != old.value.tenant {
		return nil, withStatus(http.StatusUnprocessableEntity, fmt.Errorf("update of tenant of project %s is not allowed", b.Meta.ID))
	}
	p := old.value.overwrite(b)
	p.tenant = old.value.tenant
	p.version++
	p.note(c.entry)
	if b.Meta.Version != old.value.version || c.projects.replace(p.id, old, p) != nil {
		return nil, grpcError(http.StatusUnprocessableEntity, "FailedPrecondition",
			"optimistic lock error updating project with id %s, existing version %d mismatches entity version %d", p.id, old.value.version, b.Meta.Version)
	}
	return p.body(), nil
}

func deleteProject(c *call) (any, error) {
	c.entry.ID = c.path("id")
	p, err := c.project(c.path("id"))
	if err != nil {
		return nil, err
	}
	p.note(c.entry)
	still := func(what string) error {
		return badRequest(fmt.Errorf("there are still %s allocated by this project", what))
	}
	switch {
	case len(c.machines.list(func(m machine) bool { return m.allocation != nil && m.allocation.project == p.id })) > 0:
		return nil, still("machines")
	case len(c.networks.list(func(n network) bool { return n.project == p.id })) > 0:
		return nil, still("networks")
	case len(c.ips.list(func(i ip) bool { return i.project == p.id })) > 0:
		return nil, still("ips")
	}
	c.projects.remove(p.id)
	return p.body(), nil
}
