package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/metal-stack/metal-go/api/client/network"
	"k8s.io/apimachinery/pkg/types"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	internalmetal "github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// An Interruption is a run of https://github.com/orange-cloudfoundry/crossplane-benchmark
// (18 October 2023), with networks in place of record sets.
type Interruption struct {
	Run      int    `json:"run"`
	What     string `json:"what"`
	Networks int    `json:"networks"`

	Seconds    float64 `json:"seconds"`
	CPUSeconds float64 `json:"cpuSeconds"`
	// Orphans are networks at metal-stack that no resource has.
	Orphans int `json:"orphans"`
}

// interruptions are runs 1, 5 and 4: in this order the networks of the one that is
// interrupted serve the next.
func interruptions(ctx context.Context, o Options, n int) ([]Interruption, error) {
	w, err := newWorld(ctx, o, fmt.Sprintf("orange-%d", n), n, 0)
	if err != nil {
		return nil, err
	}
	defer w.close()
	if err := w.metal.setCosts(ctx, o.Costs); err != nil {
		return nil, err
	}
	if err := w.startProvider(ctx, ours().with(defaultPoll)...); err != nil {
		return nil, err
	}
	if err := w.awaitPace(ctx, startTimeout, 0); err != nil {
		return nil, err
	}
	var all []Interruption
	for _, run := range []struct {
		number int
		what   string
		do     func(context.Context, int) (time.Time, error)
	}{
		{1, "create", w.createAll},
		{1, "delete", func(ctx context.Context, _ int) (time.Time, error) { return w.end(ctx, v1alpha1.NetworkKind) }},
		{5, "create, stop the provider in the middle, start it", w.createInterrupted},
		{4, "stop the provider, delete, start it", w.deleteWithoutProvider},
	} {
		p, err := w.measure(ctx, func(ctx context.Context) (time.Time, error) { return run.do(ctx, n) })
		if err != nil {
			return all, fmt.Errorf("run %d, %s: %w", run.number, run.what, err)
		}
		orphans, err := w.orphans(ctx)
		if err != nil {
			return all, err
		}
		all = append(all, Interruption{Run: run.number, What: run.what, Networks: n, Seconds: p.Seconds, CPUSeconds: p.CPUSeconds, Orphans: orphans})
		o.sayf("run %d, %s: %.1f s, %.1f CPU-seconds, %d orphans", run.number, run.what, p.Seconds, p.CPUSeconds, orphans)
	}
	return all, nil
}

func (w *world) createAll(ctx context.Context, n int) (time.Time, error) {
	return w.bring(ctx, v1alpha1.NetworkKind, networks(atRest, ourProject, 0, n))
}

// createInterrupted when half of the networks are ready.
func (w *world) createInterrupted(ctx context.Context, n int) (time.Time, error) {
	g := group{kind: v1alpha1.NetworkKind, namespace: atRest}
	if _, err := w.apply(ctx, "networks", networks(atRest, ourProject, 0, n)); err != nil {
		return time.Time{}, err
	}
	err := w.await(ctx, patience(n), "half of the networks to be ready", func(context.Context) (string, error) {
		return w.tracks.allReady(g, n/2), nil
	})
	if err != nil {
		return time.Time{}, err
	}
	args := w.provider.args
	if err := w.stopProvider(); err != nil {
		return time.Time{}, err
	}
	if err := w.startProvider(ctx, args...); err != nil {
		return time.Time{}, err
	}
	err = w.await(ctx, patience(n), "networks to be ready", func(context.Context) (string, error) { return w.tracks.allReady(g, n), nil })
	return w.tracks.tally(g).lastReady, err
}

// deleteWithoutProvider, which is started when all are to be deleted.
func (w *world) deleteWithoutProvider(ctx context.Context, n int) (time.Time, error) {
	args := w.provider.args
	if err := w.stopProvider(); err != nil {
		return time.Time{}, err
	}
	all, err := w.list(ctx, v1alpha1.NetworkKind, atRest)
	if err != nil {
		return time.Time{}, err
	}
	if err := w.remove(ctx, "networks", all); err != nil {
		return time.Time{}, err
	}
	if err := w.startProvider(ctx, args...); err != nil {
		return time.Time{}, err
	}
	g := group{kind: v1alpha1.NetworkKind, namespace: atRest}
	err = w.await(ctx, patience(n), "networks to be gone", func(context.Context) (string, error) { return w.tracks.allGone(g), nil })
	return w.tracks.tally(g).lastGone, err
}

// orphans are networks with our mark that are not the one of a living resource.
func (w *world) orphans(ctx context.Context) (int, error) {
	ok, err := w.metal.api.Network().ListNetworks(network.NewListNetworksParamsWithContext(ctx).WithTimeout(patience(0)), nil)
	if err != nil {
		return 0, fmt.Errorf("cannot list all networks: %w", err)
	}
	n := 0
	for _, found := range ok.Payload {
		uid, marked := found.Labels[internalmetal.MarkUID]
		if !marked || found.ID == nil {
			continue
		}
		if s := w.tracks.sight(types.UID(uid)); s.external != *found.ID || !s.gone.IsZero() {
			n++
		}
	}
	return n, nil
}
