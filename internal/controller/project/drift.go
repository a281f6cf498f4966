package project

import (
	"slices"
	"strconv"

	"k8s.io/utils/ptr"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/canonical"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/memory"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/tags"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// Names of what can be changed in place, as the memory of what was written has them.
const (
	fieldName        = "name"
	fieldDescription = "description"
	fieldLabels      = "labels"
	fieldQuotas      = "quotas"
)

// canonicalParameters: what is empty is absent, labels are sorted.
func canonicalParameters(in *v1alpha1.ProjectParameters) *v1alpha1.ProjectParameters {
	p := in.DeepCopy()
	p.Name, p.Description = canonical.Text(p.Name), canonical.Text(p.Description)
	p.Labels = canonical.Set(p.Labels)
	if p.Quotas == nil {
		p.Quotas = &v1alpha1.ProjectQuotas{}
	}
	return p
}

// quotas by name, so that each is treated alike.
func quotas(q *v1alpha1.ProjectQuotas) map[string]**int32 {
	return map[string]**int32{
		fieldQuotas + ".machines": &q.Machines,
		fieldQuotas + ".ips":      &q.IPs,
		fieldQuotas + ".clusters": &q.Clusters,
	}
}

func spell(q *int32) string {
	if q == nil {
		return ""
	}
	return strconv.Itoa(int(*q))
}

// Fixed fields of a Project beside those of its project, if there is one.
func (Kind) Fixed(mg *v1alpha1.Project, p *metal.Project) []controller.Field {
	f := controller.Field{Name: "tenantID", Says: mg.Spec.ForProvider.TenantID, Identifies: true}
	if p != nil {
		f.Is, f.Seen = p.TenantID, true
	}
	return []controller.Field{f}
}

// Written is what the spec wants to be written of what can be changed in place.
func (Kind) Written(mg *v1alpha1.Project) memory.Written {
	p := canonicalParameters(&mg.Spec.ForProvider)
	w := memory.Written{}
	w.Write(fieldName, ptr.Deref(p.Name, ""))
	w.Write(fieldDescription, ptr.Deref(p.Description, ""))
	for _, l := range p.Labels {
		w.Write(fieldLabels, string(l))
	}
	for name, q := range quotas(p.Quotas) {
		w.Write(name, spell(*q))
	}
	return w
}

// repairable fields of a project that differ from its spec, sorted.
func repairable(mg *v1alpha1.Project, p *metal.Project, wrote memory.Written) []string {
	u := update(mg, p, metal.Marks{}, wrote)
	var fields []string
	if u.Description != nil {
		fields = append(fields, fieldDescription)
	}
	if u.Labels != nil {
		fields = append(fields, fieldLabels)
	}
	if u.Name != nil {
		fields = append(fields, fieldName)
	}
	if u.Quotas != nil {
		fields = append(fields, fieldQuotas)
	}
	return fields
}

// update that makes a project what the spec says, as far as it can be changed in
// place. Nothing that was not written from here is touched.
func update(mg *v1alpha1.Project, is *metal.Project, marks metal.Marks, wrote memory.Written) metal.ProjectUpdate {
	p := canonicalParameters(&mg.Spec.ForProvider)
	u := metal.ProjectUpdate{
		Version:     is.Version,
		Name:        wrote.Change(fieldName, p.Name, is.Name, mg.GetName()),
		Description: wrote.Change(fieldDescription, p.Description, is.Description, ""),
	}
	if want := tags.Of(fieldLabels, p.Labels, is.Labels, marks, wrote); !slices.Equal(want, canonical.Set(is.Labels)) {
		u.Labels = want
	}
	shall, says := *is.Quotas.DeepCopy(), quotas(p.Quotas)
	for name, q := range quotas(&shall) {
		switch {
		case *says[name] != nil:
			*q = *says[name]
		case wrote.Has(name, spell(*q)):
			*q = nil
		}
	}
	if !equal(shall, is.Quotas) {
		u.Quotas = &shall
	}
	return u
}

func equal(a, b v1alpha1.ProjectQuotas) bool {
	return ptr.Equal(a.Machines, b.Machines) && ptr.Equal(a.IPs, b.IPs) && ptr.Equal(a.Clusters, b.Clusters)
}
