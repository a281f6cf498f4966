package rest_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal/rest"
	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

// What fails on the way may have come true, or not: the caller finds out by
// the mark.
func TestFaultsOfSimulator(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason string
		fault  simulator.Fault
		kind   metal.Kind
		made   int
	}{
		"DropBefore":  {"no answer, nothing made", simulator.Fault{Drop: simulator.Before}, metal.Transient, 0},
		"DropAfter":   {"no answer, but made", simulator.Fault{Drop: simulator.After}, metal.Transient, 1},
		"500":         {"an error of the server, made", simulator.Fault{Status: 500, When: simulator.After}, metal.Transient, 1},
		"BadGateway":  {"an error of the proxy, made", simulator.Fault{Status: 502, Body: html, When: simulator.After}, metal.Transient, 1},
		"409":         {"a conflict, made", simulator.Fault{Status: 409, When: simulator.After}, metal.Conflict, 1},
		"422":         {"a 422 that lies", simulator.Fault{Status: 422, When: simulator.After}, metal.Invalid, 1},
		"Object":      {"an object that is no network", simulator.Fault{Status: 201, Body: "{}", When: simulator.After}, metal.Misdirected, 1},
		"PlainObject": {"an error in another form", simulator.Fault{Status: 400, Body: `{"statuscode":400,"message":"x"}`}, metal.Misdirected, 0},
		"Slow":        {"slower than the caller waits, but made", simulator.Fault{DelayBefore: simulator.Duration(200 * time.Millisecond)}, metal.Transient, 1},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim, cfg := simulated(t)
			s := open(t, cfg)
			tc.fault.Operation, tc.fault.Count = "allocateNetwork", 1
			sim.AddFault(tc.fault)

			limit := time.Minute
			if tc.fault.DelayBefore > 0 {
				limit = time.Duration(tc.fault.DelayBefore) / 2
			}
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			_, err := s.AllocateNetwork(ctx, networkOrder())
			wantKind(t, tc.reason, err, tc.kind, false)
			eventually(t, tc.reason, func(ctx context.Context) (bool, error) {
				found, err := s.NetworksOf(ctx, uid)
				return len(found) == tc.made, err
			})
			if n := sim.Counters()["allocateNetwork"]; n != 1 {
				t.Errorf("an allocate must never be repeated: %d", n)
			}
		})
	}
}

func TestReadFaultsOfSimulator(t *testing.T) {
	t.Parallel()
	sim, cfg := simulated(t)
	seen := map[string]int{}
	s := open(t, cfg, rest.WithObserver(func(operation string, _ int, _ float64) { seen[operation]++ }))
	n := must[*metal.Network](t)(s.AllocateNetwork(t.Context(), networkOrder()))

	for name, f := range map[string]simulator.Fault{
		"html":   {Status: 200, Body: html},
		"null":   {Status: 200, Body: "null"},
		"object": {Status: 200, Body: "{}"},
		"404":    {Status: 404},
		"502":    {Status: 502, Body: html},
		"drop":   {Drop: simulator.Before},
		"after":  {Drop: simulator.After},
	} {
		f.Operation, f.Count = "findNetworks", 1
		sim.AddFault(f)
		if got, err := s.Network(t.Context(), n.ID); err == nil {
			t.Errorf("%s: want an error, got %+v", name, got)
		}
	}
	if got := must[*metal.Network](t)(s.Network(t.Context(), n.ID)); got == nil {
		t.Error("the network is still there")
	}
	if diff := cmp.Diff(sim.Counters(), seen); diff != "" {
		t.Errorf("-counted by metal-api, +observed:\n%s", diff)
	}
}
