package quiet

import (
	"strings"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// nothingThere is what crossplane-runtime says of a resource that only observes.
const nothingThere = "external resource does not exist"

// A speaking resource has a message for people in their status.
type speaking interface {
	resource.Managed

	GetMessage() string
	SetMessage(message string)
}

// speak for a resource that is not as it should be and has no message that says
// so: the external client knows only its own errors, and crossplane-runtime puts
// its own in a condition.
func speak(obj client.Object) {
	mg, ok := obj.(speaking)
	if !ok {
		return
	}
	said := mg.GetMessage()
	if paused := wordsOfPause(mg); paused != "" {
		mg.SetMessage(paused)
		return
	}
	synced, ready := mg.GetCondition(xpv2.TypeSynced), mg.GetCondition(xpv2.TypeReady)
	switch {
	case said != "" && strings.HasSuffix(synced.Message, nothingThere):
		// The external client knows better what to do about it.
	case synced.Status == corev1.ConditionFalse && (said == "" || !strings.Contains(synced.Message, said)):
		mg.SetMessage(wordsOf(synced))
	case said == "" && ready.Status == corev1.ConditionFalse:
		mg.SetMessage(wordsOf(ready))
	}
	if synced.Status == corev1.ConditionFalse && ready.Reason == "" {
		// It never was ready, which is no reason to say nothing.
		mg.SetConditions(xpv2.Unavailable().WithMessage(mg.GetMessage()).WithObservedGeneration(synced.ObservedGeneration))
	}
}

// wordsOf a condition.
func wordsOf(c xpv2.Condition) string {
	switch {
	case c.Message != "":
		return c.Message
	case c.Reason == xpv2.ReasonCreating:
		return "being created"
	case c.Reason == xpv2.ReasonDeleting:
		return "being deleted"
	default:
		return string(c.Reason)
	}
}

// wordsOfPause say what pauses a resource: an annotation, or an empty list that a
// template may have rendered. Empty if nothing does.
func wordsOfPause(mg resource.Managed) string {
	if mg.GetCondition(xpv2.TypeSynced).Reason != xpv2.ReasonReconcilePaused {
		return ""
	}
	if meta.WasDeleted(mg) && meta.IsPaused(mg) {
		return "being deleted, and paused: nothing is freed before the annotation " + meta.AnnotationKeyReconciliationPaused + " is removed"
	}
	if meta.IsPaused(mg) {
		return "paused, and neither looked at nor changed: remove the annotation " + meta.AnnotationKeyReconciliationPaused
	}
	return "paused by an empty list in managementPolicies, and neither looked at nor changed: remove the field, or name what is allowed"
}
