package controller_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller"
	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

// A clock looks at Networks and Firewalls when the controllers would, in a time
// of its own. It counts looks, and the times until the next one that they asked
// for.
type clock struct {
	workqueue.TypedRateLimitingInterface[reconcile.Request]

	w       *world
	at      time.Time
	changes []watch.Interface
	last    map[string]client.Object
	due     map[string]time.Time

	woken   string // Whose event is being handled.
	looks   int
	longest time.Duration
}

// clocked from now on: what is there rests. It is a minute ahead of the time that
// crossplane-runtime writes, which would else be the later one, now and then, by a second.
func (w *world) clocked() *clock {
	w.t.Helper()
	c := &clock{w: w, at: w.now().Add(time.Minute), last: map[string]client.Object{}, due: map[string]time.Time{}}
	for _, l := range []client.ObjectList{&v1alpha1.NetworkList{}, &v1alpha1.FirewallList{}} {
		changes, err := w.kube.Watch(w.t.Context(), l)
		if err != nil {
			w.t.Fatal(err)
		}
		w.t.Cleanup(changes.Stop)
		c.changes = append(c.changes, changes)
	}
	w.clock = func() time.Time { return c.at }
	return c
}

// Add a look now.
func (c *clock) Add(r reconcile.Request) { c.AddAfter(r, 0) }

// AddAfter a while, unless one comes sooner.
func (c *clock) AddAfter(_ reconcile.Request, d time.Duration) {
	if due, ok := c.due[c.woken]; !ok || c.at.Add(d).Before(due) {
		c.due[c.woken] = c.at.Add(d)
	}
}

func keyOf(o client.Object) string { return fmt.Sprintf("%T %s", o, o.GetName()) }

// know an object as it is, so that what changes can be told.
func (c *clock) know(os ...client.Object) {
	for _, o := range os {
		c.w.gone(o)
		c.last[keyOf(o)], _ = o.DeepCopyObject().(client.Object)
	}
}

// listen to what has changed.
func (c *clock) listen() {
	for _, changes := range c.changes {
		for heard := true; heard; {
			select {
			case e := <-changes.ResultChan():
				c.hear(e)
			default:
				heard = false
			}
		}
	}
}

func (c *clock) hear(e watch.Event) {
	o, ok := e.Object.(client.Object)
	if !ok {
		c.w.t.Fatalf("want an object, got %T", e.Object)
	}
	before, known := c.last[keyOf(o)]
	if known && meta.WasDeleted(o) {
		o.SetGeneration(before.GetGeneration())
		if !meta.WasDeleted(before) {
			o.SetGeneration(before.GetGeneration() + 1) // As an API server does.
		}
	}
	c.last[keyOf(o)], c.woken = o, keyOf(o)
	ctx := c.w.t.Context()
	switch {
	case e.Type == watch.Deleted:
		delete(c.due, keyOf(o))
	case !known:
		controller.Waker.Create(ctx, event.CreateEvent{Object: o}, c)
	case controller.Changed.Update(event.UpdateEvent{ObjectOld: before, ObjectNew: o}):
		controller.Waker.Update(ctx, event.UpdateEvent{ObjectOld: before, ObjectNew: o}, c)
	}
}

// next look, if one is due before a time.
func (c *clock) next(end time.Time) bool {
	c.w.t.Helper()
	c.listen()
	first := ""
	for k, due := range c.due {
		if due.Before(end) && (first == "" || due.Before(c.due[first]) || due.Equal(c.due[first]) && k < first) {
			first = k
		}
	}
	if first == "" {
		return false
	}
	if c.due[first].After(c.at) {
		c.at = c.due[first]
	}
	delete(c.due, first)
	c.looks++
	r := c.w.reconcile(c.last[first].DeepCopyObject().(client.Object))
	c.listen()
	if r.RequeueAfter > 0 {
		c.woken = first
		c.AddAfter(reconcile.Request{}, r.RequeueAfter)
		c.longest = max(c.longest, r.RequeueAfter)
	}
	return true
}

// until something is so, or a time has passed, look. between looks other things
// may happen.
func (c *clock) until(most time.Duration, so func() bool, between func()) bool {
	c.w.t.Helper()
	for end := c.at.Add(most); !so(); {
		between()
		if !c.next(end) {
			c.at = end
			return so()
		}
	}
	return true
}

// settled metal-stack: the addresses of freed machines are released, which takes
// it less than the second until the next look.
func (w *world) settled(n *v1alpha1.Network) {
	w.t.Helper()
	id := meta.GetExternalName(n)
	await(w.t, func(ctx context.Context) bool {
		found, err := w.stack().Network(ctx, id)
		if err != nil || found == nil {
			return err == nil
		}
		use, err := w.stack().NetworkUse(ctx, found)
		return err == nil && (len(use.Machines) > 0 || len(use.IPs) == 0 && len(use.LeakedIPs) == 0)
	})
}

// await that something is so at metal-stack, which lives in real time.
func await(t *testing.T, so func(ctx context.Context) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !so(ctx) {
		select {
		case <-ctx.Done():
			t.Fatal("not so in time")
		case <-tick.C:
		}
	}
}

// A deletion in foreground takes as many looks as one in background, and no
// longer, whatever went wrong before, and whether or not a look is just then
// under way.
func TestDeletionInForeground(t *testing.T) {
	t.Parallel()
	type taken struct {
		looks int
		time  time.Duration
	}
	for _, failing := range []bool{false, true} {
		t.Run(map[bool]string{false: "Healthy", true: "Failing"}[failing], func(t *testing.T) {
			t.Parallel()
			took := map[bool]taken{}
			for _, foreground := range []bool{false, true} {
				w := newWorld(t)
				n, f := newNetwork("n"), newFirewall("f", "")
				w.create(n)
				w.until("the network is ready", func() bool { return ready(n) }, n)
				f.Spec.ForProvider.PrivateNetworkID = new(meta.GetExternalName(n))
				if failing {
					f.Spec.ForProvider.Size = "nope"
				}
				w.create(f)
				c := w.clocked()
				if failing {
					c.know(n)
					c.woken = keyOf(f)
					c.Add(reconcile.Request{})
					c.know(f)
					if c.until(25*time.Second, func() bool { return false }, func() {}); c.longest < 8*time.Second {
						t.Fatalf("want it to have failed for long, got %s, %q", c.longest, w.message(f))
					}
				} else {
					w.until("the firewall is ready", func() bool { return ready(f) }, f)
				}
				c.listen()
				c.know(n, f)
				c.due, c.looks, c.longest = map[string]time.Time{}, 0, 0

				begin := c.at
				for _, o := range []client.Object{n, f} {
					w.gone(o)
					if foreground {
						o.SetFinalizers(append(o.GetFinalizers(), metav1.FinalizerDeleteDependents))
						if err := w.kube.Update(t.Context(), o); err != nil {
							t.Fatal(err)
						}
					}
					w.delete(o)
				}
				const collection = time.Millisecond
				for c.next(begin.Add(collection)) {
					w.settled(n)
				}
				c.at = begin.Add(collection)
				if foreground {
					for _, o := range []client.Object{n, f} {
						edit(w, o, func(o client.Object) { o.SetFinalizers(o.GetFinalizers()[:len(o.GetFinalizers())-1]) })
					}
				}
				gone := func() bool { return w.gone(n) && w.gone(f) }
				if !c.until(time.Minute, gone, func() { w.settled(n) }) {
					t.Fatalf("want both gone, got %q, %q", w.message(n), w.message(f))
				}
				took[foreground] = taken{c.looks, c.at.Sub(begin)}
				// A second in which addresses are released, if there were any.
				most := time.Second + 10*time.Millisecond
				if failing {
					most -= time.Second
				}
				if c.longest > time.Second || took[foreground].time > most {
					t.Errorf("foreground %t: want no look put off for more than 1 s, and all over after %s, got %s, %s", foreground, most, c.longest, took[foreground].time)
				}
			}
			if took[true].looks != took[false].looks || took[true].time-took[false].time > time.Millisecond {
				t.Errorf("want both the same, got %+v in foreground and %+v in background", took[true], took[false])
			}
			t.Logf("%+v", took[true])
		})
	}
}

// A firewall that was made, or could be made at last, is ready as soon as it is
// known what became of the first try.
func TestReadyAfterHoldOff(t *testing.T) {
	t.Parallel()
	for name, cameTrue := range map[string]bool{"MadeAgain": false, "CameTrueLate": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			n := w.network()
			f := newFirewall("f", meta.GetExternalName(n))
			w.create(f)
			c := w.clocked()
			c.know(n, f)
			c.woken = keyOf(f)
			c.Add(reconcile.Request{})
			w.sim.AddFault(simulator.Fault{Operation: "allocateFirewall", Count: 1, Drop: simulator.Before})

			unknown := func() bool { return !w.gone(f) && strings.Contains(w.message(f), "may have come true") }
			if !c.until(10*time.Second, unknown, func() {}) {
				t.Fatalf("want an unknown outcome, got %q", w.message(f))
			}
			said := w.message(f)
			held, err := time.Parse(time.RFC3339, said[strings.LastIndex(said, " ")+1:])
			if err != nil {
				t.Fatal(err)
			}
			for c.next(held) {
				if w.allocated() > 0 {
					t.Fatal("want nothing made before the hold-off is over")
				}
			}
			c.at = held.Add(-time.Nanosecond)
			phoned := func(context.Context) bool {
				for _, m := range w.sim.Machines() {
					if m.Allocated {
						return m.Event == "Phoned Home"
					}
				}
				return true
			}
			if cameTrue {
				w.somebodys(f.Spec.ForProvider, string(f.GetUID()))
				await(t, phoned)
			}
			c.looks = 0
			if !c.until(10*time.Second, func() bool { return !w.gone(f) && ready(f) }, func() { await(t, phoned) }) {
				t.Fatalf("want it ready, got %q", w.message(f))
			}
			if late := c.at.Sub(held); c.looks > 2 || late > 2*time.Second {
				t.Errorf("want it ready within 2 looks and 2 s, took %d and %s", c.looks, late)
			}
		})
	}
}

// A conflict in a look that wrote nothing to metal-stack is soon tried again,
// whatever went wrong before.
func TestConflict(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := newNetwork("n", func(n *v1alpha1.Network) { n.Spec.ForProvider.ProjectID = "nobodys" })
	w.create(n)
	for range 4 {
		w.reconcile(n)
	}
	w.delete(n)
	var got []time.Duration
	w.between = func() {
		edit(w, &v1alpha1.Network{ObjectMeta: n.ObjectMeta}, func(n *v1alpha1.Network) {
			meta.AddLabels(n, map[string]string{"somebody": fmt.Sprint("writes-", len(got))})
		})
	}
	for range 4 {
		got = append(got, w.reconcile(n).RequeueAfter)
	}
	if diff := cmp.Diff([]time.Duration{10 * time.Millisecond, 50 * time.Millisecond, 250 * time.Millisecond, time.Second}, got); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
	w.between = nil
	if w.reconcile(n); !w.gone(n) {
		t.Errorf("want it gone, got %q", w.message(n))
	}
}
