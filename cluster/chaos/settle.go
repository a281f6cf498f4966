package chaos

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clusterv1alpha1 "github.com/crossplane-contrib/provider-metal-stack/apis/cluster/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// settling is how long things may take to settle, when nothing disturbs them.
const settling = 3 * time.Minute

// A shape is all of Kubernetes that matters here.
type shape struct {
	clusters  []clusterv1alpha1.XCluster
	networks  []v1alpha1.Network
	firewalls []v1alpha1.Firewall
	machines  []v1alpha1.Machine
	ips       []v1alpha1.IP
	usages    []v1alpha1.ProviderConfigUsage
}

// empty is true if nothing is left, no use of a configuration either.
func (s *shape) empty() bool {
	return len(s.clusters)+len(s.networks)+len(s.firewalls)+len(s.machines)+len(s.ips)+len(s.usages) == 0
}

func (w *World) shape(ctx context.Context) (*shape, error) {
	clusters, networks, firewalls, usages := &clusterv1alpha1.XClusterList{}, &v1alpha1.NetworkList{}, &v1alpha1.FirewallList{}, &v1alpha1.ProviderConfigUsageList{}
	machines, ips := &v1alpha1.MachineList{}, &v1alpha1.IPList{}
	for _, l := range []client.ObjectList{clusters, networks, firewalls, machines, ips, usages} {
		if err := w.kube.List(ctx, l); err != nil {
			return nil, fmt.Errorf("cannot list %T: %w", l, err)
		}
	}
	return &shape{clusters: clusters.Items, networks: networks.Items, firewalls: firewalls.Items, machines: machines.Items, ips: ips.Items, usages: usages.Items}, nil
}

// resources of a shape.
func (s *shape) resources() []Resource {
	var out []Resource
	add := func(kind string, o client.Object) {
		a := o.GetAnnotations()
		out = append(out, Resource{
			Kind: kind, Name: o.GetNamespace() + "/" + o.GetName(), UID: string(o.GetUID()),
			ID: a["crossplane.io/external-name"], Allocation: a["metal-stack.crossplane.io/allocation-uuid"],
		})
	}
	for i := range s.networks {
		add(v1alpha1.NetworkKind, &s.networks[i])
	}
	for i := range s.firewalls {
		add(v1alpha1.FirewallKind, &s.firewalls[i])
	}
	for i := range s.machines {
		add(v1alpha1.MachineKind, &s.machines[i])
	}
	for i := range s.ips {
		add(v1alpha1.IPKind, &s.ips[i])
	}
	return out
}

// unsettled says what is not yet as it shall be: every XCluster that lives is
// ready with one Network, one Firewall, its egress address and its workers, and those
// that are deleted are gone.
func (s *shape) unsettled() string {
	var words []string
	for i := range s.clusters {
		x := &s.clusters[i]
		if x.DeletionTimestamp != nil || x.Status.GetCondition(xpv2.TypeReady).Status != corev1.ConditionTrue {
			words = append(words, fmt.Sprintf("XCluster %s is not settled (network: %s; firewall: %s; %s)", x.Name, x.Status.Network.Message, x.Status.Firewall.Message, x.Status.Message))
		}
		words = append(words, s.unfit(x)...)
	}
	for i := range s.networks {
		n := &s.networks[i]
		words = append(words, restless(n, n.Status.GetCondition, n.Status.AtProvider.Message)...)
	}
	for i := range s.firewalls {
		f := &s.firewalls[i]
		words = append(words, restless(f, f.Status.GetCondition, f.Status.AtProvider.Message)...)
	}
	for i := range s.machines {
		m := &s.machines[i]
		words = append(words, restless(m, m.Status.GetCondition, m.Status.AtProvider.Message)...)
	}
	for n := range s.ips {
		i := &s.ips[n]
		words = append(words, restless(i, i.Status.GetCondition, i.Status.AtProvider.Message)...)
	}
	if len(words) == 0 && (len(s.networks) != len(s.clusters) || len(s.firewalls) != len(s.clusters)) {
		words = append(words, fmt.Sprintf("%d XClusters have %d Networks and %d Firewalls", len(s.clusters), len(s.networks), len(s.firewalls)))
	}
	return strings.Join(words, "\n")
}

// unfit is an XCluster with more or fewer workers or egress addresses than it shall have.
func (s *shape) unfit(x *clusterv1alpha1.XCluster) []string {
	workers, shall, ips := 0, 0, 0
	for i := range s.machines {
		if s.machines[i].Labels[clusterv1alpha1.LabelUID] == string(x.UID) {
			workers++
		}
	}
	for _, p := range x.Spec.Workers {
		shall += int(p.Replicas)
	}
	for i := range s.ips {
		if s.ips[i].Labels[clusterv1alpha1.LabelUID] == string(x.UID) {
			ips++
		}
	}
	if workers == shall && ips == len(x.Spec.EgressIPs) {
		return nil
	}
	return []string{fmt.Sprintf("XCluster %s has %d workers and %d egress addresses, and shall have %d and %d: %s", x.Name, workers, ips, shall, len(x.Spec.EgressIPs), x.Status.Message)}
}

func restless(o client.Object, condition func(xpv2.ConditionType) xpv2.Condition, message string) []string {
	ready, synced := condition(xpv2.TypeReady), condition(xpv2.TypeSynced)
	if o.GetDeletionTimestamp() == nil && ready.Status == corev1.ConditionTrue && synced.Status == corev1.ConditionTrue {
		return nil
	}
	return []string{fmt.Sprintf("%T %s is not settled (deleted: %t, ready: %s, synced: %s %s): %s",
		o, o.GetName(), o.GetDeletionTimestamp() != nil, ready.Status, synced.Status, synced.Message, message)}
}

// settle waits until nothing is on its way any more, then compares both worlds.
func (w *World) settle(ctx context.Context) (Findings, error) {
	var now *shape
	err := w.await(ctx, settling, 200*time.Millisecond, func(ctx context.Context) (string, error) {
		var err error
		if now, err = w.shape(ctx); err != nil {
			return "", err
		}
		if what := now.unsettled(); what != "" {
			return what, nil
		}
		// What was freed just now is noticed when it is looked at.
		objects, err := w.objects(ctx)
		return strings.Join(Compare(now.resources(), objects).Missing, "\n"), err
	})
	if now == nil {
		return Findings{}, err
	}
	objects, oerr := w.objects(ctx)
	if oerr != nil {
		return Findings{}, errors.Join(oerr, err)
	}
	// What cannot settle may have leaked or doubled: say that as well.
	f := Compare(now.resources(), objects)
	f.Touches = w.written(now.resources())
	if err != nil {
		f.Missing = append(f.Missing, "things do not settle: "+err.Error())
	}
	return f, nil
}

// clear deletes all XClusters, Machines and IPs, has all strangers go, and compares metal-api with
// what it was before.
func (w *World) clear(ctx context.Context, before []string) (Findings, error) {
	w.wishes = wishes{}
	for _, o := range []client.Object{&clusterv1alpha1.XCluster{}, &v1alpha1.IP{}, &v1alpha1.Machine{}} {
		if err := w.kube.DeleteAllOf(ctx, o, client.InNamespace(namespace)); err != nil {
			return Findings{}, fmt.Errorf("cannot delete all of %T: %w", o, err)
		}
	}
	err := w.await(ctx, settling, 200*time.Millisecond, func(ctx context.Context) (string, error) {
		s, err := w.shape(ctx)
		if err != nil || s.empty() {
			return "", err
		}
		return fmt.Sprintf("%s\n%d ProviderConfigUsages are left", s.unsettled(), len(s.usages)), nil
	})
	// Machines are free at once, their IPs a while later.
	var f Findings
	_ = w.await(ctx, 20*time.Second, 200*time.Millisecond, func(ctx context.Context) (string, error) {
		if err := w.goAway(ctx); err != nil {
			return "", err
		}
		// What an allocate left taken that ended in the middle is no network's.
		if err := w.sim.ReleaseAbandoned(); err != nil {
			return "", err
		}
		after, err := w.inventory(ctx)
		if err != nil {
			return "", err
		}
		f = CompareInventories(before, after)
		return strings.Join(f.Lines(), "\n"), nil
	})
	f.Touches = w.written(nil)
	if err != nil {
		f.Missing = append(f.Missing, "the XClusters do not go: "+err.Error())
	}
	return f, nil
}

// written by the provider since this was asked last: what of it was not its
// right. What it made and freed is counted.
func (w *World) written(living []Resource) []string {
	journal := w.sim.Journal()
	news := Read(journal, w.read, providerMail, project, living)
	news.Touches = append(append(news.Touches, w.unwished...), w.wishes.Unwished(journal[w.read:], providerMail)...)
	w.unwished = nil
	w.read = len(journal)
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, of := range []struct{ all, more map[string]int }{{w.made, news.Made}, {w.freed, news.Freed}, {w.faults, news.Others}} {
		for k, n := range of.more {
			of.all[k] += n
		}
	}
	w.broke = w.broke.Plus(news.Broke).Plus(Broke{GivenAway: w.operator.drain()})
	return news.Touches
}

// objects at metal-stack.
func (w *World) objects(ctx context.Context) ([]Object, error) {
	var out []Object
	err := w.await(ctx, 10*time.Second, 50*time.Millisecond, func(ctx context.Context) (string, error) {
		out = nil
		networks, err := w.provider.networks(ctx)
		if err != nil {
			return "", err
		}
		machines, err := w.provider.machines(ctx)
		if err != nil {
			return "", err
		}
		for _, n := range networks {
			out = append(out, Object{Kind: v1alpha1.NetworkKind, ID: n.ID, Allocation: n.ID, UID: n.Labels[markUID]})
		}
		for _, m := range machines {
			if m.Allocation != nil {
				out = append(out, Object{Kind: m.Allocation.Role, ID: m.ID, Allocation: m.Allocation.UUID, UID: uidOf(m.Tags)})
			}
		}
		ips, err := w.provider.ips(ctx)
		if err != nil {
			return "", err
		}
		for _, i := range ips {
			out = append(out, Object{Kind: v1alpha1.IPKind, ID: i.Address, Allocation: i.UUID, UID: uidOf(i.Tags)})
		}
		return "", nil
	})
	return out, err
}

// inventory of a metal-stack as far as its API shows: networks with what is
// consumed of them, IPs, allocated machines.
func (w *World) inventory(ctx context.Context) ([]string, error) {
	networks, err := w.provider.networks(ctx)
	if err != nil {
		return nil, err
	}
	ips, err := w.provider.ips(ctx)
	if err != nil {
		return nil, err
	}
	machines, err := w.provider.machines(ctx)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, n := range networks {
		slices.Sort(n.Prefixes)
		out = append(out, fmt.Sprintf("network %s %v of project %q, consumption %s", n.ID, n.Prefixes, n.Project, strings.Join(strings.Fields(string(n.Consumption)), "")))
	}
	for _, ip := range ips {
		out = append(out, fmt.Sprintf("ip %s in network %s of project %q", ip.Address, ip.Network, ip.Project))
	}
	for _, m := range machines {
		out = append(out, fmt.Sprintf("machine %s, allocated: %t, %d tags", m.ID, m.Allocation != nil, len(m.Tags)))
	}
	slices.Sort(out)
	return out, nil
}
