package controller_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

// Many want to be allocated, and few at a time have begun: should the process die,
// only theirs is an unknown outcome. Who waits says nothing of it, and nothing is
// asked for it.
func TestAllocatesTakeTurns(t *testing.T) {
	t.Parallel()
	const many, few = 16, 4
	w := newWorld(t)
	w.sim.AddFault(simulator.Fault{Operation: "allocateNetwork", DelayBefore: simulator.Duration(20 * time.Millisecond)})
	var ns []*v1alpha1.Network
	for i := range many {
		n := newNetwork(fmt.Sprint("n-", i))
		w.create(n)
		ns = append(ns, n)
	}
	var mu sync.Mutex
	begun, most := map[string]bool{}, 0
	w.onWrite(func(_ string, o client.Object) error {
		mu.Lock()
		defer mu.Unlock()
		_, pending := o.GetAnnotations()[meta.AnnotationKeyExternalCreatePending]
		delete(begun, o.GetName())
		if pending && meta.GetExternalName(o) == "" {
			begun[o.GetName()] = true
		}
		most = max(most, len(begun))
		return nil
	})
	var all sync.WaitGroup
	for _, n := range ns {
		all.Go(func() { w.reconcile(n) })
	}
	all.Wait()
	silent := 0
	for _, n := range ns {
		if meta.GetExternalName(n) == "" && w.message(n) == "" && len(n.Status.Conditions) == 0 {
			silent++
		}
	}
	if made := w.writes("allocateNetwork"); most > few || made+silent != many || made < few {
		t.Errorf("want at most %d begun at a time and the others silent, got %d at a time, %d made, %d silent", few, most, made, silent)
	}
	w.until("all are ready", func() bool {
		for _, n := range ns {
			if !ready(n) {
				return false
			}
		}
		return true
	}, clientObjects(ns)...)
	if got := w.writes("allocateNetwork"); got != many {
		t.Errorf("want each made once, got %d of %d", got, many)
	}
}

func clientObjects[T client.Object](ts []T) []client.Object {
	os := make([]client.Object, len(ts))
	for i := range ts {
		os[i] = ts[i]
	}
	return os
}

// findsBefore an allocate of a Network: it is looked for twice by its mark, and once by its
// name.
const findsBefore = 3

// takeAllSeats until they are given up: the first of four Networks is being allocated
// for so long, and the others wait for it.
func (w *world) takeAllSeats() (giveUp func()) {
	w.t.Helper()
	release := w.hold(v1alpha1.NetworkKind)
	found := w.sim.Counters()["findNetworks"]
	all := &sync.WaitGroup{}
	var before []*v1alpha1.Network
	for i := range 4 {
		n := newNetwork(fmt.Sprint("before-", i))
		w.create(n)
		before = append(before, n)
		its := n.DeepCopy()
		all.Go(func() { w.reconcile(its) })
	}
	w.until("four have begun, and looked", func() bool {
		return w.sim.Counters()["findNetworks"]-found >= findsBefore*len(before) && !slices.ContainsFunc(before, func(n *v1alpha1.Network) bool {
			w.gone(n)
			return n.GetAnnotations()[meta.AnnotationKeyExternalCreatePending] == ""
		})
	})
	return func() { release(); all.Wait() }
}

// Who waits long for its turn says so, once.
func TestWaitsForItsTurn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	giveUp := w.takeAllSeats()

	n := newNetwork("n")
	w.create(n)
	w.reconcile(n)
	if got := w.message(n); got != "" {
		t.Errorf("want no word of a short wait, got %q", got)
	}
	w.pass(15 * time.Second)
	w.reconcile(n)
	version := n.GetResourceVersion()
	if got := w.message(n); got != "waits for its turn: others in partition mini-lab are allocated before, one after the other" || ready(n) {
		t.Errorf("want it said what is waited for, got %q", got)
	}
	asked := w.sim.Counters()["findNetworks"]
	if r := w.reconcile(n); r.RequeueAfter < time.Minute || n.GetResourceVersion() != version {
		t.Errorf("want it said once, and looked at rarely, got %s", r.RequeueAfter)
	}
	if got := w.sim.Counters()["findNetworks"] - asked; got != 0 {
		t.Errorf("want metal-api asked nothing before its turn, got %d finds", got)
	}
	giveUp()
	w.until("it is ready", func() bool { return ready(n) && w.message(n) == "" }, n)
}

// What has an object and has lost the annotation that says so waits for no turn to
// find it.
func TestFoundWithoutATurn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := w.network()
	id := meta.GetExternalName(n)
	giveUp := w.takeAllSeats()
	edit(w, n, func(n *v1alpha1.Network) { n.SetAnnotations(nil) })
	w.reconcile(n)
	if !ready(n) || meta.GetExternalName(n) != id || w.message(n) != "" {
		t.Errorf("want it found at once, got %q, %+v", w.message(n), n.Status.Conditions)
	}
	giveUp()
}

// Who waits for what it refers to takes no turn, and says what it waits for.
func TestWaitsForAReferenceFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	giveUp := w.takeAllSeats()
	n := newNetwork("n", func(n *v1alpha1.Network) {
		n.Spec.ForProvider.ProjectID, n.Spec.ForProvider.ProjectIDRef = "", &v1alpha1.Reference{Name: "later"}
	})
	w.create(n)
	w.reconcile(n)
	w.pass(15 * time.Second)
	w.reconcile(n)
	if got := w.message(n); !strings.Contains(got, "later") {
		t.Errorf("want it said what is waited for, got %q", got)
	}
	w.readyProject(newProject("later"))
	w.reconcile(n)
	w.pass(15 * time.Second)
	w.reconcile(n)
	if got := w.message(n); !strings.Contains(got, "waits for its turn") {
		t.Errorf("want it to wait for its turn from then on, got %q", got)
	}
	giveUp()
	w.until("it is ready", func() bool { return ready(n) && w.message(n) == "" }, n)
}
