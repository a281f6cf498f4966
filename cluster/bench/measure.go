package bench

import (
	"context"
	"slices"
	"time"

	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

// A Phase is what something took.
type Phase struct {
	// Seconds until it was done.
	Seconds float64 `json:"seconds"`
	// CPUSeconds of the provider.
	CPUSeconds float64 `json:"cpuSeconds"`
	// Requests to metal-api by operation, and the seconds that it took to answer
	// them, and that they kept one of its cores busy.
	Requests     map[string]int `json:"requests"`
	MetalSeconds float64        `json:"metalSeconds"`
	MetalBusy    float64        `json:"metalBusy"`
	// Writes to the API server by verb and resource, this program's left out.
	Writes map[string]int `json:"writes"`
	// Lists of all resources of a kind by the provider, past its cache.
	Lists map[string]int `json:"lists"`
	// Looks are the provider's reconciles of managed resources.
	Looks int `json:"looks"`
	// RSS at the end and the Peak since the provider's start, in MB.
	RSS  float64 `json:"rss"`
	Peak float64 `json:"peak"`
}

// A state is what all counters say at a moment.
type state struct {
	at       time.Time
	usage    usage
	requests map[string]simulator.Requests
	writes   map[string]int
	lists    map[string]int
	pace     pace
}

func (w *world) state(ctx context.Context) (state, error) {
	s := state{at: time.Now()}
	var err error
	if s.usage, err = w.usage(); err != nil {
		return s, err
	}
	if s.requests, err = w.metal.requests(ctx); err != nil {
		return s, err
	}
	if s.writes, s.lists, err = w.served(ctx); err != nil {
		return s, err
	}
	if w.provider != nil {
		s.pace, err = w.pace(ctx)
	}
	return s, err
}

// measure what happens while something is done. It returns when that was done.
func (w *world) measure(ctx context.Context, do func(context.Context) (time.Time, error)) (Phase, error) {
	before, err := w.state(ctx)
	if err != nil {
		return Phase{}, err
	}
	done, err := do(ctx)
	if err != nil {
		return Phase{}, err
	}
	after, err := w.state(ctx)
	if err != nil {
		return Phase{}, err
	}
	return phase(before, after, done), nil
}

// phase between two states, of something that was done at a time between them.
func phase(before, after state, done time.Time) Phase {
	p := Phase{
		Seconds:    done.Sub(before.at).Seconds(),
		CPUSeconds: after.usage.CPU - before.usage.CPU,
		Requests:   map[string]int{},
		Writes:     minus(after.writes, before.writes),
		Lists:      minus(after.lists, before.lists),
		Looks:      int(after.pace.reconciles - before.pace.reconciles),
		RSS:        after.usage.RSS,
		Peak:       after.usage.Peak,
	}
	for operation, r := range after.requests {
		was := before.requests[operation]
		if n := r.Count - was.Count; n != 0 {
			p.Requests[operation] = n
		}
		p.MetalSeconds += r.Seconds - was.Seconds
		p.MetalBusy += r.Busy - was.Busy
	}
	return p
}

// sum of counts.
func sum(counts map[string]int, but ...string) int {
	n := 0
	for what, of := range counts {
		if !slices.Contains(but, what) {
			n += of
		}
	}
	return n
}

// finds are the requests that look, and change nothing.
func finds(requests map[string]int) int {
	return requests["findNetwork"] + requests["findNetworks"] + requests["listNetworks"] +
		requests["findMachine"] + requests["findMachines"] + requests["listMachines"] +
		requests["findFirewall"] + requests["findFirewalls"] + requests["listFirewalls"]
}

// A Latency of many, in seconds.
type Latency struct {
	P50     float64 `json:"p50"`
	P99     float64 `json:"p99"`
	Samples int     `json:"samples"`
	// Missing are those that had not come when nothing was waited for any more:
	// they took longer than any other.
	Missing int `json:"missing,omitempty"`
}

// latency of samples, of which some may be missing.
func latency(samples []time.Duration, missing int) Latency {
	l := Latency{Samples: len(samples), Missing: missing}
	if len(samples) == 0 {
		return l
	}
	slices.Sort(samples)
	// The smallest that so many are not above.
	at := func(of int) float64 {
		i := (len(samples)*of + 99) / 100
		return samples[max(i, 1)-1].Seconds()
	}
	l.P50, l.P99 = at(50), at(99)
	return l
}
