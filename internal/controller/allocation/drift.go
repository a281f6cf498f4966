package allocation

import (
	"slices"

	"k8s.io/utils/ptr"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/canonical"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/memory"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/tags"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// Names of what can be changed in place, as the memory of what was written has
// them.
const (
	fieldDescription   = "description"
	fieldSSHPublicKeys = "sshPublicKeys"

	// fieldIPs is fixed at creation.
	fieldIPs = "networks[].ips"

	// someKeys stands for keys, which are long and replaced as a whole.
	someKeys = "some"
)

func within(some, all []string) bool {
	for _, s := range some {
		if !slices.Contains(all, s) {
			return false
		}
	}
	return true
}

// Written is what the spec wants to be written of what can be changed in place.
func (k *Kind[T]) Written(mg T) memory.Written {
	p := canonical.Parameters(mg.Allocation().AllocationParameters)
	w := memory.Written{}
	w.Write(fieldDescription, ptr.Deref(p.Description, ""))
	for _, t := range p.Tags {
		w.Write(tags.Field, string(t))
	}
	if len(p.SSHPublicKeys) > 0 {
		w.Write(fieldSSHPublicKeys, someKeys)
	}
	return w
}

// repairable fields of a machine that differ from its spec, sorted.
func repairable(in *v1alpha1.AllocationParameters, m *metal.Machine, wrote memory.Written) []string {
	u := update(in, m, metal.Marks{}, wrote)
	var fields []string
	if u.Description != nil {
		fields = append(fields, fieldDescription)
	}
	if u.SSHPublicKeys != nil {
		fields = append(fields, fieldSSHPublicKeys)
	}
	if u.Tags != nil {
		fields = append(fields, tags.Field)
	}
	return fields
}

// stuck is what differs and cannot be written: metal-api takes no empty list of
// keys for one.
func stuck(in *v1alpha1.AllocationParameters, m *metal.Machine, wrote memory.Written) map[string]string {
	if len(canonical.Parameters(in).SSHPublicKeys) == 0 && len(m.SSHPublicKeys) > 0 && wrote.Has(fieldSSHPublicKeys, someKeys) {
		return map[string]string{fieldSSHPublicKeys: "sshPublicKeys are there on the machine and not in the spec (metal-api cannot be left without any)"}
	}
	return nil
}

// update that makes a machine what the spec says, as far as it can be changed
// in place. Nothing that was not written from here is touched, metal-api's own
// tags among it.
func update(in *v1alpha1.AllocationParameters, m *metal.Machine, marks metal.Marks, wrote memory.Written) metal.MachineUpdate {
	p := canonical.Parameters(in)
	u := metal.MachineUpdate{Description: wrote.Change(fieldDescription, p.Description, m.Description, "")}
	if keys := canonical.Strings(p.SSHPublicKeys); len(keys) > 0 && !slices.Equal(keys, canonical.Set(canonical.List(m.SSHPublicKeys, canonical.Key))) {
		u.SSHPublicKeys = keys
	}
	if want := tags.Of(tags.Field, p.Tags, m.Tags, marks, wrote); !slices.Equal(want, canonical.Set(m.Tags)) {
		u.Tags = want
	}
	return u
}
