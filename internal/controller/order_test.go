package controller_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	corev1 "k8s.io/api/core/v1"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

// A network that waits says for what, and is freed when nothing is left in it.
func TestFreeInOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n, f := w.networkAndFirewall()
	id, machineID := n.Status.AtProvider.ID, f.Status.AtProvider.MachineID

	// A Firewall in any namespace that names it by id holds it, by reference
	// only in its own.
	other := newFirewall("other", id, func(f *v1alpha1.Firewall) { f.SetNamespace("elsewhere") })
	w.create(other)
	w.until("the other is ready", func() bool { return ready(other) }, other)
	w.delete(n)

	// What nothing is made of yet does not: it sees that the network is being deleted.
	late := newFirewall("late", id)
	w.create(late)
	w.reconcile(late)
	if got := w.message(late); !strings.Contains(got, "network "+id+" is being deleted with Network default/n: ") {
		t.Errorf("want it said what it cannot join, got %q", got)
	}
	w.reconcile(n)
	if got := n.Status.AtProvider.Message; !strings.Contains(got, "Firewall default/f") || !strings.Contains(got, "Firewall elsewhere/other") || strings.Contains(got, "late") {
		t.Errorf("want the two named that have a machine, got %q", got)
	}
	w.delete(other)
	w.until("the other is gone", func() bool { return w.gone(other) }, other)

	// Without the managed resource the machine and its IPs are still there.
	edit(w, f, only(xpv2.ManagementActionObserve))
	w.delete(f)
	w.reconcile(f)
	w.reconcile(n)
	if got := n.Status.AtProvider.Message; !strings.Contains(got, "network "+id+": 1 machine is still allocated in it ("+machineID+" of project "+project+") and 2 IPs are still allocated in it (") {
		t.Errorf("want machine and IPs named, got %q", got)
	}
	if err := w.stack().FreeMachine(t.Context(), machineID); err != nil {
		t.Fatal(err)
	}
	w.until("the network is gone", func() bool { return w.gone(n) }, n)
	if got := w.writes("freeNetwork"); got != 1 {
		t.Errorf("want one free, got %d", got)
	}
}

// A create that was begun, and of which nothing came, holds what is being deleted for as
// long as it may come true, and no longer.
func TestNothingCameOfIt(t *testing.T) {
	t.Parallel()
	for name, annotation := range map[string]string{"Begun": meta.AnnotationKeyExternalCreatePending, "Unknown": v1alpha1.AnnotationCreateUnknownSince} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			n := w.network()
			f := newFirewall("f", "", func(f *v1alpha1.Firewall) {
				f.Spec.ForProvider.PrivateNetworkIDRef = &v1alpha1.Reference{Name: n.GetName()}
				meta.AddAnnotations(f, map[string]string{annotation: time.Now().UTC().Format(time.RFC3339)})
			})
			w.create(f)
			w.delete(n)
			w.reconcile(f)
			w.reconcile(n)
			if got := w.message(n); !strings.Contains(got, "waits for Firewall default/f") {
				t.Errorf("want it waited for, got %q", got)
			}
			w.ahead.Store(int64(time.Hour))
			w.until("the network is gone", func() bool { return w.gone(n) }, f, n)
			if got := w.writes("allocateFirewall"); got != 0 {
				t.Errorf("want nothing allocated, got %d", got)
			}
		})
	}
}

// What has leaked in IPAM is said, and the network is not broken by a free.
func TestLeakedIP(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := w.network()
	if err := w.sim.LeakIP(n.Status.AtProvider.ID); err != nil {
		t.Fatal(err)
	}
	w.delete(n)
	w.reconcile(n)
	if got := n.Status.AtProvider.Message; !strings.Contains(got, "taken in IPAM that no IP holds") || !strings.Contains(got, "go-ipam") {
		t.Errorf("want the leak and who repairs it, got %q", got)
	}
	if got := w.writes("freeNetwork"); got != 0 {
		t.Errorf("want no free, got %d", got)
	}
}

// A half-freed network says what it lacks, and does not stop the others.
func TestHalfFreed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n, sound := newNetwork("n"), newNetwork("sound")
	w.create(n)
	w.create(sound)
	w.until("both are ready", func() bool { return ready(n) && ready(sound) }, n, sound)
	prefixes := n.Status.AtProvider.Prefixes
	if err := w.sim.HalfFree(n.Status.AtProvider.ID); err != nil {
		t.Fatal(err)
	}
	w.reconcile(n)
	if c := n.GetCondition(xpv2.TypeReady); ready(n) || c.Reason != controller.ReasonBroken || c.Message != w.message(n) {
		t.Errorf("want it not ready, got %+v, %q", c, w.message(n))
	}
	if err := w.sim.Repair(n.Status.AtProvider.ID); err != nil {
		t.Fatal(err)
	}
	if w.reconcile(n); !ready(n) || w.message(n) != "" {
		t.Errorf("want it ready once it is repaired, got %q", w.message(n))
	}
	if err := w.sim.HalfFree(n.Status.AtProvider.ID); err != nil {
		t.Fatal(err)
	}
	w.delete(n)
	for range 2 {
		w.reconcile(n)
		w.reconcile(sound)
	}
	got := n.Status.AtProvider.Message
	if !strings.Contains(got, "half-freed: its prefix "+prefixes[0]+" ") && !strings.Contains(got, "half-freed: its prefix "+prefixes[1]+" ") || !strings.Contains(got, "AcquireChildPrefix") {
		t.Errorf("want the prefix and the repair, got %q", got)
	}
	if w.gone(n) || !ready(sound) || sound.Status.AtProvider.Message != "" {
		t.Errorf("want the other network ready, got %q", sound.Status.AtProvider.Message)
	}
}

// A half-freed network's prefix was given to the next one: a free of the first
// would take it from that, and metal-api would answer 200.
func TestPrefixGivenAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n, next := newNetwork("n"), newNetwork("next")
	w.create(n)
	w.until("the network is ready", func() bool { return ready(n) }, n)
	if err := w.sim.HalfFree(n.Status.AtProvider.ID); err != nil {
		t.Fatal(err)
	}
	w.create(next)
	w.until("the next is ready", func() bool { return ready(next) }, next)
	for range 2 {
		w.reconcile(n)
		w.reconcile(next)
	}
	if ready(n) || !ready(next) || !strings.Contains(w.message(n), "was half-freed, and metal-stack gave its prefix") {
		t.Errorf("want the first not ready, and the next, got %q and %q", w.message(n), w.message(next))
	}
	shared := slices.DeleteFunc(slices.Clone(next.Status.AtProvider.Prefixes), func(p string) bool {
		return !slices.Contains(n.Status.AtProvider.Prefixes, p)
	})
	if len(shared) != 1 {
		t.Fatalf("want one prefix given away, got %v of %v", next.Status.AtProvider.Prefixes, n.Status.AtProvider.Prefixes)
	}
	w.delete(n)
	for range 3 {
		w.reconcile(n)
	}
	if got := w.message(n); !strings.Contains(got, shared[0]) || !strings.Contains(got, next.Status.AtProvider.ID) || w.gone(n) {
		t.Errorf("want the prefix and the other network named, got %q", got)
	}
	w.reconcile(next)
	if got := w.writes("freeNetwork"); got != 0 || !ready(next) || w.message(next) != "" {
		t.Errorf("want nothing freed and the other sound, got %d frees, %q", got, w.message(next))
	}
}

// What lost a prefix for good is never ready again, and goes when it is deleted.
func TestLostPrefix(t *testing.T) {
	t.Parallel()
	for _, families := range [][]v1alpha1.AddressFamily{nil, {v1alpha1.IPv4}} {
		w := newWorld(t)
		n, next := newNetwork("n", func(n *v1alpha1.Network) { n.Spec.ForProvider.AddressFamilies = families }), newNetwork("next")
		w.create(n)
		w.until("the network is ready", func() bool { return ready(n) }, n)
		if err := w.sim.HalfFree(n.Status.AtProvider.ID); err != nil {
			t.Fatal(err)
		}
		w.create(next)
		w.until("the next is ready", func() bool { return ready(next) }, next)
		if err := w.sim.Repair(n.Status.AtProvider.ID); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			w.reconcile(n)
			if ready(n) || !strings.Contains(w.message(n), "has lost its prefix") {
				t.Errorf("want it not ready, got %q", w.message(n))
			}
		}
		// A restored resource knows nothing of what there was.
		n.Status = v1alpha1.NetworkStatus{}
		if err := w.kube.Status().Update(t.Context(), n); err != nil {
			t.Fatal(err)
		}
		if w.reconcile(n); families != nil && (ready(n) || !strings.Contains(w.message(n), "has no prefix")) {
			t.Errorf("want it not ready, got %q", w.message(n))
		}
		w.delete(n)
		w.until("it is gone", func() bool { return w.gone(n) }, n)
		if w.reconcile(next); !ready(next) {
			t.Errorf("want the next kept, got %q", w.message(next))
		}
	}
}

// What metal-api could not show is not ready again before it is proved that nobody
// else, of any project, has its prefixes.
func TestPrefixGivenToStrangers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := w.network()
	if err := w.sim.HalfFree(n.Status.AtProvider.ID); err != nil {
		t.Fatal(err)
	}
	w.reconcile(n)
	theirs, err := w.stack().AllocateNetwork(t.Context(), metal.NetworkOrder{
		NetworkParameters: v1alpha1.NetworkParameters{Partition: partition, ProjectID: otherProject}, Name: "theirs", Marks: metal.Marks{UID: "their-network"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		w.reconcile(n)
	}
	if got := w.message(n); ready(n) || !strings.Contains(got, theirs.ID) || !strings.Contains(got, otherProject) {
		t.Errorf("want it not ready, and the other network named, got %q", got)
	}
}

// metal-api takes a prefix before it writes the network that gets it: what is
// given away just now is seen a moment later.
func TestPrefixOnItsWay(t *testing.T) {
	t.Parallel()
	// By this seed the next network gets the prefix first of its two.
	w := newWorld(t, func(o *simulator.Options) { o.Seed = 3 })
	n, next := newNetwork("n"), newNetwork("next")
	w.create(n)
	w.until("the network is ready", func() bool { return ready(n) }, n)
	if err := w.sim.HalfFree(n.Status.AtProvider.ID); err != nil {
		t.Fatal(err)
	}
	w.delete(n)
	w.create(next)
	w.sim.AddFault(simulator.Fault{Operation: "allocateNetwork", Count: 1, DelayBetween: simulator.Duration(50 * time.Millisecond)})
	var allocating sync.WaitGroup
	allocating.Go(func() {
		for range 2 {
			w.reconcile(next)
		}
	})
	w.until("the prefix is given away", func() bool { return w.sim.Broken()[0].Holder != "" })
	w.reconcile(n)
	allocating.Wait()
	if got := w.writes("freeNetwork"); got != 0 || !strings.Contains(w.message(n), w.sim.Broken()[0].Holder) {
		t.Errorf("want nothing freed and the other network named, got %d frees, %q", got, w.message(n))
	}
}

// A Firewall is not created in a network whose Network is being deleted.
func TestNoFirewallInLeavingNetwork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n, _ := w.networkAndFirewall()
	w.delete(n)
	late := newFirewall("late", n.Status.AtProvider.ID)
	w.create(late)
	w.reconcile(late)
	if got := late.Status.AtProvider.Message; !strings.Contains(got, "is being deleted with Network default/n") {
		t.Errorf("want that said, got %q", got)
	}
	if got := w.writes("allocateFirewall"); got != 1 {
		t.Errorf("want no second allocate, got %d", got)
	}
}

// Networks of one family or two are freed after their firewall, whole.
func TestFreeByFamily(t *testing.T) {
	t.Parallel()
	for _, families := range [][]v1alpha1.AddressFamily{{v1alpha1.IPv4}, {v1alpha1.IPv6}, {v1alpha1.IPv4, v1alpha1.IPv6}, nil} {
		t.Run(fmt.Sprint(families), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			n := newNetwork("n", func(n *v1alpha1.Network) { n.Spec.ForProvider.AddressFamilies = families })
			w.create(n)
			w.until("the network is ready", func() bool { return ready(n) }, n)
			if got := len(n.Status.AtProvider.Prefixes); len(families) > 0 && got != len(families) {
				t.Errorf("want %d prefixes, got %d", len(families), got)
			}
			if c := n.GetCondition(xpv2.TypeUpToDate); c.Status != corev1.ConditionTrue {
				t.Errorf("want no drift, got %+v", c)
			}
			f := newFirewall("f", n.Status.AtProvider.ID)
			w.create(f)
			w.until("the firewall is ready", func() bool { return ready(f) }, f)
			w.delete(n)
			w.delete(f)
			w.until("both are gone", func() bool { return w.gone(f) && w.gone(n) }, n, f)
			for _, e := range w.sim.Journal() {
				if e.Operation == "freeNetwork" && e.Status != 200 {
					t.Errorf("want it freed at the first try, got %d %s", e.Status, e.Message)
				}
			}
		})
	}
}
