package snapshot

import (
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// firewall that is made through a client.
func (w *world) firewall(s metal.Stack, n thing, uid types.UID) *metal.Machine {
	w.Helper()
	internet := "internet-mini-lab"
	f, err := s.AllocateMachine(w.Context(), metal.MachineOrder{
		Name: "f", Hostname: "f", Marks: metal.Marks{UID: uid, Resource: "default/f-" + string(uid[:1]), ProviderConfig: config},
		Role: metal.MachineRoleFirewall, Image: "firewall-ubuntu-3.0",
		AllocationParameters: v1alpha1.AllocationParameters{
			Partition: "mini-lab", ProjectID: projectID, Size: "v1-small-x86",
			PrivateNetworkID: &n.id, Networks: []v1alpha1.AllocationNetwork{{Name: "internet", NetworkID: &internet}},
		},
	})
	if err != nil {
		w.Fatal(err)
	}
	return f
}

// machine is looked at as somebody's firewall.
func (w *world) machine(s metal.Stack, id string, uid types.UID) (*metal.Machine, metal.Source) {
	w.Helper()
	l := &metal.Look{UID: uid, Kind: "Firewall"}
	f, err := s.Machine(metal.WithLook(w.Context(), l), id)
	if err != nil {
		w.Fatal(err)
	}
	return f, l.From
}

func TestFirewalls(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 300)
	r := w.open()
	s := w.wrap(r, config)
	n := w.make(s, config)
	const one, two = types.UID("1a1f0e5c-3d0b-4c55-9d1e-000000000001"), types.UID("2a1f0e5c-3d0b-4c55-9d1e-000000000002")
	f, g := w.firewall(s, n, one), w.firewall(s, n, two)
	if _, from := w.machine(s, f.ID, one); from != metal.Told {
		t.Errorf("want it told, got %d", from)
	}
	ready := func(id string) bool {
		got, err := r.Stack.Machine(t.Context(), id)
		return err == nil && got != nil && got.LastEvent == "Phoned Home"
	}
	for tick := time.NewTicker(time.Millisecond); !ready(f.ID) || !ready(g.ID); {
		<-tick.C
	}
	w.pass(toldFor)
	w.work(age)
	if told := w.wasTold(); len(told) != 2 || told[0] != "Firewall default/f-1" {
		t.Errorf("want both told of the events, got %v", told)
	}
	w.work(age)
	if got, from := w.machine(s, f.ID, one); from != metal.Shared || got.LastEvent != "Phoned Home" {
		t.Errorf("want it ready, got %v from %d", got, from)
	}
	if told := w.wasTold(); len(told) != 0 {
		t.Errorf("nothing has changed: %v", told)
	}

	if err := w.sim.SetLiveliness(f.ID, "Unknown"); err != nil {
		t.Fatal(err)
	}
	w.work(age)
	if told := w.wasTold(); len(told) != 1 || told[0] != "Firewall default/f-1" {
		t.Errorf("want the one told that is not heard of, got %v", told)
	}

	if err := s.UpdateMachine(t.Context(), g.ID, metal.MachineUpdate{Description: new("d")}); err != nil {
		t.Fatal(err)
	}
	if got, from := w.machine(s, g.ID, two); from != metal.Asked || got.Description != "d" {
		t.Errorf("want what was written, got %v from %d", got, from)
	}
	if err := s.FreeMachine(t.Context(), g.ID); err != nil {
		t.Fatal(err)
	}
	if got, from := w.machine(s, g.ID, two); from != metal.Asked || got != nil {
		t.Errorf("want it gone, got %v from %d", got, from)
	}
	if w.shared.Members(Firewalls) != 1 {
		t.Errorf("want one member, got %d", w.shared.Members(Firewalls))
	}
}

// A machine's id is that of the next one's firewall, too.
func TestReusedMachine(t *testing.T) {
	t.Parallel()
	const one, two = types.UID("1a1f0e5c-3d0b-4c55-9d1e-000000000001"), types.UID("2a1f0e5c-3d0b-4c55-9d1e-000000000002")
	s := newStore(New(Options{}), ofMachines())
	v := &view{shared: s.shared, trusted: true, config: config}
	is := func(uid types.UID) *metal.Machine {
		marks := metal.Marks{UID: uid, Resource: "default/" + string(uid[:1]), ProviderConfig: config}
		return &metal.Machine{ID: "m", AllocationUUID: string(uid), Tags: marks.Tags(), Marks: marks}
	}
	s.allocated(is(one), config)
	if got, what := s.look(v, &metal.Look{UID: one, Kind: "Firewall"}, "m"); what != serveTold || got.Marks.UID != one {
		t.Errorf("want ours, got %v, %d", got, what)
	}
	s.absorb(slice{config: config}, s.shared.moment(), []metal.Machine{*is(two)})
	if got, what := s.look(v, &metal.Look{UID: one, Kind: "Firewall"}, "m"); what != ask {
		t.Errorf("want metal-api asked whose it is, got %v, %d", got, what)
	}
	if got, what := s.look(v, &metal.Look{UID: two, Kind: "Firewall"}, "m"); what != serveShared || got.Marks.UID != two {
		t.Errorf("want the other's, got %v, %d", got, what)
	}
	if _, ok := s.shared.news[news{kind: Firewalls, resource: types.NamespacedName{Namespace: "default", Name: "1"}}]; !ok {
		t.Errorf("want it told that it has lost its machine, got %v", s.shared.news)
	}
}
