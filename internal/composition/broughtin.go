package composition

import (
	"cmp"
	"fmt"
	"slices"

	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	clusterv1alpha1 "github.com/crossplane-contrib/provider-metal-stack/apis/cluster/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// broughtIn is a Firewall that a person made for this to take, if there is one, and why it
// cannot be taken. None is made beside it: it may stand for the firewall of this network.
func (g *gateway) broughtIn() (is *v1alpha1.Firewall, why string, known bool) {
	ask := Ask{Reference: Reference{Kind: v1alpha1.FirewallGroupVersionKind, Namespace: g.x.GetNamespace(), Name: naming{of: g.x.GetName(), most: longest}.nth(0)}}
	g.out.Asks = append(g.out.Asks, ask)
	found, known := g.Found[ask]
	for i := range found {
		if f, ok := g.Full[found[i].GetUID()].(*v1alpha1.Firewall); ok && g.isBroughtIn(f) {
			return f, g.whyNot(f), true
		}
	}
	return nil, "", known
}

// whyNot take a Firewall. Crossplane could not go on with one that is not marked as a part,
// and the API server lets none move.
func (g *gateway) whyNot(f *v1alpha1.Firewall) string {
	a, at := f.GetAnnotations(), f.Status.AtProvider
	place := placeOf(f.Spec.ForProvider.Partition, f.Spec.ForProvider.ProjectID, f.Spec.ProviderConfigReference, g.x.Spec.ProviderConfigRef)
	switch {
	case f.GetDeletionTimestamp() != nil:
		return "it is being deleted"
	case metav1.GetControllerOf(f) != nil:
		return "it belongs to " + metav1.GetControllerOf(f).Kind + " " + metav1.GetControllerOf(f).Name
	case a[clusterv1alpha1.AnnotationBringInto] != g.x.GetName():
		return fmt.Sprintf("its annotation %s is %q, and must be %s", clusterv1alpha1.AnnotationBringInto, a[clusterv1alpha1.AnnotationBringInto], g.x.GetName())
	case a[annotationKey] != KeyFirewall:
		return fmt.Sprintf("set its annotation %s to %s", annotationKey, KeyFirewall)
	case place == nil || *place != g.x.Spec.Ownership:
		return "its partition, projectID and providerConfigRef are not those of " + g.x.GetName()
	case at.MachineID == "":
		return cmp.Or(at.Message, "the provider has not seen its machine yet")
	default:
		return ""
	}
}

// isBroughtIn is true for a Firewall that a person made, also when that is no longer
// written on it.
func (g *gateway) isBroughtIn(f *v1alpha1.Firewall) bool {
	return f.GetAnnotations()[clusterv1alpha1.AnnotationBringInto] != "" || g.x.Status.BroughtIn != "" && g.x.Status.BroughtIn == string(f.GetUID())
}

// mayFree is true for a Firewall whose machine is freed with it.
func mayFree(f *v1alpha1.Firewall) bool {
	p := f.Spec.ManagementPolicies
	return len(p) == 0 || slices.Contains(p, xpv2.ManagementActionAll) || slices.Contains(p, xpv2.ManagementActionDelete)
}
