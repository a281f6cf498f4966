package controller

import (
	"testing"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/pace"
	"github.com/crossplane-contrib/provider-metal-stack/internal/turn"
)

// What was there when this process began stands behind what is new, if it rests, and
// so does what is only told of again.
func TestPriorityOfEvents(t *testing.T) {
	t.Parallel()
	network := func(name, version string, ready xpv2.Condition) *v1alpha1.Network {
		n := &v1alpha1.Network{}
		n.SetName(name)
		n.SetResourceVersion(version)
		meta.SetExternalName(n, "id")
		n.SetConditions(ready, xpv2.ReconcileSuccess())
		return n
	}
	resting, waiting := network("a", "1", xpv2.Available()), network("a", "1", xpv2.Creating())
	cases := map[string]struct {
		reason string
		do     func(w *waker, q priorityqueue.PriorityQueue[reconcile.Request])
		want   int
	}{
		"New": {"somebody waits for it", func(w *waker, q priorityqueue.PriorityQueue[reconcile.Request]) {
			w.Create(t.Context(), event.CreateEvent{Object: resting}, q)
		}, pace.Normal},
		"Initial": {"it has waited", func(w *waker, q priorityqueue.PriorityQueue[reconcile.Request]) {
			w.Create(t.Context(), event.CreateEvent{Object: resting, IsInInitialList: true}, q)
		}, pace.Low},
		"InitialFailed": {"it does not rest", func(w *waker, q priorityqueue.PriorityQueue[reconcile.Request]) {
			w.Create(t.Context(), event.CreateEvent{Object: waiting, IsInInitialList: true}, q)
		}, pace.Normal},
		"Again": {"a resync tells nothing new", func(w *waker, q priorityqueue.PriorityQueue[reconcile.Request]) {
			w.Update(t.Context(), event.UpdateEvent{ObjectOld: resting, ObjectNew: resting}, q)
		}, pace.Low},
		"Changed": {"somebody has changed it", func(w *waker, q priorityqueue.PriorityQueue[reconcile.Request]) {
			w.Update(t.Context(), event.UpdateEvent{ObjectOld: resting, ObjectNew: network("a", "2", xpv2.Available())}, q)
		}, pace.Normal},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			q := priorityqueue.New[reconcile.Request](name)
			defer q.ShutDown()
			tc.do(&waker{turns: turn.NewRooms(time.Now, nil)}, q)
			if _, got, _ := q.GetWithPriority(); got != tc.want {
				t.Errorf("%s: want %d, got %d", tc.reason, tc.want, got)
			}
		})
	}
}

// What is gone does not come to take its turn.
func TestGoneLeavesTheQueue(t *testing.T) {
	t.Parallel()
	rooms := turn.NewRooms(time.Now, nil)
	at := turn.Room{Kind: "Network"}
	for _, id := range []string{"1", "2", "3", "4"} {
		rooms.Take(at, turn.Visitor{ID: id})
	}
	n := &v1alpha1.Network{}
	n.SetNamespace("team")
	n.SetName("n")
	rooms.Take(at, turn.Visitor{ID: visitor("Network", n), Wake: func() { t.Error("want nobody woken who is gone") }})
	(&waker{kind: "Network", turns: rooms}).Delete(t.Context(), event.DeleteEvent{Object: n}, nil)
	rooms.Leave(at, "1")
}
