package composition

import (
	"fmt"
	"slices"
	"strings"

	protectionv1beta1 "github.com/crossplane/crossplane/apis/v2/protection/v1beta1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clusterv1alpha1 "github.com/crossplane-contrib/provider-metal-stack/apis/cluster/v1alpha1"
)

// protectionReason is what who tries to delete an XCluster reads.
const protectionReason = "the disks of its workers would be wiped: set spec.deletionProtection to false first"

// protect an object from being deleted, if that is wanted; left out, if there are workers.
// What protects it is called as it is.
func (c *composer) protect(kind schema.GroupVersionKind, namespace, name, as string, l map[string]string, wanted *bool, workers bool) {
	u, n := &protectionv1beta1.Usage{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Labels: l}}, naming{of: name, as: as, most: longest}
	if !ptr.Deref(wanted, workers) {
		if wanted != nil || c.lost(protectionv1beta1.UsageGroupVersionKind) { // No status names it.
			c.recover(protectionv1beta1.UsageGroupVersionKind, u, func(key string, _ client.Object) (naming, bool) { return n, key == KeyProtection })
		}
		if _, there := c.Parts[KeyProtection]; !there {
			return
		}
		if c.owns(KeyProtection) {
			c.out.Left = append(c.out.Left, KeyProtection)
			return
		}
		c.again(freedIn)
	}
	version, k := kind.ToAPIVersionAndKind()
	u.Spec.Of = protectionv1beta1.NamespacedResource{APIVersion: version, Kind: k, ResourceRef: &protectionv1beta1.NamespacedResourceRef{Name: name}}
	u.Spec.Reason = new(protectionReason)
	c.part(KeyProtection, protectionv1beta1.UsageGroupVersionKind, u, n)
}

// saidByUsage that does not protect yet.
func (c *composer) saidByUsage(u *protectionv1beta1.Usage) string {
	if ready(u) {
		return ""
	}
	if left := patience - c.Now.Sub(u.GetCreationTimestamp().Time); left > 0 {
		c.again(left)
		return ""
	}
	return fmt.Sprintf("waiting for Usage %s, which forbids to delete this: where Crossplane runs without Usages, set deletionProtection to false", u.GetName())
}

// protects is true for an XCluster that has workers. Of one that shall have some it begins
// with the first: Crossplane hears enough of what is made before.
func (c *composer) protects(x *clusterv1alpha1.XCluster, is *clusterv1alpha1.XClusterObservation) bool {
	_, there := c.Parts[KeyProtection]
	there = there || slices.ContainsFunc(c.out.Parts, func(p Part) bool { return strings.HasPrefix(p.Key, keyWorker) })
	if there {
		return hasWorkers(&x.Spec, is)
	}
	return hasWorkers(&clusterv1alpha1.XClusterSpec{}, is)
}

// hasWorkers is true for an XCluster that has some, or shall have.
func hasWorkers(s *clusterv1alpha1.XClusterSpec, is *clusterv1alpha1.XClusterObservation) bool {
	for _, p := range s.Workers {
		if p.Replicas > 0 {
			return true
		}
	}
	for _, p := range is.Pools {
		if p.Machines > 0 {
			return true
		}
	}
	return false
}
