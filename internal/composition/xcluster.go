package composition

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	protectionv1beta1 "github.com/crossplane/crossplane/apis/v2/protection/v1beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	clusterv1alpha1 "github.com/crossplane-contrib/provider-metal-stack/apis/cluster/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/memory"
)

// XCluster is composed of a Network, an XFirewall in front of it with its egress
// addresses, the workers in it, and what protects it.
func XCluster(x *clusterv1alpha1.XCluster, r Request) Result {
	c := newComposer(x, r)
	x = x.DeepCopy()
	made, word := c.placed(x)
	network, pinned := c.network(x)
	isNetwork, _ := c.part(KeyNetwork, v1alpha1.NetworkGroupVersionKind, network, naming{of: x.GetName(), as: KeyNetwork, most: longest}).(*v1alpha1.Network)
	networks, known := c.joined(x.Spec.Ownership, x.Spec.Firewall.Networks, made != nil, c.joinedByDefault())
	x.Spec.Firewall.Networks = networks
	given, ips, all := c.egressOf(x, known)
	isFirewall := c.firewall(x, network.GetName(), given, all)
	workers, say := c.workersOf(x, network.GetName())
	c.protect(clusterv1alpha1.XClusterGroupVersionKind, x.GetNamespace(), x.GetName(), KeyProtection, labels(x.GetName(), nameOf(x), x.GetUID()), x.Spec.DeletionProtection, c.protects(x, &workers))

	out, byDefault := c.statusOf(x, isNetwork, isFirewall), c.saidByDefault("firewall.networks")
	out.EgressIPs, out.Pools, out.Workers, out.WorkersReady = ips, workers.Pools, workers.Workers, workers.WorkersReady
	if isFirewall != nil {
		c.out.Conditions = ofFirewall(isFirewall)
		if i := slices.IndexFunc(c.out.Conditions, func(is xpv2.Condition) bool { return is.Type == TypeFirewallUpToDate }); i >= 0 && c.heldBack {
			c.out.Conditions[i].Status, c.out.Conditions[i].Reason = corev1.ConditionFalse, "WaitsForEgress"
			c.out.Conditions[i].Message = "what was changed is passed on to the firewall when all addresses of egressIPs and all networks are there"
		}
	}
	if len(c.out.Conditions) == 0 {
		c.out.Conditions = noFirewall(x, byDefault)
	}
	out.Place = shown(made)
	lost := ""
	if known {
		lost = unjoined(x.Spec.EgressIPs, networks)
	}
	out.Message = together(slices.Concat([]string{word, pinned, out.Message, byDefault, lost}, c.saidByOthers(), say))
	c.out.Status = out
	return c.out
}

// joinedByDefault is the network that the XFirewall was composed with, if nobody named it.
func (c *composer) joinedByDefault() string {
	if f, ok := c.Parts[KeyFirewall].(*clusterv1alpha1.XFirewall); ok {
		for _, n := range f.Spec.Networks {
			if n.Name == nameDefault {
				return n.NetworkID
			}
		}
	}
	return ""
}

// ofFirewall are the conditions that say of a composite what its firewall is like.
func ofFirewall(o conditioned) []xpv2.Condition {
	var out []xpv2.Condition
	for _, t := range []xpv2.ConditionType{TypeEgressStable, TypeFirewallUpToDate} {
		if c := o.GetCondition(t); c.Reason != "" {
			out = append(out, c)
		}
	}
	return out
}

// network of an XCluster: one that exists already, or one of its own. What it is, it stays,
// whatever the API server let through while the status was late.
func (c *composer) network(x *clusterv1alpha1.XCluster) (shall *v1alpha1.Network, word string) {
	id := x.Spec.Network.NetworkID
	if n, ok := c.Parts[KeyNetwork].(*v1alpha1.Network); ok && begun(n) {
		was := ""
		if looked(n) {
			was = meta.GetExternalName(n)
		}
		if id != was {
			word = fmt.Sprintf("the network is what it was made as: set network.networkID back to %q, or delete this and create another", was)
			id = was
		}
	}
	if id == "" {
		return newNetwork(x), word
	}
	shall = lookedAt(x, x.Spec.ProviderConfigRef)
	meta.SetExternalName(shall, id)
	shall.SetLabels(labels(x.GetName(), nameOf(x), x.GetUID()))
	shall.Spec.ForProvider.Partition, shall.Spec.ForProvider.ProjectID = x.Spec.Partition, x.Spec.ProjectID
	return shall, word
}

// begun is true for a Network that stands for something, or may. One that is looked at
// has an id from the beginning, which may be a wrong one.
func begun(n *v1alpha1.Network) bool {
	return n.Status.AtProvider.ID != "" || !looked(n) && memory.Begun(n)
}

// looked is true for a Network that is looked at, and nothing else. One that was allocated
// stays what it is, whatever a person lets go of by its policies.
func looked(n *v1alpha1.Network) bool {
	return slices.Equal(n.Spec.ManagementPolicies, xpv2.ManagementPolicies{xpv2.ManagementActionObserve}) && meta.GetExternalCreateSucceeded(n).IsZero()
}

// saidByOthers are the words of what stands for egress addresses, and of what protects.
func (c *composer) saidByOthers() []string {
	var say []string
	for _, key := range sortedKeys(c.Parts) {
		if !c.composed(key) {
			continue
		}
		switch o := c.Parts[key].(type) {
		case *v1alpha1.IP:
			say = append(say, c.saidBy("waiting for the provider to look at IP", o, len(o.Status.Conditions), pinned(o.Status.AtProvider.Message)))
		case *v1alpha1.Network:
			if key != KeyNetwork && key != KeyDefaultNetwork {
				say = append(say, c.saidBy("waiting for the provider to look at Network", o, len(o.Status.Conditions), inSpec("egressIPs", o.Status.AtProvider.Message)))
			}
		case *protectionv1beta1.Usage:
			say = append(say, c.saidByUsage(o))
		}
	}
	for _, key := range sortedKeys(c.nameless) {
		if strings.HasPrefix(key, keyEgress) || key == KeyProtection {
			say = append(say, c.nameless[key])
		}
	}
	return say
}

// pinned address that is there already: what is taken over would be given back with this.
func pinned(message string) string {
	if before, _, ok := strings.Cut(message, ": name another address, or, if it is this one that is meant"); ok {
		return before + ": name another address in egressIPs, or, if it is this one that is meant, name it in firewall.networks[].ips instead"
	}
	return message
}

// inSpec of a composite it is a field that names what is looked at, and not an annotation.
func inSpec(field, message string) string {
	return strings.ReplaceAll(message, "the annotation crossplane.io/external-name", field)
}

// placed puts an XCluster where its network or its firewall was made, if one was.
func (c *composer) placed(x *clusterv1alpha1.XCluster) (made *clusterv1alpha1.Ownership, word string) {
	n, isNetwork := c.Parts[KeyNetwork].(*v1alpha1.Network)
	f, isFirewall := c.Parts[KeyFirewall].(*clusterv1alpha1.XFirewall)
	switch {
	case isNetwork && n.Status.AtProvider.ID != "":
		p := n.Spec.ForProvider
		made = placeOf(p.Partition, p.ProjectID, n.Spec.ProviderConfigReference, x.Spec.ProviderConfigRef)
	case isFirewall && f.Status.MachineID != "":
		made = f.Spec.Ownership.DeepCopy()
	default:
		return nil, ""
	}
	return made, stays(&x.Spec.Ownership, made)
}

// firewall of an XCluster, in front of a network of a name, which may have none yet, with
// the addresses that are given to it, which may not be all yet.
func (c *composer) firewall(x *clusterv1alpha1.XCluster, network string, given map[string]*egress, all bool) *clusterv1alpha1.XFirewall {
	shall := newXFirewall(x)
	shall.Spec.Networks = give(shall.Spec.Networks, given)
	is, there := c.Parts[KeyFirewall].(*clusterv1alpha1.XFirewall)
	if there && !all {
		// One replacement for all of it, when it is known.
		s, was := &shall.Spec.FirewallSettings, &is.Spec.FirewallSettings
		wished := s.DeepCopy()
		s.Networks, s.Size, s.Image, s.Rules, s.RollToken = was.Networks, was.Size, was.Image, was.Rules, was.RollToken
		s.SSHPublicKeys, s.UserDataSecretRef, s.DNSServers, s.NTPServers = was.SSHPublicKeys, was.UserDataSecretRef, was.DNSServers, was.NTPServers
		wished.Networks = s.Networks // Of which it is not known what they shall be.
		c.heldBack = c.heldBack || !equality.Semantic.DeepEqual(*wished, *s)
	}
	switch {
	case there && leadsByLabel(is):
		// One of before there were names: what it carries may be somebody else's to take
		// away, after a restore.
		shall.Spec.PrivateNetworkIDSelector = &clusterv1alpha1.NetworkSelector{
			MatchLabels: map[string]clusterv1alpha1.LabelValue{clusterv1alpha1.LabelUID: clusterv1alpha1.LabelValue(x.GetUID())},
		}
	case there && network == "":
		shall.Spec.PrivateNetworkIDRef, shall.Spec.PrivateNetworkIDSelector = is.Spec.PrivateNetworkIDRef, is.Spec.PrivateNetworkIDSelector
	case network == "" || !there && !all:
		c.withheld = network != "" // What it waits for says why.
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
		if looked(n) {
			at.Message = inSpec("network.networkID", at.Message)
		}
		out.Network = clusterv1alpha1.NetworkObservation{ID: at.ID, Prefixes: at.Prefixes, VRF: at.VRF, Message: at.Message}
		says[0] = c.saidBy("waiting for the provider to look at Network", n, len(n.Status.Conditions), strings.ReplaceAll(at.Message, "create another Network", "create another XCluster"))
	}
	switch {
	case f == nil && c.withheld:
	case f == nil:
		says[1] = c.notThere(KeyFirewall, "waiting for the XFirewall, which is not there yet", describe)
	default:
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
