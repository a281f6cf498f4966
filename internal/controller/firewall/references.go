package firewall

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/crossplane/crossplane-runtime/v2/pkg/reconciler/managed"
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	kerrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/utils/ptr"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// A naming of a network by a Firewall.
type naming struct {
	id  *string
	ref *xpv2.NamespacedReference
	sel *xpv2.NamespacedSelector
}

func namings(fw *v1alpha1.Firewall) []naming {
	p := fw.Spec.ForProvider
	out := []naming{{p.PrivateNetworkID, p.PrivateNetworkIDRef, p.PrivateNetworkIDSelector}}
	for _, n := range p.Networks {
		out = append(out, naming{n.NetworkID, n.NetworkIDRef, n.NetworkIDSelector})
	}
	return out
}

func (n naming) resolved() bool { return ptr.Deref(n.id, "") != "" }

// resolvesTo a Network, once it has an id.
func (n naming) resolvesTo(fw *v1alpha1.Firewall, nw *v1alpha1.Network) bool {
	switch {
	case n.ref != nil:
		return inNamespace(n.ref.Namespace, fw, nw) && n.ref.Name == nw.GetName()
	case n.sel != nil:
		if ptr.Deref(n.sel.MatchControllerRef, false) && !meta.HaveSameController(fw, nw) {
			return false
		}
		return inNamespace(n.sel.Namespace, fw, nw) && labels.SelectorFromSet(n.sel.MatchLabels).Matches(labels.Set(nw.GetLabels()))
	default:
		return false
	}
}

func inNamespace(ns string, fw, nw metav1.Object) bool {
	if ns == "" {
		ns = fw.GetNamespace()
	}
	return ns == nw.GetNamespace()
}

// Names is true if a Firewall names a Network, or will: references are resolved
// as long as it is not being deleted.
func Names(fw *v1alpha1.Firewall, nw *v1alpha1.Network) bool {
	for _, n := range namings(fw) {
		if n.resolved() && *n.id == meta.GetExternalName(nw) {
			return true
		}
	}
	return !meta.WasDeleted(fw) && awaits(fw, nw)
}

// awaits is true if a Firewall cannot be created before a Network has an id.
func awaits(fw *v1alpha1.Firewall, nw *v1alpha1.Network) bool {
	for _, n := range namings(fw) {
		if !n.resolved() && n.resolvesTo(fw, nw) {
			return true
		}
	}
	return false
}

// waitsFor says which Networks a Firewall waits for.
func waitsFor(fw *v1alpha1.Firewall) string {
	var words []string
	for _, n := range namings(fw) {
		switch {
		case n.resolved():
		case n.ref != nil:
			words = append(words, "Network "+n.ref.Name)
		case n.sel != nil:
			var ls []string
			for _, k := range slices.Sorted(maps.Keys(n.sel.MatchLabels)) {
				ls = append(ls, k+"="+n.sel.MatchLabels[k])
			}
			words = append(words, fmt.Sprintf("a Network labelled %s", strings.Join(ls, ",")))
		}
	}
	if len(words) == 0 {
		return ""
	}
	return "waiting for " + strings.Join(words, " and ") + " to be allocated"
}

// A resolver of references that says what it waits for.
type resolver struct {
	managed.ReferenceResolver
}

// ResolveReferences of a Firewall.
func (r resolver) ResolveReferences(ctx context.Context, mg resource.Managed) error {
	err := r.ReferenceResolver.ResolveReferences(ctx, mg)
	fw, ok := mg.(*v1alpha1.Firewall)
	if err == nil || !ok || kerrors.IsConflict(err) {
		return err
	}
	// An error of the API server has a reason. What is not there yet has none.
	why := kerrors.ReasonForError(err)
	if text := waitsFor(fw); text != "" && (why == metav1.StatusReasonUnknown || why == metav1.StatusReasonNotFound) {
		err = errors.New(text)
	}
	fw.Status.AtProvider.Message = err.Error()
	return err
}
