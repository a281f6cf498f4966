package ip

import (
	"slices"

	"k8s.io/utils/ptr"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/canonical"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/memory"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/relation"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/tags"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// Names of what can be changed in place, as the memory of what was written has
// them, beside the tags.
const (
	fieldName        = "name"
	fieldDescription = "description"
	fieldType        = "type"
)

// canonicalParameters: what is empty is absent, the address has one spelling, tags are
// sorted.
func canonicalParameters(in *v1alpha1.IPParameters) *v1alpha1.IPParameters {
	p := in.DeepCopy()
	p.NetworkID, p.Name, p.Description = canonical.Text(p.NetworkID), canonical.Text(p.Name), canonical.Text(p.Description)
	if p.Address = canonical.Text(p.Address); p.Address != nil {
		p.Address = new(canonical.Address(*p.Address))
	}
	p.Tags = canonical.Set(p.Tags)
	return p
}

// Fixed fields of an IP beside those of its address, if there is one.
func (Kind) Fixed(mg *v1alpha1.IP, i *metal.IP) []controller.Field {
	p := canonicalParameters(&mg.Spec.ForProvider)
	fields := []controller.Field{
		{Name: relation.FieldProjectID, Says: p.ProjectID},
		{Name: "networkID", Says: ptr.Deref(p.NetworkID, ""), Identifies: true},
		{Name: "address", Says: ptr.Deref(p.Address, ""), Identifies: true, Optional: true},
		{Name: "addressFamily", Says: p.AddressFamily, Identifies: true, Optional: true},
	}
	if i != nil {
		family := ""
		if f := canonical.Families([]string{i.Address}); len(f) > 0 {
			family = string(f[0])
		}
		for n, is := range []string{i.ProjectID, i.NetworkID, canonical.Address(i.Address), family} {
			fields[n].Is, fields[n].Seen = is, true
		}
	}
	return fields
}

// Written is what the spec wants to be written of what can be changed in place.
func (Kind) Written(mg *v1alpha1.IP) memory.Written {
	p := canonicalParameters(&mg.Spec.ForProvider)
	w := memory.Written{}
	w.Write(fieldName, ptr.Deref(p.Name, ""))
	w.Write(fieldDescription, ptr.Deref(p.Description, ""))
	if p.Type == v1alpha1.IPTypeStatic {
		w.Write(fieldType, string(p.Type))
	}
	for _, t := range p.Tags {
		w.Write(tags.Field, string(t))
	}
	return w
}

// repairable fields of an IP that differ from its spec, sorted.
func repairable(mg *v1alpha1.IP, i *metal.IP, wrote memory.Written) []string {
	u := update(mg, i, metal.Marks{}, wrote)
	var fields []string
	if u.Description != nil {
		fields = append(fields, fieldDescription)
	}
	if u.Name != nil {
		fields = append(fields, fieldName)
	}
	if u.Tags != nil {
		fields = append(fields, tags.Field)
	}
	if u.Type != i.Type {
		fields = append(fields, fieldType)
	}
	return fields
}

// stuck is what differs and cannot be written: a static IP stays so.
func stuck(mg *v1alpha1.IP, i *metal.IP, wrote memory.Written) map[string]string {
	says := mg.Spec.ForProvider.Type
	if i.Type == v1alpha1.IPTypeStatic && (says == v1alpha1.IPTypeEphemeral || says == "" && wrote.Has(fieldType, string(v1alpha1.IPTypeStatic))) {
		return map[string]string{fieldType: "type is static at metal-stack, which cannot be taken back, and " + orNot(says) + " in the spec"}
	}
	return nil
}

func orNot(t v1alpha1.IPType) string {
	if t == "" {
		return "not set"
	}
	return string(t)
}

// update that makes an IP what the spec says, as far as it can be changed in place.
// Nothing that was not written from here is touched, the tags of machines and services
// among it.
func update(mg *v1alpha1.IP, i *metal.IP, marks metal.Marks, wrote memory.Written) metal.IPUpdate {
	p := canonicalParameters(&mg.Spec.ForProvider)
	u := metal.IPUpdate{
		Name:        wrote.Change(fieldName, p.Name, i.Name, mg.GetName()),
		Description: wrote.Change(fieldDescription, p.Description, i.Description, ""),
		Type:        i.Type,
	}
	if p.Type == v1alpha1.IPTypeStatic {
		u.Type = v1alpha1.IPTypeStatic
	}
	if want := tags.Of(tags.Field, p.Tags, i.Tags, marks, wrote); !slices.Equal(want, canonical.Set(i.Tags)) {
		u.Tags = want
	}
	return u
}
