package bench

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// kinds that have a controller.
const kinds = 2

// quiet is how long no reconcile ends when all first looks have been had.
const quiet = 3 * time.Second

// A pace is what the controllers of managed resources have done, and have to do
// right now.
type pace struct{ controllers, reconciles, waiting float64 }

// pace of the provider, by its metrics.
func (w *world) pace(ctx context.Context) (pace, error) {
	samples, err := w.scrape(ctx)
	return paceOf(samples), err
}

// age of what the provider serves looks from, in seconds; 0 if from nothing.
func (w *world) age(ctx context.Context) (float64, error) {
	samples, err := w.scrape(ctx)
	for _, s := range samples {
		if s.name == "metal_stack_snapshot_age_seconds" {
			return s.value, nil
		}
	}
	return 0, err
}

// scrape the provider's metrics.
func (w *world) scrape(ctx context.Context) ([]sample, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.provider.metrics, nil)
	if err != nil {
		return nil, fmt.Errorf("cannot ask for the provider's metrics: %w", err)
	}
	body, err := fetch(http.DefaultClient, req)
	if err != nil {
		return nil, err
	}
	return parse(body)
}

func paceOf(samples []sample) pace {
	var p pace
	for _, s := range samples {
		if !strings.HasPrefix(s.labels["controller"], "managed/") {
			continue
		}
		switch s.name {
		case "controller_runtime_max_concurrent_reconciles":
			p.controllers++
		case "controller_runtime_reconcile_total":
			p.reconciles += s.value
		case "workqueue_depth", "controller_runtime_active_workers":
			p.waiting += s.value
		}
	}
	return p
}

// awaitPace until both controllers run and have reconciled so often.
func (w *world) awaitPace(ctx context.Context, within time.Duration, reconciles int) error {
	return w.await(ctx, within, "the provider's controllers", func(ctx context.Context) (string, error) {
		p, err := w.pace(ctx)
		switch {
		case err != nil:
			return "", err
		case p.controllers < kinds:
			return fmt.Sprintf("%.0f of %d run", p.controllers, kinds), nil
		case p.reconciles < float64(reconciles):
			return fmt.Sprintf("%.0f of %d reconciles, %.0f wait", p.reconciles, reconciles, p.waiting), nil
		}
		return "", nil
	})
}

// awaitLooks at all resources that there are: as many reconciles at least, and
// then none for a while, as a reconcile that was put off by a limiter is counted as
// well. More may be wanted. It returns when the last was seen to end.
func (w *world) awaitLooks(ctx context.Context, within time.Duration, resources int, more func(context.Context) (string, error)) (time.Time, error) {
	var last float64
	done := time.Now()
	err := w.await(ctx, within, "a first look at all", func(ctx context.Context) (string, error) {
		p, err := w.pace(ctx)
		if err != nil {
			return "", err
		}
		if p.reconciles != last || p.waiting > 0 {
			last, done = p.reconciles, time.Now()
		}
		if p.reconciles < float64(resources) || time.Since(done) < quiet {
			return fmt.Sprintf("%.0f reconciles of %d resources, %.0f wait", p.reconciles, resources, p.waiting), nil
		}
		return more(ctx)
	})
	return done, err
}
