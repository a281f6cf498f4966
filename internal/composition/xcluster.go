package composition

import (
	"cmp"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	clusterv1alpha1 "github.com/crossplane-contrib/provider-metal-stack/apis/cluster/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// XCluster is composed of a Network, and of an XFirewall in front of it.
func XCluster(x *clusterv1alpha1.XCluster, r Request) Result {
	c := newComposer(x, r)
	x, made, word := c.placed(x)
	network := newNetwork(x)
	isNetwork, _ := c.part(KeyNetwork, v1alpha1.NetworkGroupVersionKind, network, naming{of: x.GetName(), as: KeyNetwork, most: longest}).(*v1alpha1.Network)
	isFirewall := c.firewall(x, network.GetName())
	out := c.statusOf(x, isNetwork, isFirewall)
	out.Place = shown(made)
	out.Message = together([]string{word, out.Message})
	c.out.Status = out
	return c.out
}

// placed where its network or its firewall was made is an XCluster, if one was.
func (c *composer) placed(x *clusterv1alpha1.XCluster) (at *clusterv1alpha1.XCluster, made *clusterv1alpha1.Ownership, word string) {
	n, isNetwork := c.Parts[KeyNetwork].(*v1alpha1.Network)
	f, isFirewall := c.Parts[KeyFirewall].(*clusterv1alpha1.XFirewall)
	switch {
	case isNetwork && n.Status.AtProvider.ID != "":
		p := n.Spec.ForProvider
		made = placeOf(p.Partition, p.ProjectID, n.Spec.ProviderConfigReference, x.Spec.ProviderConfigRef)
	case isFirewall && f.Status.MachineID != "":
		made = f.Spec.Ownership.DeepCopy()
	default:
		return x, nil, ""
	}
	at = x.DeepCopy()
	word = stays(&at.Spec.Ownership, made)
	return at, made, word
}

// firewall of an XCluster, in front of a network of a name, which may have none yet.
func (c *composer) firewall(x *clusterv1alpha1.XCluster, network string) *clusterv1alpha1.XFirewall {
	shall := newXFirewall(x)
	is, there := c.Parts[KeyFirewall].(*clusterv1alpha1.XFirewall)
	switch {
	case there && leadsByLabel(is):
		// One of before there were names: what it carries may be somebody else's to take
		// away, after a restore.
		shall.Spec.PrivateNetworkIDSelector = &clusterv1alpha1.NetworkSelector{
			MatchLabels: map[string]clusterv1alpha1.LabelValue{clusterv1alpha1.LabelUID: clusterv1alpha1.LabelValue(x.GetUID())},
		}
	case there && network == "":
		shall.Spec.PrivateNetworkIDRef, shall.Spec.PrivateNetworkIDSelector = is.Spec.PrivateNetworkIDRef, is.Spec.PrivateNetworkIDSelector
	case network == "":
		c.skip(KeyFirewall, "")
		return nil
	default:
		shall.Spec.PrivateNetworkIDRef = &clusterv1alpha1.NetworkReference{Name: network}
	}
	is, _ = c.part(KeyFirewall, clusterv1alpha1.XFirewallGroupVersionKind, shall, naming{of: x.GetName(), as: KeyFirewall, most: longest}).(*clusterv1alpha1.XFirewall)
	return is
}

// leadsByLabel is true for an XFirewall that finds its network by the uid of its XCluster.
func leadsByLabel(f *clusterv1alpha1.XFirewall) bool {
	s := f.Spec.PrivateNetworkIDSelector
	return s != nil && s.MatchLabels[clusterv1alpha1.LabelUID] != ""
}

func newNetwork(x *clusterv1alpha1.XCluster) *v1alpha1.Network {
	n := &v1alpha1.Network{ObjectMeta: metav1.ObjectMeta{Namespace: x.GetNamespace(), Labels: labels(x.GetName(), nameOf(x), x.GetUID())}}
	n.Spec.ProviderConfigReference = configuration(x.Spec.ProviderConfigRef)
	n.Spec.ForProvider = v1alpha1.NetworkParameters{
		Partition:       x.Spec.Partition,
		ProjectID:       x.Spec.ProjectID,
		Name:            pointer(nameOf(x)),
		AddressFamilies: x.Spec.Network.AddressFamilies,
		PrefixLengths:   x.Spec.Network.PrefixLengths,
	}
	return n
}

func newXFirewall(x *clusterv1alpha1.XCluster) *clusterv1alpha1.XFirewall {
	f := &clusterv1alpha1.XFirewall{ObjectMeta: metav1.ObjectMeta{Namespace: x.GetNamespace(), Labels: labels(x.GetName(), nameOf(x), x.GetUID())}}
	f.Spec.Ownership = x.Spec.Ownership
	f.Spec.FirewallSettings = x.Spec.Firewall
	f.Spec.Hostname = pointer(hostname(nameOf(x)))
	return f
}

// mostOfName are how many characters of a name a hostname has: -firewall stands behind it.
// The API server lets no XCluster have more.
const mostOfName = longest - len("-firewall")

// hostname of the firewall of an XCluster. A chosen name leaves room for what stands
// behind it. A generated one gives its end, which tells it from its like. Names have
// neither capitals nor underscores nor dots, but any label may be set by hand.
func hostname(name string) string {
	name = strings.NewReplacer("_", "-", ".", "-").Replace(strings.ToLower(name))
	if len(name) > mostOfName {
		name = name[len(name)-mostOfName:]
	}
	return strings.TrimLeft(name+"-firewall", "-")
}

func (c *composer) statusOf(x *clusterv1alpha1.XCluster, n *v1alpha1.Network, f *clusterv1alpha1.XFirewall) clusterv1alpha1.XClusterObservation {
	describe := "-n " + x.GetNamespace() + " describe xcl " + x.GetName()
	out := clusterv1alpha1.XClusterObservation{}
	says := make([]string, 2)
	if n == nil {
		says[0] = c.notThere(KeyNetwork, "waiting for the Network, which is not there yet", describe)
	} else {
		at := n.Status.AtProvider
		out.Network = clusterv1alpha1.NetworkObservation{ID: at.ID, Prefixes: at.Prefixes, VRF: at.VRF, Message: at.Message}
		says[0] = c.saidBy("waiting for the provider to look at Network", n, len(n.Status.Conditions), at.Message)
	}
	if f == nil {
		says[1] = c.notThere(KeyFirewall, "waiting for the XFirewall, which is not there yet", describe)
	} else {
		out.Firewall = f.Status.FirewallObservation
		says[1] = cmp.Or(silent(f), f.Status.Message)
	}
	out.Message = together(says)
	return out
}

// together is what all parts say, each sentence once.
func together(says []string) string {
	says = slices.DeleteFunc(says, func(s string) bool { return s == "" })
	var once []string
	for _, s := range says {
		if !slices.Contains(once, s) {
			once = append(once, s)
		}
	}
	return strings.Join(once, "; ")
}
