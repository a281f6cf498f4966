package controller_test

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/types"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal/snapshot"
)

// share what is seen of the metal-stack, and find it anew after some time. The names of
// those come that are woken because something has changed.
func (w *world) share(age time.Duration) <-chan string {
	w.t.Helper()
	woken := make(chan string, 100)
	w.shared = snapshot.New(snapshot.Options{Age: age, Wake: func(_ snapshot.Kind, r types.NamespacedName, changed bool) {
		if changed {
			woken <- r.Name
		}
	}})
	go w.shared.Run(w.t.Context())
	return woken
}

// shareForGood what is seen of the metal-stack: nothing is found anew that would be
// counted.
func (w *world) shareForGood() { w.shared = snapshot.New(snapshot.Options{Age: time.Hour}) }

// rests in the snapshot.
func (w *world) rests(mgs ...metalResource) {
	w.t.Helper()
	for _, mg := range mgs {
		w.until("a look at it costs nothing", func() bool {
			w.sim.ResetCounters()
			w.reconcile(mg)
			return ready(mg) && len(w.sim.Counters()) == 0
		})
	}
}

// The second look, which shows what was made, is served by the answer to the
// allocate.
func TestSecondLookCostsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.shareForGood()
	first := w.network() // The client is trusted from here on.
	if !ready(first) {
		t.Fatal("want it ready")
	}
	n := newNetwork("second")
	w.create(n)
	w.reconcile(n)
	if meta.GetExternalName(n) == "" || len(n.Status.Conditions) != 0 {
		t.Fatalf("want it made, and nothing shown of it that is shown anew in a moment, got %+v", n.Status)
	}
	w.sim.ResetCounters()
	w.reconcile(n)
	if got := w.sim.Counters(); !ready(n) || len(got) != 0 {
		t.Errorf("want it ready without another request, got %v", got)
	}
}

// What rests is looked at in an answer for many. What that seems to show that is
// new is asked for anew, in the same look; and so is everything about what goes.
func TestLookAtWhatRests(t *testing.T) {
	t.Parallel()
	admin := func(w *world, n *v1alpha1.Network, description string) {
		if err := w.stack().UpdateNetwork(w.t.Context(), meta.GetExternalName(n), metal.NetworkUpdate{Description: &description}); err != nil {
			w.t.Fatal(err)
		}
	}
	cases := map[string]struct {
		reason  string
		happens func(w *world, n *v1alpha1.Network)
		looks   int
		want    map[string]int
		check   func(w *world, n *v1alpha1.Network) string
		says    string
	}{
		"Rests": {
			"nothing has changed, and many looks cost nothing", func(*world, *v1alpha1.Network) {}, 20, map[string]int{}, func(w *world, n *v1alpha1.Network) string {
				return fmt.Sprint(ready(n), w.message(n))
			}, "true",
		},
		"Polled": {
			"who says how often it is to be compared means metal-stack", func(w *world, n *v1alpha1.Network) {
				edit(w, n, func(n *v1alpha1.Network) {
					meta.AddAnnotations(n, map[string]string{meta.AnnotationKeyPollInterval: "10s"})
				})
			}, 3, map[string]int{"findNetworks": 3}, func(_ *world, n *v1alpha1.Network) string { return fmt.Sprint(ready(n)) }, "true",
		},
		"Requested": {
			"so does who asks for a look", func(w *world, n *v1alpha1.Network) {
				edit(w, n, func(n *v1alpha1.Network) {
					meta.AddAnnotations(n, map[string]string{meta.AnnotationKeyReconcileRequestedAt: "now"})
				})
			}, 5, map[string]int{"findNetworks": 1}, func(_ *world, n *v1alpha1.Network) string { return n.Status.LastHandledReconcileAt }, "now",
		},
		"Edited": {
			"what a person has changed is compared with metal-stack, and repaired", func(w *world, n *v1alpha1.Network) {
				edit(w, n, func(n *v1alpha1.Network) { n.Spec.ForProvider.Description, n.Generation = new("mine"), n.Generation+1 })
			}, 2, map[string]int{"findNetworks": 4, "updateNetwork": 1, "getMe": 1}, func(w *world, n *v1alpha1.Network) string {
				seen, err := w.stack().Network(w.t.Context(), meta.GetExternalName(n))
				return fmt.Sprint(seen.Description, err)
			}, "mine<nil>",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.shareForGood()
			n := w.network()
			admin(w, n, "") // Whatever it is: no look has seen it.
			w.rests(n)
			tc.happens(w, n)
			w.sim.ResetCounters()
			for range tc.looks {
				w.reconcile(n)
			}
			got := maps.Clone(w.sim.Counters())
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s: requests, -want, +got:\n%s", tc.reason, diff)
			}
			if said := tc.check(w, n); said != tc.says {
				t.Errorf("%s: want %q, got %q", tc.reason, tc.says, said)
			}
		})
	}
}

// What changes outside wakes the resource that it is about, and no other.
func TestWokenByChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	woken := w.share(50 * time.Millisecond)
	n, f := w.networkAndFirewall()
	for len(woken) > 0 {
		<-woken
	}
	if err := w.stack().UpdateNetwork(t.Context(), meta.GetExternalName(n), metal.NetworkUpdate{Name: new("theirs")}); err != nil {
		t.Fatal(err)
	}
	wakes(t, woken, n.GetName())
	w.reconcile(n)

	w.freed(meta.GetExternalName(f))
	wakes(t, woken, f.GetName())
	w.until("another firewall is there", func() bool { return ready(f) && w.happened("FreedOutside") == 1 }, f)
}

func wakes(t *testing.T, woken <-chan string, want string) {
	t.Helper()
	select {
	case got := <-woken:
		if got != want {
			t.Errorf("want %s woken, got %s", want, got)
		}
	case <-time.After(30 * time.Second):
		t.Fatalf("want %s woken", want)
	}
}

// Nothing of what goes is taken from what others saw.
func TestDeletionLooksForItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.shareForGood()
	n := w.network()
	w.rests(n)
	w.delete(n)
	w.sim.ResetCounters()
	w.reconcile(n)
	if got := w.sim.Counters()["findNetworks"]; got < 3 || w.writes("freeNetwork") != 1 {
		t.Errorf("want it looked at anew before its free, got %d finds and %d frees", got, w.writes("freeNetwork"))
	}
	w.reconcile(n)
	if !w.gone(n) {
		t.Error("want it gone")
	}
}

// A look for which there is no place, or no answer yet, is taken later, and nothing
// is written or said of that.
func TestLookLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := w.network()
	w.later = true
	version, events := n.GetResourceVersion(), len(w.events)
	r := w.reconcile(n)
	if r.RequeueAfter < time.Second || r.RequeueAfter > time.Minute || n.GetResourceVersion() != version || len(w.events) != events || n.GetCondition(xpv2.TypeSynced).Status != "True" {
		t.Errorf("want it put off without a word, got %s, %+v", r.RequeueAfter, n.Status.Conditions)
	}
	w.later = false
	w.reconcile(n)
	if n.GetResourceVersion() != version {
		t.Error("want nothing written when it is looked at")
	}
}
