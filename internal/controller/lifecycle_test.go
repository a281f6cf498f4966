package controller_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// From nothing to a firewall that has phoned home, and back to nothing, in
// order.
func TestLifecycle(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := newNetwork("n", func(n *v1alpha1.Network) { n.SetLabels(map[string]string{"cluster": "x"}) })
	w.create(n)
	f := newFirewall("x-firewall", "", func(f *v1alpha1.Firewall) {
		f.Spec.ForProvider.PrivateNetworkIDSelector = &v1alpha1.Selector{MatchLabels: map[string]string{"cluster": "x"}}
		f.Spec.WriteConnectionSecretToReference = &xpv2.LocalSecretReference{Name: "x"}
	})
	w.create(f)

	w.reconcile(f)
	if got, want := f.Status.AtProvider.Message, "waiting for Network n to be Ready"; got != want {
		t.Errorf("want message %q, got %q", want, got)
	}
	if c := f.GetCondition(xpv2.TypeSynced); c.Status != corev1.ConditionTrue || ready(f) {
		t.Errorf("waiting is no error, got %+v", c)
	}
	w.until("the network is ready", func() bool { return ready(n) }, n)
	if got := n.Status.AtProvider; got.ID != meta.GetExternalName(n) || len(got.Prefixes) != 2 || got.VRF == nil || got.Message != "" {
		t.Errorf("want what metal-api says in the status, got %+v", got)
	}

	seen := map[string]bool{}
	w.until("the firewall is ready", func() bool { seen[f.Status.AtProvider.Message] = true; return ready(f) }, f)
	for m := range seen {
		if m != "" && !strings.HasPrefix(m, "waiting for ") {
			t.Errorf("want messages that say what is waited for, got %q", m)
		}
	}
	if got := f.Status.AtProvider; got.LastEvent != "Phoned Home" || got.Hostname != "x-firewall" || got.Image == "" || got.Message != "" {
		t.Errorf("want what metal-api says in the status, got %+v", got)
	}
	for _, k := range []string{v1alpha1.AnnotationAllocationUUID, v1alpha1.AnnotationPartitionCreated} {
		if f.GetAnnotations()[k] == "" || n.GetAnnotations()[k] == "" {
			t.Errorf("want annotation %s", k)
		}
	}
	for _, k := range []string{v1alpha1.AnnotationCreateUnknownSince, meta.AnnotationKeyExternalCreatePending} {
		if _, ok := f.GetAnnotations()[k]; ok {
			t.Errorf("want no annotation %s after a known outcome", k)
		}
	}
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "x"}}
	if w.gone(secret) || string(secret.Data["username"]) != "metal" || string(secret.Data["machineID"]) != meta.GetExternalName(f) || !strings.HasPrefix(string(secret.Data["endpoint"]), "203.0.113.") {
		t.Errorf("want connection details, got %q", secret.Data)
	}

	w.delete(n)
	w.reconcile(n)
	if got, want := n.Status.AtProvider.Message, "waits for Firewall default/x-firewall, which was made for it: delete it first"; !strings.Contains(got, want) {
		t.Errorf("want message %q, got %q", want, got)
	}
	if c := n.GetCondition(xpv2.TypeSynced); c.Status != corev1.ConditionTrue {
		t.Errorf("waiting is no error, got %+v", c)
	}
	if w.happened("DeletedExternalResource") != 0 || w.happened("WaitingToFree") == 0 {
		t.Errorf("want no event that says what is not so, got %q", w.events)
	}
	w.delete(f)
	w.until("both are gone", func() bool { return w.gone(f) && w.gone(n) }, f, n)
	if got := w.allocated(); got != 0 {
		t.Errorf("want all machines free, got %d allocated", got)
	}
	for op, want := range map[string]int{"allocateNetwork": 1, "allocateFirewall": 1, "freeMachine": 1, "freeNetwork": 1, "updateNetwork": 0, "updateMachine": 0} {
		if got := w.writes(op); got != want {
			t.Errorf("want %d %s, got %d", want, op, got)
		}
	}
}

// What a selector led to when something was made it stays: another label later is told, and
// nothing else.
func TestSelectedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	labels := map[string]string{"cluster": "x"}
	n := newNetwork("n", func(n *v1alpha1.Network) { n.SetLabels(labels) })
	other := newNetwork("other")
	f := newFirewall("x-firewall", "", func(f *v1alpha1.Firewall) {
		f.Spec.ForProvider.PrivateNetworkIDSelector = &v1alpha1.Selector{MatchLabels: labels}
	})
	w.create(n)
	w.create(other)
	w.create(f)
	w.until("all are ready", func() bool { return ready(n) && ready(other) && ready(f) }, n, other, f)
	label := func(n *v1alpha1.Network, with map[string]string) {
		w.until("it is labelled", func() bool {
			n.SetLabels(with)
			return w.kube.Update(t.Context(), n) == nil
		}, n)
	}
	label(n, nil)
	w.reconcile(f)
	if got := f.GetCondition(xpv2.TypeUpToDate); got.Status != corev1.ConditionTrue || w.happened("ChangedOutside") != 0 {
		t.Errorf("want nothing said of a selector that leads nowhere any more, got %+v", got)
	}
	label(other, labels)
	for range 2 {
		w.pass(time.Hour)
		w.reconcile(f)
		if got := f.GetCondition(xpv2.TypeUpToDate); got.Status != corev1.ConditionFalse || !strings.Contains(got.Message, "privateNetworkID") || !ready(f) || w.happened("ChangedOutside") != 1 {
			t.Errorf("want it told once that the selector leads elsewhere, got %+v", got)
		}
	}
	if n := w.writes("allocateFirewall") + w.writes("freeMachine"); n != 1 {
		t.Errorf("want the firewall to stay, got %d writes", n)
	}
}

// At rest nothing is written, and metal-api is asked once.
func TestQuiet(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n, f := w.networkAndFirewall()
	w.reconcile(n)
	w.reconcile(f)
	status := []any{n.Status.DeepCopy(), f.Status.DeepCopy()}
	events := len(w.events)
	w.sim.ResetCounters()
	for range 5 {
		w.reconcile(n)
		w.reconcile(f)
	}
	for op, got := range w.sim.Counters() {
		if got > 5 {
			t.Errorf("want at most one read per reconcile, got %d %s", got, op)
		}
	}
	if len(w.events) != events {
		t.Errorf("want no events at rest, got %q", w.events[events:])
	}
	if diff := cmp.Diff(status, []any{n.Status.DeepCopy(), f.Status.DeepCopy()}); diff != "" {
		t.Errorf("want an unchanged status at rest:\n%s", diff)
	}
}

// When it is ready, the next look is after the poll interval; else soon.
func TestPoll(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n, f := w.networkAndFirewall()
	if got := w.reconcile(n).RequeueAfter; got < 54*time.Second || got > 66*time.Second {
		t.Errorf("want the poll interval and its jitter, got %s", got)
	}
	if err := w.sim.SetLiveliness(meta.GetExternalName(f), "Unknown"); err != nil {
		t.Fatal(err)
	}
	if got := w.reconcile(f).RequeueAfter; got != 5*time.Second {
		t.Errorf("want a soon look at what is not ready, got %s", got)
	}
}

// What was freed outside is not shown as ready while another one is made.
func TestFreedOutsideIsNotReady(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n, f := w.networkAndFirewall()
	w.freed(meta.GetExternalName(f))
	release := w.hold(v1alpha1.FirewallKind)
	its := f.DeepCopy()
	var making sync.WaitGroup
	making.Go(func() { w.reconcile(its) })
	w.until("another one is being made", func() bool { w.gone(f); return meta.GetExternalName(f) == "" }, n)
	w.until("it is not shown as ready", func() bool { w.gone(f); return !ready(f) && f.Status.AtProvider.MachineID == "" }, n)
	if got := w.message(f); w.writes("allocateFirewall") != 1 || !strings.Contains(got, "was freed outside of Kubernetes: creating another one") {
		t.Errorf("want it said while the other is being made, got %q", got)
	}
	release()
	making.Wait()
	w.until("another one is ready", func() bool { return ready(f) && w.message(f) == "" }, f)
}
