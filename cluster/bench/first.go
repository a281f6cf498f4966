package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// A First is how long a new resource waits for its first reconcile while so many
// others rest, as https://github.com/crossplane-contrib/provider-kubernetes/pull/203
// asks.
type First struct {
	Variant  string        `json:"variant"`
	Poll     time.Duration `json:"poll"`
	Networks int           `json:"networks"`
	New      Welcome       `json:"new"`
}

// newOnes that are applied one after the other.
const newOnes = 3

// firstReconciles beside so many networks, by ours and by the two settings of that
// table. The networks are made while requests cost nothing, which says nothing of
// their creation.
func firstReconciles(ctx context.Context, o Options, n int) ([]*First, error) {
	w, err := newWorld(ctx, o, fmt.Sprintf("first-%d", n), n, 0)
	if err != nil {
		return nil, err
	}
	defer w.close()
	if err := w.startProvider(ctx, ours().with(defaultPoll)...); err != nil {
		return nil, err
	}
	if _, err := w.bring(ctx, v1alpha1.NetworkKind, networks(atRest, ourProject, 0, n)); err != nil {
		return nil, err
	}
	if err := w.metal.setCosts(ctx, o.Costs); err != nil {
		return nil, err
	}
	var all []*First
	for _, row := range []struct {
		variant variant
		poll    time.Duration
	}{
		{runtimeLimiter(10), restPoll},
		{runtimeLimiter(100), defaultPoll},
		{ours(), restPoll},
		{ours(), defaultPoll},
	} {
		if err := w.stopProvider(); err != nil {
			return nil, err
		}
		if err := w.startProvider(ctx, row.variant.with(row.poll)...); err != nil {
			return nil, err
		}
		// The table gives the system some time to become stable: here a poll, and more.
		if err := w.rest(ctx, restPoll+15*time.Second); err != nil {
			return nil, err
		}
		welcome, err := w.oneByOne(ctx, newOnes, newcomerLimit)
		if err != nil {
			return nil, err
		}
		all = append(all, &First{Variant: row.variant.name, Poll: row.poll, Networks: n, New: welcome})
		o.sayf("first reconcile beside %d networks, %s, poll %s: p50 %.2f s, %d missing", n, row.variant.name, row.poll, welcome.Reconciled.P50, welcome.Reconciled.Missing)
		if err := w.discard(ctx, ours().with(defaultPoll)); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// discard new networks by a provider that does so soon.
func (w *world) discard(ctx context.Context, args []string) error {
	if err := w.stopProvider(); err != nil {
		return err
	}
	if err := w.startProvider(ctx, args...); err != nil {
		return err
	}
	return w.dismiss(ctx, patience(w.tracks.total()))
}
