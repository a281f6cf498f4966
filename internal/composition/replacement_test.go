package composition

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clusterv1alpha1 "github.com/crossplane-contrib/provider-metal-stack/apis/cluster/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/canonical"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/memory"
)

// Each situation of a firewall has one verdict.
func TestDecide(t *testing.T) {
	t.Parallel()
	rules := reasons{{"rules", "rules"}}
	next := func(change ...func(*successor)) *successor {
		n := &successor{wished: true, timeout: 15 * time.Minute}
		for _, c := range change {
			c(n)
		}
		return n
	}
	begun := func(age time.Duration) func(*successor) {
		return func(n *successor) { n.begun, n.age = true, age }
	}
	isReady := func(d time.Duration) func(*successor) {
		return func(n *successor) { n.ready, n.readyFor = true, d }
	}
	for name, tc := range map[string]struct {
		reason string
		s      situation
		step   step
		says   string
		again  time.Duration
	}{
		"Same":      {"what is as it should be stays", situation{}, stepHold, "", 0},
		"Roll":      {"what is not is replaced", situation{reasons: rules}, stepBegin, "is being replaced (rules)", 0},
		"OnDelete":  {"but for who wants to do it", situation{strategy: strategyOnDelete, reasons: rules}, stepHold, "when its Firewall is deleted", 0},
		"Failed":    {"what failed is not tried again by itself", situation{reasons: rules, failed: true}, stepHold, "did not phone home in time", 0},
		"Paused":    {"a person may hold it", situation{reasons: rules, paused: true}, stepHold, "paused is true", 0},
		"Closed":    {"or its time has not come", situation{reasons: rules, closed: time.Hour}, stepHold, "when the maintenance window begins", time.Hour},
		"NoWindow":  {"or nobody knows when that is", situation{reasons: rules, wrongWindow: "there is no time zone"}, stepHold, "there is no time zone", 0},
		"Leaving":   {"one after the other", situation{reasons: rules, leaving: true}, stepHold, "when the one before is freed", freedIn},
		"Waits":     {"a new one that is not there yet is waited for", situation{reasons: rules, next: next()}, stepHold, "is being replaced", 0},
		"Boots":     {"for so long", situation{reasons: rules, next: next(begun(5 * time.Minute))}, stepHold, "is being replaced", 10 * time.Minute},
		"TooLong":   {"and no longer", situation{reasons: rules, next: next(begun(15 * time.Minute))}, stepFail, "", freedIn},
		"Ready":     {"it takes over when it is ready", situation{reasons: rules, next: next(begun(time.Minute), isReady(0))}, stepFinish, "", freedIn},
		"LateReady": {"however long it took", situation{reasons: rules, next: next(begun(time.Hour), isReady(0))}, stepFinish, "", freedIn},
		"Unstable": {
			"and has been so for a while, if a person wants that",
			situation{reasons: rules, next: next(begun(time.Minute), isReady(10*time.Second), func(n *successor) { n.stableFor = 30 * time.Second })},
			stepHold, "the new one is ready", 20 * time.Second,
		},
		"Unseen":        {"what metal-stack does not hear of may have phoned home", situation{reasons: rules, next: next(begun(15*time.Minute), func(n *successor) { n.unseen = true })}, stepHold, "is being replaced", 0},
		"Gone":          {"the one that is left is the firewall", situation{gone: true, next: next(begun(time.Minute))}, stepFinish, "", freedIn},
		"GoneBefore":    {"and else the first one is made again", situation{gone: true, next: next()}, stepAbandon, "", freedIn},
		"KeptLater":     {"a person keeps the old one", situation{reasons: rules, kept: true, next: next(begun(time.Minute), isReady(0))}, stepHold, "both stay: its managementPolicies", 0},
		"ChangedBack":   {"what is not wanted any more goes", situation{next: next(begun(time.Minute))}, stepAbandon, "", freedIn},
		"BackWhenReady": {"ready or not", situation{next: next(begun(time.Minute), isReady(time.Minute))}, stepAbandon, "", freedIn},
		"ChangedAgain":  {"and what is wanted otherwise", situation{reasons: rules, next: next(begun(time.Minute), func(n *successor) { n.wished = false })}, stepAbandon, "", freedIn},
		"Corrected":     {"but where nothing is made yet it is corrected", situation{reasons: rules, next: next(func(n *successor) { n.wished = false })}, stepHold, "is being replaced", 0},
		"Recreate":      {"the old one goes first where that is wanted", situation{strategy: strategyRecreate, reasons: rules, next: next(func(n *successor) { n.granted = true })}, stepFinish, "", freedIn},
		"NotGranted":    {"as soon as it may", situation{strategy: strategyRecreate, reasons: rules, next: next()}, stepHold, "is being replaced", 0},
		"PausedBefore":  {"nothing begins while it is held", situation{reasons: rules, paused: true, next: next()}, stepAbandon, "paused is true", 0},
		"ClosedBefore":  {"or its time is over", situation{reasons: rules, closed: time.Hour, next: next()}, stepAbandon, "maintenance window", time.Hour},
		"PausedWhile":   {"what has begun goes on", situation{reasons: rules, paused: true, next: next(begun(time.Minute))}, stepHold, "is being replaced", 14 * time.Minute},
		"BeginsInTime":  {"what begins in a window", situation{reasons: rules, closes: time.Hour}, stepBegin, "is being replaced", time.Hour},
		"WaitsInTime":   {"and waits is looked at when that closes", situation{reasons: rules, closes: time.Hour, next: next()}, stepHold, "is being replaced", time.Hour},
		"RollGranted":   {"and never else", situation{strategy: strategyRoll, reasons: rules, next: next(func(n *successor) { n.granted = true })}, stepHold, "is being replaced", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := tc.s.decide()
			if v.step != tc.step || v.again != tc.again || !strings.Contains(v.says, tc.says) || tc.says == "" && v.says != "" {
				t.Errorf("%s: want step %d after %s saying %q, got %+v", tc.reason, tc.step, tc.again, tc.says, v)
			}
		})
	}
}

// A maintenance window is closed until it begins.
func TestClosedFor(t *testing.T) {
	t.Parallel()
	sunday := func(clock string) time.Time {
		if len(clock) == len("15:04") {
			clock = "2026-11-29 " + clock
		}
		out, err := time.Parse("2006-01-02 15:04", clock)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	for name, tc := range map[string]struct {
		w    *clusterv1alpha1.MaintenanceWindow
		now  string
		want time.Duration
		why  string
	}{
		"None":      {nil, "12:00", 0, ""},
		"Before":    {&clusterv1alpha1.MaintenanceWindow{Begin: "22:00", End: "23:00"}, "12:00", 10 * time.Hour, ""},
		"In":        {&clusterv1alpha1.MaintenanceWindow{Begin: "22:00", End: "23:00"}, "22:30", 0, ""},
		"After":     {&clusterv1alpha1.MaintenanceWindow{Begin: "22:00", End: "23:00"}, "23:00", 23 * time.Hour, ""},
		"Overnight": {&clusterv1alpha1.MaintenanceWindow{Begin: "22:00", End: "04:00"}, "03:59", 0, ""},
		"Morning":   {&clusterv1alpha1.MaintenanceWindow{Begin: "22:00", End: "04:00"}, "04:00", 18 * time.Hour, ""},
		"Whole":     {&clusterv1alpha1.MaintenanceWindow{Begin: "00:00", End: "00:00"}, "12:00", 0, ""},
		"Days":      {&clusterv1alpha1.MaintenanceWindow{Begin: "22:00", End: "04:00", Days: []clusterv1alpha1.Day{"Mon"}}, "23:00", 23 * time.Hour, ""},
		"DayBefore": {&clusterv1alpha1.MaintenanceWindow{Begin: "22:00", End: "04:00", Days: []clusterv1alpha1.Day{"Sat"}}, "03:00", 0, ""},
		"Zone":      {&clusterv1alpha1.MaintenanceWindow{Begin: "22:00", End: "23:00", TimeZone: "Europe/Berlin"}, "21:30", 0, ""},
		"Spring":    {&clusterv1alpha1.MaintenanceWindow{Begin: "02:00", End: "03:00", TimeZone: "Europe/Berlin", Days: []clusterv1alpha1.Day{"Sun"}}, "2027-03-28 12:00", 6*24*time.Hour + 12*time.Hour, ""},
		"SpringUS":  {&clusterv1alpha1.MaintenanceWindow{Begin: "01:30", End: "02:30", TimeZone: "America/New_York", Days: []clusterv1alpha1.Day{"Sun"}}, "2027-03-14 15:00", 6*24*time.Hour + 14*time.Hour + 30*time.Minute, ""},
		"NoZone":    {&clusterv1alpha1.MaintenanceWindow{Begin: "22:00", End: "23:00", TimeZone: "Mars"}, "21:30", 0, "there is no time zone"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, closes, _, why := closedFor(tc.w, sunday(tc.now))
			if open := tc.w != nil && tc.want == 0 && tc.why == ""; open && (closes <= 0 || closes > 24*time.Hour) || !open && closes != 0 {
				t.Errorf("want to know when it closes, got %s", closes)
			}
			if end, later, _, _ := closedFor(tc.w, sunday(tc.now).Add(closes)); closes > 0 && name != "Whole" && (end == 0 || later != 0) {
				t.Errorf("want it closed then, got %s, %s", end, later)
			}
			if got != tc.want || !strings.Contains(why, tc.why) || tc.why == "" && why != "" {
				t.Errorf("want %s, %q, got %s, %q", tc.want, tc.why, got, why)
			}
		})
	}
}

// A gate is an XFirewall whose parts are made and deleted as Crossplane does it.
type gate struct {
	*cluster

	x *clusterv1alpha1.XFirewall
}

func newGate(t *testing.T) *gate {
	t.Helper()
	g := &gate{cluster: newCluster(t), x: &clusterv1alpha1.XFirewall{}}
	g.x.Namespace, g.x.Name, g.x.UID = "default", "edge", "us"
	g.x.Spec.FirewallSettings = clusterv1alpha1.FirewallSettings{Size: "v1-small-x86", Image: "firewall-ubuntu-3.0", Networks: []clusterv1alpha1.NetworkAttachment{{Name: "internet", NetworkID: internet}}}
	g.parts = map[string]client.Object{}
	g.owner = g.x
	g.run = func(r Request) Result { return XFirewall(g.x, r) }
	g.step()
	g.boots(KeyFirewall)
	g.step()
	return g
}

// newRoll is a gate whose firewall is being replaced: the new one is allocated, and boots.
func newRoll(t *testing.T) *gate {
	t.Helper()
	g := newGate(t)
	g.x.Spec.Image = "firewall-ubuntu-4.0"
	g.step()
	g.allocates(KeyFirewallB)
	g.step()
	return g
}

// step composes once, and records the status.
func (g *gate) step() clusterv1alpha1.XFirewallObservation {
	g.t.Helper()
	g.compose()
	out, _ := g.last.Status.(clusterv1alpha1.XFirewallObservation)
	g.x.Status.XFirewallObservation = out
	return out
}

func (g *gate) firewall(key string) *v1alpha1.Firewall {
	g.t.Helper()
	f, ok := g.parts[key].(*v1alpha1.Firewall)
	if !ok {
		g.t.Fatalf("there is no %s among %v", key, slices.Sorted(maps.Keys(g.parts)))
	}
	return f
}

// allocates a machine for a firewall; boots it, as well.
func (g *gate) allocates(key string) {
	g.t.Helper()
	f := g.firewall(key)
	meta.SetExternalName(f, "m-"+f.Name+fmt.Sprint(g.made))
	meta.SetExternalCreateSucceeded(f, g.now)
	f.Status.AtProvider.MachineID, f.Status.AtProvider.Image = meta.GetExternalName(f), f.Spec.ForProvider.Image+".20260101"
	f.Status.SetConditions(condition(false))
}

func (g *gate) boots(key string) {
	g.t.Helper()
	g.allocates(key)
	c := condition(true)
	c.LastTransitionTime = metav1.NewTime(g.now)
	g.firewall(key).Status.SetConditions(c)
}

func (g *gate) has(keys ...string) {
	g.t.Helper()
	if diff := cmp.Diff(keys, slices.Sorted(maps.Keys(g.parts))); diff != "" {
		g.t.Fatalf("firewalls: -want, +got:\n%s", diff)
	}
}

func (g *gate) says(want string) {
	g.t.Helper()
	if got := g.x.Status.Message; !strings.Contains(got, want) || want == "" && got != "" {
		g.t.Errorf("want %q, got %q", want, got)
	}
}

// ready is true if all parts are, as Crossplane counts it.
func (g *gate) ready() bool {
	return !g.last.Unready && !slices.ContainsFunc(g.last.Parts, func(p Part) bool { return !p.Ready })
}

// A roll: the new firewall is beside the old, which does its work until the new one is
// there; and the next one is back in the first's place.
func TestRoll(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	old, next := KeyFirewall, KeyFirewallB
	for _, image := range []string{"firewall-ubuntu-4.0", "firewall-ubuntu-5.0"} {
		was := g.firewall(old).Spec
		g.x.Spec.Image = image
		g.step()
		g.has(KeyFirewall, KeyFirewallB)
		if diff := cmp.Diff(was, g.firewall(old).Spec); diff != "" {
			t.Errorf("want the old one untouched: -want, +got:\n%s", diff)
		}
		if got := g.firewall(next); got.Annotations[v1alpha1.AnnotationReplaces] != g.firewall(old).Name || got.Spec.ForProvider.Image != image {
			t.Errorf("want it to replace the old one, got %v, %s", got.Annotations, got.Spec.ForProvider.Image)
		}
		if got := g.firewall(next).Annotations[v1alpha1.AnnotationReplacesFor]; got != "image" {
			t.Errorf("want it said for what, got %q", got)
		}
		if !g.ready() {
			t.Error("want it ready meanwhile")
		}
		g.says("is being replaced (image " + image)
		g.allocates(next)
		is := g.step()
		if is.MachineID != g.firewall(old).Status.AtProvider.MachineID || len(is.Firewalls) != 2 || is.Firewalls[1].Replaces != is.Firewalls[0].Name {
			t.Errorf("want the old one shown, and both, got %+v", is)
		}
		g.boots(next)
		g.step()
		g.has(next)
		is = g.step()
		if is.MachineID != g.firewall(next).Status.AtProvider.MachineID || !g.ready() {
			t.Errorf("want the new one shown, got %+v", is)
		}

		// It replaces the old one until that is gone.
		if g.firewall(next).Annotations[v1alpha1.AnnotationReplaces] == "" || g.last.Again == 0 {
			t.Error("want the replacement under way until the old one is freed")
		}
		g.leaving = nil
		g.step()
		if len(g.firewall(next).Annotations[v1alpha1.AnnotationReplaces]) > 0 || g.last.Again > 0 {
			t.Error("want the replacement ended, and rest")
		}
		g.says("")
		old, next = next, old
	}
}

// bring a Firewall that a person made, for an XFirewall that has none yet.
func bring(t *testing.T, changes ...func(*v1alpha1.Firewall)) (*gate, *v1alpha1.Firewall) {
	t.Helper()
	g := newGate(t)
	g.parts, g.x.Status = map[string]client.Object{}, clusterv1alpha1.XFirewallStatus{}
	g.x.Spec.Ownership = clusterv1alpha1.Ownership{Partition: "mini-lab", ProjectID: "p", ProviderConfigRef: clusterv1alpha1.ProviderConfigReference{Kind: "ClusterProviderConfig", Name: "default"}}
	f := &v1alpha1.Firewall{TypeMeta: typeOf(v1alpha1.FirewallGroupVersionKind), ObjectMeta: metav1.ObjectMeta{
		Namespace: "default", Name: "edge", UID: "theirs",
		Annotations: map[string]string{clusterv1alpha1.AnnotationBringInto: "edge", annotationKey: KeyFirewall, meta.AnnotationKeyExternalName: "m1"},
	}}
	p := &f.Spec.ForProvider
	p.Partition, p.ProjectID = "mini-lab", "p"
	p.Size, p.Image, p.Hostname, p.Name, p.PrivateNetworkID = "v1-large-x86", "firewall-ubuntu-2.0", new("fw-01"), new("Fw 01"), new("n7")
	p.Networks = []v1alpha1.AllocationNetwork{{Name: "internet", NetworkID: new(internet)}}
	f.Spec.ProviderConfigReference = &xpv2.ProviderConfigReference{Kind: "ClusterProviderConfig", Name: "default"}
	at := &f.Status.AtProvider
	at.MachineID, at.Image, at.Hostname, at.PrivateNetworkID = "m1", "firewall-ubuntu-2.0.20250101", "fw-01", "n7"
	f.Status.SetConditions(condition(true))
	for _, change := range changes {
		change(f)
	}
	g.others = []client.Object{f}
	return g, f
}

// A firewall that a person brings in stays as it is, until a person replaces it.
func TestBroughtIn(t *testing.T) {
	t.Parallel()
	g, theirs := bring(t)
	was := theirs.Spec.ForProvider.DeepCopy()
	stays := func() {
		t.Helper()
		g.has(KeyFirewall)
		got := g.firewall(KeyFirewall)
		if diff := cmp.Diff(*was, got.Spec.ForProvider); diff != "" || got.UID != "theirs" || meta.GetExternalName(got) != "m1" {
			t.Errorf("want it as it is, got uid %s: -want, +got:\n%s", got.UID, diff)
		}
	}
	g.step()
	g.step()
	stays()
	if len(g.others) > 0 {
		t.Error("want it taken")
	}
	g.x.Spec.Image = "firewall-ubuntu-3.0"
	g.step()
	g.step()
	stays()
	g.says("shall be another one (image firewall-ubuntu-3.0 instead of firewall-ubuntu-2.0, size), and is replaced when its Firewall is deleted")
	if !g.ready() {
		t.Error("want it ready")
	}

	t.Log("Nor is it, when somebody tidies up its annotation.")
	delete(theirs.Annotations, clusterv1alpha1.AnnotationBringInto)
	g.step()
	g.step()
	stays()
	if p := g.last.Parts[0].Object; p.GetAnnotations()[clusterv1alpha1.AnnotationBringInto] != "edge" {
		t.Errorf("want it written again, got %v", p.GetAnnotations())
	}

	t.Log("When it is left alone for a while it is the same.")
	g.others, g.parts = []client.Object{theirs}, map[string]client.Object{}
	theirs.OwnerReferences, theirs.Annotations[clusterv1alpha1.AnnotationBringInto] = nil, "edge"
	g.step()
	g.step()
	stays()

	t.Log("What is made when it is deleted is our own.")
	now := metav1.Now()
	theirs.DeletionTimestamp = &now
	g.compose()
	if p := g.last.Parts[0].Object.(*v1alpha1.Firewall); p.Annotations[clusterv1alpha1.AnnotationBringInto] != "" || *p.Spec.ForProvider.Hostname != "edge" || p.Spec.ForProvider.PrivateNetworkID != nil {
		t.Errorf("want it as it should be, got %v, %+v", p.Annotations, p.Spec.ForProvider)
	}
	theirs.DeletionTimestamp, theirs.Spec.ForProvider = nil, *was.DeepCopy()
	theirs.Annotations[clusterv1alpha1.AnnotationBringInto] = "edge"

	t.Log("A person may ask for more.")
	g.x.Spec.UpdateStrategy = strategyRoll
	g.step()
	g.has(KeyFirewall, KeyFirewallB)
	got := g.firewall(KeyFirewallB)
	if p := got.Spec.ForProvider; g.owner == nil || got.Annotations[clusterv1alpha1.AnnotationBringInto] != "" || p.Size != "v1-small-x86" || *p.Hostname != "edge" || *p.PrivateNetworkID != "n7" {
		t.Errorf("want one of our own in the same network, got %v, %+v", got.Annotations, p)
	}
}

// One that is only looked at is not replaced by another one beside it.
func TestLookedAtIsNotReplaced(t *testing.T) {
	t.Parallel()
	g, _ := bring(t, func(f *v1alpha1.Firewall) {
		f.Spec.ManagementPolicies = xpv2.ManagementPolicies{xpv2.ManagementActionObserve}
	})
	for _, strategy := range []string{strategyRoll, strategyRecreate, strategyOnDelete} {
		g.x.Spec.UpdateStrategy = strategy
		g.step()
		g.step()
		g.has(KeyFirewall)
		g.says("is not replaced: its managementPolicies do not allow to free it")
	}
}

// What cannot be taken is left alone, and none is made beside it.
func TestNotBroughtIn(t *testing.T) {
	t.Parallel()
	now := metav1.Now()
	for name, tc := range map[string]struct {
		change func(*v1alpha1.Firewall)
		says   string
	}{
		"Elsewhere": {func(f *v1alpha1.Firewall) { f.Annotations[clusterv1alpha1.AnnotationBringInto] = "other" }, `bring-into is "other", and must be edge`},
		"NoPart":    {func(f *v1alpha1.Firewall) { delete(f.Annotations, annotationKey) }, "set its annotation crossplane.io/composition-resource-name to firewall"},
		"Owned": {func(f *v1alpha1.Firewall) {
			f.OwnerReferences = []metav1.OwnerReference{{Kind: "XFirewall", Name: "x", UID: "x", Controller: new(true)}}
		}, "it belongs to XFirewall x"},
		"Leaving":   {func(f *v1alpha1.Firewall) { f.DeletionTimestamp = &now }, "it is being deleted"},
		"Partition": {func(f *v1alpha1.Firewall) { f.Spec.ForProvider.Partition = "other" }, "are not those of edge"},
		"Config":    {func(f *v1alpha1.Firewall) { f.Spec.ProviderConfigReference.Name = "other" }, "are not those of edge"},
		"Unseen":    {func(f *v1alpha1.Firewall) { f.Status = v1alpha1.FirewallStatus{} }, "the provider has not seen its machine yet"},
		"Refused": {func(f *v1alpha1.Firewall) {
			f.Status.AtProvider.MachineID, f.Status.AtProvider.Message = "", "size is another one"
		}, "size is another one"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, _ := bring(t, tc.change)
			g.step()
			g.step()
			g.has()
			g.says("Firewall edge is not taken: ")
			g.says(tc.says)
			if len(g.others) != 1 || !g.last.Unready || g.last.Again == 0 {
				t.Errorf("want it left alone, and looked at again, got %v", g.parts)
			}
		})
	}
	t.Run("NoWord", func(t *testing.T) {
		t.Parallel()
		g, _ := bring(t, func(f *v1alpha1.Firewall) { delete(f.Annotations, clusterv1alpha1.AnnotationBringInto) })
		g.step()
		if got := g.firewall(KeyFirewall).GetName(); got != "edge-2" || len(g.others) != 1 {
			t.Errorf("want what is somebody's left alone, got %s", got)
		}
	})
}

// Who wants to replace by hand has nothing replaced that has not begun.
func TestOnDeleteHolds(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.x.Spec.Image = "firewall-ubuntu-4.0"
	g.step()
	g.has(KeyFirewall, KeyFirewallB)
	g.x.Spec.UpdateStrategy = strategyOnDelete
	g.step()
	g.has(KeyFirewall)
	g.says("is replaced when its Firewall is deleted: updateStrategy is OnDelete")
}

// A grant is for the spec that it was given for.
func TestGrantIsForTheSpec(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.x.Spec.UpdateStrategy, g.x.Spec.Image = strategyRecreate, "firewall-ubuntu-4.0"
	g.step()
	grant := func(generation int64) {
		g.firewall(KeyFirewallB).Generation = 2
		g.firewall(KeyFirewallB).Status.SetConditions(xpv2.Condition{Type: typeMayReplace, Status: "True", ObservedGeneration: generation})
	}
	grant(1)
	g.step()
	g.has(KeyFirewall, KeyFirewallB)
	grant(2)
	g.x.Spec.Size, g.x.Spec.Image = "huge", "typo-1.0"
	g.step()
	g.has(KeyFirewall, KeyFirewallB)
	g.x.Spec.Size, g.x.Spec.Image = "v1-small-x86", "firewall-ubuntu-4.0"
	g.step()
	g.step()
	g.has(KeyFirewallB)
}

// A backup that brings back both goes on, however long ago it was made.
func TestRestoredInARoll(t *testing.T) {
	t.Parallel()
	g := newRoll(t)
	g.now = g.now.Add(time.Hour)
	g.restored()
	g.x.Status = clusterv1alpha1.XFirewallStatus{}
	g.step()
	g.step()
	g.has(KeyFirewall, KeyFirewallB)
	if g.x.Status.Failed != "" {
		t.Errorf("want nothing failed, got %q", g.x.Status.Failed)
	}
	g.boots(KeyFirewallB)
	g.step()
	g.has(KeyFirewallB)
}

// While the old one is being deleted the new one stays, whatever becomes of the spec.
func TestDeletedInARoll(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(g *gate){
		"SetBack":      func(g *gate) { g.x.Spec.Image = "firewall-ubuntu-3.0" },
		"ChangedAgain": func(g *gate) { g.x.Spec.Image = "firewall-ubuntu-5.0" },
		"Late":         func(g *gate) { g.now = g.now.Add(16 * time.Minute) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newRoll(t)
			now := metav1.NewTime(g.now)
			g.firewall(KeyFirewall).SetDeletionTimestamp(&now)
			change(g)
			g.step()
			g.has(KeyFirewall, KeyFirewallB)
			g.boots(KeyFirewallB)
			g.step()
			g.has(KeyFirewallB)
		})
	}
}

// The one that is left in a roll is the firewall, also where the old one is there as an
// object: somebody freed its machine, or it was deleted and Crossplane made it again.
func TestStandsForNothing(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(g *gate){
		"Freed": func(g *gate) {
			f := g.firewall(KeyFirewall)
			meta.RemoveAnnotations(f, meta.AnnotationKeyExternalName)
			f.Status.AtProvider = v1alpha1.FirewallObservation{}
		},
		"MadeAgain": func(g *gate) {
			delete(g.parts, KeyFirewall)
			was := g.firewall(KeyFirewallB)
			delete(g.parts, KeyFirewallB)
			g.step()
			g.parts[KeyFirewallB] = was
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newRoll(t)
			is := meta.GetExternalName(g.firewall(KeyFirewallB))
			change(g)
			g.step()
			g.has(KeyFirewallB)
			g.leaving = nil
			g.step()
			if g.has(KeyFirewallB); meta.GetExternalName(g.firewall(KeyFirewallB)) != is || g.x.Status.MachineID != is {
				t.Errorf("want the one that is left as the firewall, got %+v", g.x.Status)
			}
		})
	}
}

// A new one that somebody deletes replaces nothing, ready or not.
func TestNextDeleted(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.x.Spec.Image, g.x.Spec.StableFor = "firewall-ubuntu-4.0", "60s"
	g.step()
	g.boots(KeyFirewallB)
	g.step()
	now := metav1.NewTime(g.now)
	g.firewall(KeyFirewallB).SetDeletionTimestamp(&now)
	g.now = g.now.Add(time.Minute)
	g.step()
	g.has(KeyFirewall, KeyFirewallB)
}

// A firewall whose spec was changed as its machine was allocated is not as it should be.
func TestMachineDiffers(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	f := g.firewall(KeyFirewall)
	f.Status.SetConditions(xpv2.Condition{Type: xpv2.TypeUpToDate, Status: "False", Reason: reasonFixed, Message: "rules: not those of the machine"})
	g.step()
	if c := g.upToDate(); c.Status != "False" || c.Reason != reasonFixed || !strings.Contains(c.Message, "not those of the machine") {
		t.Errorf("want it said, got %+v", c)
	}
	g.x.Spec.RollToken = "one"
	g.step()
	g.has(KeyFirewall, KeyFirewallB)
}

// What somebody writes into a composed Firewall is set back, and replaces nothing.
func TestWrittenIntoFirewall(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	rules := func(port v1alpha1.Port) *v1alpha1.FirewallRules {
		return &v1alpha1.FirewallRules{Egress: []v1alpha1.EgressRule{{Protocol: "TCP", Ports: []v1alpha1.Port{port}, To: []v1alpha1.CIDR{"0.0.0.0/0"}}}}
	}
	g.x.Spec.Rules = rules(443)
	g.step()
	g.boots(KeyFirewallB)
	g.step()
	g.leaving = nil
	f := g.firewall(KeyFirewallB)
	asked := memory.Asked{Fixed: map[string]string{"rules": memory.Digest(canonical.SpellRules(rules(443))), "size": memory.Digest("v1-small-x86")}}
	meta.AddAnnotations(f, map[string]string{v1alpha1.AnnotationAsked: asked.String()})
	f.Spec.ForProvider.Rules, f.Spec.ForProvider.Size = rules(8080), "v1-large-x86"
	g.step()
	g.has(KeyFirewallB)
	if p := g.firewall(KeyFirewallB).Spec.ForProvider; p.Rules.Egress[0].Ports[0] != 443 || p.Size != "v1-small-x86" {
		t.Errorf("want it set back, got %+v", p)
	}
	// What was edited here leads to another one.
	g.x.Spec.Rules = rules(8080)
	g.step()
	g.has(KeyFirewall, KeyFirewallB)
}

// A new one that is not wanted any more is shown until it is freed.
func TestGivenUpIsShown(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.x.Spec.RollToken = "one"
	g.step()
	g.allocates(KeyFirewallB)
	g.step()
	g.x.Spec.RollToken = ""
	for range 3 {
		if is := g.step(); len(is.Firewalls) != 2 || is.Firewalls[1].Name != "edge-b" || g.last.Again != freedIn {
			t.Errorf("want both shown, got %+v", is.Firewalls)
		}
		g.has(KeyFirewall)
		g.says("Firewall edge-b, which is not wanted any more, is being freed")
	}
	g.leaving = nil
	g.step()
	if is := g.step(); len(is.Firewalls) != 1 || g.last.Again != 0 {
		t.Errorf("want one left, got %+v", is.Firewalls)
	}
	g.says("")
}

// FirewallUpToDate is the word of the last step.
func (g *gate) upToDate() xpv2.Condition {
	g.t.Helper()
	for _, c := range g.last.Conditions {
		if c.Type == TypeFirewallUpToDate {
			return c
		}
	}
	g.t.Fatalf("nothing is said of the firewall: %v", g.last.Conditions)
	return xpv2.Condition{}
}

// Who looks later reads what became of a replacement, in events and in the condition.
func TestReplacementIsTold(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	told := func(reason string, words ...string) {
		t.Helper()
		if len(g.last.Events) != 1 || string(g.last.Events[0].Reason) != reason {
			t.Fatalf("want the event %s, got %v", reason, g.last.Events)
		}
		for _, w := range words {
			if got := g.last.Events[0].Message; !strings.Contains(got, w) {
				t.Errorf("%s: want %q, got %q", reason, w, got)
			}
		}
	}
	g.x.Spec.RollToken = "one"
	g.step()
	told("ReplacementBegun", "edge ", "edge-b", "rollToken one")
	g.allocates(KeyFirewallB)
	machine := g.firewall(KeyFirewallB).Status.AtProvider.MachineID
	g.now = g.now.Add(time.Hour)
	g.step()
	told("ReplacementFailed", machine)
	g.leaving = nil
	g.step()
	if c := g.upToDate(); c.Reason != "Failed" || !strings.Contains(c.Message, machine) || g.x.Status.FailedMachineID != machine || len(g.last.Events) > 0 {
		t.Errorf("want the failure in the condition, with the machine %s, got %+v", machine, c)
	}
	g.says(machine)
	g.x.Spec.RollToken = "two"
	g.step()
	told("ReplacementBegun")
	if c := g.upToDate(); c.Reason != strategyRoll {
		t.Errorf("want another try, got %+v", c)
	}
	g.allocates(KeyFirewallB)
	g.x.Spec.RollToken = ""
	g.step()
	told("ReplacementStopped", "edge-b")
	g.leaving = nil
	g.step()
	if g.x.Status.FailedMachineID != "" {
		t.Errorf("want nothing left of it, got %+v", g.x.Status)
	}
	g.x.Spec.RollToken, g.x.Spec.Paused = "three", new(true)
	g.step()
	if c := g.upToDate(); !strings.Contains(c.Message, "rollToken three; paused is true") || len(g.last.Events) > 0 {
		t.Errorf("want what holds it, got %+v", c)
	}
	g.x.Spec.Paused = nil
	g.step()
	g.boots(KeyFirewallB)
	g.step()
	told("Replaced", "edge-b")
}

// What failed is known as that while it is not known what there is.
func TestFailedIsRemembered(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.x.Spec.RollToken = "one"
	g.step()
	g.allocates(KeyFirewallB)
	g.now = g.now.Add(time.Hour)
	g.step()
	g.leaving = nil
	g.step()
	failed := g.x.Status.Failed
	was := g.firewall(KeyFirewall).Status
	g.firewall(KeyFirewall).Status = v1alpha1.FirewallStatus{}
	g.step()
	if c := g.last.Conditions; g.x.Status.Failed != failed || failed == "" || slices.ContainsFunc(c, func(c xpv2.Condition) bool { return c.Type == TypeFirewallUpToDate }) {
		t.Errorf("want the mark %q kept and nothing said, got %q, %v", failed, g.x.Status.Failed, c)
	}
	g.firewall(KeyFirewall).Status = was
	g.step()
	g.has(KeyFirewall)
	g.says("did not phone home in time")
}

// What is fixed at creation is so over replacements: they lead to the same private network,
// whatever a selector selects by now.
func TestRollKeepsWhatIsFixed(t *testing.T) {
	t.Parallel()
	for _, strategy := range []string{strategyRoll, strategyRecreate} {
		g := newGate(t)
		g.x.Spec.UpdateStrategy = strategy
		g.x.Spec.PrivateNetworkIDSelector = &clusterv1alpha1.NetworkSelector{MatchLabels: map[string]clusterv1alpha1.LabelValue{"tenant": "a"}}
		at := &g.firewall(KeyFirewall).Status.AtProvider
		at.PrivateNetworkID, at.Hostname = "n1", "edge"
		g.x.Spec.Hostname, g.x.Spec.Size = new("other"), "v1-large-x86"
		fixed := func() (string, string) {
			p := g.firewall(KeyFirewallB).Spec.ForProvider
			if p.PrivateNetworkIDSelector != nil {
				return "selected", *p.Hostname
			}
			return *p.PrivateNetworkID, *p.Hostname
		}
		g.step()
		g.step()
		if why := g.firewall(KeyFirewallB).Annotations[v1alpha1.AnnotationReplacesFor]; why != "size" {
			t.Errorf("want it said for what, got %q", why)
		}
		if network, host := fixed(); network != "n1" || host != "edge" {
			t.Errorf("%s: want it in n1 as edge, got %s, %s", strategy, network, host)
		}
		if strategy == strategyRecreate {
			g.firewall(KeyFirewallB).Status.SetConditions(xpv2.Condition{Type: typeMayReplace, Status: "True"})
		} else {
			g.boots(KeyFirewallB)
		}
		g.step()
		g.has(KeyFirewallB)
		g.leaving = nil
		g.step()
		if network, host := fixed(); strategy == strategyRecreate && (network != "n1" || host != "edge" || g.firewall(KeyFirewallB).Annotations[v1alpha1.AnnotationReplacesFor] != "size") {
			t.Errorf("%s: want it made as that, got %s, %s", strategy, network, host)
		}
		g.boots(KeyFirewallB)
		g.step()
		g.step()
		if network, host := fixed(); network != "selected" || host != "other" {
			t.Errorf("%s: want the provider to say what differs, got %s, %s", strategy, network, host)
		}
	}
}

// A network that is referred to stays referred to: the provider waits for it to be usable.
func TestRollRefersToTheNetwork(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.x.Spec.PrivateNetworkIDRef = &clusterv1alpha1.NetworkReference{Name: "network-1"}
	g.firewall(KeyFirewall).Status.AtProvider.PrivateNetworkID = "n1"
	g.x.Spec.Size = "v1-large-x86"
	g.step()
	if p := g.firewall(KeyFirewallB).Spec.ForProvider; p.PrivateNetworkIDRef == nil || p.PrivateNetworkIDRef.Name != "network-1" || *p.PrivateNetworkID != "n1" {
		t.Errorf("want it referred to, got %+v", p)
	}
}

// What a person changes leads to a replacement, and nothing else does.
func TestReplacedFor(t *testing.T) {
	t.Parallel()
	rule := v1alpha1.EgressRule{Ports: []v1alpha1.Port{443, 80}, To: []v1alpha1.CIDR{"0.0.0.0/0"}}
	other := v1alpha1.EgressRule{Ports: []v1alpha1.Port{53}, Protocol: "UDP", To: []v1alpha1.CIDR{"::/0"}}
	for name, tc := range map[string]struct {
		given, change func(*clusterv1alpha1.XFirewallSpec)
		want          string
	}{
		"Nothing":    {nil, func(*clusterv1alpha1.XFirewallSpec) {}, ""},
		"Image":      {nil, func(s *clusterv1alpha1.XFirewallSpec) { s.Image = "firewall-ubuntu-4.0" }, "image firewall-ubuntu-4.0 instead of firewall-ubuntu-3.0"},
		"SameImage":  {nil, func(s *clusterv1alpha1.XFirewallSpec) { s.Image = "firewall-ubuntu-3.0.20260101" }, ""},
		"ShortImage": {nil, func(s *clusterv1alpha1.XFirewallSpec) { s.Image = "firewall-ubuntu-3" }, ""},
		"PatchImage": {nil, func(s *clusterv1alpha1.XFirewallSpec) { s.Image = "firewall-ubuntu-3.0.20270101" }, "image"},
		"Size":       {nil, func(s *clusterv1alpha1.XFirewallSpec) { s.Size = "v1-large-x86" }, "size"},
		"Rules": {nil, func(s *clusterv1alpha1.XFirewallSpec) {
			s.Rules = &v1alpha1.FirewallRules{Egress: []v1alpha1.EgressRule{rule}}
		}, "rules"},
		"EmptyRules": {nil, func(s *clusterv1alpha1.XFirewallSpec) { s.Rules = &v1alpha1.FirewallRules{} }, ""},
		"SortedRules": {
			func(s *clusterv1alpha1.XFirewallSpec) {
				s.Rules = &v1alpha1.FirewallRules{Egress: []v1alpha1.EgressRule{rule, other}}
			},
			func(s *clusterv1alpha1.XFirewallSpec) {
				s.Rules = &v1alpha1.FirewallRules{Egress: []v1alpha1.EgressRule{other, rule}}
			}, "",
		},
		"Network": {nil, func(s *clusterv1alpha1.XFirewallSpec) {
			s.Networks = append(slices.Clone(s.Networks), clusterv1alpha1.NetworkAttachment{Name: "dmz", NetworkID: "dmz"})
		}, "networks"},
		"NetworkName": {nil, func(s *clusterv1alpha1.XFirewallSpec) {
			s.Networks = []clusterv1alpha1.NetworkAttachment{{Name: "out", NetworkID: internet}}
		}, ""},
		"EmptyIPs": {nil, func(s *clusterv1alpha1.XFirewallSpec) {
			s.Networks = []clusterv1alpha1.NetworkAttachment{{Name: "internet", NetworkID: internet, IPs: []v1alpha1.IPAddress{}}}
		}, ""},
		"IPs": {nil, func(s *clusterv1alpha1.XFirewallSpec) {
			s.Networks = []clusterv1alpha1.NetworkAttachment{{Name: "internet", NetworkID: internet, IPs: []v1alpha1.IPAddress{"203.0.113.7"}}}
		}, "networks"},
		"IPRefs": {nil, func(s *clusterv1alpha1.XFirewallSpec) {
			s.Networks = []clusterv1alpha1.NetworkAttachment{{Name: "internet", NetworkID: internet, IPRefs: refs("egress")}}
		}, "networks"},
		"Keys": {nil, func(s *clusterv1alpha1.XFirewallSpec) { s.SSHPublicKeys = []v1alpha1.SSHPublicKey{"ssh-ed25519 AAAA"} }, "sshPublicKeys"},
		"UserData": {nil, func(s *clusterv1alpha1.XFirewallSpec) {
			s.UserDataSecretRef = &v1alpha1.LocalSecretKey{Name: "a", Key: "b"}
		}, "userDataSecretRef"},
		"DNS":       {nil, func(s *clusterv1alpha1.XFirewallSpec) { s.DNSServers = []v1alpha1.IPAddress{"9.9.9.9"} }, "dnsServers"},
		"NTP":       {nil, func(s *clusterv1alpha1.XFirewallSpec) { s.NTPServers = []v1alpha1.NTPServer{"pool.ntp.org"} }, "ntpServers"},
		"Token":     {nil, func(s *clusterv1alpha1.XFirewallSpec) { s.RollToken = "2026-11" }, "rollToken 2026-11"},
		"NextToken": {func(s *clusterv1alpha1.XFirewallSpec) { s.RollToken = "2026-11" }, func(s *clusterv1alpha1.XFirewallSpec) { s.RollToken = "2026-12" }, "rollToken 2026-12"},
		"NoToken":   {func(s *clusterv1alpha1.XFirewallSpec) { s.RollToken = "2026-11" }, func(s *clusterv1alpha1.XFirewallSpec) { s.RollToken = "" }, ""},
		"Tags":      {nil, func(s *clusterv1alpha1.XFirewallSpec) { s.Tags = v1alpha1.Tags{"team=storage"} }, ""},
		"Strategy":  {nil, func(s *clusterv1alpha1.XFirewallSpec) { s.UpdateStrategy = strategyRecreate }, ""},
		"Hostname":  {nil, func(s *clusterv1alpha1.XFirewallSpec) { s.Hostname = new("other") }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGate(t)
			if tc.given != nil {
				tc.given(&g.x.Spec)
				g.parts = map[string]client.Object{}
				g.step()
				g.boots(KeyFirewall)
				g.step()
			}
			tc.change(&g.x.Spec)
			g.step()
			if tc.want == "" {
				g.has(KeyFirewall)
			} else {
				g.has(KeyFirewall, KeyFirewallB)
			}
			g.says(tc.want)
			i := slices.IndexFunc(g.last.Conditions, func(c xpv2.Condition) bool { return c.Type == TypeFirewallUpToDate })
			if c := g.last.Conditions[i]; (c.Status == "True") != (tc.want == "") || !strings.Contains(c.Message, tc.want) {
				t.Errorf("want it said in the condition, got %+v", c)
			}
		})
	}
}

// One that does not phone home in time is freed, the old one stays, and the same is not
// tried again before a person wants something else.
func TestRollFails(t *testing.T) {
	t.Parallel()
	g := newRoll(t)
	g.now = g.now.Add(g.last.Again)
	g.step()
	g.has(KeyFirewall)
	if !g.ready() {
		t.Error("want it ready")
	}
	g.leaving = nil
	for range 3 {
		g.now = g.now.Add(time.Hour)
		g.step()
		g.has(KeyFirewall)
		g.says("did not phone home in time")
	}
	g.x.Spec.Image = "firewall-ubuntu-3.0"
	g.step()
	g.says("")
	g.x.Spec.Image, g.x.Spec.RollToken = "firewall-ubuntu-4.0", "again"
	g.step()
	g.has(KeyFirewall, KeyFirewallB)
}

// Who changes it back, or again, has the new one freed; the next is not made before that
// is gone.
func TestRollChanged(t *testing.T) {
	t.Parallel()
	for name, image := range map[string]string{"Back": "firewall-ubuntu-3.0", "Again": "firewall-ubuntu-5.0"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGate(t)
			g.x.Spec.Image = "firewall-ubuntu-4.0"
			g.step()
			g.allocates(KeyFirewallB)
			g.x.Spec.Image = image
			for i := range 3 {
				g.step()
				g.has(KeyFirewall)
				if name == "Again" && i > 0 {
					g.says("when the one before is freed")
				}
			}
			g.leaving = nil
			g.step()
			if name == "Back" {
				g.has(KeyFirewall)
				g.says("")
				return
			}
			g.has(KeyFirewall, KeyFirewallB)
			if got := g.firewall(KeyFirewallB).Spec.ForProvider.Image; got != image {
				t.Errorf("want %s, got %s", image, got)
			}
		})
	}
}

// Recreate frees the old one when the provider says so, and the new one is made after that.
func TestRecreate(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.x.Spec.UpdateStrategy, g.x.Spec.Size = strategyRecreate, "v1-large-x86"
	g.step()
	g.has(KeyFirewall, KeyFirewallB)
	if g.firewall(KeyFirewallB).Annotations[v1alpha1.AnnotationRecreate] != "true" {
		t.Error("want the provider told")
	}
	g.firewall(KeyFirewallB).Status.SetConditions(xpv2.Condition{Type: typeMayReplace, Status: "True"})
	g.step()
	g.has(KeyFirewallB)
	g.leaving = nil
	for range 2 {
		g.step()
		if a := g.firewall(KeyFirewallB).Annotations; a[v1alpha1.AnnotationRecreate] != "true" || a[v1alpha1.AnnotationReplaces] == "" {
			t.Errorf("want it being replaced until it is there, got %v", a)
		}
	}
	g.boots(KeyFirewallB)
	g.step()
	g.step()
	g.has(KeyFirewallB)
	if g.firewall(KeyFirewallB).Annotations[v1alpha1.AnnotationRecreate] != "" || !g.ready() {
		t.Error("want it done")
	}
}

// A firewall that is gone is made again as it should be, also one that was being replaced.
func TestFirewallGone(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.x.Spec.UpdateStrategy, g.x.Spec.Image = strategyOnDelete, "firewall-ubuntu-4.0"
	g.step()
	g.has(KeyFirewall)
	g.says("is replaced when its Firewall is deleted: updateStrategy is OnDelete")
	delete(g.parts, KeyFirewall)
	g.step()
	g.has(KeyFirewall)
	if got := g.firewall(KeyFirewall).Spec.ForProvider.Image; got != "firewall-ubuntu-4.0" {
		t.Errorf("want the new image, got %s", got)
	}
	g.boots(KeyFirewall)
	g.x.Spec.UpdateStrategy, g.x.Spec.Image = "", "firewall-ubuntu-5.0"
	g.step()
	g.allocates(KeyFirewallB)
	delete(g.parts, KeyFirewall)
	g.step()
	g.has(KeyFirewallB)
	g.boots(KeyFirewallB)
	g.step()
	g.has(KeyFirewallB)
}

// Those that a backup brought back without a record of them are of it again, whichever of
// the two places they had.
func TestFirewallTakenBack(t *testing.T) {
	t.Parallel()
	for name, keys := range map[string][]string{"First": {KeyFirewall}, "Second": {KeyFirewallB}, "Both": {KeyFirewall, KeyFirewallB}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGate(t)
			g.x.Spec.Image = "firewall-ubuntu-4.0"
			g.step()
			g.allocates(KeyFirewallB)
			restored := newGate(t)
			restored.x.UID, restored.parts = "after", map[string]client.Object{}
			restored.x.Spec = g.x.Spec
			names := map[string]string{}
			for _, key := range keys {
				f := g.firewall(key)
				f.OwnerReferences = nil
				names[key] = f.Name
				restored.leaving = append(restored.leaving, f)
				restored.x.Spec.Image = f.Spec.ForProvider.Image
			}
			restored.step()
			got := map[string]string{}
			for key, o := range restored.parts {
				got[key] = o.GetName()
			}
			if diff := cmp.Diff(names, got); diff != "" {
				t.Errorf("-want, +got:\n%s", diff)
			}
		})
	}
}

// A newer patch of the image is shown, and replaces nothing.
func TestShowsNewerImage(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.firewall(KeyFirewall).Status.AtProvider.NewerImage = "firewall-ubuntu-3.0.20261101"
	is := g.step()
	g.has(KeyFirewall)
	if len(is.Firewalls) != 1 || is.Firewalls[0].NewerImage != "firewall-ubuntu-3.0.20261101" {
		t.Errorf("want it shown, got %+v", is.Firewalls)
	}
}

// A replacement that cannot begin says why in a condition, too.
func TestWaitsInACondition(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.x.Spec.Size = "v1-large-x86"
	g.step()
	g.firewall(KeyFirewallB).Status.AtProvider.Message = "no machine available: of 3 of size v1-large-x86 none is free"
	g.step()
	if c := conditionOf(g.last.Conditions, TypeFirewallUpToDate); c.Status != "False" || c.Message != "size; Firewall edge-b: no machine available: of 3 of size v1-large-x86 none is free" {
		t.Errorf("want what differs, and what is waited for, got %+v", c)
	}
	g.boots(KeyFirewallB)
	g.firewall(KeyFirewallB).Status.AtProvider.Message = ""
	g.step()
	if c := conditionOf(g.last.Conditions, TypeFirewallUpToDate); c.Status != "True" || c.Message != "" {
		t.Errorf("want it as it should be, got %+v", c)
	}
}

// What is in a crash loop is replaced after a while, where that is wanted.
func TestHealthTimeout(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	since := metav1.NewTime(g.now)
	g.firewall(KeyFirewall).Status.AtProvider.CrashLoopSince = &since
	g.firewall(KeyFirewall).Status.SetConditions(condition(false))
	g.step()
	g.has(KeyFirewall)
	g.x.Spec.HealthTimeout = "30m"
	g.step()
	g.has(KeyFirewall)
	if g.last.Again != 30*time.Minute {
		t.Errorf("want it looked at when the time is over, got %s", g.last.Again)
	}
	g.now = g.now.Add(30 * time.Minute)
	g.step()
	g.has(KeyFirewall, KeyFirewallB)
	g.says("in a crash loop for 30m0s")

	// One that fails as well is not tried again.
	g.allocates(KeyFirewallB)
	g.now = g.now.Add(createTimeout)
	g.step()
	g.leaving = nil
	g.step()
	g.step()
	g.has(KeyFirewall)
}

// Of a firewall that is not made yet everything can be corrected.
func TestCorrectedBefore(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.parts = map[string]client.Object{}
	g.step()
	g.x.Spec.Size = "v1-large-x86"
	g.step()
	g.has(KeyFirewall)
	if got := g.firewall(KeyFirewall).Spec.ForProvider.Size; got != "v1-large-x86" {
		t.Errorf("want it corrected, got %s", got)
	}
	g.says("")
}

// Whether a replacement leaves the public addresses as they are is said before.
func TestEgressStable(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		n    clusterv1alpha1.NetworkAttachment
		want string
	}{
		"Ephemeral": {clusterv1alpha1.NetworkAttachment{Name: "internet", NetworkID: internet}, "False"},
		"Given":     {clusterv1alpha1.NetworkAttachment{Name: "internet", NetworkID: internet, IPs: []v1alpha1.IPAddress{"203.0.113.7"}}, "True"},
		"Referred":  {clusterv1alpha1.NetworkAttachment{Name: "internet", NetworkID: internet, IPRefs: refs("egress")}, "True"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGate(t)
			g.x.Spec.Networks = []clusterv1alpha1.NetworkAttachment{tc.n}
			stable := func(want string) {
				t.Helper()
				g.step()
				i := slices.IndexFunc(g.last.Conditions, func(c xpv2.Condition) bool { return c.Type == TypeEgressStable })
				if got := g.last.Conditions[i]; string(got.Status) != want || (got.Message == "") != (want == "True") {
					t.Errorf("want %s, got %+v", want, got)
				}
			}
			stable("False") // What it has now is lost by the next replacement.
			if tc.want == "False" {
				return
			}
			g.boots(KeyFirewallB)
			g.step()
			stable(tc.want)
		})
	}
}

// While somebody deletes the firewall it is not replaced: it comes again as it should be.
func TestDeletedIsNotReplaced(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	now := metav1.NewTime(g.now)
	g.firewall(KeyFirewall).SetDeletionTimestamp(&now)
	g.x.Spec.Image = "firewall-ubuntu-4.0"
	g.step()
	g.has(KeyFirewall)
	if got := g.firewall(KeyFirewall).Spec.ForProvider.Image; got != "firewall-ubuntu-4.0" {
		t.Errorf("want what may be made anew as it should be, got %s", got)
	}
}

// A shared address is shared no longer than it must be.
func TestStableFor(t *testing.T) {
	t.Parallel()
	for name, ips := range map[string][]v1alpha1.IPAddress{"Own": nil, "Shared": {"203.0.113.7"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGate(t)
			g.x.Spec.Image, g.x.Spec.StableFor = "firewall-ubuntu-4.0", "30s"
			g.x.Spec.Networks = []clusterv1alpha1.NetworkAttachment{{Name: "internet", NetworkID: internet, IPs: ips}}
			g.step()
			g.boots(KeyFirewallB)
			g.step()
			if name == "Own" {
				g.has(KeyFirewall, KeyFirewallB)
				g.now = g.now.Add(g.last.Again)
				g.step()
			}
			g.has(KeyFirewallB)
		})
	}
}

// Of two firewalls of which none says what it is, the older one is the current one.
func TestOlderIsCurrent(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	b := g.firewall(KeyFirewall).DeepCopy()
	b.Name, b.CreationTimestamp = "edge-b", metav1.NewTime(g.now.Add(-time.Hour))
	b.Status.AtProvider.MachineID = "older"
	g.parts[KeyFirewallB] = b
	if is := g.step(); is.MachineID != "older" {
		t.Errorf("want the older one shown, got %+v", is)
	}
}

// Where there is no name for a new firewall the old one does its work all the same.
func TestNoNameForTheNext(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.x.Spec.Image = "firewall-ubuntu-4.0"
	for i := range mostNames {
		other := &v1alpha1.Firewall{TypeMeta: typeOf(v1alpha1.FirewallGroupVersionKind)}
		other.Name = naming{of: "edge", as: "b", most: longest}.nth(i)
		g.leaving = append(g.leaving, other)
	}
	g.step()
	g.has(KeyFirewall)
	g.says("waiting for a name for the Firewall")
	if !g.ready() {
		t.Error("want it ready")
	}
}
