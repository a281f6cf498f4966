package chaos

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

// TestOperatorComesLater: a network is repaired when it has been half-freed for a
// while, and that begins anew when its prefix is given away.
func TestOperatorComesLater(t *testing.T) {
	t.Parallel()
	var repaired []string
	fails := true
	o := newOperator(func(id string) error {
		if fails {
			fails = false
			return errors.New("somebody was faster")
		}
		repaired = append(repaired, id)
		return nil
	})
	lost := simulator.BrokenNetwork{ID: "a", Prefix: "10.0.0.0/22"}
	given := lost
	given.Holder = "b"
	other := simulator.BrokenNetwork{ID: "c", Prefix: "10.0.4.0/22"}
	for _, step := range []struct {
		at   time.Duration
		all  []simulator.BrokenNetwork
		want []string
	}{
		{0, []simulator.BrokenNetwork{lost}, nil},
		{repairAfter - 1, []simulator.BrokenNetwork{given, other}, nil},
		{repairAfter + 1, []simulator.BrokenNetwork{given}, nil}, // The other's free was only under way.
		{2 * repairAfter, []simulator.BrokenNetwork{given, other}, nil},
		{2*repairAfter + 1, []simulator.BrokenNetwork{given, other}, []string{"a"}},
		{3*repairAfter - 1, []simulator.BrokenNetwork{other}, []string{"a"}},
		{3 * repairAfter, []simulator.BrokenNetwork{other}, []string{"a", "c"}},
	} {
		o.look(time.Unix(0, 0).Add(step.at), slices.Clone(step.all))
		if diff := cmp.Diff(step.want, repaired); diff != "" {
			t.Errorf("repaired after %s: -want, +got:\n%s", step.at, diff)
		}
	}
	if n := o.drain(); n != 1 {
		t.Errorf("given away %d, want 1", n)
	}
	if n := o.drain(); n != 0 {
		t.Errorf("given away %d, want none that was told before", n)
	}
}
