package composition

import (
	"fmt"
	"hash/fnv"
	"net/netip"
	"slices"
	"strings"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clusterv1alpha1 "github.com/crossplane-contrib/provider-metal-stack/apis/cluster/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/canonical"
)

// egress is what a firewall gets of one network: addresses that are its own.
type egress struct {
	refs     []clusterv1alpha1.IPReference
	families []v1alpha1.AddressFamily
}

// An address that shall be there.
type address struct {
	key, as string
	ip      v1alpha1.IPParameters
}

// egressOf an XCluster, by network, of which it is known which the firewall joins, or not
// yet. All is false while something is not there yet that says which addresses there shall
// be, or what they are called.
func (c *composer) egressOf(x *clusterv1alpha1.XCluster, known bool) (given map[string]*egress, is []clusterv1alpha1.EgressIPObservation, all bool) {
	given, all = map[string]*egress{}, known
	var named []string
	for _, e := range x.Status.EgressIPs {
		named = append(named, e.Name)
	}
	if c.lost(v1alpha1.IPGroupVersionKind, named...) {
		c.recover(v1alpha1.IPGroupVersionKind, newIP(x, v1alpha1.IPParameters{}), func(key string, o client.Object) (naming, bool) {
			ip, ok := o.(*v1alpha1.IP)
			return naming{of: x.GetName(), as: calledFor(key, ip), most: longest}, ok && strings.HasPrefix(key, keyEgress)
		})
	}
	for _, e := range x.Spec.EgressIPs {
		joined := known && joins(x, e.Network)
		families, found := c.familiesOf(x, e)
		if !found || !joined {
			// What is wanted is not given back, and nothing is replaced before it is known.
			all, c.out.Unready = false, true
			c.heldBack = c.heldBack || known && !joined
			c.keepOf(x, e.Network)
			continue
		}
		g := given[e.Network]
		if g == nil {
			g = &egress{}
			given[e.Network] = g
		}
		g.families = canonical.Set(slices.Concat(g.families, families))
		for _, a := range addressesOf(e, families) {
			name := c.address(x, c.holding(x, a))
			if name == "" {
				all = false
				continue
			}
			g.refs = append(g.refs, clusterv1alpha1.IPReference{Name: name})
		}
	}
	c.keepUsed(x)
	for _, p := range c.out.Parts {
		if ip, ok := p.Object.(*v1alpha1.IP); ok {
			o := clusterv1alpha1.EgressIPObservation{Network: ptr.Deref(ip.Spec.ForProvider.NetworkID, ""), Name: ip.GetName()}
			if there, ok := c.Parts[p.Key].(*v1alpha1.IP); ok {
				o.Address = there.Status.AtProvider.Address
			}
			is = append(is, o)
		}
	}
	return given, is, all
}

// joins is true for a network that the firewall of an XCluster joins.
func joins(x *clusterv1alpha1.XCluster, network string) bool {
	return slices.ContainsFunc(x.Spec.Firewall.Networks, func(n clusterv1alpha1.NetworkAttachment) bool { return n.NetworkID == network })
}

// address that shall be there, as an IP of this name; empty if it has none yet.
func (c *composer) address(x *clusterv1alpha1.XCluster, a address) string {
	ip := newIP(x, a.ip)
	if is, ok := c.Parts[a.key].(*v1alpha1.IP); ok && elsewhere(is, ip) {
		// Nothing but addresses was made before that was corrected: it is given back first.
		c.out.Unready = true
		c.again(freedIn)
		return ""
	}
	c.part(a.key, v1alpha1.IPGroupVersionKind, ip, naming{of: x.GetName(), as: a.as, most: longest})
	return ip.GetName()
}

// holding an address that is wanted by name may be one that there is already, and that
// nothing else wants.
func (c *composer) holding(x *clusterv1alpha1.XCluster, a address) address {
	if a.ip.Address == nil {
		return a
	}
	for _, key := range c.keys(keyEgress) {
		ip, ok := c.Parts[key].(*v1alpha1.IP)
		if !ok || key == a.key || ip.GetDeletionTimestamp() != nil || meta.GetExternalName(ip) != *a.ip.Address || ptr.Deref(ip.Spec.ForProvider.NetworkID, "") != *a.ip.NetworkID {
			continue
		}
		family := canonical.Families([]string{*a.ip.Address})
		others := slices.ContainsFunc(x.Spec.EgressIPs, func(e clusterv1alpha1.EgressIPs) bool {
			return len(e.Addresses) == 0 && e.Network == *a.ip.NetworkID && (e.AddressFamily == "" || slices.Contains(family, v1alpha1.AddressFamily(e.AddressFamily)))
		})
		if !others {
			return address{key: key, ip: ip.Spec.ForProvider}
		}
	}
	return a
}

// keepOf a network all addresses that there are.
func (c *composer) keepOf(x *clusterv1alpha1.XCluster, network string) {
	for _, key := range c.keys(keyEgress) {
		if ip, ok := c.Parts[key].(*v1alpha1.IP); ok && !c.composed(key) && ip.GetDeletionTimestamp() == nil && ptr.Deref(ip.Spec.ForProvider.NetworkID, "") == network {
			c.keep(x, key, ip)
		}
	}
}

// keep an address as it is.
func (c *composer) keep(x *clusterv1alpha1.XCluster, key string, is *v1alpha1.IP) {
	ip := newIP(x, is.Spec.ForProvider)
	ip.Spec.ForProvider.ProjectID, ip.Spec.ProviderConfigReference = is.Spec.ForProvider.ProjectID, is.Spec.ProviderConfigReference
	c.part(key, v1alpha1.IPGroupVersionKind, ip, naming{})
}

// elsewhere is true for an address of another project or metal-stack.
func elsewhere(is, shall *v1alpha1.IP) bool {
	return is.Spec.ForProvider.ProjectID != shall.Spec.ForProvider.ProjectID || shall.Spec.ProviderConfigReference != nil && !equality.Semantic.DeepEqual(is.Spec.ProviderConfigReference, shall.Spec.ProviderConfigReference)
}

// used is true for an address that a machine has, or that a Firewall names, which may be
// about to have one: what an IP says of its machines is as old as the last look at it.
func (c *composer) used(x *clusterv1alpha1.XCluster, ip *v1alpha1.IP) bool {
	if len(ip.Status.AtProvider.Machines) > 0 {
		return true
	}
	ask := Ask{Reference: Reference{Kind: v1alpha1.FirewallGroupVersionKind, Namespace: x.GetNamespace()}, Label: clusterv1alpha1.LabelUID, Value: string(x.GetUID())}
	c.out.Asks = append(c.out.Asks, ask)
	found, known := c.Found[ask]
	return !known || slices.ContainsFunc(found, func(o metav1.PartialObjectMetadata) bool {
		f, ok := c.Full[o.GetUID()].(*v1alpha1.Firewall)
		return !ok || slices.ContainsFunc(f.Spec.ForProvider.Networks, func(n v1alpha1.AllocationNetwork) bool {
			return slices.ContainsFunc(n.IPRefs, func(r v1alpha1.Reference) bool { return r.Name == ip.GetName() }) ||
				slices.Contains(n.IPs, v1alpha1.IPAddress(ip.Status.AtProvider.Address))
		})
	})
}

// keepUsed addresses that are not wanted any more as long as somebody uses them. Others
// go, as does what was only there to be looked at.
func (c *composer) keepUsed(x *clusterv1alpha1.XCluster) {
	for _, key := range c.keys(keyEgress) {
		if c.composed(key) {
			continue
		}
		ip, ok := c.Parts[key].(*v1alpha1.IP)
		if !ok || ip.GetDeletionTimestamp() != nil || c.owns(key) && !c.used(x, ip) {
			c.out.Left = append(c.out.Left, key)
			continue
		}
		c.keep(x, key, ip)
		if len(ip.Status.AtProvider.Machines) == 0 {
			c.again(freedIn) // That a Firewall does not name it any more is no word of a part.
		}
	}
}

// addressesOf an entry, in families.
func addressesOf(e clusterv1alpha1.EgressIPs, families []v1alpha1.AddressFamily) []address {
	var out []address
	network := slug(e.Network)
	for _, a := range e.Addresses {
		is := string(canonical.Address(a)) // However it is spelled.
		out = append(out, address{keyEgress + e.Network + "-" + is, keyEgress + slug(is), v1alpha1.IPParameters{Address: &is, NetworkID: &e.Network}})
	}
	if len(out) > 0 {
		return out
	}
	for _, f := range families {
		for i := range ptr.Deref(e.Count, 1) {
			end := fmt.Sprintf("-%s-%d", strings.ToLower(string(f)), i+1)
			out = append(out, address{keyEgress + e.Network + end, keyEgress + network + end, v1alpha1.IPParameters{AddressFamily: string(f), NetworkID: &e.Network}})
		}
	}
	return out
}

// calledFor is what an address of a key is called for.
func calledFor(key string, ip *v1alpha1.IP) string {
	if ip == nil {
		return ""
	}
	p := ip.Spec.ForProvider
	if p.Address != nil {
		return keyEgress + slug(*p.Address)
	}
	network := ptr.Deref(p.NetworkID, "")
	return keyEgress + slug(network) + strings.TrimPrefix(key, keyEgress+network)
}

// familiesOf the addresses of an entry. Where it names none they are those that the
// network had when the firewall was composed, or those that it has; and those of which there
// are addresses, where an edit was taken back.
func (c *composer) familiesOf(x *clusterv1alpha1.XCluster, e clusterv1alpha1.EgressIPs) (families []v1alpha1.AddressFamily, known bool) {
	switch {
	case len(e.Addresses) > 0:
		return canonical.Families(e.Addresses), true
	case e.AddressFamily != "":
		return []v1alpha1.AddressFamily{v1alpha1.AddressFamily(e.AddressFamily)}, true
	}
	if f, ok := c.Parts[KeyFirewall].(*clusterv1alpha1.XFirewall); ok {
		for _, n := range f.Spec.Networks {
			if n.NetworkID == e.Network && len(n.IPRefs) > 0 && len(n.AddressFamilies) > 0 {
				return canonical.Set(slices.Concat(n.AddressFamilies, c.familiesThere(e.Network))), true
			}
		}
	}
	shall := lookedAt(x, x.Spec.ProviderConfigRef)
	meta.SetExternalName(shall, e.Network)
	n, _ := c.part(keyEgress+e.Network, v1alpha1.NetworkGroupVersionKind, shall, naming{of: x.GetName(), as: keyEgress + slug(e.Network), most: longest}).(*v1alpha1.Network)
	if n == nil {
		return nil, false
	}
	families = canonical.Families(n.Status.AtProvider.Prefixes)
	return families, len(families) > 0
}

// familiesThere are those of which a network's addresses were made.
func (c *composer) familiesThere(network string) (all []v1alpha1.AddressFamily) {
	for _, key := range c.keys(keyEgress) {
		ip, ok := c.Parts[key].(*v1alpha1.IP)
		if ok && ip.GetDeletionTimestamp() == nil && ip.Spec.ForProvider.AddressFamily != "" && ptr.Deref(ip.Spec.ForProvider.NetworkID, "") == network {
			all = append(all, v1alpha1.AddressFamily(ip.Spec.ForProvider.AddressFamily))
		}
	}
	return all
}

// give addresses to the networks of a firewall. It gets no others of these networks.
func give(networks []clusterv1alpha1.NetworkAttachment, given map[string]*egress) []clusterv1alpha1.NetworkAttachment {
	out := slices.Clone(networks)
	for i := range out {
		n := &out[i]
		g := given[n.NetworkID]
		if g == nil || len(g.refs) == 0 {
			continue
		}
		if len(n.AddressFamilies) == 0 && len(n.IPRefs) == 0 {
			n.AddressFamilies = canonical.Set(slices.Concat(g.families, canonical.Families(n.IPs)))
		}
		n.IPRefs = append(slices.Clone(n.IPRefs), g.refs...)
	}
	return out
}

func newIP(x *clusterv1alpha1.XCluster, p v1alpha1.IPParameters) *v1alpha1.IP {
	ip := &v1alpha1.IP{ObjectMeta: metav1.ObjectMeta{Namespace: x.GetNamespace(), Labels: labels(x.GetName(), nameOf(x), x.GetUID())}}
	ip.Spec.ProviderConfigReference = configuration(x.Spec.ProviderConfigRef)
	ip.Spec.ForProvider = p
	ip.Spec.ForProvider.ProjectID, ip.Spec.ForProvider.Type = x.Spec.ProjectID, v1alpha1.IPTypeStatic
	return ip
}

// mostSlug of what is no name of Kubernetes.
const mostSlug = 24

// slug of an id or an address, as a part of a name: what is changed is told from its like.
// Dots and colons of addresses tell nothing from its like.
func slug(s string) string {
	mapped := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(s))
	out := strings.Trim(mapped, "-")
	_, err := netip.ParseAddr(s)
	if len(out) <= mostSlug && (out == s || err == nil && out == mapped) {
		return out
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(s)) // A hash takes everything.
	return strings.TrimLeft(fmt.Sprintf("%s-%08x", strings.TrimRight(out[:min(len(out), mostSlug-9)], "-"), h.Sum32()), "-")
}
