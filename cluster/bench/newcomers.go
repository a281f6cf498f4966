package bench

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	internalmetal "github.com/crossplane-contrib/provider-metal-stack/internal/metal"
	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

// A Welcome is how long new resources waited.
type Welcome struct {
	// Reconciled is from apply to the first trace that the provider leaves.
	Reconciled Latency `json:"reconciled"`
	// Allocated is from apply to metal-api having made the object.
	Allocated Latency `json:"allocated"`
	// Ready is from apply to Ready.
	Ready Latency `json:"ready"`
}

// enough is how long new networks are applied one by one: none is begun after it.
const enough = 3 * time.Minute

// oneByOne applies up to n new networks, each when the one before it is ready.
// After one that was waited for in vain the others count as missing, too.
func (w *world) oneByOne(ctx context.Context, n int, within time.Duration) (Welcome, error) {
	var all []applied
	began, unborn := time.Now(), 0
	for i := range n {
		if time.Since(began) > enough {
			break
		}
		one, err := w.apply(ctx, "networks", networks(fresh, ourProject, i, 1))
		if err != nil {
			return Welcome{}, err
		}
		all = append(all, one...)
		ready := func(context.Context) (string, error) {
			if w.tracks.sight(one[0].uid).ready.IsZero() {
				return "it is not", nil
			}
			return "", nil
		}
		if err := w.await(ctx, within, "a new network to be ready", ready); err != nil {
			if aliveErr := w.alive(); aliveErr != nil || ctx.Err() != nil {
				return Welcome{}, err
			}
			unborn = n - len(all)
			break
		}
	}
	return w.welcome(ctx, all, unborn)
}

// atOnce applies new networks at the same time.
func (w *world) atOnce(ctx context.Context, n int, within time.Duration) (Welcome, error) {
	all, err := w.apply(ctx, "networks", networks(fresh, ourProject, 0, n))
	if err != nil {
		return Welcome{}, err
	}
	g := group{kind: v1alpha1.NetworkKind, namespace: fresh}
	err = w.await(ctx, within, "new networks to be ready", func(context.Context) (string, error) { return w.tracks.allReady(g, n), nil })
	if aliveErr := w.alive(); aliveErr != nil || ctx.Err() != nil {
		return Welcome{}, errors.Join(err, aliveErr)
	}
	return w.welcome(ctx, all, 0)
}

// welcome of networks that were applied, by the watch and the journal.
func (w *world) welcome(ctx context.Context, all []applied, unborn int) (Welcome, error) {
	journal, err := w.metal.journal(ctx)
	if err != nil {
		return Welcome{}, err
	}
	made := allocations(journal)
	var reconciled, allocated, ready []time.Duration
	for _, a := range all {
		s := w.tracks.sight(a.uid)
		for _, m := range []struct {
			at time.Time
			to *[]time.Duration
		}{{s.reconciled, &reconciled}, {made[a.uid], &allocated}, {s.ready, &ready}} {
			if !m.at.IsZero() {
				*m.to = append(*m.to, m.at.Sub(a.at))
			}
		}
	}
	of := func(samples []time.Duration) Latency { return latency(samples, len(all)+unborn-len(samples)) }
	return Welcome{Reconciled: of(reconciled), Allocated: of(allocated), Ready: of(ready)}, nil
}

// allocations by the resource that they were made for.
func allocations(journal []simulator.JournalEntry) map[types.UID]time.Time {
	made := map[types.UID]time.Time{}
	for _, e := range journal {
		if !strings.HasPrefix(e.Operation, "allocate") || e.Status >= 300 {
			continue
		}
		for _, mark := range e.Marks {
			if uid, ok := strings.CutPrefix(mark, internalmetal.MarkUID+"="); ok && made[types.UID(uid)].IsZero() {
				made[types.UID(uid)] = e.Time
			}
		}
	}
	return made
}

// dismiss new networks.
func (w *world) dismiss(ctx context.Context, within time.Duration) error {
	return w.clear(ctx, v1alpha1.NetworkKind, fresh, within)
}

// clear a namespace of a kind.
func (w *world) clear(ctx context.Context, kind, namespace string, within time.Duration) error {
	all, err := w.list(ctx, kind, namespace)
	if err != nil {
		return err
	}
	if err := w.remove(ctx, plural(kind), all); err != nil {
		return err
	}
	g := group{kind: kind, namespace: namespace}
	return w.await(ctx, within, fmt.Sprintf("%s in %s to be gone", plural(kind), namespace), func(context.Context) (string, error) {
		return w.tracks.allGone(g), nil
	})
}

func plural(kind string) string { return strings.ToLower(kind) + "s" }

// list what there is of a kind in a namespace.
func (w *world) list(ctx context.Context, kind, namespace string) ([]client.Object, error) {
	var out []client.Object
	w.own.add("LIST " + plural(kind))
	switch kind {
	case v1alpha1.FirewallKind:
		all := &v1alpha1.FirewallList{}
		if err := w.kube.List(ctx, all, client.InNamespace(namespace)); err != nil {
			return nil, fmt.Errorf("cannot list firewalls: %w", err)
		}
		for i := range all.Items {
			out = append(out, &all.Items[i])
		}
	default:
		all := &v1alpha1.NetworkList{}
		if err := w.kube.List(ctx, all, client.InNamespace(namespace)); err != nil {
			return nil, fmt.Errorf("cannot list networks: %w", err)
		}
		for i := range all.Items {
			out = append(out, &all.Items[i])
		}
	}
	return out, nil
}
