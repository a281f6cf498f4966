package chaos

import (
	"context"
	"fmt"
	"sync"
	"syscall"
	"time"

	"github.com/crossplane-contrib/provider-metal-stack/cluster/chaos/faultproxy"
	"github.com/crossplane-contrib/provider-metal-stack/cluster/local/packageruntime"
	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

// batch carries out a schedule, lets things settle, compares both worlds,
// deletes everything and compares again.
func (w *World) batch(ctx context.Context, steps []Step) (Findings, error) {
	before, err := w.inventory(ctx)
	if err != nil {
		return Findings{}, fmt.Errorf("cannot take the inventory of metal-api: %w", err)
	}
	w.wishes = wishes{}
	for i, s := range steps {
		began := time.Now()
		how, err := w.step(ctx, s)
		if err != nil {
			return Findings{}, fmt.Errorf("step %d: %w", i, err)
		}
		_, _ = fmt.Fprintf(w.log, "%s chaos: step %d, %.1f s, %s: %s\n", began.UTC().Format(time.RFC3339), i, time.Since(began).Seconds(), how, s)
	}
	found, err := w.settle(ctx)
	if err != nil || len(found.Lines()) > 0 {
		return found, err
	}
	more, err := w.clear(ctx, before)
	found.Add(more)
	return found, err
}

// step carries out one step: it ends when the provider was killed, and says how.
func (w *World) step(ctx context.Context, s Step) (string, error) {
	defer w.calm()
	killed := w.prepare(s.Kill)
	for _, f := range s.Faults {
		defer w.disturb(f)()
	}
	for _, a := range s.Acts {
		if err := w.do(ctx, a); err != nil {
			return "", err
		}
	}
	within := s.Kill.After
	if s.Kill.At != "" {
		within = patience
	}
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case <-w.cluster.Context().Done():
		return "", context.Cause(w.cluster.Context())
	case <-killed:
		return "killed at the point", nil
	case <-time.After(within):
	}
	w.calm()
	how := "SIGKILL at a random moment"
	if s.Kill.At != "" {
		how += ", for the chosen point did not come"
	}
	w.count(how)
	return how, w.kill(ctx)
}

// prepare a kill at a chosen point. The channel is closed when it is done.
func (w *World) prepare(k Kill) <-chan struct{} {
	killed := make(chan struct{})
	if k.At == "" {
		return killed
	}
	once := sync.OnceFunc(func() {
		w.killNow()
		close(killed)
	})
	w.proxy(k.At).Add(w.paused(faultproxy.Rule{
		Name: fmt.Sprintf("SIGKILL %s %s", k.Moment, k.Operation), Operation: k.Operation, Skip: k.Nth - 1, Count: 1,
		Moment: k.Moment, Delay: k.After, Do: once,
	}))
	return killed
}

// paused is a rule with which metal-api pauses between the prefixes of a network
// that is cut in the middle, which are milliseconds apart else.
func (w *World) paused(r faultproxy.Rule) faultproxy.Rule {
	if r.Moment == faultproxy.Middle && r.Operation != allocateFirewall {
		r.Begin = func() {
			w.sim.AddFault(simulator.Fault{Operation: r.Operation, Count: 1, DelayBetween: simulator.Duration(pause)})
		}
	}
	return r
}

// disturb one side, and return how to end that.
func (w *World) disturb(f Fault) func() {
	if f.Rule.Operation != "" {
		w.proxy(f.At).Add(w.paused(f.Rule))
		return func() {}
	}
	w.count(f.Name())
	end := sync.OnceFunc(func() { w.proxy(f.At).Restore() })
	if f.Block {
		// Should it have been swept meanwhile, there is nothing to give back.
		end = sync.OnceFunc(func() { _ = w.sim.Unblock(partition) })
		_ = w.sim.Block(partition)
	} else {
		w.proxy(f.At).Cut()
	}
	timer := time.AfterFunc(f.For, end)
	return func() {
		timer.Stop()
		end()
	}
}

// calm both sides.
func (w *World) calm() {
	w.sim.ClearFaults()
	w.metal.Clear()
	w.kubeAPI.Clear()
}

func (w *World) proxy(s Side) *faultproxy.Proxy {
	if s == Metal {
		return w.metal
	}
	return w.kubeAPI
}

// kill the provider by SIGKILL, as soon as it runs.
func (w *World) kill(ctx context.Context) error {
	err := w.await(ctx, time.Minute, 5*time.Millisecond, func(context.Context) (string, error) {
		if p := w.cluster.Provider(); p == nil || p.PID() == 0 {
			return "the provider does not run", nil
		}
		return "", nil
	})
	if err != nil {
		return err
	}
	w.killNow()
	return nil
}

// killNow kills the provider, every third time the composition function with it, lets them
// start again and returns when they are dead.
func (w *World) killNow() {
	w.mu.Lock()
	w.kills++
	programs := []*packageruntime.Program{w.cluster.Provider()}
	if f := w.cluster.Function(); f != nil && w.kills%3 == 0 {
		programs = append(programs, f)
	}
	w.mu.Unlock()
	for _, p := range programs {
		p.Pause(syscall.SIGKILL)
	}
	for _, p := range programs {
		p.Resume()
	}
}

func (w *World) count(fault string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults[fault]++
}
