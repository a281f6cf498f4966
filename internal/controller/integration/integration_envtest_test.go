//go:build envtest

package integration

import (
	"slices"
	"testing"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

// Stories on one API server, each in a namespace of its own and with a metal-api
// of its own.
func TestOnAnAPIServer(t *testing.T) {
	cfg, s := apiServer(t)
	for name, story := range map[string]func(*testing.T, *bench){
		"lifecycle":      lifecycle,
		"answer-lost":    answerLost,
		"ended-creating": endedWhileCreating,
		"deleted-down":   deletedWhileDown,
		"freed-outside":  freedOutside,
		"observed":       observed,
		"no-machine":     noMachine,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			story(t, newBench(t, cfg, s, name))
		})
	}
}

// From nothing to a firewall that has phoned home, quiet at rest, and back in
// order, at once when the firewall is gone.
func lifecycle(t *testing.T, b *bench) {
	t.Helper()
	n, f := b.networkAndFirewall()
	if f.Status.AtProvider.LastEvent != "Phoned Home" || f.Status.AtProvider.Message != "" || n.Status.AtProvider.Message != "" {
		t.Errorf("want it phoned home, and nothing to say: %+v, %+v", f.Status.AtProvider, n.Status.AtProvider)
	}

	versions := func() []string {
		b.gone(n)
		b.gone(f)
		return []string{n.GetResourceVersion(), f.GetResourceVersion()}
	}
	before := versions()
	polls := func() int { return b.sim.Counters()["findMachines"] }
	begun := polls()
	b.until("it was looked at three times more", func() bool { return polls() >= begun+3 })
	if diff := cmp.Diff(before, versions()); diff != "" {
		t.Errorf("want nothing written at rest:\n%s", diff)
	}

	b.delete(n)
	b.until("the network waits", func() bool { return !b.gone(n) && n.Status.AtProvider.Message != "" })
	if n.GetCondition(xpv2.TypeSynced).Status != corev1.ConditionTrue {
		t.Error("waiting is no error")
	}
	b.delete(f)
	b.until("the firewall is gone", func() bool { return b.gone(f) })
	if took := b.until("the network is gone", func() bool { return b.gone(n) }); took > 10*time.Second {
		t.Errorf("want the network freed when the firewall is gone, it took %s", took)
	}
	if diff := cmp.Diff([]string{"allocateNetwork", "allocateFirewall", "freeMachine", "freeNetwork"}, b.operations()); diff != "" {
		t.Errorf("want each once and in order:\n%s", diff)
	}
}

// The answers to both allocates are lost after they were carried out.
func answerLost(t *testing.T, b *bench) {
	t.Helper()
	for _, operation := range []string{"allocateNetwork", "allocateFirewall"} {
		b.sim.AddFault(simulator.Fault{Operation: operation, Count: 1, Drop: simulator.After})
	}
	b.networkAndFirewall()
	if diff := cmp.Diff([]string{"allocateNetwork", "allocateFirewall"}, b.operations()); diff != "" {
		t.Errorf("want each once:\n%s", diff)
	}
}

// The process ends by SIGTERM in the middle of an allocate: the allocate is not
// cancelled, and what was made is known to the next process.
func endedWhileCreating(t *testing.T, b *bench) {
	t.Helper()
	n := b.network("n")
	b.create(n)
	b.until("the network is ready", func() bool { return b.ready(n) })
	b.sim.AddFault(simulator.Fault{Operation: "allocateFirewall", Count: 1, DelayBefore: simulator.Duration(time.Second)})
	f := b.firewall("f", n)
	b.create(f)
	b.until("the allocate is under way", func() bool { return b.sim.Counters()["allocateFirewall"] == 1 })
	b.end()
	if b.gone(f); meta.GetExternalName(f) == "" {
		t.Errorf("want the allocate finished and recorded, got %v", f.GetAnnotations())
	}
	b.start()
	b.until("the firewall is ready", func() bool { return b.ready(f) })
	if diff := cmp.Diff([]string{"allocateNetwork", "allocateFirewall"}, b.operations()); diff != "" {
		t.Errorf("want each once:\n%s", diff)
	}
}

// The process dies in an allocate, and everything is deleted while it is down:
// the machine lands, is freed first, and then the network.
func deletedWhileDown(t *testing.T, b *bench) {
	t.Helper()
	n := b.network("n")
	b.create(n)
	b.until("the network is ready", func() bool { return b.ready(n) })
	b.end()

	// What a process leaves behind that was killed in an allocate.
	f := b.firewall("f", n)
	f.Spec.ForProvider.PrivateNetworkID = new(meta.GetExternalName(n))
	f.SetFinalizers([]string{"finalizer.managedresource.crossplane.io"})
	meta.SetExternalCreatePending(f, time.Now())
	b.create(f)
	b.delete(n)
	b.delete(f)
	b.start()
	b.until("it waits", func() bool { return !b.gone(f) && f.Status.AtProvider.Message != "" })
	if _, err := b.stack.AllocateMachine(t.Context(), metal.MachineOrder{
		AllocationParameters: f.Spec.ForProvider.AllocationParameters, Role: metal.MachineRoleFirewall, Image: f.Spec.ForProvider.Image, Name: "f", Hostname: "f", Marks: metal.Marks{UID: f.GetUID()},
	}); err != nil {
		t.Fatal(err)
	}
	b.until("both are gone", func() bool { return b.gone(f) && b.gone(n) })
	if diff := cmp.Diff([]string{"allocateNetwork", "allocateFirewall", "freeMachine", "freeNetwork"}, b.operations()); diff != "" {
		t.Errorf("want the late machine freed, and then the network:\n%s", diff)
	}
}

// A firewall that was freed by hand comes back as another allocation.
func freedOutside(t *testing.T, b *bench) {
	t.Helper()
	_, f := b.networkAndFirewall()
	first := f.GetAnnotations()[v1alpha1.AnnotationAllocationUUID]
	if err := b.stack.FreeMachine(t.Context(), meta.GetExternalName(f)); err != nil {
		t.Fatal(err)
	}
	b.until("another one is ready", func() bool {
		return b.ready(f) && f.GetAnnotations()[v1alpha1.AnnotationAllocationUUID] != first
	})
	events := &corev1.EventList{}
	b.until("the event is there", func() bool {
		if err := b.kube.List(t.Context(), events, client.InNamespace(b.namespace)); err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(events.Items, func(e corev1.Event) bool { return e.Reason == "FreedOutside" && e.Count == 1 })
	})
}

// Another resource's firewall and an external network are looked at by their
// names alone, and are nobody's business when the looking ends.
func observed(t *testing.T, b *bench) {
	t.Helper()
	_, f := b.networkAndFirewall()
	look := b.firewall("look", b.network("none"))
	look.Spec.ForProvider = v1alpha1.FirewallParameters{}
	look.Spec.ManagementPolicies = xpv2.ManagementPolicies{xpv2.ManagementActionObserve}
	meta.SetExternalName(look, meta.GetExternalName(f))
	external := b.network("external")
	external.Spec.ForProvider = v1alpha1.NetworkParameters{}
	external.Spec.ManagementPolicies = xpv2.ManagementPolicies{xpv2.ManagementActionObserve}
	meta.SetExternalName(external, internet)
	b.create(look)
	b.create(external)
	b.until("both are ready", func() bool { return b.ready(look) && b.ready(external) })
	before := b.operations()
	b.delete(look)
	b.delete(external)
	b.until("both are gone", func() bool { return b.gone(look) && b.gone(external) })
	if diff := cmp.Diff(before, b.operations()); diff != "" {
		t.Errorf("want nothing written:\n%s", diff)
	}
}

// A refused create is tried again more and more rarely, not at once because of
// what it wrote itself.
func noMachine(t *testing.T, b *bench) {
	t.Helper()
	for _, m := range b.sim.Machines() {
		if err := b.sim.Lock(m.ID); err != nil {
			t.Fatal(err)
		}
	}
	n := b.network("n")
	f := b.firewall("f", n)
	b.create(n)
	b.create(f)
	b.until("it is refused", func() bool { return b.sim.Counters()["findSize"] > 0 })
	begin := time.Now()
	b.until("five seconds have passed", func() bool { return time.Since(begin) > 5*time.Second })
	if got := b.sim.Counters()["findSize"]; got > 5 {
		t.Errorf("want it tried after 1, 2 and 4 seconds, got %d tries", got)
	}
	for _, m := range b.sim.Machines() {
		if err := b.sim.Unlock(m.ID); err != nil {
			t.Fatal(err)
		}
	}
	b.until("the firewall is ready", func() bool { return b.ready(f) })
}
