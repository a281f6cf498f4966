package controller

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// A look ends as a test says.
type look struct {
	generation int64
	deleted    bool
	done       bool
	rests      bool
}

func (l look) Reconcile(ctx context.Context, _ reconcile.Request) (reconcile.Result, error) {
	n := &v1alpha1.Network{ObjectMeta: metav1.ObjectMeta{Generation: l.generation}}
	if l.deleted {
		n.SetDeletionTimestamp(&metav1.Time{Time: time.Unix(1, 0)})
	}
	askedIn(ctx, n)
	if l.done {
		doneIn(ctx)
	}
	if l.rests {
		return reconcile.Result{RequeueAfter: time.Hour}, nil
	}
	return reconcile.Result{Requeue: true}, nil //nolint:staticcheck // crossplane-runtime's answer.
}

// Failures are backed off from; a success, and what a person has just changed, do
// not inherit that. All of it is told by a time: a rate limiter in front of the
// queue forgets the queue's own backoff.
func TestPaced(t *testing.T) {
	t.Parallel()
	fails := look{generation: 1}
	cases := map[string]struct {
		reason string
		looks  []look
		want   []time.Duration
	}{
		"Fails":   {"each failure doubles the time", []look{fails, fails, fails, fails}, []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second}},
		"Longest": {"up to a minute", []look{fails, fails, fails, fails, fails, fails, fails, fails}, []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, 32 * time.Second, time.Minute, time.Minute}},
		"Done":    {"what was made or freed is looked at without delay", []look{fails, fails, {generation: 1, done: true}, fails}, []time.Duration{time.Second, 2 * time.Second, again, time.Second}},
		"Rests":   {"a poll comes at its time, and ends the backoff", []look{fails, fails, {generation: 1, rests: true}, fails}, []time.Duration{time.Second, 2 * time.Second, time.Hour, time.Second}},
		"Changed": {"another generation begins anew", []look{fails, fails, fails, {generation: 2}, {generation: 2}}, []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, time.Second, 2 * time.Second}},
		"Deleted": {"so does a deletion", []look{fails, fails, fails, {generation: 1, deleted: true}}, []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, time.Second}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []time.Duration
			p := newPaced(nil)
			for _, l := range tc.looks {
				p.Reconciler = l
				result, err := p.Reconcile(t.Context(), reconcile.Request{})
				if err != nil || result.Requeue { //nolint:staticcheck // As above.
					t.Fatalf("want a time, got %+v, %v", result, err)
				}
				got = append(got, result.RequeueAfter)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
