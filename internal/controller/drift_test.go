package controller_test

import (
	"strings"
	"testing"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	corev1 "k8s.io/api/core/v1"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// The role that may not change anything is named; nothing is asked of metal-api
// again and again; Synced and Ready stay true.
func TestDriftWithoutRights(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.role = v1alpha1.HMACAuthTypeEdit
	n, f := w.networkAndFirewall()
	edit(w, n, func(n *v1alpha1.Network) { n.Spec.ForProvider.Description = new("changed") })
	edit(w, f, func(f *v1alpha1.Firewall) { f.Spec.ForProvider.Tags = []v1alpha1.Tag{"new"} })
	for _, mg := range []metalResource{n, f} {
		for range 3 {
			w.reconcile(mg)
		}
		c := mg.GetCondition(xpv2.TypeUpToDate)
		if c.Status != corev1.ConditionFalse || c.Reason != xpv2.ReasonUpdateRestricted || !strings.Contains(c.Message, "only the role admin") || !strings.Contains(c.Message, "role edit") {
			t.Errorf("want the missing role, got %+v", c)
		}
		if !ready(mg) || mg.GetCondition(xpv2.TypeSynced).Status != corev1.ConditionTrue || w.message(mg) != c.Message {
			t.Errorf("want it synced and ready, with a message, got %q", w.message(mg))
		}
	}
	if got := w.writes("updateNetwork") + w.writes("updateMachine"); got != 0 {
		t.Errorf("want no update, got %d", got)
	}
	w.role = v1alpha1.HMACAuthTypeAdmin
	for _, mg := range []metalResource{n, f} {
		w.until("it is up to date", func() bool {
			return mg.GetCondition(xpv2.TypeUpToDate).Status == corev1.ConditionTrue && w.message(mg) == ""
		}, mg)
	}
}

// An admin's provider repairs what was changed, once, and keeps what others
// added.
func TestDrift(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := newNetwork("n", func(n *v1alpha1.Network) {
		n.Spec.ForProvider.Description = new("ours")
		n.Spec.ForProvider.Labels = map[string]v1alpha1.NetworkLabelValue{"a": "1"}
	})
	w.create(n)
	w.until("the network is ready", func() bool { return ready(n) }, n)
	f := newFirewall("f", meta.GetExternalName(n), func(f *v1alpha1.Firewall) {
		f.Spec.ForProvider.Description = new("ours")
		f.Spec.ForProvider.Tags = []v1alpha1.Tag{"a=1", "word"}
	})
	w.create(f)
	w.until("the firewall is ready", func() bool { return ready(f) }, f)

	ctx := t.Context()
	if err := w.stack().UpdateNetwork(ctx, n.Status.AtProvider.ID, metal.NetworkUpdate{Description: new("theirs"), Labels: map[string]string{"a": "2", "theirs": "x"}}); err != nil {
		t.Fatal(err)
	}
	if err := w.stack().UpdateMachine(ctx, f.Status.AtProvider.MachineID, metal.MachineUpdate{Description: new("theirs"), Tags: []string{"a=2", "theirs"}}); err != nil {
		t.Fatal(err)
	}
	w.sim.ClearJournal()
	for range 3 {
		w.reconcile(n)
		w.reconcile(f)
	}
	if a, b := w.writes("updateNetwork"), w.writes("updateMachine"); a != 1 || b != 1 {
		t.Errorf("want one update each, got %d and %d", a, b)
	}
	mn, err := w.stack().Network(ctx, n.Status.AtProvider.ID)
	if err != nil {
		t.Fatal(err)
	}
	if mn.Description != "ours" || mn.Labels["a"] != "1" || mn.Labels["theirs"] != "x" || mn.Marks.UID != n.GetUID() {
		t.Errorf("want it repaired and the other's label kept, got %+v", mn)
	}
	mf, err := w.stack().Machine(ctx, f.Status.AtProvider.MachineID)
	if err != nil {
		t.Fatal(err)
	}
	tags := " " + strings.Join(mf.Tags, " ") + " "
	if mf.Description != "ours" || mf.Marks.UID != f.GetUID() || !strings.Contains(tags, " a=1 ") || !strings.Contains(tags, " word ") || !strings.Contains(tags, " theirs ") {
		t.Errorf("want it repaired and the other's tag kept, got %+v", mf.Tags)
	}
}

// What cannot be changed in place says so, and is not tried.
func TestFixedDrift(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n, f := w.networkAndFirewall()
	edit(w, n, func(n *v1alpha1.Network) { n.Spec.ForProvider.NAT = new(true) })
	edit(w, f, func(f *v1alpha1.Firewall) { f.Spec.ForProvider.Hostname = new("other") })
	want := map[string]string{
		"n": "nat is false on the network and true in the spec: set it back, or create another Network",
		"f": "hostname is f on the machine and other in the spec: set it back, or create another Firewall",
	}
	for _, mg := range []metalResource{n, f} {
		w.reconcile(mg)
		c := mg.GetCondition(xpv2.TypeUpToDate)
		if got := w.message(mg); got != want[mg.GetName()] || c.Reason != "Fixed" || c.Message != got || !ready(mg) || mg.GetCondition(xpv2.TypeSynced).Status != corev1.ConditionTrue {
			t.Errorf("want that said, got %q in %+v", got, c)
		}
	}
	if got := w.writes("updateNetwork") + w.writes("updateMachine"); got != 0 {
		t.Errorf("want no update, got %d", got)
	}
}
