package controller_test

import (
	"strings"
	"testing"

	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// A Machine is made in its private network, alone, and freed before it.
func TestMachine(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := w.network()
	m := newMachine("m", "", func(m *v1alpha1.Machine) { m.Spec.ForProvider.PrivateNetworkIDRef = &v1alpha1.Reference{Name: "n"} })
	w.create(m)
	w.until("the machine is ready", func() bool { return ready(m) }, m)
	got, err := w.stack().Machine(t.Context(), m.Status.AtProvider.MachineID)
	if err != nil || got.Role != metal.MachineRoleMachine || m.Status.AtProvider.PrivateNetworkID != n.Status.AtProvider.ID || m.Status.AtProvider.Rack == "" {
		t.Errorf("want a machine in the network, and its rack, got %+v, %v, %+v", got, err, m.Status.AtProvider)
	}
	if c := m.GetCondition(xpv2.TypeUpToDate); c.Status != "True" {
		t.Errorf("want no drift, got %+v", c)
	}
	w.delete(n)
	w.reconcile(n)
	if got := w.message(n); !strings.Contains(got, "waits for Machine default/m, which was made for it") {
		t.Errorf("want the Machine named, got %q", got)
	}
	w.delete(m)
	w.until("both are gone", func() bool { return w.gone(m) && w.gone(n) }, m, n)
}

// A machine is no firewall, and the reverse.
func TestMachineIsNoFirewall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n, f := w.networkAndFirewall()
	for name, tc := range map[string]struct {
		m    *v1alpha1.Machine
		want string
	}{
		"Import": {newMachine("import", n.Status.AtProvider.ID, func(m *v1alpha1.Machine) {
			m.SetAnnotations(map[string]string{"crossplane.io/external-name": f.Status.AtProvider.MachineID})
		}), "is not a machine"},
		"Image":   {newMachine("image", n.Status.AtProvider.ID, func(m *v1alpha1.Machine) { m.Spec.ForProvider.Image = image }), "is not for machines"},
		"Private": {newMachine("private", n.Status.AtProvider.ID, func(m *v1alpha1.Machine) { m.Spec.ForProvider.PrivateNetworkID = new(internet) }), "is not a private network"},
	} {
		w.create(tc.m)
		w.reconcile(tc.m)
		if got := w.message(tc.m); !strings.Contains(got, tc.want) || ready(tc.m) {
			t.Errorf("%s: want %q, got %q", name, tc.want, got)
		}
	}
	if got := w.writes("allocateMachine"); got != 0 {
		t.Errorf("want nothing allocated, got %d", got)
	}
}
