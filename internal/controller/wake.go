package controller

import (
	"context"
	"slices"
	"strings"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/pace"
	"github.com/crossplane-contrib/provider-metal-stack/internal/turn"
)

// A waker of resources that somebody changed. A look at what garbage collection
// still has its hand on could do nothing: it comes when the collector's finalizer
// is gone, or, to say what is waited for, when that lasts.
type waker struct {
	handler.Funcs

	kind  string
	turns *turn.Rooms
}

// Create of a resource, or one that was there when this process began: what rests
// stands behind what does not.
func (w *waker) Create(_ context.Context, e event.CreateEvent, q workqueue.TypedRateLimitingInterface[reconcile.Request]) {
	pace.Enqueue(q, requestOf(e.Object), priorityOf(e.Object, e.IsInInitialList))
}

// Delete of a resource: it does not come to take its turn.
func (w *waker) Delete(_ context.Context, e event.DeleteEvent, _ workqueue.TypedRateLimitingInterface[reconcile.Request]) {
	w.turns.Forget(visitor(w.kind, e.Object))
}

// Update of a resource.
func (w *waker) Update(_ context.Context, e event.UpdateEvent, q workqueue.TypedRateLimitingInterface[reconcile.Request]) {
	if meta.WasDeleted(e.ObjectNew) && slices.ContainsFunc(e.ObjectNew.GetFinalizers(), isCollectors) {
		q.AddAfter(requestOf(e.ObjectNew), collecting)
		return
	}
	again := e.ObjectOld.GetResourceVersion() == e.ObjectNew.GetResourceVersion()
	pace.Enqueue(q, requestOf(e.ObjectNew), priorityOf(e.ObjectNew, again))
}

func requestOf(o client.Object) reconcile.Request {
	return reconcile.Request{NamespacedName: client.ObjectKeyFromObject(o)}
}

// priorityOf a look: low for what rests and was only told of again.
func priorityOf(o client.Object, again bool) int {
	if mg, ok := o.(resource.Managed); ok && again && pace.Rests(mg) {
		return pace.Low
	}
	return pace.Normal
}

// isCollectors is true for a finalizer of Kubernetes' garbage collector.
func isCollectors(finalizer string) bool {
	return finalizer == metav1.FinalizerDeleteDependents || finalizer == metav1.FinalizerOrphanDependents
}

// desiredStateChanged passes what a person changed: the spec, labels, and
// annotations except those that a reconcile writes. A refused create, which
// writes some, must not be tried again at once; a success is looked at. A finalizer
// of somebody else that goes is what a deletion waits for, and bumps no generation.
func desiredStateChanged() predicate.Predicate {
	return predicate.Or(predicate.GenerationChangedPredicate{}, predicate.LabelChangedPredicate{}, predicate.Funcs{
		UpdateFunc: func(e event.UpdateEvent) bool {
			return wished(e.ObjectOld.GetAnnotations()) != wished(e.ObjectNew.GetAnnotations()) ||
				len(e.ObjectNew.GetFinalizers()) < len(e.ObjectOld.GetFinalizers())
		},
	})
}

// wished is what a person's annotations say, in a form to compare, and when
// something was made last.
func wished(annotations map[string]string) string {
	var lines []string
	for k, v := range annotations {
		switch k {
		case meta.AnnotationKeyExternalCreatePending,
			meta.AnnotationKeyExternalCreateFailed,
			v1alpha1.AnnotationAllocationUUID,
			v1alpha1.AnnotationPartitionCreated,
			v1alpha1.AnnotationCreateUnknownSince,
			v1alpha1.AnnotationAsked:
		default:
			lines = append(lines, k+"="+v)
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}
