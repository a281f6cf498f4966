package pace

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	kerrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// resting is a Network to which nothing is to be done.
func resting(changes ...func(n *v1alpha1.Network)) *v1alpha1.Network {
	n := &v1alpha1.Network{ObjectMeta: metav1.ObjectMeta{Generation: 2}}
	meta.SetExternalName(n, "id")
	for _, c := range []xpv2.Condition{xpv2.Available(), xpv2.ReconcileSuccess()} {
		c.ObservedGeneration = 2
		n.SetConditions(c)
	}
	for _, change := range changes {
		change(n)
	}
	return n
}

// What rests stands behind everything else, and only that does: it is said at each
// return, for a queue keeps the priority that something came with.
func TestPriority(t *testing.T) {
	t.Parallel()
	set := func(c xpv2.Condition) func(*v1alpha1.Network) {
		return func(n *v1alpha1.Network) {
			c.ObservedGeneration = n.Generation
			n.SetConditions(c)
		}
	}
	cases := map[string]struct {
		reason string
		n      *v1alpha1.Network
		want   int
	}{
		"Rests":   {"nothing is to be done", resting(), Low},
		"Waits":   {"somebody waits for it to be ready", resting(set(xpv2.Creating())), Normal},
		"Fails":   {"it was not looked at as it should have been", resting(set(xpv2.ReconcileError(errors.New("boom")))), Normal},
		"Goes":    {"somebody waits for it to be gone", resting(func(n *v1alpha1.Network) { n.DeletionTimestamp = &metav1.Time{Time: time.Unix(1, 0)} }), Normal},
		"Changed": {"somebody has changed it", resting(func(n *v1alpha1.Network) { n.Generation++ }), Normal},
		"New":     {"nothing was made yet", resting(func(n *v1alpha1.Network) { n.Annotations = nil }), Normal},
		"Requested": {"somebody wants it looked at", resting(func(n *v1alpha1.Network) {
			meta.AddAnnotations(n, map[string]string{meta.AnnotationKeyReconcileRequestedAt: "now"})
		}), Normal},
		"Handled": {"it was looked at since", resting(func(n *v1alpha1.Network) {
			meta.AddAnnotations(n, map[string]string{meta.AnnotationKeyReconcileRequestedAt: "now"})
			n.Status.LastHandledReconcileAt = "now"
		}), Low},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, answer := range []reconcile.Result{{RequeueAfter: time.Minute}, {Requeue: true}} {
				inner := reconcile.Func(func(ctx context.Context, _ reconcile.Request) (reconcile.Result, error) {
					About(ctx, tc.n)
					return answer, nil
				})
				got, err := New(inner, time.Now, leads).Reconcile(t.Context(), reconcile.Request{})
				if err != nil || got.Priority == nil || *got.Priority != tc.want {
					t.Errorf("%s: want priority %d, got %+v, %v", tc.reason, tc.want, got, err)
				}
			}
		})
	}
}

// What is put off is as it was: no word, no backoff of its own, and what failed
// before still counts.
func TestPutOff(t *testing.T) {
	t.Parallel()
	putOff := false
	inner := reconcile.Func(func(ctx context.Context, _ reconcile.Request) (reconcile.Result, error) {
		About(ctx, resting())
		if putOff {
			if err := PutOff(ctx, time.Minute); !kerrors.IsConflict(err) {
				t.Errorf("want what crossplane-runtime passes over, got %v", err)
			}
		}
		return reconcile.Result{Requeue: true}, nil //nolint:staticcheck // crossplane-runtime's answer.
	})
	r := New(inner, time.Now, leads)
	var got []time.Duration
	for _, putOff = range []bool{false, true, true, false} {
		result, err := r.Reconcile(t.Context(), reconcile.Request{})
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, result.RequeueAfter)
	}
	for i, d := range got {
		least, most := []time.Duration{time.Second, time.Minute, time.Minute, 2 * time.Second}[i], []time.Duration{time.Second, 90 * time.Second, 90 * time.Second, 2 * time.Second}[i]
		if d < least || d > most {
			t.Errorf("look %d: want %s to %s, got %s", i, least, most, d)
		}
	}
}

// A bell is heard in the queue of its controller, and by nobody before there is one.
func TestBell(t *testing.T) {
	t.Parallel()
	bells := &Bells{}
	key := types.NamespacedName{Namespace: "team", Name: "a"}
	bells.Of("Network").Ring(key, High)

	q := priorityqueue.New[reconcile.Request]("test")
	defer q.ShutDown()
	if err := bells.Of("Network").Start(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	bells.Of("Firewall").Ring(key, High)
	bells.Of("Network").Ring(key, High)
	got, priority, _ := q.GetWithPriority()
	if got.NamespacedName != key || priority != High {
		t.Errorf("want it looked at before others, got %s at %d", got, priority)
	}

	plain := workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[reconcile.Request]())
	defer plain.ShutDown()
	Enqueue(plain, reconcile.Request{NamespacedName: key}, High)
	if got, _ := plain.Get(); got.NamespacedName != key {
		t.Errorf("want it in a queue without priorities, too, got %s", got)
	}
}
