package controller_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/crossplane/crossplane-runtime/v2/pkg/reconciler/managed"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	"k8s.io/apimachinery/pkg/types"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// unmarked network and firewall, as metalctl makes them. The client of the
// provider cannot: the marks are removed after the fact.
func (w *world) unmarked() (networkID, machineID string) {
	w.t.Helper()
	ctx := w.t.Context()
	const uid = "44444444-0000-0000-0000-000000000001"
	n, err := w.stack().AllocateNetwork(ctx, metal.NetworkOrder{NetworkParameters: newNetwork("x").Spec.ForProvider, Name: "x", Marks: metal.Marks{UID: uid}})
	if err != nil {
		w.t.Fatal(err)
	}
	f := w.somebodys(newFirewall("x", n.ID).Spec.ForProvider, uid)
	if err := w.stack().UpdateNetwork(ctx, n.ID, metal.NetworkUpdate{Labels: map[string]string{"of": "nobody"}}); err != nil {
		w.t.Fatal(err)
	}
	w.until("the marks are removed", func() bool { // The machine's events change it as well.
		err := w.stack().UpdateMachine(ctx, f.ID, metal.MachineUpdate{Tags: []string{"of=nobody"}})
		if err != nil && metal.KindOf(err) != metal.Changed {
			w.t.Fatal(err)
		}
		return err == nil
	})
	w.sim.ClearJournal()
	return n.ID, f.ID
}

func named(id string) func(*v1alpha1.Firewall) {
	return func(f *v1alpha1.Firewall) { meta.SetExternalName(f, id) }
}

func only(ps ...xpv2.ManagementAction) func(*v1alpha1.Firewall) {
	return func(f *v1alpha1.Firewall) { f.Spec.ManagementPolicies = ps }
}

func TestImport(t *testing.T) {
	t.Parallel()
	forget := func(f *v1alpha1.Firewall) { f.Spec.ForProvider = v1alpha1.FirewallParameters{} }
	cases := map[string]struct {
		reason string
		change []func(*v1alpha1.Firewall)
		want   string // in the message, if refused
	}{
		"Equal":           {"what the spec describes is imported", nil, ""},
		"ObserveEqual":    {"and looked at", []func(*v1alpha1.Firewall){only(xpv2.ManagementActionObserve)}, ""},
		"ObserveNameOnly": {"who only observes needs nothing but the name", []func(*v1alpha1.Firewall){only(xpv2.ManagementActionObserve), forget}, ""},
		"Project":         {"another project", []func(*v1alpha1.Firewall){func(f *v1alpha1.Firewall) { f.Spec.ForProvider.ProjectID = otherProject }}, "of project"},
		"Partition":       {"another partition", []func(*v1alpha1.Firewall){func(f *v1alpha1.Firewall) { f.Spec.ForProvider.Partition = "other" }}, "partition is mini-lab there and other in the spec"},
		"Size":            {"another size", []func(*v1alpha1.Firewall){func(f *v1alpha1.Firewall) { f.Spec.ForProvider.Size = "other" }}, "size is v1-small-x86 there and other in the spec"},
		"Networks":        {"other networks", []func(*v1alpha1.Firewall){func(f *v1alpha1.Firewall) { f.Spec.ForProvider.Networks = nil }}, "networks is "},
		"ObserveSize":     {"who only observes must say nothing wrong", []func(*v1alpha1.Firewall){only(xpv2.ManagementActionObserve), forget, func(f *v1alpha1.Firewall) { f.Spec.ForProvider.Size = "other" }}, "size is v1-small-x86 there and other in the spec"},
		"ObserveDelete":   {"who may free must say what", []func(*v1alpha1.Firewall){only(xpv2.ManagementActionObserve, xpv2.ManagementActionDelete), forget}, "projectID is " + project + " there and not set in the spec"},
		"Nowhere":         {"what is not there", []func(*v1alpha1.Firewall){named("00000000-0000-0000-0000-000000000009")}, "there is no firewall 00000000-0000-0000-0000-000000000009 to import"},
		"Free":            {"a machine that is not allocated", []func(*v1alpha1.Firewall){named("00000000-0000-0000-0000-000000000002")}, "there is no firewall 00000000-0000-0000-0000-000000000002 to import"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			networkID, machineID := w.unmarked()
			f := newFirewall("f", networkID, named(machineID))
			for _, change := range tc.change {
				change(f)
			}
			f.SetFinalizers([]string{managed.FinalizerName})
			w.create(f)
			if tc.want == "" {
				w.until("it is ready", func() bool { return ready(f) }, f)
				if f.GetAnnotations()[v1alpha1.AnnotationAllocationUUID] == "" || w.happened("Imported")+w.happened("Observed") != 1 {
					t.Errorf("%s: want it recorded once, got %v, %q", tc.reason, f.GetAnnotations(), w.events)
				}
				return
			}
			w.reconcile(f)
			if got := f.Status.AtProvider.Message; !strings.Contains(got, tc.want) {
				t.Errorf("%s: want %q, got %q", tc.reason, tc.want, got)
			}
			if f.Status.AtProvider.MachineID != "" || f.GetAnnotations()[v1alpha1.AnnotationAllocationUUID] != "" {
				t.Errorf("%s: want nothing shown or recorded, got %+v", tc.reason, f.Status.AtProvider)
			}
			w.delete(f)
			w.reconcile(f)
			if !w.gone(f) {
				t.Errorf("%s: want what was never ours to go, got %q", tc.reason, f.Status.AtProvider.Message)
			}
			if got := w.touched(); len(got) != 0 {
				t.Errorf("%s: want nothing written, got %q", tc.reason, got)
			}
		})
	}
}

// What is imported with all policies is marked, and freed when it is deleted.
func TestImportedIsOurs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	networkID, machineID := w.unmarked()
	n := newNetwork("n", func(n *v1alpha1.Network) { meta.SetExternalName(n, networkID) })
	w.create(n)
	f := newFirewall("f", networkID, named(machineID))
	w.create(f)
	w.until("both are marked", func() bool {
		mf, err := w.stack().Machine(t.Context(), machineID)
		if err != nil {
			t.Fatal(err)
		}
		mn, err := w.stack().Network(t.Context(), networkID)
		if err != nil {
			t.Fatal(err)
		}
		return mf.Marks.UID == f.GetUID() && mn.Marks.UID == n.GetUID() && mn.Labels["of"] == "nobody"
	}, f, n)
	w.delete(n)
	w.delete(f)
	w.until("both are gone", func() bool { return w.gone(f) && w.gone(n) }, f, n)
	if w.allocated() != 0 || w.writes("freeNetwork") != 1 {
		t.Error("want both freed")
	}
}

// A machine in another role is no firewall.
func TestImportOfMachine(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	networkID, _ := w.unmarked()
	machineID := w.machine(networkID)
	f := newFirewall("f", networkID, named(machineID), only(xpv2.ManagementActionObserve))
	f.Spec.ForProvider = v1alpha1.FirewallParameters{}
	w.create(f)
	w.reconcile(f)
	if got := f.Status.AtProvider.Message; !strings.Contains(got, "machine "+machineID+" is not a firewall") {
		t.Errorf("want that said, got %q", got)
	}
}

// External networks can be looked at, and not be taken for ours.
func TestImportOfExternalNetwork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := newNetwork("n", func(n *v1alpha1.Network) {
		meta.SetExternalName(n, internet)
		n.Spec.ManagementPolicies = xpv2.ManagementPolicies{xpv2.ManagementActionObserve}
		n.Spec.ForProvider = v1alpha1.NetworkParameters{}
	})
	w.create(n)
	w.until("it is ready", func() bool { return ready(n) }, n)
	w.delete(n)
	w.reconcile(n)
	if !w.gone(n) || len(w.touched()) != 0 {
		t.Errorf("want it gone and the network untouched, got %q", w.touched())
	}
	mine := newNetwork("mine", func(n *v1alpha1.Network) { meta.SetExternalName(n, internet); n.Spec.ForProvider.ProjectID = "" })
	w.create(mine)
	w.reconcile(mine)
	if got := mine.Status.AtProvider.Message; !strings.Contains(got, "metal-api cannot free it: set managementPolicies to [Observe]") {
		t.Errorf("want the way out, got %q", got)
	}
}

// A network is found by its labels, once: it is the same whatever is labelled later.
func TestLookedForByLabels(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	labelled := func(name, project string) string {
		order := metal.NetworkOrder{NetworkParameters: newNetwork(name).Spec.ForProvider, Name: name, Marks: metal.Marks{UID: types.UID("44444444-0000-0000-0000-0000000000" + strconv.Itoa(len(name)+10))}}
		order.ProjectID, order.Labels = project, map[string]v1alpha1.NetworkLabelValue{"network.metal-stack.io/default": ""}
		n, err := w.stack().AllocateNetwork(t.Context(), order)
		if err != nil {
			t.Fatal(err)
		}
		return n.ID
	}
	look := func(name, project string) *v1alpha1.Network {
		n := newNetwork(name, func(n *v1alpha1.Network) {
			n.Spec.ManagementPolicies = xpv2.ManagementPolicies{xpv2.ManagementActionObserve}
			n.Spec.ForProvider = v1alpha1.NetworkParameters{Partition: partition, ProjectID: project, Labels: map[string]v1alpha1.NetworkLabelValue{"network.metal-stack.io/default": ""}}
		})
		w.create(n)
		w.reconcile(n)
		return n
	}
	one := labelled("one", project)
	n := look("looking", "")
	w.until("it is found", func() bool { return ready(n) }, n)
	if got := meta.GetExternalName(n); got != internet || n.Status.AtProvider.ID != internet {
		t.Fatalf("want %s alone, which is of no project, got %s", internet, got)
	}
	if mine := look("mine", project); !ready(mine) || meta.GetExternalName(mine) != one {
		t.Errorf("want that of the project, got %q, %q", meta.GetExternalName(mine), w.message(mine))
	}
	two := labelled("other", project)
	ids := []string{one, two}
	slices.Sort(ids)
	several := look("several", project)
	if got, want := w.message(several), "2 networks are labelled network.metal-stack.io/default, in partition "+partition+" or in none, in project "+project+": "+strings.Join(ids, ", ")+": name one in the annotation"; !strings.Contains(got, want) || ready(several) || meta.GetExternalName(several) != "" {
		t.Errorf("want %q, got %q", want, got)
	}

	if err := w.stack().UpdateNetwork(t.Context(), internet, metal.NetworkUpdate{Labels: map[string]string{"of": "nobody"}}); err != nil {
		t.Fatal(err)
	}
	w.pass(time.Hour)
	w.until("it is told", func() bool { return w.happened("ChangedOutside") == 1 }, n)
	w.pass(time.Hour)
	w.reconcile(n)
	if !ready(n) || meta.GetExternalName(n) != internet || w.happened("ChangedOutside") != 1 {
		t.Errorf("want it to stay, and that said once, got %v", n.GetAnnotations())
	}
	none := look("none", "")
	if got := w.message(none); !strings.Contains(got, "no network is labelled network.metal-stack.io/default, in partition "+partition+" or in none: name one in the annotation") {
		t.Errorf("want it said, got %q", got)
	}
}

// What is another managed resource's is refused, looked at, or taken over by a
// person's word; after a restore into a new cluster as well.
func TestTakeOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n, f := w.networkAndFirewall()
	recorded := func(g *v1alpha1.Firewall) { // A backup keeps annotations, and neither uid nor status.
		meta.AddAnnotations(g, map[string]string{
			v1alpha1.AnnotationAllocationUUID:   f.GetAnnotations()[v1alpha1.AnnotationAllocationUUID],
			v1alpha1.AnnotationPartitionCreated: f.GetAnnotations()[v1alpha1.AnnotationPartitionCreated],
			v1alpha1.AnnotationAsked:            f.GetAnnotations()[v1alpha1.AnnotationAsked],
		})
	}
	w.sim.ClearJournal()

	for name, restored := range map[string]func(*v1alpha1.Firewall){"import": func(*v1alpha1.Firewall) {}, "restored": recorded} {
		refused := newFirewall(name, n.Status.AtProvider.ID, named(meta.GetExternalName(f)), restored)
		w.create(refused)
		w.reconcile(refused)
		if got := refused.Status.AtProvider.Message; !strings.Contains(got, "(default/f") || !strings.Contains(got, "annotate Firewall default/"+name+" with") || !strings.Contains(got, v1alpha1.AnnotationTakeOver+"="+string(f.GetUID())) {
			t.Errorf("%s: want the owner and the way out, got %q", name, got)
		}
		looking := newFirewall(name+"-looking", n.Status.AtProvider.ID, named(meta.GetExternalName(f)), restored, only(xpv2.ManagementActionObserve))
		w.create(looking)
		w.until("it is looked at", func() bool { return ready(looking) }, looking)
		w.delete(looking)
		w.reconcile(looking)
		if !w.gone(looking) {
			t.Errorf("%s: want who only looked to go", name)
		}
	}
	if got := w.touched(); len(got) != 0 {
		t.Fatalf("want nothing written, got %q", got)
	}

	heir := newFirewall("heir", n.Status.AtProvider.ID, named(meta.GetExternalName(f)), recorded)
	meta.AddAnnotations(heir, map[string]string{v1alpha1.AnnotationTakeOver: string(f.GetUID())})
	w.create(heir)
	w.until("it is taken over", func() bool {
		got, err := w.stack().Machine(t.Context(), meta.GetExternalName(heir))
		if err != nil {
			t.Fatal(err)
		}
		return ready(heir) && got.Marks.UID == heir.GetUID()
	}, heir)
	w.reconcile(heir)
	if got := w.happened("TakenOver"); got != 1 {
		t.Errorf("want one event that it was taken over, got %d", got)
	}

	// From now on it is not the first one's.
	w.reconcile(f)
	if ready(f) || f.Status.AtProvider.MachineID != "" {
		t.Errorf("want it no longer shown, got %+v", f.Status.AtProvider)
	}
	w.sim.ClearJournal()
	w.delete(f)
	w.reconcile(f)
	if got := w.touched(); len(got) != 0 || w.gone(f) {
		t.Errorf("want it refused, got %q", got)
	}
	w.delete(heir)
	w.until("the heir is gone", func() bool { return w.gone(heir) }, heir)
	if w.allocated() != 0 {
		t.Error("want the heir to free it")
	}
}

// A restored resource whose machine was reallocated since the backup has lost
// it, even if it may take over what was its predecessor's.
func TestRestoredAfterReallocation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n, f := w.networkAndFirewall()
	restored := newFirewall("restored", n.Status.AtProvider.ID, named(meta.GetExternalName(f)))
	meta.AddAnnotations(restored, map[string]string{
		v1alpha1.AnnotationAllocationUUID:   "55555555-0000-0000-0000-000000000001",
		v1alpha1.AnnotationPartitionCreated: f.GetAnnotations()[v1alpha1.AnnotationPartitionCreated],
		v1alpha1.AnnotationAsked:            f.GetAnnotations()[v1alpha1.AnnotationAsked],
		v1alpha1.AnnotationTakeOver:         string(f.GetUID()),
	})
	w.create(restored)
	w.until("another one is ready", func() bool { return ready(restored) }, restored)
	if meta.GetExternalName(restored) == meta.GetExternalName(f) || w.happened("FreedOutside") != 1 {
		t.Errorf("want another machine, got %s", meta.GetExternalName(restored))
	}
}

// What was only looked at, then claimed with a spec that it cannot be of, is let
// go: it never was ours.
func TestObservedThenClaimed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := newNetwork("internet", func(n *v1alpha1.Network) {
		n.Spec.ForProvider = v1alpha1.NetworkParameters{}
		n.Spec.ManagementPolicies = xpv2.ManagementPolicies{xpv2.ManagementActionObserve}
		meta.SetExternalName(n, internet)
		n.SetFinalizers([]string{managed.FinalizerName})
	})
	w.create(n)
	w.until("it is looked at", func() bool { return ready(n) }, n)
	edit(w, n, func(n *v1alpha1.Network) {
		n.Spec.ManagementPolicies = xpv2.ManagementPolicies{xpv2.ManagementActionAll}
		n.Spec.ForProvider.Partition, n.Spec.ForProvider.ProjectID = partition, project
	})
	w.reconcile(n)
	if got := w.message(n); !strings.Contains(got, "belongs to no project: to look at it only, set managementPolicies to [Observe]") {
		t.Errorf("want the way out, got %q", got)
	}
	w.delete(n)
	w.until("it is gone", func() bool { return w.gone(n) }, n)
	if got := w.touched(); len(got) != 0 {
		t.Errorf("want nothing written, got %q", got)
	}
}

// Where the role may write no marks, the object that one resource has imported is refused
// to another, and freed by the first alone.
func TestImportedTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	networkID, machineID := w.unmarked()
	w.role = v1alpha1.HMACAuthTypeEdit
	one := newFirewall("one", networkID, named(machineID))
	w.create(one)
	w.until("it is imported", func() bool { return ready(one) }, one)
	w.sim.ClearJournal()
	two := newFirewall("two", networkID, named(machineID))
	w.create(two)
	w.reconcile(two)
	if got := w.message(two); ready(two) || !strings.Contains(got, "has been taken by Firewall default/one") {
		t.Errorf("want it refused, got %q", got)
	}
	w.delete(two)
	w.until("it is let go", func() bool { return w.gone(two) }, two)
	if got := w.touched(); len(got) != 0 || w.allocated() != 1 {
		t.Errorf("want nothing written, got %q", got)
	}
	w.delete(one)
	w.until("it is freed", func() bool { return w.gone(one) }, one)
	if w.allocated() != 0 {
		t.Error("want the machine freed")
	}
}

// What was taken over is freed also where its marks cannot be written, and where what it
// refers to is gone.
func TestTakenOverAndDeleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n, f := w.networkAndFirewall()
	byName := func(g *v1alpha1.Firewall) {
		g.Spec.ForProvider.PrivateNetworkID, g.Spec.ForProvider.PrivateNetworkIDRef = nil, &v1alpha1.Reference{Name: n.GetName()}
	}
	heir := newFirewall("heir", "", byName, func(g *v1alpha1.Firewall) {
		g.SetAnnotations(f.GetAnnotations())
		meta.AddAnnotations(g, map[string]string{v1alpha1.AnnotationTakeOver: string(f.GetUID())})
		g.SetFinalizers([]string{managed.FinalizerName})
	})
	w.role = v1alpha1.HMACAuthTypeEdit
	w.create(heir)
	w.delete(heir)
	w.until("it is freed", func() bool { return w.gone(heir) }, heir)
	if w.allocated() != 0 {
		t.Error("want the machine freed")
	}
}

// A restored resource that has taken nothing over is let go when it is deleted: what its
// predecessor had stays.
func TestRestoredAndDeleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, f := w.networkAndFirewall()
	id := meta.GetExternalName(f)
	backup := f.DeepCopy()
	edit(w, f, func(f *v1alpha1.Firewall) { f.SetFinalizers(nil) })
	w.delete(f)
	if !w.gone(f) {
		t.Fatal("want the resource gone, and its machine left")
	}
	restored := newFirewall(backup.GetName(), "", func(g *v1alpha1.Firewall) {
		g.Spec = *backup.Spec.DeepCopy()
		g.SetAnnotations(backup.GetAnnotations())
		g.SetFinalizers(backup.GetFinalizers())
	})
	w.create(restored)
	w.reconcile(restored)
	if got := w.message(restored); !strings.Contains(got, "belongs to another managed resource") {
		t.Fatalf("want it refused, got %q", got)
	}
	w.sim.ClearJournal()
	w.delete(restored)
	w.until("it is let go", func() bool { return w.gone(restored) }, restored)
	if got := w.touched(); len(got) != 0 || w.allocated() != 1 || w.happened("LeftBehind") != 1 {
		t.Errorf("want machine %s left as it is, and an event, got %q", id, got)
	}
}

// What was looked at and is gone when it shall be taken over is not Ready any more.
func TestLookedThenGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	networkID, machineID := w.unmarked()
	f := newFirewall("f", networkID, named(machineID), only(xpv2.ManagementActionObserve))
	w.create(f)
	w.until("it is looked at", func() bool { return ready(f) }, f)
	if err := w.stack().FreeMachine(t.Context(), machineID); err != nil {
		t.Fatal(err)
	}
	edit(w, f, func(f *v1alpha1.Firewall) {
		f.Spec.ManagementPolicies = xpv2.ManagementPolicies{xpv2.ManagementActionAll}
	})
	w.reconcile(f)
	if got := w.message(f); ready(f) || !strings.Contains(got, "there is no firewall "+machineID+" to import") {
		t.Errorf("want it said, and not Ready, got %q, %+v", got, f.Status.Conditions)
	}
}

// Who takes over what another one has without naming it gets what the spec describes, or
// nothing; and nothing is freed that was not taken.
func TestTakeOverUnnamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n, f := w.networkAndFirewall()
	given := func(uid string) func(*v1alpha1.Firewall) {
		return func(g *v1alpha1.Firewall) {
			g.SetFinalizers([]string{managed.FinalizerName})
			meta.AddAnnotations(g, map[string]string{v1alpha1.AnnotationTakeOver: uid})
		}
	}
	w.sim.ClearJournal()
	for what, tc := range map[string]struct {
		f    *v1alpha1.Firewall
		want string
	}{
		"typo":   {newFirewall("typo", n.Status.AtProvider.ID, given("11111111-0000-0000-0000-00000000beef")), "carries the mark of the uid"},
		"unlike": {newFirewall("unlike", n.Status.AtProvider.ID, given(string(f.GetUID())), func(g *v1alpha1.Firewall) { g.Spec.ForProvider.Networks = nil }), "is not what the spec describes"},
	} {
		w.create(tc.f)
		w.reconcile(tc.f)
		if got := w.message(tc.f); !strings.Contains(got, tc.want) {
			t.Errorf("%s: want %q, got %q", what, tc.want, got)
		}
		w.delete(tc.f)
		w.until(what+" is let go", func() bool { return w.gone(tc.f) }, tc.f)
	}
	late := newFirewall("late", n.Status.AtProvider.ID, given(string(f.GetUID())))
	w.create(late)
	w.delete(late)
	w.until("what was deleted before it took anything is let go", func() bool { return w.gone(late) }, late)
	if got := w.touched(); len(got) != 0 || w.allocated() != 1 {
		t.Errorf("want nothing written, got %q", got)
	}
}
