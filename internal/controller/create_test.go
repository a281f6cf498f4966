package controller_test

import (
	"strings"
	"testing"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/crossplane/crossplane-runtime/v2/pkg/reconciler/managed"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

const html = "<html>bad gateway</html>"

// Whatever becomes of the answer to an allocate: at most one is made, and that
// one is found.
func TestUnknownOutcome(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason string
		fault  simulator.Fault
		made   bool
	}{
		"AnswerLost":      {"the connection broke after it was made", simulator.Fault{Drop: simulator.After}, true},
		"RequestLost":     {"the connection broke before", simulator.Fault{Drop: simulator.Before}, false},
		"ServerError":     {"500 and made", simulator.Fault{Status: 500, When: simulator.After}, true},
		"ServerErrorNot":  {"500 and not made", simulator.Fault{Status: 500}, false},
		"Proxy":           {"a proxy's page, and made", simulator.Fault{Status: 502, Body: html, When: simulator.After}, true},
		"ProxySaysOK":     {"a proxy's page that looks well", simulator.Fault{Status: 200, Body: html, When: simulator.After}, true},
		"Lie":             {"a 422 about what exists", simulator.Fault{Status: 422, When: simulator.After}, true},
		"SomebodyElses":   {"an answer that is not ours", simulator.Fault{Status: 201, Body: `{"id":"4f1c","projectid":"x","labels":{}}`, When: simulator.After}, true},
		"SomebodyElsesNo": {"an answer that is nothing", simulator.Fault{Status: 201, Body: `{}`}, false},
	}
	for name, tc := range cases {
		for _, kind := range []string{"Network", "Firewall"} {
			t.Run(name+kind, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				mg, operation := w.toCreate(kind)
				fault := tc.fault // Of both kinds.
				fault.Operation, fault.Count = operation, 1
				w.sim.AddFault(fault)

				w.reconcile(mg)
				if mg.GetAnnotations()[v1alpha1.AnnotationCreateUnknownSince] == "" || w.happened("UnknownOutcome") != 1 {
					t.Fatalf("%s: want the outcome unknown, got %v, %q", tc.reason, mg.GetAnnotations(), w.events)
				}
				w.reconcile(mg)
				if !tc.made {
					if got := w.message(mg); !strings.Contains(got, "it may have come true all the same, and nothing is created anew or taken for gone before ") {
						t.Errorf("%s: want to wait, got %q", tc.reason, got)
					}
					if got := w.writes(operation); got != 0 {
						t.Errorf("%s: want nothing written, got %d", tc.reason, got)
					}
					w.pass(2 * controller.DefaultHoldOff)
				}
				w.until("it is ready", func() bool { return ready(mg) }, mg)
				if got := w.writes(operation); got != 1 {
					t.Errorf("%s: want 1 %s, got %d", tc.reason, operation, got)
				}
				if tc.made != (w.happened("Adopted") == 1) {
					t.Errorf("%s: want adopted %t, got %q", tc.reason, tc.made, w.events)
				}
				if _, ok := mg.GetAnnotations()[v1alpha1.AnnotationCreateUnknownSince]; ok || meta.GetExternalCreateSucceeded(mg).IsZero() {
					t.Errorf("%s: want it settled, and known since when, got %v", tc.reason, mg.GetAnnotations())
				}
			})
		}
	}
}

// toCreate is a managed resource whose next reconcile allocates.
func (w *world) toCreate(kind string) (mg metalResource, operation string) {
	w.t.Helper()
	n := newNetwork("n")
	w.create(n)
	if kind == "Network" {
		return n, "allocateNetwork"
	}
	w.until("the network is ready", func() bool { return ready(n) }, n)
	f := newFirewall("f", meta.GetExternalName(n))
	w.create(f)
	return f, "allocateFirewall"
}

// While a create has an unknown outcome, a resource that is deleted is not gone:
// the machine may still land. It is freed when it does.
func TestDeletedWhileUnknown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mg, operation := w.toCreate("Firewall")
	w.sim.AddFault(simulator.Fault{Operation: operation, Count: 1, DelayBefore: simulator.Duration(300 * time.Millisecond), Drop: simulator.Before})
	w.reconcile(mg)
	w.delete(mg)
	w.reconcile(mg)
	if w.gone(mg) {
		t.Fatal("want a deleted resource to stay until the outcome is known")
	}
	if got := w.message(mg); !strings.Contains(got, "it may have come true all the same, and nothing is created anew or taken for gone before ") {
		t.Errorf("want to wait, got %q", got)
	}

	// It lands late, allocated by nobody that is still there.
	if _, err := w.stack().AllocateMachine(t.Context(), firewallOrder(mg.(*v1alpha1.Firewall).Spec.ForProvider, "f", metal.Marks{UID: mg.GetUID()})); err != nil {
		t.Fatal(err)
	}
	w.until("it is gone", func() bool { return w.gone(mg) }, mg)
	if got := w.allocated(); got != 0 {
		t.Errorf("want the late machine freed, got %d allocated", got)
	}
}

// A deleted resource whose create did not come true goes after the hold-off.
func TestDeletedAfterUnknown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mg, operation := w.toCreate("Firewall")
	w.sim.AddFault(simulator.Fault{Operation: operation, Count: 1, Drop: simulator.Before})
	w.reconcile(mg)
	w.delete(mg)
	w.reconcile(mg)
	w.pass(controller.DefaultHoldOff / 2)
	w.reconcile(mg)
	if w.gone(mg) {
		t.Fatal("want it to stay for all of the hold-off")
	}
	w.restart()
	w.pass(controller.DefaultHoldOff - 5*time.Second)
	w.reconcile(mg)
	w.pass(controller.DefaultHoldOff - 5*time.Second)
	w.reconcile(mg)
	if w.gone(mg) {
		t.Fatal("want the hold-off to count from the new process's leadership")
	}
	w.pass(10 * time.Second)
	w.reconcile(mg)
	if !w.gone(mg) {
		t.Errorf("want it gone after the hold-off, got %q", w.message(mg))
	}
}

// The process is killed at each write to Kubernetes of a create in turn, before
// and after it, and started again.
func TestKilledWhileCreating(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"Network", "Firewall"} {
		// finalizer, pending, identity, succeeded, status
		for nth := range 6 {
			t.Run(kind+string(rune('0'+nth)), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				mg, operation := w.toCreate(kind)
				writes := 0
				w.onWrite(func(string, client.Object) error {
					writes++
					if writes > nth {
						return errDead
					}
					return nil
				})
				w.reconcile(mg)
				w.restart()
				w.reconcile(mg)
				w.pass(2 * controller.DefaultHoldOff)
				w.until("it is ready", func() bool { return ready(mg) }, mg)
				if got := w.writes(operation); got != 1 {
					t.Errorf("want 1 %s, got %d", operation, got)
				}
			})
		}
	}
}

// Two objects with our mark: never a third, and neither is touched.
func TestTwoMarks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := newNetwork("n", func(n *v1alpha1.Network) { n.SetFinalizers([]string{managed.FinalizerName}) })
	w.create(n)
	var ids []string
	for range 2 {
		o := metal.NetworkOrder{NetworkParameters: n.Spec.ForProvider, Name: "n", Marks: metal.Marks{UID: n.GetUID()}}
		got, err := w.stack().AllocateNetwork(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, got.ID)
	}
	w.reconcile(n)
	for _, id := range ids {
		if !strings.Contains(n.Status.AtProvider.Message, id) {
			t.Errorf("want both named, got %q", n.Status.AtProvider.Message)
		}
	}
	w.delete(n)
	w.reconcile(n)
	if w.gone(n) || w.writes("allocateNetwork") != 2 || w.writes("freeNetwork") != 0 {
		t.Errorf("want nothing made, freed or forgotten, got %d allocates, %d frees", w.writes("allocateNetwork"), w.writes("freeNetwork"))
	}
}

// What a read can refuse is refused before an allocate, in a sentence that says
// what to do, and heals when the cause is gone.
func TestRefused(t *testing.T) {
	t.Parallel()
	secret := &v1alpha1.LocalSecretKey{Name: "user-data", Key: "ignition"}
	cases := map[string]struct {
		reason string
		change func(*v1alpha1.Firewall)
		want   string
	}{
		"Partition":  {"unknown partition", func(f *v1alpha1.Firewall) { f.Spec.ForProvider.Partition = "nope" }, "nope"},
		"Project":    {"unknown project", func(f *v1alpha1.Firewall) { f.Spec.ForProvider.ProjectID = "nope" }, "nope"},
		"Size":       {"unknown size", func(f *v1alpha1.Firewall) { f.Spec.ForProvider.Size = "nope" }, "nope"},
		"Image":      {"unknown image", func(f *v1alpha1.Firewall) { f.Spec.ForProvider.Image = "nope-1.0" }, "nope-1.0"},
		"MachineOS":  {"an image for machines", func(f *v1alpha1.Firewall) { f.Spec.ForProvider.Image = "ubuntu-26.4" }, "image ubuntu-26.4 is not for firewalls (its features: machine): choose one with the feature firewall"},
		"Layout":     {"unknown layout", func(f *v1alpha1.Firewall) { f.Spec.ForProvider.FileSystemLayout = new("nope") }, "nope"},
		"Network":    {"unknown network", func(f *v1alpha1.Firewall) { f.Spec.ForProvider.Networks[0].NetworkID = new("nope") }, "there is no network nope"},
		"Underlay":   {"a network that cannot be joined", func(f *v1alpha1.Firewall) { f.Spec.ForProvider.Networks[0].NetworkID = new("underlay-mini-lab") }, "cannot be joined"},
		"External":   {"an external network as the private one", func(f *v1alpha1.Firewall) { f.Spec.ForProvider.PrivateNetworkID = new(internet) }, "is not a private network"},
		"OtherOwner": {"a network of another project", func(f *v1alpha1.Firewall) { f.Spec.ForProvider.ProjectID = otherProject }, "is of project " + project},
		"Hostname":   {"a name that is no hostname", func(f *v1alpha1.Firewall) { f.SetName("f.example") }, "cannot be a hostname: set hostname"},
		"Key": {"a key that cannot be read", func(f *v1alpha1.Firewall) {
			f.Spec.ForProvider.SSHPublicKeys = []v1alpha1.SSHPublicKey{"ssh-ed25519 AAAA"}
		}, "sshPublicKeys[0] is not a public key"},
		"UserData": {"a Secret that is not there", func(f *v1alpha1.Firewall) { f.Spec.ForProvider.UserDataSecretRef = secret }, "there is no Secret default/user-data"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			n := w.network()
			f := newFirewall("f", meta.GetExternalName(n), tc.change)
			w.create(f)
			w.reconcile(f)
			if got := f.Status.AtProvider.Message; !strings.Contains(got, tc.want) {
				t.Errorf("%s: want %q, got %q", tc.reason, tc.want, got)
			}
			message := f.Status.AtProvider.Message
			w.reconcile(f)
			if got := f.Status.AtProvider.Message; got != message {
				t.Errorf("%s: want a stable message, got %q after %q", tc.reason, got, message)
			}
			if w.writes("allocateFirewall") != 0 || f.GetCondition(xpv2.TypeSynced).Status != corev1.ConditionFalse {
				t.Errorf("%s: want nothing allocated, and not synced", tc.reason)
			}
			for _, k := range []string{v1alpha1.AnnotationCreateUnknownSince, v1alpha1.AnnotationPartitionCreated, meta.AnnotationKeyExternalCreatePending} {
				if _, ok := f.GetAnnotations()[k]; ok {
					t.Errorf("%s: want no annotation %s after a refusal", tc.reason, k)
				}
			}
			w.delete(f)
			w.reconcile(f)
			if !w.gone(f) {
				t.Errorf("%s: want what was never made to go at once, got %q", tc.reason, f.Status.AtProvider.Message)
			}
		})
	}
}

// No machine free is a known outcome: no hold-off, and no second machine.
func TestNoMachineFree(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *simulator.Options) { o.Machines = 1 })
	n, f := w.networkAndFirewall()
	second := newFirewall("second", meta.GetExternalName(n))
	w.create(second)
	w.reconcile(second)
	if got := second.Status.AtProvider.Message; !strings.Contains(got, "no machine") {
		t.Errorf("want that no machine is free, got %q", got)
	}
	w.delete(f)
	w.until("the first is gone and the second ready", func() bool { return w.gone(f) && ready(second) }, f, second)
}

// A role that may not create is told so.
func TestRoleTooSmall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.role = v1alpha1.HMACAuthTypeView
	n := newNetwork("n")
	w.create(n)
	w.reconcile(n)
	if got := n.Status.AtProvider.Message; !strings.Contains(got, "lacks the role edit") {
		t.Errorf("want the missing role, got %q", got)
	}
	w.role = v1alpha1.HMACAuthTypeEdit
	w.until("it is ready", func() bool { return ready(n) }, n)
}

// What landed after the look is found by the create, which begins with a look of
// its own.
func TestFreshFindBeforeCreate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := newNetwork("n")
	w.create(n)
	w.between = func() {
		w.between = nil
		if _, err := w.stack().AllocateNetwork(t.Context(), metal.NetworkOrder{NetworkParameters: n.Spec.ForProvider, Name: "n", Marks: metal.Marks{UID: n.GetUID()}}); err != nil {
			t.Error(err)
		}
	}
	w.until("it is ready", func() bool { return ready(n) }, n)
	if got := w.writes("allocateNetwork"); got != 1 || w.happened("Adopted") != 1 {
		t.Errorf("want the one that landed, got %d allocates, %q", got, w.events)
	}
}

// A held allocation mutex is a known refusal: it is tried again without a
// hold-off.
func TestMutex(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *simulator.Options) { o.Durations.MutexWait = 50 * time.Millisecond })
	mg, operation := w.toCreate("Firewall")
	if err := w.sim.Block(partition); err != nil {
		t.Fatal(err)
	}
	w.reconcile(mg)
	if got := w.message(mg); !strings.Contains(got, "allocation") || mg.GetAnnotations()[v1alpha1.AnnotationCreateUnknownSince] != "" {
		t.Errorf("want a known refusal, got %q, %v", got, mg.GetAnnotations())
	}
	if err := w.sim.Unblock(partition); err != nil {
		t.Fatal(err)
	}
	w.until("it is ready", func() bool { return ready(mg) }, mg)
	if got := w.allocated(); got != 1 {
		t.Errorf("want one machine after %d %s, got %d", w.writes(operation), operation, got)
	}
}
