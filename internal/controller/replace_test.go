package controller_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/firewall"
	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

// ownedBy an XFirewall, by its uid.
func ownedBy(uid types.UID) func(*v1alpha1.Firewall) {
	return func(f *v1alpha1.Firewall) {
		yes := true
		f.SetOwnerReferences([]metav1.OwnerReference{{APIVersion: "cluster.metal-stack.crossplane.io/v1alpha1", Kind: "XFirewall", Name: "edge", UID: uid, Controller: &yes}})
	}
}

func replacing(name string) func(*v1alpha1.Firewall) {
	return func(f *v1alpha1.Firewall) {
		meta.AddAnnotations(f, map[string]string{v1alpha1.AnnotationReplaces: name})
	}
}

// pair of firewalls of one owner: the first is ready, and the second shall replace it.
func (w *world) pair(networkID, name string, opts ...func(*v1alpha1.Firewall)) (before, after *v1alpha1.Firewall) {
	w.t.Helper()
	owned := append([]func(*v1alpha1.Firewall){ownedBy(types.UID(name))}, opts...)
	before = newFirewall(name, networkID, owned...)
	w.create(before)
	w.until("the first is ready", func() bool { return ready(before) }, before)
	after = newFirewall(name+"-b", networkID, append(owned, replacing(name))...)
	w.create(after)
	return before, after
}

// Who replaces a firewall has the addresses of that as well; and nobody else has, whatever
// an annotation says.
func TestReplacementSharesAddresses(t *testing.T) {
	t.Parallel()
	const address = "203.0.113.150"
	w := newWorld(t, func(o *simulator.Options) { o.Machines = 4 })
	n := w.network()
	w.ip(address, project)
	before, after := w.pair(meta.GetExternalName(n), "edge", givenIP(address))
	thief := newFirewall("thief", meta.GetExternalName(n), givenIP(address), replacing("edge"), ownedBy("another"))
	w.create(thief)
	w.reconcile(thief)
	if got := w.message(thief); !strings.Contains(got, "names Firewall edge, which is not of the same owner") || meta.GetExternalName(thief) != "" {
		t.Errorf("want it refused, got %q", got)
	}
	w.until("the second is ready", func() bool { return ready(after) }, after)
	ip, err := w.stack().IP(t.Context(), address)
	if err != nil || len(ip.Machines) != 2 {
		t.Fatalf("want both to have the address, got %+v, %v", ip, err)
	}
	w.delete(before)
	w.until("the first is gone", func() bool { return w.gone(before) }, before)
	ip, err = w.stack().IP(t.Context(), address)
	if err != nil || ip == nil || len(ip.Machines) != 1 || ip.Machines[0] != meta.GetExternalName(after) {
		t.Errorf("want the address kept, got %+v, %v", ip, err)
	}
}

// One firewall in a partition is replaced at a time, whoever wants it; without a word about
// whose it is.
func TestOneReplacementAtATime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *simulator.Options) { o.Machines = 6 })
	n := w.network()
	id := meta.GetExternalName(n)
	first, firstAfter := w.pair(id, "first")
	_, secondAfter := w.pair(id, "second")
	w.until("the first is replaced", func() bool { return ready(firstAfter) }, firstAfter)
	for range 3 {
		w.pass(time.Hour)
		w.reconcile(secondAfter)
		const want = "waits for its turn: another firewall in partition mini-lab is being replaced, one at a time"
		if got := w.message(secondAfter); got != want || meta.GetExternalName(secondAfter) != "" || ready(secondAfter) {
			t.Fatalf("want %q, got %q", want, got)
		}
	}
	w.delete(first)
	w.until("the second is replaced, as soon as the first is", func() bool { return ready(secondAfter) }, first, secondAfter)
}

// Two that are looked at together do not both begin.
func TestReplacementsTogether(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *simulator.Options) { o.Machines = 6 })
	n := w.network()
	id := meta.GetExternalName(n)
	_, a := w.pair(id, "a")
	_, b := w.pair(id, "b")
	release := w.hold(v1alpha1.FirewallKind)
	done := make(chan struct{})
	its := a.DeepCopy()
	go func() { defer close(done); w.reconcile(its) }()
	w.until("the first is being allocated", func() bool { return w.holding(v1alpha1.FirewallKind) })
	w.reconcile(b)
	if got := w.message(b); !strings.Contains(got, "one at a time") {
		t.Errorf("want it to wait, got %q", got)
	}
	release()
	<-done
}

// Where many firewalls are not healthy none is replaced, but for those.
func TestNoReplacementWhereManyAreIll(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *simulator.Options) { o.Machines = 6 })
	n := w.network()
	id := meta.GetExternalName(n)
	ill, illAfter := w.pair(id, "ill")
	_, after := w.pair(id, "well")
	ill.Status.SetConditions(xpv2.Unavailable())
	if err := w.kube.Status().Update(t.Context(), ill); err != nil {
		t.Fatal(err)
	}
	w.reconcile(after)
	const want = "waits: 1 of 1 other firewalls in partition mini-lab are not healthy, and none is replaced while it is more than a fifth"
	if got := w.message(after); got != want {
		t.Errorf("want %q, got %q", want, got)
	}
	w.until("the ill one is replaced", func() bool { return ready(illAfter) }, illAfter)
}

// Where no machine is free a firewall may be freed first: if that is all that is missing.
func TestRecreates(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		reason   string
		machines int
		change   func(*v1alpha1.Firewall)
		may      bool
		says     string
	}{
		"Full":  {"there is no other way", 1, nil, true, "waiting for Firewall edge to be freed: others may take its machine meanwhile"},
		"Spare": {"a free machine is better", 2, nil, false, ""},
		"Typo":  {"what cannot be made frees nothing", 1, func(f *v1alpha1.Firewall) { f.Spec.ForProvider.Image = "firewal-ubuntu-3.0" }, false, "firewal-ubuntu-3.0"},
		"Size":  {"nor what another machine is needed for", 1, func(f *v1alpha1.Firewall) { f.Spec.ForProvider.Size = "v1-large-x86" }, false, "v1-large-x86"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(o *simulator.Options) { o.Machines = tc.machines })
			n := w.network()
			before, after := w.pair(meta.GetExternalName(n), "edge", func(f *v1alpha1.Firewall) {
				if f.Name != "edge-b" {
					return
				}
				meta.AddAnnotations(f, map[string]string{v1alpha1.AnnotationRecreate: "true"})
				if tc.change != nil {
					tc.change(f)
				}
			})
			w.reconcile(after)
			if may := after.Status.GetCondition(firewall.TypeMayReplace).Status == "True"; may != tc.may || !strings.Contains(w.message(after), tc.says) {
				t.Fatalf("%s: want %q, got %q, may be freed: %t", tc.reason, tc.says, w.message(after), may)
			}
			if tc.may {
				w.delete(before)
			}
			if tc.change == nil {
				w.until("it is replaced", func() bool { return ready(after) }, before, after)
			}
		})
	}
}

// twoRecreated are two firewalls that shall be replaced, with no machine left: the first of
// the new ones was looked at, and may have its old one freed.
func twoRecreated(t *testing.T) (w *world, first, firstAfter, secondAfter *v1alpha1.Firewall) {
	t.Helper()
	w = newWorld(t, func(o *simulator.Options) { o.Machines = 2 })
	n := w.network()
	recreated := func(f *v1alpha1.Firewall) {
		if strings.HasSuffix(f.Name, "-b") {
			meta.AddAnnotations(f, map[string]string{v1alpha1.AnnotationRecreate: "true"})
		}
	}
	first, firstAfter = w.pair(meta.GetExternalName(n), "first", recreated)
	w.delete(firstAfter)
	w.until("it is gone", func() bool { return w.gone(firstAfter) }, firstAfter)
	_, secondAfter = w.pair(meta.GetExternalName(n), "second", recreated)
	firstAfter = newFirewall("first-b", meta.GetExternalName(n), ownedBy("first"), replacing("first"), recreated)
	w.create(firstAfter)
	w.reconcile(firstAfter)
	return w, first, firstAfter, secondAfter
}

// A firewall that was freed first is being replaced until there is another one, although
// nothing is left of it: the next one waits.
func TestRecreatesOneAtATime(t *testing.T) {
	t.Parallel()
	w, first, firstAfter, secondAfter := twoRecreated(t)
	w.delete(first)
	w.until("the first is gone", func() bool { return w.gone(first) }, first)
	w.pass(time.Hour)
	w.reconcile(secondAfter)
	if got := w.message(secondAfter); !strings.Contains(got, "one at a time") || secondAfter.Status.GetCondition(firewall.TypeMayReplace).Status == "True" {
		t.Errorf("want it to wait, got %q", got)
	}
	w.until("the first is replaced", func() bool { return ready(firstAfter) }, firstAfter)
}

// One that was told that the old one may be freed is under way, also where a provider that
// starts anew remembers nothing; and so is one whose old one goes.
func TestRecreateIsUnderWayFromItsGrant(t *testing.T) {
	t.Parallel()
	w, first, firstAfter, secondAfter := twoRecreated(t)
	if firstAfter.Status.GetCondition(firewall.TypeMayReplace).Status != "True" {
		t.Fatalf("want the first told that it may, got %q", w.message(firstAfter))
	}
	waits := func(what string) {
		t.Helper()
		w.restart()
		w.reconcile(secondAfter)
		if got := w.message(secondAfter); !strings.Contains(got, "one at a time") || secondAfter.Status.GetCondition(firewall.TypeMayReplace).Status == "True" {
			t.Errorf("%s: want the second to wait, got %q", what, got)
		}
	}
	waits("granted")
	first.SetFinalizers(append(first.GetFinalizers(), "example.org/hold"))
	if err := w.kube.Update(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	w.delete(first)
	waits("the old one goes")
}

// What an annotation alone says, which anybody may write, holds up nobody.
func TestAnnotationAloneHoldsUpNobody(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*v1alpha1.Firewall){
		"Absent": func(f *v1alpha1.Firewall) {
			meta.AddAnnotations(f, map[string]string{v1alpha1.AnnotationReplaces: "absent", v1alpha1.AnnotationRecreate: "true"})
		},
		"Another": replacing("edge"),
		"Other":   func(f *v1alpha1.Firewall) { replacing("edge")(f); ownedBy("other")(f) },
		"Elsewhere": func(f *v1alpha1.Firewall) {
			// One of another metal-stack, to which something goes wrong.
			meta.AddAnnotations(f, map[string]string{v1alpha1.AnnotationPartitionCreated: "2001-01-01T00:00:00Z"})
			ownedBy("third")(f)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(o *simulator.Options) { o.Machines = 6 })
			n := w.network()
			copied := newFirewall("copied", meta.GetExternalName(n))
			w.create(copied)
			w.until("it is ready", func() bool { return ready(copied) }, copied)
			_, after := w.pair(meta.GetExternalName(n), "edge")
			change(copied)
			if err := w.kube.Update(t.Context(), copied); err != nil {
				t.Fatal(err)
			}
			next := newFirewall("copied-b", meta.GetExternalName(n), ownedBy("third"), replacing("copied"), func(f *v1alpha1.Firewall) {
				f.Status.SetConditions(xpv2.Condition{Type: firewall.TypeMayReplace, Status: "True"})
			})
			status := next.Status
			w.create(next)
			next.Status = status
			if err := w.kube.Status().Update(t.Context(), next); err != nil {
				t.Fatal(err)
			}
			w.until("it is replaced", func() bool { return ready(after) }, after)
		})
	}
}

// Of two firewalls that take turns, one that is restored by its manifest finds what the
// other one left behind, and another is not allocated beside it.
func TestFindsWhatANamesakeLeft(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		left, comes string
		lives       bool
		opts        []func(*v1alpha1.Firewall)
		want        string
	}{
		"First":  {"edge-b", "edge", false, []func(*v1alpha1.Firewall){ownedBy("after")}, "as a restore or a move leaves it behind"},
		"Second": {"edge", "edge-b", false, []func(*v1alpha1.Firewall){ownedBy("after")}, "as a restore or a move leaves it behind"},
		"Lives":  {"edge-b", "edge", true, []func(*v1alpha1.Firewall){ownedBy("after")}, ""},
		"Alone":  {"edge-b", "edge", false, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(o *simulator.Options) { o.Machines = 3 })
			n := w.network()
			left := newFirewall(tc.left, meta.GetExternalName(n), ownedBy("before"))
			w.create(left)
			w.until("it is ready", func() bool { return ready(left) }, left)
			if !tc.lives {
				// As a control plane that is lost.
				edit(w, left, func(f *v1alpha1.Firewall) { f.SetFinalizers(nil) })
				w.delete(left)
			}
			f := newFirewall(tc.comes, meta.GetExternalName(n), tc.opts...)
			w.create(f)
			w.reconcile(f)
			if got := w.message(f); !strings.Contains(got, tc.want) || (tc.want == "") != (meta.GetExternalName(f) != "") {
				t.Errorf("want %q, got %q", tc.want, got)
			}
		})
	}
}

// Since when a machine is in a crash loop is remembered, until it has phoned home.
func TestCrashLoopSince(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, f := w.networkAndFirewall()
	if err := w.sim.Crash(meta.GetExternalName(f)); err != nil {
		t.Fatal(err)
	}
	w.reconcile(f)
	since := f.Status.AtProvider.CrashLoopSince
	if since == nil {
		t.Fatalf("want it shown, got %+v", f.Status)
	}
	w.reconcile(f)
	if got := f.Status.AtProvider.CrashLoopSince; got == nil || !got.Equal(since) {
		t.Errorf("want it to stay %s, got %s", since, got)
	}
	w.until("it is ready", func() bool { return ready(f) }, f)
	if got := f.Status.AtProvider.CrashLoopSince; got != nil {
		t.Errorf("want it ended with Phoned Home, got %s", got)
	}
}

// What replacements are at is counted, and for what they were begun.
func TestReplacementsAreCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *simulator.Options) { o.Machines = 2 })
	n := w.network()
	first := newFirewall("first", meta.GetExternalName(n))
	w.create(first)
	w.until("the first is ready", func() bool { return ready(first) }, first)
	before, after := w.pair(meta.GetExternalName(n), "edge", func(f *v1alpha1.Firewall) {
		meta.AddAnnotations(f, map[string]string{v1alpha1.AnnotationReplacesFor: "rules,image,taste"})
	})
	const states, begun = "metal_stack_firewall_replacements state=", "metal_stack_firewall_replacements_begun_total reason="
	want := map[string]float64{states + "begins": 1}
	check := func(what string) {
		t.Helper()
		got := w.gathered("metal_stack_firewall_replacements")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -want, +got:\n%s", what, diff)
		}
	}
	check("before it is looked at")
	w.reconcile(after)
	want = map[string]float64{states + "capacity": 1}
	check("with no machine left")
	w.delete(first)
	w.until("it is allocated", func() bool { return ready(after) }, first, after)
	want = map[string]float64{states + "both": 1, begun + "image": 1, begun + "rules": 1, begun + "other": 1}
	check("with both allocated")
	if got := w.gathered("metal_stack_firewall_overlap_seconds"); len(got) != 1 {
		t.Errorf("want it said for how long, got %v", got)
	}
	w.delete(before)
	w.until("it is done", func() bool { return w.gone(before) }, before)
	delete(want, states+"both")
	check("when it is done")
}

// A replacement that the project's quota leaves no machine for loses nothing, says so, and
// goes on by itself.
func TestReplacementWaitsForQuota(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *simulator.Options) { o.Machines = 4 })
	n := w.network()
	quota := func(most int) {
		t.Helper()
		is := w.projectAsIs(project)
		w.ask(http.MethodPost, "/v1/project", fmt.Sprintf(`{"meta": {"id": %q, "version": %d}, "name": %q, "tenant_id": "metal-stack", "quotas": {"machine": {"quota": %d}}}`, project, is.Meta.Version, is.Name, most), nil)
	}
	quota(1)
	before, after := w.pair(meta.GetExternalName(n), "edge")
	machine := meta.GetExternalName(before)
	w.reconcile(after)
	if got := w.message(after); !strings.Contains(got, "project quota for machines reached max:1") || meta.GetExternalName(after) != "" {
		t.Errorf("want it said what is missing, got %q", got)
	}
	if got := w.gathered("metal_stack_firewall_replacements"); got["metal_stack_firewall_replacements state=capacity"] != 1 {
		t.Errorf("want it counted as one without capacity, got %v", got)
	}
	if w.reconcile(before); !ready(before) || meta.GetExternalName(before) != machine {
		t.Errorf("want the old one as it was, got %+v", before.Status)
	}
	quota(2)
	w.until("it is allocated", func() bool { return ready(after) }, after)
}

// gathered values of metrics that begin so, by name and labels, without those that are 0.
func (w *world) gathered(prefix string) map[string]float64 {
	w.t.Helper()
	families, err := w.metrics.Gather()
	if err != nil {
		w.t.Fatal(err)
	}
	out := map[string]float64{}
	for _, f := range families {
		if !strings.HasPrefix(f.GetName(), prefix) {
			continue
		}
		for _, m := range f.GetMetric() {
			name := f.GetName()
			for _, l := range m.GetLabel() {
				name += " " + l.GetName() + "=" + l.GetValue()
			}
			if v := m.GetGauge().GetValue() + m.GetCounter().GetValue(); v > 0 {
				out[name] = v
			}
		}
	}
	return out
}
