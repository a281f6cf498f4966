package controller_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/crossplane/crossplane-runtime/v2/pkg/reconciler/managed"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

func equalJSON(t *testing.T, a, b any) bool {
	t.Helper()
	var s [2]string
	for i, o := range []any{a, b} {
		j, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		s[i] = string(j)
	}
	return s[0] == s[1]
}

// tagsOf a firewall, without metal-api's own and the marks.
func (w *world) tagsOf(f *v1alpha1.Firewall) []string {
	w.t.Helper()
	mf, err := w.stack().Machine(w.t.Context(), meta.GetExternalName(f))
	if err != nil {
		w.t.Fatal(err)
	}
	return slices.DeleteFunc(mf.Tags, func(tag string) bool {
		return strings.HasPrefix(tag, metal.MarkPrefix) || strings.HasPrefix(tag, "machine.metal-stack.io/")
	})
}

// upToDate with nothing to say, after a few looks that write no more.
func (w *world) upToDate(mg metalResource) {
	w.t.Helper()
	w.until("it is up to date", func() bool { return mg.GetCondition(xpv2.TypeUpToDate).Status == corev1.ConditionTrue }, mg)
	w.sim.ClearJournal()
	version := mg.GetResourceVersion()
	for range 3 {
		w.reconcile(mg)
	}
	if got := w.writes("updateNetwork") + w.writes("updateMachine"); got != 0 || mg.GetResourceVersion() != version || w.message(mg) != "" {
		w.t.Errorf("want it at rest, got %d updates, version %s after %s, message %q", got, mg.GetResourceVersion(), version, w.message(mg))
	}
}

// What was written and nobody wants any more goes; what others wrote stays, byte
// for byte.
func TestForgotten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := newNetwork("n", func(n *v1alpha1.Network) {
		n.Spec.ForProvider.Name, n.Spec.ForProvider.Description = new("called"), new("ours")
		n.Spec.ForProvider.Labels = map[string]v1alpha1.NetworkLabelValue{"env": "dev", "cost-center": "47"}
	})
	w.create(n)
	w.until("the network is ready", func() bool { return ready(n) }, n)
	f := newFirewall("f", meta.GetExternalName(n), func(f *v1alpha1.Firewall) {
		f.Spec.ForProvider.Description = new("ours")
		f.Spec.ForProvider.Tags = []v1alpha1.Tag{"env=dev", "cost-center=47", "team=storage "}
	})
	w.create(f)
	w.until("the firewall is ready", func() bool { return ready(f) }, f)
	w.upToDate(n)
	w.upToDate(f)

	ctx := t.Context()
	mf, err := w.stack().Machine(ctx, meta.GetExternalName(f))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.stack().UpdateMachine(ctx, mf.ID, metal.MachineUpdate{Tags: append(mf.Tags, "owner: jane ", "gpu", "gpu=a100")}); err != nil {
		t.Fatal(err)
	}
	mn, err := w.stack().Network(ctx, meta.GetExternalName(n))
	if err != nil {
		t.Fatal(err)
	}
	mn.Labels["theirs"] = " x "
	if err := w.stack().UpdateNetwork(ctx, mn.ID, metal.NetworkUpdate{Labels: mn.Labels}); err != nil {
		t.Fatal(err)
	}
	w.upToDate(n)
	w.upToDate(f)

	edit(w, n, func(n *v1alpha1.Network) {
		n.Spec.ForProvider.Name, n.Spec.ForProvider.Description = nil, nil
		n.Spec.ForProvider.Labels = map[string]v1alpha1.NetworkLabelValue{"env": "prod"}
	})
	edit(w, f, func(f *v1alpha1.Firewall) {
		f.Spec.ForProvider.Description = nil
		f.Spec.ForProvider.Tags = []v1alpha1.Tag{"env=prod"}
	})
	w.reconcile(n)
	w.reconcile(f)
	w.upToDate(n)
	w.upToDate(f)
	want := []string{"env=prod", "gpu", "gpu=a100", "owner: jane "}
	if got := w.tagsOf(f); !slices.Equal(got, want) {
		t.Errorf("want tags %q, got %q", want, got)
	}
	if mn, err = w.stack().Network(ctx, mn.ID); err != nil {
		t.Fatal(err)
	}
	if _, there := mn.Labels["cost-center"]; there || mn.Labels["env"] != "prod" || mn.Labels["theirs"] != " x " || mn.Description != "" || mn.Name != "n" {
		t.Errorf("want what nobody wants gone, got %+v", mn)
	}
	if mf, err = w.stack().Machine(ctx, mf.ID); err != nil || mf.Description != "" {
		t.Errorf("want the description gone, got %q, %v", mf.Description, err)
	}

	// What is gone is forgotten: somebody else may write it now.
	if err := w.stack().UpdateMachine(ctx, mf.ID, metal.MachineUpdate{Tags: append(mf.Tags, "cost-center=47")}); err != nil {
		t.Fatal(err)
	}
	w.upToDate(f)
	if got := w.tagsOf(f); !slices.Contains(got, "cost-center=47") {
		t.Errorf("want what others write kept, got %q", got)
	}
}

// restored as Velero does it: without uid, owners and status, with a new uid.
func (w *world) restored(mg metalResource) {
	w.t.Helper()
	edit(w, mg, func(mg metalResource) { mg.SetFinalizers(nil) })
	w.delete(mg)
	mg.SetResourceVersion("")
	mg.SetOwnerReferences(nil)
	mg.SetFinalizers([]string{managed.FinalizerName})
	switch mg := mg.(type) {
	case *v1alpha1.Network:
		mg.Status = v1alpha1.NetworkStatus{}
	case *v1alpha1.Firewall:
		mg.Status = v1alpha1.FirewallStatus{}
	}
	w.create(mg)
}

// A backup keeps the memory of what was written.
func TestRemembered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n, f := w.networkAndFirewall()
	edit(w, f, func(f *v1alpha1.Firewall) { f.Spec.ForProvider.Tags = []v1alpha1.Tag{"a=1", "b=2"} })
	w.reconcile(f)
	w.upToDate(f)
	uid := f.GetUID()
	w.restored(f)
	w.reconcile(f)
	if got := w.message(f); !strings.Contains(got, "belongs to another managed resource") {
		t.Errorf("want it refused, got %q", got)
	}
	edit(w, f, func(f *v1alpha1.Firewall) {
		meta.AddAnnotations(f, map[string]string{v1alpha1.AnnotationTakeOver: string(uid)})
		f.Spec.ForProvider.Tags = []v1alpha1.Tag{"a=1"}
	})
	w.until("it is ready again", func() bool { return ready(f) }, f)
	w.upToDate(f)
	if got := w.tagsOf(f); !slices.Equal(got, []string{"a=1"}) {
		t.Errorf("want the tag gone that was written before the backup, got %q", got)
	}
	if !ready(n) || w.allocated() != 1 {
		t.Error("want nothing else touched")
	}
}

// A restored Network has an id, and is refused until it is taken over: nothing is
// allocated by way of it.
func TestRestoredNetwork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := w.network()
	status := n.Status.DeepCopy()
	uid := n.GetUID()
	w.restored(n)
	f := newFirewall("f", "", func(f *v1alpha1.Firewall) {
		f.Spec.ForProvider.PrivateNetworkIDRef = &v1alpha1.Reference{Name: "n"}
	})
	w.create(f)
	for _, restore := range []struct {
		reason string
		status v1alpha1.NetworkStatus
		says   string
	}{
		{"before anybody looked at it", v1alpha1.NetworkStatus{}, "waiting for Network n to be Ready"},
		{"also if the backup brought its status back", *status, "is not that of Network default/n"},
	} {
		w.gone(n)
		n.Status = restore.status
		if err := w.kube.Status().Update(t.Context(), n); err != nil {
			t.Fatal(err)
		}
		w.reconcile(f)
		if got := w.message(f); !strings.Contains(got, restore.says) || w.allocated() != 0 {
			t.Errorf("%s: want %q said and nothing allocated, got %q", restore.reason, restore.says, got)
		}
	}
	// A late cache still shows it as it was.
	w.stale = n.DeepCopy()
	w.reconcile(n)
	w.stale = nil
	was := n.DeepCopy()
	w.reconcile(n)
	w.stale = was
	w.stale.Status = *status
	if w.reconcile(f); w.allocated() != 0 || !strings.Contains(w.message(f), "waiting for Network default/n to be Ready") {
		t.Errorf("want nothing allocated while the network is refused, got %q", w.message(f))
	}
	w.stale = nil
	edit(w, n, func(n *v1alpha1.Network) {
		meta.AddAnnotations(n, map[string]string{v1alpha1.AnnotationTakeOver: string(uid)})
	})
	w.until("both are ready", func() bool { return ready(n) && ready(f) }, n, f)
}

// A finalizer of somebody else keeps a resource, and its message says so.
func TestKeptByOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n, f := w.networkAndFirewall()
	for _, mg := range []metalResource{f, n} {
		edit(w, mg, func(mg metalResource) { mg.SetFinalizers(append(mg.GetFinalizers(), "example.org/keep")) })
		w.delete(mg)
		w.reconcile(mg)
		if got := w.message(mg); !strings.Contains(got, "waits for the removal of example.org/keep") {
			t.Errorf("want it said, got %q", got)
		}
		version := mg.GetResourceVersion()
		w.reconcile(mg)
		if mg.GetResourceVersion() != version {
			t.Error("want it said once")
		}
	}
	if got := w.writes("freeMachine") + w.writes("freeNetwork"); got != 0 {
		t.Errorf("want nothing freed, got %d", got)
	}
	edit(w, f, func(f *v1alpha1.Firewall) {
		f.SetFinalizers([]string{managed.FinalizerName, metav1.FinalizerDeleteDependents})
	})
	w.reconcile(f)
	if got := w.message(f); strings.Contains(got, "foregroundDeletion") {
		t.Errorf("want garbage collection left to work, got %q", got)
	}
}

// What was made or freed is looked at without delay, whatever failed before: who
// waits for it would wait as long.
func TestNoBackoffAfterSuccess(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := newNetwork("n")
	w.create(n)
	at := func(what string, r reconcile.Result) {
		if r.RequeueAfter <= 0 || r.RequeueAfter > time.Second || r.Requeue { //nolint:staticcheck // crossplane-runtime's answer after an error.
			t.Errorf("%s: want another look within a second, got %+v", what, r)
		}
	}
	at("allocated", w.reconcile(n))
	w.until("the network is ready", func() bool { return ready(n) }, n)
	f := newFirewall("f", meta.GetExternalName(n))
	w.create(f)
	at("allocated", w.reconcile(f))
	w.until("the firewall is ready", func() bool { return ready(f) }, f)
	w.delete(f)
	at("freed", w.reconcile(f))
	w.until("the firewall is gone", func() bool { return w.gone(f) }, f)
}

// kubectl replace takes all annotations away. What was asked for is still known,
// from the status: removed tags go, and a changed field shows.
func TestReplaced(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, f := w.networkAndFirewall()
	edit(w, f, func(f *v1alpha1.Firewall) { f.Spec.ForProvider.Tags = []v1alpha1.Tag{"a=1", "b=2"} })
	w.reconcile(f)
	w.upToDate(f)
	id := meta.GetExternalName(f)
	edit(w, f, func(f *v1alpha1.Firewall) {
		f.SetAnnotations(nil)
		f.SetFinalizers(nil)
		f.Spec.ForProvider.Tags = []v1alpha1.Tag{"a=1"}
		f.Spec.ForProvider.PlacementTags = []v1alpha1.Tag{"rack=a"}
	})
	w.until("the tag is gone", func() bool { return slices.Equal(w.tagsOf(f), []string{"a=1"}) }, f)
	w.reconcile(f)
	if got := w.message(f); !strings.Contains(got, "placementTags: not what the machine was created with") || meta.GetExternalName(f) != id || w.allocated() != 1 {
		t.Errorf("want the change said, and the same machine, got %q", got)
	}
}
