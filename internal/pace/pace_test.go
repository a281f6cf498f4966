package pace

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
	rests      bool
	unread     bool // The resource could not even be read in its newest version.
	says       []func(context.Context)
}

func (l look) Reconcile(ctx context.Context, _ reconcile.Request) (reconcile.Result, error) {
	n := &v1alpha1.Network{ObjectMeta: metav1.ObjectMeta{Generation: l.generation}}
	if l.deleted {
		n.SetDeletionTimestamp(&metav1.Time{Time: time.Unix(1, 0)})
	}
	if !l.unread {
		About(ctx, n)
	}
	for _, say := range l.says {
		say(ctx)
	}
	if l.rests {
		return reconcile.Result{RequeueAfter: time.Hour}, nil
	}
	return reconcile.Result{Requeue: true}, nil //nolint:staticcheck // crossplane-runtime's answer.
}

func says(says ...func(context.Context)) look { return look{generation: 1, says: says} }

// Failures are backed off from; a success, what a person has just changed, and
// what has just been waited for, do not inherit that. All of it is told by a
// time: the queue knows no other backoff.
func TestReconcile(t *testing.T) {
	t.Parallel()
	const (
		ms = time.Millisecond
		s  = time.Second
	)
	now := time.Unix(1000, 0)
	in := func(d time.Duration) func(context.Context) {
		return func(ctx context.Context) { Until(ctx, now.Add(d)) }
	}
	waits := func(what string) look { return says(func(ctx context.Context) { Waits(ctx, what) }) }
	fails := says()
	cases := map[string]struct {
		reason string
		looks  []look
		want   []time.Duration
	}{
		"Fails":       {"each failure doubles the time", []look{fails, fails, fails, fails}, []time.Duration{s, 2 * s, 4 * s, 8 * s}},
		"Longest":     {"up to a minute", []look{fails, fails, fails, fails, fails, fails, fails, fails}, []time.Duration{s, 2 * s, 4 * s, 8 * s, 16 * s, 32 * s, time.Minute, time.Minute}},
		"Done":        {"what was made or freed is looked at without delay", []look{fails, fails, says(Wrote, Freed), fails}, []time.Duration{s, 2 * s, Again, s}},
		"DoneAtOdds":  {"also if its status meets a conflict", []look{fails, fails, says(Wrote, Freed, Conflict)}, []time.Duration{s, 2 * s, Again}},
		"Rests":       {"a poll comes at its time, and ends the backoff", []look{fails, fails, {generation: 1, rests: true}, fails}, []time.Duration{s, 2 * s, time.Hour, s}},
		"Changed":     {"another generation begins anew", []look{fails, fails, fails, {generation: 2}, {generation: 2}}, []time.Duration{s, 2 * s, 4 * s, s, 2 * s}},
		"Deleted":     {"so does a deletion", []look{fails, fails, fails, {generation: 1, deleted: true}}, []time.Duration{s, 2 * s, 4 * s, s}},
		"Made":        {"what was made wakes itself, and is looked at should it not", []look{fails, says(Wrote, Made), fails}, []time.Duration{s, Woken, s}},
		"Waits":       {"what is waited for is looked for more and more rarely", []look{waits("a"), waits("a"), waits("a"), waits("a")}, []time.Duration{s / 4, s / 2, s, 2 * s}},
		"WaitsNoMore": {"until it has come, and it is another's turn", []look{waits("a"), waits("a"), waits("b"), waits("b")}, []time.Duration{s / 4, s / 2, s / 4, s / 2}},
		"Soon":        {"what is asked for soon does not wait for a poll or a backoff", []look{{generation: 1, rests: true, says: []func(context.Context){func(ctx context.Context) { Soon(ctx, s) }}}, says(func(ctx context.Context) { Soon(ctx, s) })}, []time.Duration{s, s}},
		"Conflicts":   {"a conflict in a look that wrote nothing is soon tried again, a few times", []look{says(Conflict), says(Conflict), says(Conflict), says(Conflict), says(Conflict)}, []time.Duration{10 * ms, 50 * ms, 250 * ms, s, 2 * s}},
		"AfterOthers": {"whatever went wrong before", []look{fails, fails, fails, says(Conflict), fails, says(Conflict)}, []time.Duration{s, 2 * s, 4 * s, 10 * ms, 8 * s, 10 * ms}},
		"Wrote":       {"a look that wrote to metal-stack, and was refused there, is not repeated at full speed", []look{says(Wrote, Conflict), says(Wrote, Conflict)}, []time.Duration{s, 2 * s}},
		"Unread":      {"a look that did not come so far as to know its subject changes none", []look{fails, fails, {unread: true}, fails}, []time.Duration{s, 2 * s, 4 * s, 8 * s}},
		"Until":       {"what is known to be told at a time is looked at then", []look{says(in(time.Hour)), says(in(1500 * ms)), says(in(s)), says(in(-s))}, []time.Duration{s, 1500 * ms, s, Again}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []time.Duration
			r := New(nil, func() time.Time { return now }, leads)
			for _, l := range tc.looks {
				r.inner = l
				result, err := r.Reconcile(t.Context(), reconcile.Request{})
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

func leads() bool { return true }

// Who does not lead does not look: what it would say is another's to say.
func TestNotLeading(t *testing.T) {
	t.Parallel()
	looked := false
	inner := reconcile.Func(func(context.Context, reconcile.Request) (reconcile.Result, error) {
		looked = true
		return reconcile.Result{}, nil
	})
	r := New(inner, time.Now, func() bool { return false })
	if result, err := r.Reconcile(t.Context(), reconcile.Request{}); err != nil || looked || result.RequeueAfter != time.Second {
		t.Errorf("want it put off, got %+v, %v, looked %t", result, err, looked)
	}
}

// Outside of a reconcile nobody listens.
func TestNobodyListens(t *testing.T) {
	t.Parallel()
	for _, say := range []func(context.Context){Wrote, Made, Freed, Conflict} {
		say(t.Context())
	}
	Until(t.Context(), time.Now())
	Waits(t.Context(), "nobody")
	About(t.Context(), &v1alpha1.Network{})
}
