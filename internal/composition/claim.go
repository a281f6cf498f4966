package composition

import (
	"cmp"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	clusterv1alpha1 "github.com/crossplane-contrib/provider-metal-stack/apis/cluster/v1alpha1"
)

// A Claimed composite is the one behind a claim, whose spec and status are its own.
type Claimed struct {
	clusterv1alpha1.XClusterClaim

	Claim types.NamespacedName
}

// ClaimedXCluster is composed of an XCluster in the claim's namespace: spec and status are
// passed through, and the wiring exists once.
func ClaimedXCluster(x *Claimed, r Request) Result {
	owner := &metav1.PartialObjectMetadata{ObjectMeta: *x.ObjectMeta.DeepCopy()}
	if owner.Labels == nil {
		owner.Labels = map[string]string{}
	}
	owner.Labels[clusterv1alpha1.LabelName] = x.Claim.Name
	c := newComposer(owner, r)
	is, _ := c.part(KeyXCluster, clusterv1alpha1.XClusterGroupVersionKind, newXCluster(x), naming{of: x.Claim.Name, most: mostOfName}).(*clusterv1alpha1.XCluster)
	if is == nil {
		c.out.Status = clusterv1alpha1.XClusterObservation{Message: c.notThere(KeyXCluster, "waiting for the XCluster, which is not there yet", "describe claimedxcluster "+x.GetName())}
	} else {
		out := is.Status.XClusterObservation
		out.Message = cmp.Or(silent(is), out.Message)
		c.out.Status, c.out.Conditions = out, ofFirewall(is)
	}
	c.protect(clusterv1alpha1.XClusterClaimGroupVersionKind, x.Claim.Namespace, x.Claim.Name, "claim-protection", labels(x.GetName(), x.Claim.Name, ""), x.Spec.DeletionProtection, hasWorkers(&x.Spec, &x.Status.XClusterObservation))
	return c.out
}

// newXCluster is labelled as the claim is called: its firewall is called so, too.
func newXCluster(x *Claimed) *clusterv1alpha1.XCluster {
	shall := &clusterv1alpha1.XCluster{
		ObjectMeta: metav1.ObjectMeta{Namespace: x.Claim.Namespace, Labels: labels(x.GetName(), x.Claim.Name, "")},
		Spec:       x.Spec,
	}
	if consent := x.GetAnnotations()[clusterv1alpha1.AnnotationFreeWorkers]; consent != "" {
		shall.SetAnnotations(map[string]string{clusterv1alpha1.AnnotationFreeWorkers: consent})
	}
	return shall
}
