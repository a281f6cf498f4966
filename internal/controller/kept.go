package controller

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/reconciler/managed"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
)

// collecting is how long garbage collection may take for its own finalizers
// before they are worth a word.
const collecting = 5 * time.Second

// sayWhoKeeps a resource that is being deleted: nothing is freed while others
// have a finalizer on it, and crossplane-runtime then writes no status.
func (e *external[T, O]) sayWhoKeeps(ctx context.Context, mg T) {
	others := keptBy(mg.GetFinalizers(), e.now().Sub(mg.GetDeletionTimestamp().Time))
	if others == "" {
		return
	}
	mg.SetMessage(others)
	e.mark(mg, xpv2.Deleting().WithMessage(others))
	said, ok := mg.DeepCopyObject().(T)
	if !ok {
		return
	}
	// Should it fail, the next look says it.
	_ = e.persist.kube.Status().Update(ctx, said)
	mg.SetResourceVersion(said.GetResourceVersion())
}

// keptBy says whose finalizers keep what has been deleted for so long.
func keptBy(finalizers []string, since time.Duration) string {
	var others []string
	for _, f := range finalizers {
		theirs := f != managed.FinalizerName
		if theirs && (!isCollectors(f) || since >= collecting) {
			others = append(others, f)
		}
	}
	if len(others) == 0 || len(finalizers) == 1 {
		return ""
	}
	slices.Sort(others)
	return fmt.Sprintf("nothing is freed while others keep this resource: it waits for the removal of %s from metadata.finalizers", strings.Join(others, ", "))
}
