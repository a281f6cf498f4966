package bench

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// hands that apply and delete at the same time, so that they are not what is
// waited for.
const hands = 16

// key that nobody has the private half of.
const sshKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICWpxLgLVYDD50dcKvlUoY3CXnosmgAC5GTZRrHz4HoX bench"

func networkName(i int) string { return fmt.Sprintf("network-%05d", i) }

// networks to create, each a /29 with a label and a description.
func networks(namespace, project string, first, n int) []client.Object {
	all := make([]client.Object, 0, n)
	for i := first; i < first+n; i++ {
		o := &v1alpha1.Network{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: networkName(i)}}
		o.Spec.ForProvider = v1alpha1.NetworkParameters{
			Partition: partition, ProjectID: project, Description: new(description),
			AddressFamilies: []v1alpha1.AddressFamily{v1alpha1.IPv4}, PrefixLengths: &v1alpha1.PrefixLengths{IPv4: new(int32(29))},
			Labels: map[string]v1alpha1.NetworkLabelValue{"number": v1alpha1.NetworkLabelValue(strconv.Itoa(i))},
		}
		all = append(all, o)
	}
	return all
}

// description that networks are to have.
const description = "made by make bench"

// firewalls to create, each in front of the network of the same number.
func firewalls(namespace string, n int) []client.Object {
	all := make([]client.Object, 0, n)
	for i := range n {
		o := &v1alpha1.Firewall{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: fmt.Sprintf("firewall-%05d", i)}}
		o.Spec.ForProvider = v1alpha1.FirewallParameters{
			AllocationParameters: v1alpha1.AllocationParameters{
				Partition: partition, ProjectID: ourProject, Size: "v1-small-x86",
				PrivateNetworkIDRef: &v1alpha1.Reference{Name: networkName(i)},
				Networks:            []v1alpha1.AllocationNetwork{{Name: "internet", NetworkID: new(internet)}},
				SSHPublicKeys:       []v1alpha1.SSHPublicKey{sshKey},
			},
			Image: "firewall-ubuntu-3.0",
			Rules: &v1alpha1.FirewallRules{Egress: []v1alpha1.EgressRule{
				{Comment: "HTTPS", Protocol: "TCP", Ports: []v1alpha1.Port{443}, To: []v1alpha1.CIDR{"0.0.0.0/0"}},
			}},
		}
		all = append(all, o)
	}
	return all
}

// An applied resource, and when that was begun.
type applied struct {
	uid types.UID
	at  time.Time
}

// apply resources, by many hands.
func (w *world) apply(ctx context.Context, what string, all []client.Object) ([]applied, error) {
	var mu sync.Mutex
	var out []applied
	return out, crew(ctx, all, func(ctx context.Context, o client.Object) error {
		at := time.Now()
		if err := w.kube.Create(ctx, o); err != nil {
			return fmt.Errorf("cannot create %s: %w", o.GetName(), err)
		}
		w.own.add("POST " + what)
		mu.Lock()
		defer mu.Unlock()
		out = append(out, applied{uid: o.GetUID(), at: at})
		return nil
	})
}

// remove resources, by many hands.
func (w *world) remove(ctx context.Context, what string, all []client.Object) error {
	return crew(ctx, all, func(ctx context.Context, o client.Object) error {
		if err := w.kube.Delete(ctx, o); err != nil {
			return fmt.Errorf("cannot delete %s: %w", o.GetName(), err)
		}
		w.own.add("DELETE " + what)
		return nil
	})
}

// removeOver some time, one after the other.
func (w *world) removeOver(ctx context.Context, d time.Duration, what string, all []client.Object) error {
	began := time.Now()
	for i, o := range all {
		if err := w.rest(ctx, time.Until(began.Add(d*time.Duration(i)/time.Duration(len(all))))); err != nil {
			return err
		}
		if err := w.remove(ctx, what, []client.Object{o}); err != nil {
			return err
		}
	}
	return nil
}

// crew of hands that do something with each of all.
func crew[T any](ctx context.Context, all []T, do func(context.Context, T) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(hands)
	for _, o := range all {
		g.Go(func() error { return do(ctx, o) })
	}
	return g.Wait() //nolint:wrapcheck // Of do.
}
