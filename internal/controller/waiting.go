package controller

import (
	"sync"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	"k8s.io/apimachinery/pkg/types"
)

const (
	// soonest is when, and how often, is asked for what is about to become ready.
	soonest = time.Second

	// mostWaiting are asked for at each metal-stack, those that wait longest.
	mostWaiting = 64

	// longestWaiting is how long after its allocate something is about to become
	// ready: bare metal boots in minutes.
	longestWaiting = 30 * time.Minute

	// waitingLapse is when a place is free that was not used.
	waitingLapse = 10 * time.Second
)

// A waitingRoom has places for what is about to become ready.
type waitingRoom struct {
	mu     sync.Mutex
	places map[string]map[types.UID]time.Time // By where, and when it was used last.
}

// take a place, or keep it.
func (r *waitingRoom) take(at string, uid types.UID, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.places == nil {
		r.places = map[string]map[types.UID]time.Time{}
	}
	if r.places[at] == nil {
		r.places[at] = map[types.UID]time.Time{}
	}
	places := r.places[at]
	if _, ok := places[uid]; !ok && len(places) >= mostWaiting {
		for other, used := range places {
			if now.Sub(used) > waitingLapse {
				delete(places, other)
			}
		}
		if len(places) >= mostWaiting {
			return false
		}
	}
	places[uid] = now
	return true
}

// leave a place.
func (r *waitingRoom) leave(at string, uid types.UID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.places[at], uid)
}

// becoming ready is what is being created, and was allocated not long ago.
func becoming(mg resource.Managed, ready xpv2.Condition, now time.Time) bool {
	return ready.Reason == xpv2.ReasonCreating && !meta.WasDeleted(mg) && now.Sub(meta.GetExternalCreateSucceeded(mg)) < longestWaiting
}
