package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clusterv1alpha1 "github.com/crossplane-contrib/provider-metal-stack/apis/cluster/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// Places of a mini-lab.
const (
	partition     = "mini-lab"
	project       = "00000000-0000-0000-0000-000000000001"
	otherProject  = "00000000-0000-0000-0000-000000000000"
	size          = "v1-small-x86"
	firewallImage = "firewall-ubuntu-3.0"
	machineImage  = "debian-13.0"
	internet      = "internet-mini-lab"
)

// withEgress is an XCluster whose firewall has a static address.
const withEgress = "with an egress address"

// labelCluster of what an XCluster is composed of.
const labelCluster = "cluster.metal-stack.crossplane.io/name"

// Keys that may log in, by turns.
const (
	oneKey   = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICWpxLgLVYDD50dcKvlUoY3CXnosmgAC5GTZRrHz4HoX one"
	otherKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICWpxLgLVYDD50dcKvlUoY3CXnosmgAC5GTZRrHz4HoX other"
)

// do an act. What is not there (yet, or any more) cannot be changed, which is
// no failure.
func (w *World) do(ctx context.Context, a Act) error {
	x := &clusterv1alpha1.XCluster{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: a.Name}}
	var err error
	switch a.Deed {
	case Create:
		x.Spec = xcluster(a.How)
		err = w.kube.Create(ctx, x)
	case Change:
		patch := fmt.Sprintf(`{"spec":{"firewall":{"tags":["chaos",%q],"sshPublicKeys":[%q]}}}`, a.How, otherKey)
		err = w.edit(ctx, x, []byte(patch))
	case Roll:
		patch := fmt.Sprintf(`{"spec":{"firewall":{"rollToken":%q}}}`, a.How)
		err = w.edit(ctx, x, []byte(patch))
	case Describe:
		err = w.describe(ctx, a)
	case Scale:
		err = w.scale(ctx, a)
	case Delete:
		// From here on all of it may go: what went before was not wanted.
		w.unwished = append(w.unwished, w.wishes.of(a.Name).Unwished(w.sim.Journal()[w.read:], providerMail)...)
		err = client.IgnoreNotFound(w.kube.Delete(ctx, x, client.PropagationPolicy(metav1.DeletionPropagation(a.How))))
	case Hire:
		err = w.hire(ctx, a)
	case Fire:
		err = w.fire(ctx, a)
	case Reserve:
		err = w.kube.Create(ctx, ip(a.Name, a.How))
	case Release:
		err = client.IgnoreNotFound(w.kube.Delete(ctx, ip(a.Name, "")))
	// Strangers go without when metal-api refuses them.
	case Steal:
		_ = w.steal(ctx, a.Name)
	case Dismiss:
		_ = w.steal(ctx, a.Name)
	case Scrub:
		_ = w.scrub(ctx, a.Name)
	case Rob:
		_ = w.rob(ctx, a.Name)
	case Come:
		_ = w.come(ctx)
	case Go:
		_ = w.goAway(ctx)
	case Grab:
		_ = w.grab(ctx)
	}
	if err != nil {
		return fmt.Errorf("cannot %s: %w", a, err)
	}
	w.wishes.hear(a)
	return nil
}

// edit an XCluster, as kubectl edit does.
func (w *World) edit(ctx context.Context, x *clusterv1alpha1.XCluster, patch []byte) error {
	return client.IgnoreNotFound(w.kube.Patch(ctx, x, client.RawPatch("application/merge-patch+json", patch)))
}

func xcluster(how string) clusterv1alpha1.XClusterSpec {
	families, egress := strings.CutSuffix(how, withEgress)
	x := clusterv1alpha1.XClusterSpec{
		Ownership: clusterv1alpha1.Ownership{
			Partition: partition, ProjectID: project,
			ProviderConfigRef: clusterv1alpha1.ProviderConfigReference{Kind: v1alpha1.ClusterProviderConfigKind, Name: "default"},
		},
		Firewall: clusterv1alpha1.FirewallSettings{
			Size: size, Image: firewallImage,
			Networks:      []clusterv1alpha1.NetworkAttachment{{Name: "internet", NetworkID: internet}},
			SSHPublicKeys: []v1alpha1.SSHPublicKey{oneKey},
		},
		Workers:            workers(0),
		DeletionProtection: new(false),
	}
	if egress {
		x.EgressIPs = []clusterv1alpha1.EgressIPs{{Network: internet, AddressFamily: string(v1alpha1.IPv4)}}
	}
	if families = strings.TrimSpace(families); families != "" {
		for f := range strings.SplitSeq(families, ",") {
			x.Network.AddressFamilies = append(x.Network.AddressFamilies, v1alpha1.AddressFamily(f))
		}
	}
	return x
}

// workers are a pool of so many.
func workers(n int32) []clusterv1alpha1.WorkerPool {
	return []clusterv1alpha1.WorkerPool{{Name: "small", Replicas: n, MaxShrink: new(int32(mostShrink)), Size: size, Image: machineImage}}
}

// scale the workers of an XCluster.
func (w *World) scale(ctx context.Context, a Act) error {
	var n int32
	if _, err := fmt.Sscanf(a.How, "to %d", &n); err != nil {
		return err
	}
	patch, err := json.Marshal(map[string]any{"spec": map[string]any{"workers": workers(n)}})
	if err != nil {
		return err
	}
	x := &clusterv1alpha1.XCluster{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: a.Name}}
	return w.edit(ctx, x, patch)
}

// describe the Network of an XCluster, of which its composition says nothing.
func (w *World) describe(ctx context.Context, a Act) error {
	all := &v1alpha1.NetworkList{}
	if err := w.kube.List(ctx, all, client.InNamespace(namespace), client.MatchingLabels{labelCluster: a.Name}); err != nil {
		return err
	}
	for i := range all.Items {
		before := all.Items[i].DeepCopy()
		all.Items[i].Spec.ForProvider.Description = new(a.How)
		if err := client.IgnoreNotFound(w.kube.Patch(ctx, &all.Items[i], client.MergeFrom(before))); err != nil {
			return err
		}
	}
	return nil
}

// ip of a name, which stays when its machine goes.
func ip(name, family string) *v1alpha1.IP {
	i := &v1alpha1.IP{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	i.Spec.ForProvider = v1alpha1.IPParameters{ProjectID: project, NetworkID: new(internet), Type: v1alpha1.IPTypeStatic, AddressFamily: family}
	return i
}

// hire a Machine in the network of an XCluster, with an IP of its own.
func (w *World) hire(ctx context.Context, a Act) error {
	m := &v1alpha1.Machine{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: a.Name}}
	m.Spec.ForProvider = v1alpha1.MachineParameters{
		AllocationParameters: v1alpha1.AllocationParameters{
			Partition: partition, ProjectID: project, Size: size,
			PrivateNetworkIDSelector: &v1alpha1.Selector{MatchLabels: map[string]string{labelCluster: strings.TrimPrefix(a.How, "in ")}},
			Networks: []v1alpha1.AllocationNetwork{{
				Name: "internet", NetworkID: new(internet), IPRefs: []v1alpha1.Reference{{Name: a.Name}}, AddressFamilies: []v1alpha1.AddressFamily{v1alpha1.IPv4},
			}},
		},
		Image: machineImage,
	}
	if err := w.kube.Create(ctx, m); err != nil {
		return err
	}
	return w.kube.Create(ctx, ip(a.Name, string(v1alpha1.IPv4)))
}

// fire a Machine, and give its IP back, in one order or the other.
func (w *World) fire(ctx context.Context, a Act) error {
	both := []client.Object{&v1alpha1.Machine{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: a.Name}}, ip(a.Name, "")}
	if strings.HasPrefix(a.How, "the IP") {
		slices.Reverse(both)
	}
	for _, o := range both {
		if err := client.IgnoreNotFound(w.kube.Delete(ctx, o)); err != nil {
			return err
		}
	}
	return nil
}

// of our IPs that of a name, if metal-api and Kubernetes know it as the same: what was
// never written down has no other proof than its mark.
func (w *World) ours(ctx context.Context, name string) (string, error) {
	i := ip(name, "")
	if err := w.kube.Get(ctx, client.ObjectKeyFromObject(i), i); err != nil {
		return "", err
	}
	return i.GetAnnotations()["crossplane.io/external-name"], nil
}

// scrub the tags of an IP, but for those by which metal-api knows its machine.
func (w *World) scrub(ctx context.Context, name string) error {
	address, err := w.ours(ctx, name)
	if err != nil || address == "" {
		return err
	}
	all, err := w.stranger.ips(ctx)
	if err != nil {
		return err
	}
	for _, i := range all {
		if i.Address == address {
			kept := slices.DeleteFunc(slices.Clone(i.Tags), func(t string) bool { return strings.HasPrefix(t, "metal-stack.crossplane.io/") })
			return w.stranger.do(ctx, http.MethodPost, "/v1/ip", map[string]any{"ipaddress": address, "type": i.Type, "tags": append(kept, "scrubbed")}, nil)
		}
	}
	return nil
}

// rob us of an IP.
func (w *World) rob(ctx context.Context, name string) error {
	address, err := w.ours(ctx, name)
	if err != nil || address == "" {
		return err
	}
	return w.stranger.do(ctx, http.MethodDelete, "/v1/ip/free/"+address, nil, nil)
}

// steal the firewall or a worker of an XCluster, or a Machine: free it without a word to Kubernetes.
func (w *World) steal(ctx context.Context, name string) error {
	all, err := w.stranger.machines(ctx)
	if err != nil {
		return err
	}
	for _, m := range all {
		if slices.ContainsFunc(m.Tags, func(t string) bool {
			return t == markResource+"="+namespace+"/"+name || strings.HasPrefix(t, markResource+"="+namespace+"/"+name+"-")
		}) {
			return w.stranger.do(ctx, http.MethodDelete, "/v1/machine/"+m.ID+"/free", nil, nil)
		}
	}
	return nil
}

// come as a stranger, with a network and a firewall of another project.
func (w *World) come(ctx context.Context) error {
	nw, err := w.strangeNetwork(ctx, "IPv4")
	if err != nil {
		return err
	}
	return w.stranger.do(ctx, http.MethodPost, "/v1/firewall/allocate", map[string]any{
		"name": "strange", "hostname": "strange", "partitionid": partition, "projectid": otherProject, "sizeid": size, "imageid": firewallImage,
		"tags": []string{"strange"}, "ssh_pub_keys": []string{},
		"networks": []map[string]any{{"networkid": nw.ID, "autoacquire": true}, {"networkid": internet, "autoacquire": true}},
	}, nil)
}

func (w *World) strangeNetwork(ctx context.Context, family string) (metalNetwork, error) {
	nw := metalNetwork{}
	err := w.stranger.do(ctx, http.MethodPost, "/v1/network/allocate", map[string]any{
		"name": "strange", "partitionid": partition, "projectid": otherProject, "addressfamily": family,
	}, &nw)
	return nw, err
}

// grab as a stranger the prefix that a half-freed network has lost: IPAM gives it
// to whoever asks, if it is the lowest.
func (w *World) grab(ctx context.Context) error {
	for _, b := range w.sim.Broken() {
		if b.Holder != "" {
			continue
		}
		family := "IPv4"
		if strings.Contains(b.Prefix, ":") {
			family = "IPv6"
		}
		_, err := w.strangeNetwork(ctx, family)
		return err
	}
	return nil
}

// goAway with a stranger's firewall, and with all their networks that are empty.
func (w *World) goAway(ctx context.Context) error {
	all, err := w.stranger.machines(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(m metalMachine) bool { return m.Allocation != nil && m.Allocation.Project == otherProject })
	if i >= 0 {
		if err := w.stranger.do(ctx, http.MethodDelete, "/v1/machine/"+all[i].ID+"/free", nil, nil); err != nil {
			return err
		}
	}
	return w.freeEmpty(ctx)
}

// freeEmpty networks of strangers: those without an IP. They are of one address
// family, so that too early a free does no harm.
func (w *World) freeEmpty(ctx context.Context) error {
	networks, err := w.stranger.networks(ctx)
	if err != nil {
		return err
	}
	ips, err := w.stranger.ips(ctx)
	if err != nil {
		return err
	}
	used := map[string]bool{}
	for _, ip := range ips {
		used[ip.Network] = true
	}
	for _, n := range networks {
		if n.Project != otherProject || used[n.ID] {
			continue
		}
		if err := w.stranger.do(ctx, http.MethodDelete, "/v1/network/free/"+n.ID, nil, nil); err != nil {
			return err
		}
	}
	return nil
}
