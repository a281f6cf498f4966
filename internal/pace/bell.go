package pace

import (
	"context"
	"sync"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// A queue of a controller.
type queue = workqueue.TypedRateLimitingInterface[reconcile.Request]

// A Bell wakes resources whose time to be looked at has come. It is a source of
// their controller; what is rung before that has started is not heard, for the
// controller then looks at all there is.
type Bell struct {
	mu    sync.Mutex
	queue queue
}

// Start to be heard.
func (b *Bell) Start(_ context.Context, q queue) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.queue = q
	return nil
}

// Ring for a resource.
func (b *Bell) Ring(key types.NamespacedName, priority int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.queue != nil {
		Enqueue(b.queue, reconcile.Request{NamespacedName: key}, priority)
	}
}

// Bells of all kinds. Their zero value rings for nobody.
type Bells struct {
	mu    sync.Mutex
	bells map[string]*Bell
}

// Of a kind.
func (b *Bells) Of(kind string) *Bell {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bells == nil {
		b.bells = map[string]*Bell{}
	}
	if b.bells[kind] == nil {
		b.bells[kind] = &Bell{}
	}
	return b.bells[kind]
}

// Enqueue a look, if the queue knows priorities with this one.
func Enqueue(q queue, r reconcile.Request, priority int) {
	if p, ok := q.(priorityqueue.PriorityQueue[reconcile.Request]); ok {
		p.AddWithOpts(priorityqueue.AddOpts{Priority: &priority}, r)
		return
	}
	q.Add(r)
}
