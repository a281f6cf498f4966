package composition

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clusterv1alpha1 "github.com/crossplane-contrib/provider-metal-stack/apis/cluster/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// labelDefault of the network that firewalls join if nothing else is said: metal-stack's.
const labelDefault = "network.metal-stack.io/default"

// nameDefault is the name of the entry that nobody wrote.
const nameDefault = labelDefault

// joined networks of a firewall: those that a person names, or the default one. That is
// found once: what it was when something was made, it stays. Known is false while it is
// not found.
func (c *composer) joined(o clusterv1alpha1.Ownership, named []clusterv1alpha1.NetworkAttachment, made bool, was string) (joined []clusterv1alpha1.NetworkAttachment, known bool) {
	shall := lookedAt(c.owner, o.ProviderConfigRef)
	is, there := c.Parts[KeyDefaultNetwork].(*v1alpha1.Network)
	// It is looked for again where nothing is made yet, and that was corrected.
	moved := there && !made && (is.Spec.ForProvider.Partition != o.Partition || !reflect.DeepEqual(is.Spec.ProviderConfigReference, shall.Spec.ProviderConfigReference))
	if there && (len(named) > 0 || moved) {
		c.out.Left = append(c.out.Left, KeyDefaultNetwork)
	}
	switch {
	case len(named) > 0:
		return named, true
	case moved:
		c.again(freedIn)
		return nil, false
	case !made:
		was = ""
	}
	if there {
		was = cmp.Or(was, meta.GetExternalName(is), is.Status.AtProvider.ID)
	}
	shall.Spec.ForProvider.Partition = o.Partition
	shall.Spec.ForProvider.Labels = map[string]v1alpha1.NetworkLabelValue{labelDefault: ""}
	if was != "" {
		meta.SetExternalName(shall, was)
	}
	c.part(KeyDefaultNetwork, v1alpha1.NetworkGroupVersionKind, shall, naming{of: c.owner.GetName(), as: KeyDefaultNetwork, most: longest})
	if was == "" {
		return nil, false
	}
	return []clusterv1alpha1.NetworkAttachment{{Name: nameDefault, NetworkID: was}}, true
}

// saidByDefault network that was not found, of which a field could name another.
func (c *composer) saidByDefault(field string) string {
	n, ok := c.Parts[KeyDefaultNetwork].(*v1alpha1.Network)
	if !ok || !c.composed(KeyDefaultNetwork) || ready(n) {
		return c.nameless[KeyDefaultNetwork]
	}
	return c.saidBy("waiting for the provider to look at Network", n, len(n.Status.Conditions), inSpec(field, n.Status.AtProvider.Message))
}

// unjoined says which networks of egress addresses the firewall does not join.
func unjoined(egress []clusterv1alpha1.EgressIPs, joined []clusterv1alpha1.NetworkAttachment) string {
	var ids, not []string
	for _, n := range joined {
		ids = append(ids, n.NetworkID)
	}
	for _, e := range egress {
		if !slices.Contains(ids, e.Network) {
			not = append(not, e.Network)
		}
	}
	if len(not) == 0 {
		return ""
	}
	return fmt.Sprintf("egressIPs are addresses of networks that the firewall joins, which is %s, and not %s: correct them, or name networks in firewall.networks", strings.Join(ids, ", "), strings.Join(not, ", "))
}

// lookedAt is a network that exists, and that nothing is done to.
func lookedAt(owner client.Object, ref clusterv1alpha1.ProviderConfigReference) *v1alpha1.Network {
	n := &v1alpha1.Network{ObjectMeta: metav1.ObjectMeta{Namespace: owner.GetNamespace(), Labels: labels(owner.GetName(), nameOf(owner), "")}}
	n.Spec.ProviderConfigReference = configuration(ref)
	n.Spec.ManagementPolicies = xpv2.ManagementPolicies{xpv2.ManagementActionObserve}
	return n
}
