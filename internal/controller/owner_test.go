package controller_test

import (
	"strings"
	"testing"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

// somebodys firewall on the machine of another, whose network it takes as well.
func (w *world) somebodys(p v1alpha1.FirewallParameters, uid string) *metal.Machine {
	w.t.Helper()
	f, err := w.stack().AllocateMachine(w.t.Context(), firewallOrder(p, "theirs", metal.Marks{UID: types.UID(uid), Resource: "their/firewall"}))
	if err != nil {
		w.t.Fatal(err)
	}
	return f
}

// freed outside of Kubernetes, as by metalctl, and available again.
func (w *world) freed(machine string) {
	w.t.Helper()
	if err := w.stack().FreeMachine(w.t.Context(), machine); err != nil {
		w.t.Fatal(err)
	}
	w.until("the machine is waiting", func() bool {
		for _, m := range w.sim.Machines() {
			if m.ID == machine {
				return m.Event == "Waiting"
			}
		}
		return false
	})
}

// touched is what was written to machines and networks since the journal was
// cleared.
func (w *world) touched() []string {
	var out []string
	for _, e := range w.sim.Journal() {
		out = append(out, e.Operation+" "+e.ID)
	}
	return out
}

// A firewall that was freed by hand is created anew, with an event that says so.
func TestFreedOutside(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, f := w.networkAndFirewall()
	first := f.GetAnnotations()[v1alpha1.AnnotationAllocationUUID]
	w.freed(meta.GetExternalName(f))
	w.until("it is ready again", func() bool {
		return ready(f) && f.GetAnnotations()[v1alpha1.AnnotationAllocationUUID] != first
	}, f)
	if got := w.happened("FreedOutside"); got != 1 {
		t.Errorf("want one event, got %d in %q", got, w.events)
	}
	if got := w.writes("allocateFirewall"); got != 2 {
		t.Errorf("want two allocates, got %d", got)
	}
}

// A firewall that was freed by hand is gone for who deletes it.
func TestFreedOutsideAndDeleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, f := w.networkAndFirewall()
	w.freed(meta.GetExternalName(f))
	w.sim.ClearJournal()
	w.delete(f)
	w.reconcile(f)
	if !w.gone(f) || len(w.touched()) != 0 {
		t.Errorf("want it gone, and nothing written: %q, %q", f.Status.AtProvider.Message, w.touched())
	}
}

// A machine changes hands between two looks: its new owner's firewall is never
// updated, freed, or shown as ours.
func TestMachineChangesHands(t *testing.T) {
	t.Parallel()
	for name, uid := range map[string]string{
		"ToNobody":          "22222222-0000-0000-0000-000000000001",
		"ToAnotherResource": "33333333-0000-0000-0000-000000000001",
	} {
		for _, deleted := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, func(o *simulator.Options) { o.Machines = 1 })
				_, f := w.networkAndFirewall()
				p := *f.Spec.ForProvider.DeepCopy()
				machine := meta.GetExternalName(f)
				edit(w, f, func(f *v1alpha1.Firewall) { f.Spec.ForProvider.Description = new("changed") })
				w.freed(machine)
				theirs := w.somebodys(p, uid)
				if theirs.ID != machine {
					t.Fatalf("want the machine reused, got %s", theirs.ID)
				}
				w.sim.ClearJournal()
				if deleted {
					w.delete(f)
				}
				w.reconcile(f)
				w.reconcile(f)
				if deleted != w.gone(f) {
					t.Errorf("want gone %t: %q", deleted, f.Status.AtProvider.Message)
				}
				for _, what := range w.touched() {
					if strings.HasPrefix(what, "freeMachine") || strings.HasPrefix(what, "updateMachine") {
						t.Errorf("want the other's firewall untouched, got %s", what)
					}
				}
				if !deleted && (f.Status.AtProvider.MachineID != "" || meta.GetExternalName(f) != "" || ready(f)) {
					t.Errorf("want nothing of the other's shown, got %+v", f.Status.AtProvider)
				}
				if now, err := w.stack().Machine(t.Context(), machine); err != nil || now == nil || now.AllocationUUID != theirs.AllocationUUID {
					t.Errorf("want the other's firewall as it was, got %+v, %v", now, err)
				}
			})
		}
	}
}

// The machine changes hands between the look and the free that follows in the
// same reconcile.
func TestMachineChangesHandsBeforeFree(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *simulator.Options) { o.Machines = 1 })
	_, f := w.networkAndFirewall()
	p := *f.Spec.ForProvider.DeepCopy()
	machine := meta.GetExternalName(f)
	w.delete(f)
	w.between = func() {
		w.between = nil
		w.freed(machine)
		w.somebodys(p, "33333333-0000-0000-0000-000000000001")
		w.sim.ClearJournal()
	}
	w.reconcile(f)
	w.until("it is gone", func() bool { return w.gone(f) }, f)
	if got := w.touched(); len(got) != 0 {
		t.Errorf("want nothing written, got %q", got)
	}
}

// It changes hands between the look and the update.
func TestMachineChangesHandsBeforeUpdate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *simulator.Options) { o.Machines = 1 })
	_, f := w.networkAndFirewall()
	p := *f.Spec.ForProvider.DeepCopy()
	machine := meta.GetExternalName(f)
	edit(w, f, func(f *v1alpha1.Firewall) { f.Spec.ForProvider.Description = new("changed") })
	w.between = func() {
		w.between = nil
		w.freed(machine)
		w.somebodys(p, "33333333-0000-0000-0000-000000000001")
		w.sim.ClearJournal()
	}
	w.reconcile(f)
	if got := w.touched(); len(got) != 0 || w.between != nil {
		t.Errorf("want nothing written, got %q", got)
	}
}

// A locked machine says how to go on, and is freed when it is unlocked.
func TestLocked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, f := w.networkAndFirewall()
	machine := meta.GetExternalName(f)
	if err := w.sim.Lock(machine); err != nil {
		t.Fatal(err)
	}
	w.delete(f)
	w.reconcile(f)
	if got := f.Status.AtProvider.Message; !strings.Contains(got, "machine "+machine+" is locked") || !strings.Contains(got, "unlock it") {
		t.Errorf("want the way out, got %q", got)
	}
	if err := w.sim.Unlock(machine); err != nil {
		t.Fatal(err)
	}
	w.until("it is gone", func() bool { return w.gone(f) }, f)
}

// The ProviderConfig points at another metal-stack with the same names, and
// back: nothing is created, nothing forgotten, and it heals.
func TestOtherMetalStack(t *testing.T) {
	t.Parallel()
	w, other := newWorld(t), newWorld(t)
	n, f := w.networkAndFirewall()
	id := meta.GetExternalName(f)
	home := w.url
	w.url = other.url
	for _, mg := range []metalResource{f, n} {
		w.reconcile(mg)
		if got := w.message(mg); !strings.Contains(got, "the ProviderConfig points at another metal-stack") {
			t.Errorf("want that said, got %q", got)
		}
		if ready(mg) {
			t.Error("want what is not there not ready")
		}
	}
	w.delete(f)
	w.reconcile(f)
	if w.gone(f) || meta.GetExternalName(f) != id {
		t.Error("want nothing forgotten")
	}
	if got := other.touched(); len(got) != 0 {
		t.Errorf("want nothing created, got %q", got)
	}
	w.url = home
	w.until("the firewall is freed", func() bool { return w.gone(f) }, f)
	w.until("the network is ready", func() bool { return ready(n) }, n)
}

// So it is for a create that was begun and whose outcome is unknown.
func TestOtherMetalStackWhileUnknown(t *testing.T) {
	t.Parallel()
	w, other := newWorld(t), newWorld(t)
	n := newNetwork("n")
	w.create(n)
	w.sim.AddFault(simulator.Fault{Operation: "allocateNetwork", Count: 1, Drop: simulator.After})
	w.reconcile(n)
	home := w.url
	w.url = other.url
	w.pass(2 * controller.DefaultHoldOff)
	w.reconcile(n)
	w.delete(n)
	w.reconcile(n)
	if w.gone(n) || len(other.touched()) != 0 {
		t.Fatalf("want nothing created and nothing forgotten, got %q", other.touched())
	}
	w.url = home
	w.until("the network is freed", func() bool { return w.gone(n) }, n)
	if got := w.writes("freeNetwork"); got != 1 {
		t.Errorf("want the network freed, got %d frees", got)
	}
}

// An emptied metal-api is another metal-stack.
func TestEmptiedMetalStack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n, f := w.networkAndFirewall()
	if err := w.sim.Reset(); err != nil {
		t.Fatal(err)
	}
	for _, mg := range []metalResource{f, n} {
		w.reconcile(mg)
		if got := w.message(mg); !strings.Contains(got, "another metal-stack") {
			t.Errorf("want that said, got %q", got)
		}
	}
	if got := w.touched(); len(got) != 0 {
		t.Errorf("want nothing created, got %q", got)
	}
}

// Answers that are none prove nothing.
func TestNoProof(t *testing.T) {
	t.Parallel()
	cases := map[string]simulator.Fault{
		"NotFound":  {Status: 404},
		"Router":    {Status: 404, Body: `"{\"statuscode\":404,\"message\":\"404: Page Not Found\"}"`},
		"Proxy":     {Status: 200, Body: html},
		"Denied":    {Status: 403},
		"Error":     {Status: 500},
		"Nothing":   {Drop: simulator.Before},
		"EmptyJSON": {Status: 200, Body: `{}`},
		"Null":      {Status: 200, Body: `null`},
	}
	for name, fault := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			n, f := w.networkAndFirewall()
			w.sim.ClearJournal()
			fault.Operation = "*"
			w.sim.AddFault(fault)
			for _, mg := range []metalResource{f, n} {
				w.delete(mg)
				w.reconcile(mg)
				if w.gone(mg) || meta.GetExternalName(mg) == "" || w.message(mg) == "" {
					t.Errorf("want %T to stay, with a message", mg)
				}
			}
			if got := w.touched(); len(got) != 0 {
				t.Errorf("want nothing written, got %q", got)
			}
		})
	}
}

// Ready means what metal-api says now.
func TestReadyIsNow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, f := w.networkAndFirewall()
	machine := meta.GetExternalName(f)
	if err := w.sim.SetLiveliness(machine, "Dead"); err != nil {
		t.Fatal(err)
	}
	w.reconcile(f)
	if c := f.GetCondition(xpv2.TypeReady); c.Status != corev1.ConditionFalse || c.Reason != "Dead" || f.Status.AtProvider.Message == "" {
		t.Errorf("want it dead, got %+v", c)
	}
	if err := w.sim.SetLiveliness(machine, "Alive"); err != nil {
		t.Fatal(err)
	}
	if err := w.sim.Hold(machine); err != nil {
		t.Fatal(err)
	}
	if err := w.sim.Crash(machine); err != nil {
		t.Fatal(err)
	}
	w.reconcile(f)
	if c := f.GetCondition(xpv2.TypeReady); c.Reason != "CrashLoop" {
		t.Errorf("want a crash loop, got %+v", c)
	}
	if err := w.sim.Release(machine); err != nil {
		t.Fatal(err)
	}
	w.until("it is ready again", func() bool { return ready(f) && f.Status.AtProvider.Message == "" }, f)
}
