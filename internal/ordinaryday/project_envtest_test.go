//go:build envtest

package ordinaryday

import (
	"context"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

const tenant = "metal-stack"

func projectKind() *kind {
	return &kind{
		name:   "Project",
		plural: "projects",
		base: func(world) object {
			return object{"tenantID": tenant}
		},
		maximal: func(world) object {
			return object{
				"tenantID": tenant, "name": "storage", "description": "of the storage team", "labels": list{"team=storage", "edge"},
				"quotas": object{"machines": 10, "ips": 20, "clusters": 5},
			}
		},
		blocked:    change{"tenantID": "nobodys"},
		fields:     projectFields,
		allocates:  "createProject",
		frees:      "deleteProject",
		free:       func(ctx context.Context, s metal.Stack, id string) error { return s.DeleteProject(ctx, id) },
		found:      foundBy(metal.Stack.ProjectsOf, foundProject),
		identifies: func(world) change { return change{"tenantID": "nobodys"} },
		words: words{
			field: "labels", description: "description",
			write:     writeProjectLabels,
			strangers: []string{"owner: jane ", "gpu", "gpu=a100"},
			blank:     list{"team=storage "},
			two:       list{"env=dev", "cost-center=47"},
			one:       list{"env=prod"},
			second:    "cost-center=47",
		},
		awkward: map[string]change{
			"blanks":  {"name": " storage ", "description": " of ", "labels": list{" team = storage ", " ", "edge "}},
			"equals":  {"labels": list{"team=", "=", "a=b=c"}},
			"lines":   {"description": "one\ntwo\n"},
			"nothing": {"name": "", "description": "", "labels": list{}, "quotas": object{}},
		},
		typos: func(world) []typo {
			return []typo{
				{name: "tenant", wrong: change{"tenantID": "metal-stuck"}, right: change{"tenantID": tenant}, says: "unable to find tenant:metal-stuck"},
			}
		},
	}
}

func projectFields(world) map[string]field {
	const required = "forProvider.tenantID is required where managementPolicies allow Create"
	const moved = "forProvider.tenantID and providerConfigRef are fixed once the project is created: create another Project"
	return map[string]field{
		"tenantID":        {set: tenant, other: "nobodys", required: required, notEmpty: tooShort, changed: refused, removed: refused, moved: moved},
		"name":            {set: "storage", other: "compute", preset: "NAME", added: repaired, changed: repaired, removed: repaired, left: "NAME"},
		"description":     {set: "of storage", other: "of compute", added: repaired, changed: repaired, removed: repaired, left: ""},
		"labels":          {set: list{"team=storage", "edge"}, other: list{"team=compute"}, spellings: list{list{"edge", "team=storage"}}, added: repaired, changed: repaired, removed: repaired, left: list{}},
		"quotas":          {set: object{"machines": 10}, other: object{"machines": 12}, added: repaired, changed: repaired, removed: repaired, left: object{}},
		"quotas.machines": {set: 10, other: 12, added: repaired, changed: repaired, removed: repaired},
		"quotas.ips":      {set: 10, other: 12, added: repaired, changed: repaired, removed: repaired},
		"quotas.clusters": {set: 10, other: 12, added: repaired, changed: repaired, removed: repaired},
	}
}

func foundProject(p *metal.Project) found {
	quotas := object{}
	for name, q := range map[string]*int32{"machines": p.Quotas.Machines, "ips": p.Quotas.IPs, "clusters": p.Quotas.Clusters} {
		if q != nil {
			quotas[name] = *q
		}
	}
	return found{id: p.ID, words: p.Labels, values: map[string]any{
		"name": p.Name, "description": p.Description, "labels": projectKind().words.without(p.Labels), "quotas": quotas,
		"quotas.machines": quotas["machines"], "quotas.ips": quotas["ips"], "quotas.clusters": quotas["clusters"],
	}}
}

func writeProjectLabels(ctx context.Context, s metal.Stack, id string, words []string) error {
	p, err := s.Project(ctx, id)
	if err != nil || p == nil {
		return err
	}
	return s.UpdateProject(ctx, id, metal.ProjectUpdate{Version: p.Version, Labels: words})
}
