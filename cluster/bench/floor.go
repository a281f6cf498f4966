package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/metal-stack/metal-go/api/client/network"
	"github.com/metal-stack/metal-go/api/models"
	"golang.org/x/sync/errgroup"

	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

// parallel workers of the floor that is not sequential.
const parallel = 10

// A Floor is what creation and deletion take at the least: metal-go alone, with
// nothing to decide and nothing to write down.
type Floor struct {
	Networks int     `json:"networks"`
	Levels   []Level `json:"levels"`
	// Seconds for all networks, integrated over the levels: one after the other, and
	// by ten workers.
	Create         float64 `json:"create"`
	CreateParallel float64 `json:"createParallel"`
	Delete         float64 `json:"delete"`
	DeleteParallel float64 `json:"deleteParallel"`
}

// A Level is a number of networks that exist, and the seconds for one more, or one
// less, while as many do.
type Level struct {
	Networks         int     `json:"networks"`
	Allocate         float64 `json:"allocate"`
	AllocateParallel float64 `json:"allocateParallel"`
	Free             float64 `json:"free"`
	FreeParallel     float64 `json:"freeParallel"`
}

// floorOf so many networks, sampled where none, a quarter, a half, three quarters
// and all of them exist.
func floorOf(ctx context.Context, o Options, n int) (*Floor, error) {
	f := &Floor{Networks: n}
	w, err := newWorld(ctx, o, fmt.Sprintf("floor-%d", n), n, 0)
	if err != nil {
		return f, err
	}
	defer w.close()
	samples := min(100, max(n/10, 1))
	there := 0
	for quarter := range 5 {
		level := n * quarter / 4
		if _, _, err := w.metal.allocate(ctx, level-there, hands); err != nil {
			return f, err
		}
		there = level
		if err := w.metal.setCosts(ctx, o.Costs); err != nil {
			return f, err
		}
		l, err := w.metal.sample(ctx, samples)
		if err != nil {
			return f, err
		}
		l.Networks = level
		f.Levels = append(f.Levels, l)
		if err := w.metal.setCosts(ctx, simulator.Costs{}); err != nil {
			return f, err
		}
	}
	f.integrate()
	o.sayf("floor, %d networks: %.1f s to create, %.1f s by %d workers; %.1f s and %.1f s to delete", n, f.Create, f.CreateParallel, parallel, f.Delete, f.DeleteParallel)
	return f, nil
}

// integrate the levels: between two of them a request takes what it does in the
// middle.
func (f *Floor) integrate() {
	for i := 1; i < len(f.Levels); i++ {
		a, b := f.Levels[i-1], f.Levels[i]
		n := float64(b.Networks - a.Networks)
		f.Create += n * (a.Allocate + b.Allocate) / 2
		f.CreateParallel += n * (a.AllocateParallel + b.AllocateParallel) / 2
		f.Delete += n * (a.Free + b.Free) / 2
		f.DeleteParallel += n * (a.FreeParallel + b.FreeParallel) / 2
	}
}

// sample what one network more, and one less, takes.
func (m *metal) sample(ctx context.Context, n int) (Level, error) {
	var l Level
	for _, by := range []struct {
		workers        int
		allocate, free *float64
	}{{1, &l.Allocate, &l.Free}, {parallel, &l.AllocateParallel, &l.FreeParallel}} {
		ids, took, err := m.allocate(ctx, n, by.workers)
		if err != nil {
			return l, err
		}
		*by.allocate = took.Seconds() / float64(n)
		if took, err = m.free(ctx, ids, by.workers); err != nil {
			return l, err
		}
		*by.free = took.Seconds() / float64(n)
	}
	return l, nil
}

// allocate networks by metal-go, and say how long it took.
func (m *metal) allocate(ctx context.Context, n, workers int) ([]string, time.Duration, error) {
	began := time.Now()
	ids := make([]string, n)
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(workers)
	for i := range n {
		g.Go(func() error {
			request := &models.V1NetworkAllocateRequest{
				Name: networkName(i), Description: description, Partitionid: partition, Projectid: ourProject,
				Length: map[string]int64{"IPv4": 29}, Labels: map[string]string{"number": networkName(i)},
			}
			made, err := m.api.Network().AllocateNetwork(network.NewAllocateNetworkParamsWithContext(ctx).WithBody(request), nil)
			if err != nil {
				return fmt.Errorf("cannot allocate a network: %w", err)
			}
			ids[i] = *made.Payload.ID
			return nil
		})
	}
	err := g.Wait()
	return ids, time.Since(began), err
}

// free networks by metal-go, and say how long it took.
func (m *metal) free(ctx context.Context, ids []string, workers int) (time.Duration, error) {
	began := time.Now()
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(workers)
	for _, id := range ids {
		g.Go(func() error {
			if _, err := m.api.Network().FreeNetwork(network.NewFreeNetworkParamsWithContext(ctx).WithID(id), nil); err != nil {
				return fmt.Errorf("cannot free network %s: %w", id, err)
			}
			return nil
		})
	}
	err := g.Wait()
	return time.Since(began), err
}
