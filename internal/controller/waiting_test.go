package controller

import (
	"fmt"
	"testing"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// So many are asked for each second, at each metal-stack; a place that is left, or
// not used any more, is another's.
func TestWaitingRoom(t *testing.T) {
	t.Parallel()
	r, now := &waitingRoom{}, time.Unix(1000, 0)
	uid := func(i int) types.UID { return types.UID(fmt.Sprint(i)) }
	for i := range mostWaiting {
		if !r.take("a", uid(i), now) {
			t.Fatalf("want a place for %d", i)
		}
	}
	if r.take("a", "late", now) || !r.take("a", uid(0), now) || !r.take("b", "late", now) {
		t.Error("want places for those who have one, and at another metal-stack")
	}
	r.leave("a", uid(1))
	if !r.take("a", "late", now) {
		t.Error("want the place that was left")
	}
	r.take("a", uid(2), now.Add(waitingLapse))
	if !r.take("a", "later", now.Add(waitingLapse+1)) || !r.take("a", uid(2), now.Add(waitingLapse+1)) {
		t.Error("want the places that are not used any more, and no other")
	}
}

// What was allocated a short while ago is about to become ready.
func TestBecoming(t *testing.T) {
	t.Parallel()
	now := time.Unix(100000, 0)
	cases := map[string]struct {
		ready   xpv2.Condition
		age     time.Duration
		deleted bool
		want    bool
	}{
		"Boots":       {ready: xpv2.Creating(), age: time.Minute, want: true},
		"Ready":       {ready: xpv2.Available(), age: time.Minute},
		"CannotBoot":  {ready: xpv2.Creating(), age: time.Hour},
		"Goes":        {ready: xpv2.Creating(), age: time.Minute, deleted: true},
		"Unavailable": {ready: xpv2.Unavailable(), age: time.Minute},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &v1alpha1.Firewall{}
			meta.SetExternalCreateSucceeded(f, now.Add(-tc.age))
			if tc.deleted {
				f.SetDeletionTimestamp(&metav1.Time{Time: now})
			}
			if got := becoming(f, tc.ready, now); got != tc.want {
				t.Errorf("want %t, got %t", tc.want, got)
			}
		})
	}
}
