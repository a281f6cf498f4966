package controller_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
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

// Another image is a reinstallation, which wipes disks: it is done once for each
// consent, and only with that of this allocation and this image.
func TestReinstall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.role = v1alpha1.HMACAuthTypeEdit
	n := w.network()
	m := newMachine("m", n.Status.AtProvider.ID)
	w.create(m)
	w.until("the machine is ready", func() bool { return ready(m) }, m)
	allocation := m.GetAnnotations()[v1alpha1.AnnotationAllocationUUID]
	consent := func(to string) {
		t.Helper()
		edit(w, m, func(m *v1alpha1.Machine) {
			if to == "" {
				meta.RemoveAnnotations(m, v1alpha1.AnnotationReinstall)
				return
			}
			meta.AddAnnotations(m, map[string]string{v1alpha1.AnnotationReinstall: to})
		})
		w.reconcile(m)
		w.reconcile(m)
	}
	image := func(id string) {
		t.Helper()
		edit(w, m, func(m *v1alpha1.Machine) { m.Spec.ForProvider.Image = id })
		w.reconcile(m)
	}
	reinstalled := func(want int, why string) {
		t.Helper()
		if got := w.writes("reinstallMachine"); got != want {
			t.Errorf("%s: want %d reinstallations, got %d: %q", why, want, got, w.message(m))
		}
	}

	image("ubuntu-26.4")
	if c := m.GetCondition(xpv2.TypeUpToDate); c.Reason != "ReinstallNeeded" || !ready(m) || !strings.Contains(c.Message, v1alpha1.AnnotationReinstall+"="+allocation+"/ubuntu-26.4") {
		t.Errorf("want it said what is needed, got %+v", c)
	}
	consent("11111111-0000-0000-0000-00000000beef/ubuntu-26.4")
	reinstalled(0, "another allocation's consent")
	consent(allocation + "/debian-12.0")
	reinstalled(0, "a consent to another image")

	for id, why := range map[string]string{"firewall-ubuntu-3.0": "is not for machines", "debian-99.0": "debian-99.0"} {
		image(id)
		if c := m.GetCondition(xpv2.TypeUpToDate); c.Reason != "ReinstallNeeded" || !strings.Contains(c.Message, why) || strings.Contains(c.Message, v1alpha1.AnnotationReinstall) {
			t.Errorf("want nobody asked to consent to what cannot be, got %+v", c)
		}
		consent(allocation + "/" + id)
		reinstalled(0, "an image that is none")
		if got := w.message(m); !strings.Contains(got, why) {
			t.Errorf("want it said why it is not reinstalled, got %q", got)
		}
		t.Log(w.message(m))
	}
	image("ubuntu-26.4")

	if err := w.sim.Lock(m.Status.AtProvider.MachineID); err != nil {
		t.Fatal(err)
	}
	consent(allocation + "/ubuntu-26.4")
	reinstalled(0, "locked")
	if got := w.message(m); !strings.Contains(got, "is locked") || !strings.Contains(got, "cannot be reinstalled") {
		t.Errorf("want it said that it is locked, got %q", got)
	}
	w.ask("POST", "/v1/machine/"+m.Status.AtProvider.MachineID+"/state", `{"value":"","description":""}`, nil)
	w.reconcile(m)
	reinstalled(1, "the consent counts when the lock is gone")
	if ready(m) {
		t.Error("want it not ready while it is reinstalled")
	}
	w.until("it is ready again", func() bool { return ready(m) }, m)
	if got := m.Status.AtProvider.Image; !strings.HasPrefix(got, "ubuntu-26.4") || w.happened("Reinstalled") != 1 {
		t.Errorf("want the image and an event, got %s", got)
	}

	image("debian-13.0")
	image("ubuntu-26.4")
	reinstalled(1, "back to what it is")
	image("debian-13.0")
	consent(fmt.Sprintf("%s/debian-13.0", allocation))
	w.until("it is ready again", func() bool { return ready(m) && strings.HasPrefix(m.Status.AtProvider.Image, "debian-13.0") }, m)
	reinstalled(2, "a new consent")
	image("ubuntu-26.4")
	consent(allocation + "/debian-13.0")
	image("debian-13.0")
	reinstalled(2, "an old consent that GitOps sets again and again")
}

// A reinstallation that metal-api did not do, as far as is known, is not asked for again
// by the same consent, until that is given anew.
func TestReinstallUnknown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := w.network()
	m := newMachine("m", n.Status.AtProvider.ID)
	w.create(m)
	w.until("the machine is ready", func() bool { return ready(m) }, m)
	w.sim.AddFault(simulator.Fault{Operation: "reinstallMachine", Count: 1, Drop: simulator.Before})
	consent := m.GetAnnotations()[v1alpha1.AnnotationAllocationUUID] + "/ubuntu-26.4"
	edit(w, m, func(m *v1alpha1.Machine) {
		m.Spec.ForProvider.Image = "ubuntu-26.4"
		meta.AddAnnotations(m, map[string]string{v1alpha1.AnnotationReinstall: consent})
	})
	for range 3 {
		w.reconcile(m)
	}
	if got := w.message(m); w.writes("reinstallMachine") != 0 || !strings.Contains(got, "remove the annotation") {
		t.Errorf("want it asked for once, and what to do, got %d, %q", w.writes("reinstallMachine"), got)
	}
	edit(w, m, func(m *v1alpha1.Machine) { meta.RemoveAnnotations(m, v1alpha1.AnnotationReinstall) })
	w.reconcile(m)
	edit(w, m, func(m *v1alpha1.Machine) {
		meta.AddAnnotations(m, map[string]string{v1alpha1.AnnotationReinstall: consent})
	})
	w.until("it is reinstalled", func() bool { return ready(m) && strings.HasPrefix(m.Status.AtProvider.Image, "ubuntu-26.4") }, m)
}
