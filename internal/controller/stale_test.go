package controller_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller"
	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

// The cache shows an object as it was at any earlier time: nothing is made
// twice, and nothing newer is written over.
func TestStaleCache(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := newNetwork("n")
	w.create(n)
	var past []*v1alpha1.Network
	w.onWrite(func(string, client.Object) error {
		was := n.DeepCopy()
		if err := w.kube.Get(t.Context(), client.ObjectKeyFromObject(n), was); err != nil {
			t.Fatal(err)
		}
		past = append(past, was)
		return nil
	})
	w.until("the network is ready", func() bool { return ready(n) }, n)
	w.onWrite(nil)
	edit(w, n, func(n *v1alpha1.Network) { n.SetLabels(map[string]string{"changed": "since"}) })
	if len(past) < 4 {
		t.Fatalf("want a past, got %d versions", len(past))
	}

	for i, was := range past {
		w.stale = was
		if _, err := w.reconcilers[v1alpha1.NetworkKind].Reconcile(t.Context(), reconcile.Request{NamespacedName: client.ObjectKeyFromObject(n)}); err != nil {
			t.Logf("version %d: %v", i, err)
		}
		w.stale = nil
		if w.gone(n); n.GetLabels()["changed"] != "since" || meta.GetExternalName(n) == "" {
			t.Errorf("version %d: want nothing written over, got %v %v", i, n.GetLabels(), n.GetAnnotations())
		}
	}
	if got := w.writes("allocateNetwork"); got != 1 {
		t.Errorf("want 1 allocate, got %d", got)
	}
}

// The reconcile is cancelled in the middle of an allocate: the allocate goes on,
// and its outcome is recorded.
func TestCancelledWhileCreating(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mg, operation := w.toCreate("Firewall")
	release := w.hold(v1alpha1.FirewallKind)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := w.reconcilers[v1alpha1.FirewallKind].Reconcile(ctx, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(mg)})
		done <- err
	}()
	w.until("the allocate is under way", func() bool { return w.holding(v1alpha1.FirewallKind) })
	cancel()
	release()
	if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if w.gone(mg); meta.GetExternalName(mg) == "" || w.allocated() != 1 {
		t.Errorf("want it made and recorded, got %v", mg.GetAnnotations())
	}
	w.until("it is ready", func() bool { return ready(mg) }, mg)
	if got := w.writes(operation); got != 1 {
		t.Errorf("want 1 %s, got %d", operation, got)
	}
}

// Kubernetes is away right after the allocate, for longer than is waited: what
// was made is found by its mark.
func TestKubernetesAwayAfterCreate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mg, operation := w.toCreate("Network")
	w.onWrite(func(verb string, _ client.Object) error {
		if verb == "patch" && w.writes(operation) > 0 {
			return errors.New("connection refused")
		}
		return nil
	})
	w.reconcile(mg)
	if w.writes(operation) != 1 || meta.GetExternalName(mg) != "" {
		t.Fatalf("want it made and not recorded, got %v", mg.GetAnnotations())
	}
	w.onWrite(nil)
	w.until("it is ready", func() bool { return ready(mg) }, mg)
	if got := w.writes(operation); got != 1 {
		t.Errorf("want 1 %s, got %d", operation, got)
	}
}

// A reinstall keeps the allocation: it is the same firewall, not ready for a
// while, and not made anew.
func TestReinstalled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, f := w.networkAndFirewall()
	id, uuid := f.Status.AtProvider.MachineID, f.GetAnnotations()[v1alpha1.AnnotationAllocationUUID]
	if err := w.sim.Hold(id); err != nil {
		t.Fatal(err)
	}
	w.ask(http.MethodPost, "/v1/machine/"+id+"/reinstall", fmt.Sprintf(`{"id":%q,"imageid":%q}`, id, image), nil)
	w.reconcile(f)
	if c := f.GetCondition(xpv2.TypeReady); c.Status != corev1.ConditionFalse || c.Reason != "Reinstalling" {
		t.Errorf("want it reinstalling, got %+v", c)
	}
	if err := w.sim.Release(id); err != nil {
		t.Fatal(err)
	}
	w.until("it is ready again", func() bool { return ready(f) }, f)
	if f.Status.AtProvider.MachineID != id || f.GetAnnotations()[v1alpha1.AnnotationAllocationUUID] != uuid || w.writes("allocateFirewall") != 1 {
		t.Error("want the same firewall")
	}
}

// User data is nowhere but in its Secret and at metal-api.
func TestUserDataIsSecret(t *testing.T) {
	t.Parallel()
	const data = "do-not-show-this"
	w := newWorld(t)
	w.create(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "user-data"}, Data: map[string][]byte{"ignition": []byte(data)}})
	n := w.network()
	f := newFirewall("f", meta.GetExternalName(n), func(f *v1alpha1.Firewall) {
		f.Spec.ForProvider.UserDataSecretRef = &v1alpha1.LocalSecretKey{Name: "user-data", Key: "ignition"}
	})
	w.create(f)
	w.sim.AddFault(simulator.Fault{Operation: "allocateFirewall", Count: 1, Status: 422})
	w.reconcile(f)
	w.pass(2 * controller.DefaultHoldOff)
	w.until("the firewall is ready", func() bool { return ready(f) }, f)
	var got struct {
		Allocation struct {
			UserData string `json:"user_data"` //nolint:tagliatelle // metal-api spells it so.
		} `json:"allocation"`
	}
	w.ask(http.MethodGet, "/v1/machine/"+meta.GetExternalName(f), "", &got)
	if got.Allocation.UserData == "" {
		t.Error("want the user data at metal-api")
	}
	if said := fmt.Sprintf("%+v %q", f, w.events); strings.Contains(said, data) || strings.Contains(said, got.Allocation.UserData) {
		t.Error("want the user data shown nowhere")
	}
}

// An error of the ProviderConfig is the resource's message.
func TestCannotConnect(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.unset = errors.New("ProviderConfig default/metal does not exist: create it")
	n := newNetwork("n")
	w.create(n)
	w.reconcile(n)
	if n.Status.AtProvider.Message != w.unset.Error() || n.GetCondition(xpv2.TypeSynced).Status != corev1.ConditionFalse {
		t.Errorf("want the error, got %q", n.Status.AtProvider.Message)
	}
	w.unset = nil
	w.until("it is ready", func() bool { return ready(n) && n.Status.AtProvider.Message == "" }, n)
}
