package composition

import (
	"cmp"

	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	clusterv1alpha1 "github.com/crossplane-contrib/provider-metal-stack/apis/cluster/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// XFirewall is composed of a Firewall, with a hostname that a person can read.
func XFirewall(x *clusterv1alpha1.XFirewall, r Request) Result {
	c := newComposer(x, r)
	var made *clusterv1alpha1.Ownership
	word := ""
	if f, ok := c.Parts[KeyFirewall].(*v1alpha1.Firewall); ok && f.Status.AtProvider.MachineID != "" {
		p := f.Spec.ForProvider
		made = placeOf(p.Partition, p.ProjectID, f.Spec.ProviderConfigReference, x.Spec.ProviderConfigRef)
		x = x.DeepCopy()
		word = stays(&x.Spec.Ownership, made)
	}
	is, _ := c.part(KeyFirewall, v1alpha1.FirewallGroupVersionKind, newFirewall(x), naming{of: x.GetName(), most: longest}).(*v1alpha1.Firewall)
	out := clusterv1alpha1.XFirewallObservation{Place: shown(made)}
	if is == nil {
		out.Message = c.notThere(KeyFirewall, "waiting for the Firewall, which is not there yet", "-n "+x.GetNamespace()+" describe xfw "+x.GetName())
	} else {
		at := is.Status.AtProvider
		out.FirewallObservation = clusterv1alpha1.FirewallObservation{
			MachineID: at.MachineID, LastEvent: at.LastEvent, IPs: at.IPs,
			Message: c.saidBy("waiting for the provider to look at Firewall", is, len(is.Status.Conditions), at.Message),
		}
	}
	out.Message = together([]string{word, out.Message})
	c.out.Status = out
	return c.out
}

// newFirewall carries the labels of the XCluster, if there is one.
func newFirewall(x *clusterv1alpha1.XFirewall) *v1alpha1.Firewall {
	s := &x.Spec
	name := cmp.Or(ptr.Deref(s.Hostname, ""), x.GetName())
	f := &v1alpha1.Firewall{ObjectMeta: metav1.ObjectMeta{
		Namespace: x.GetNamespace(),
		Labels:    labels(x.GetName(), nameOf(x), types.UID(x.GetLabels()[clusterv1alpha1.LabelUID])),
	}}
	f.Spec.ProviderConfigReference = configuration(s.ProviderConfigRef)
	f.Spec.ForProvider = v1alpha1.FirewallParameters{
		Image: s.Image,
		Rules: s.Rules,
		AllocationParameters: v1alpha1.AllocationParameters{
			Partition:         s.Partition,
			ProjectID:         s.ProjectID,
			Size:              s.Size,
			PrivateNetworkID:  s.PrivateNetworkID,
			Hostname:          &name,
			Name:              &name,
			SSHPublicKeys:     s.SSHPublicKeys,
			UserDataSecretRef: s.UserDataSecretRef,
			DNSServers:        s.DNSServers,
			NTPServers:        s.NTPServers,
			Tags:              s.Tags,
		},
	}
	p := &f.Spec.ForProvider
	if r := s.PrivateNetworkIDRef; r != nil && r.Name != "" {
		p.PrivateNetworkIDRef = &v1alpha1.Reference{Name: r.Name}
	}
	if sel := s.PrivateNetworkIDSelector; sel != nil && len(sel.MatchLabels) > 0 {
		p.PrivateNetworkIDSelector = &v1alpha1.Selector{MatchLabels: map[string]string{}}
		for k, v := range sel.MatchLabels {
			p.PrivateNetworkIDSelector.MatchLabels[k] = string(v)
		}
	}
	for _, n := range s.Networks {
		p.Networks = append(p.Networks, v1alpha1.AllocationNetwork{
			Name: n.Name, NetworkID: pointer(n.NetworkID), IPs: n.IPs, AddressFamilies: n.AddressFamilies,
		})
	}
	return f
}

// configuration that says where the metal-api is.
func configuration(r clusterv1alpha1.ProviderConfigReference) *xpv2.ProviderConfigReference {
	if r.Name == "" {
		return nil
	}
	return &xpv2.ProviderConfigReference{Kind: r.Kind, Name: r.Name}
}
