package network

import (
	"cmp"
	"maps"

	"k8s.io/utils/ptr"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/memory"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// Names of what can be changed in place, as the memory of what was written has
// them. Labels are remembered one by one.
const (
	fieldName        = "name"
	fieldDescription = "description"
	fieldLabels      = "labels"
	fieldShared      = "shared"
)

func fieldOfLabel(key string) string { return fieldLabels + "/" + key }

// Written is what the spec wants to be written of what can be changed in place.
func (k *Kind) Written(mg *v1alpha1.Network) memory.Written {
	p := canonicalParameters(&mg.Spec.ForProvider)
	w := memory.Written{}
	w.Write(fieldName, ptr.Deref(p.Name, ""))
	w.Write(fieldDescription, ptr.Deref(p.Description, ""))
	for k, v := range p.Labels {
		w.WriteAlsoEmpty(fieldOfLabel(k), string(v))
	}
	if ptr.Deref(p.Shared, false) {
		w.Write(fieldShared, "true")
	}
	return w
}

// repairable fields of a network that differ from its spec, sorted.
func repairable(mg *v1alpha1.Network, n *metal.Network, wrote memory.Written) []string {
	u := update(mg, n, metal.Marks{}, wrote)
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
	if u.Shared {
		fields = append(fields, fieldShared)
	}
	return fields
}

// stuck is what differs and cannot be written: sharing cannot be taken back.
func stuck(mg *v1alpha1.Network, n *metal.Network, wrote memory.Written) map[string]string {
	says := mg.Spec.ForProvider.Shared
	if n.Shared && !ptr.Deref(says, false) && (says != nil || wrote.Has(fieldShared, "true")) {
		return map[string]string{fieldShared: "shared is true on the network and " + cmp.Or(spellBool(says), "not set") + " in the spec"}
	}
	return nil
}

// labelsOf a network as it shall have them: those that are there and were not
// written from here, the spec's, and the marks.
func labelsOf(p *v1alpha1.NetworkParameters, n *metal.Network, marks metal.Marks, wrote memory.Written) map[string]string {
	out := map[string]string{}
	for k, v := range n.Labels {
		if !wrote.Has(fieldOfLabel(k), v) {
			out[k] = v
		}
	}
	for k, v := range p.Labels {
		out[k] = string(v)
	}
	if marks.UID != "" {
		maps.Copy(out, marks.Labels())
	}
	return out
}

// update that makes a network what the spec says, as far as it can be changed
// in place. Nothing that was not written from here is touched.
func update(mg *v1alpha1.Network, n *metal.Network, marks metal.Marks, wrote memory.Written) metal.NetworkUpdate {
	p := canonicalParameters(&mg.Spec.ForProvider)
	u := metal.NetworkUpdate{
		Name:        wrote.Change(fieldName, p.Name, n.Name, mg.GetName()),
		Description: wrote.Change(fieldDescription, p.Description, n.Description, ""),
		Shared:      ptr.Deref(p.Shared, false) && !n.Shared,
	}
	if want := labelsOf(p, n, marks, wrote); !maps.Equal(want, n.Labels) {
		u.Labels = want
	}
	return u
}
