//go:build e2e

package chaos

import (
	"math/rand/v2"
	"os"
	"testing"
	"time"
)

const (
	// shortKills of each of the two seeds of the short form.
	shortKills = 12

	// shortLimit of the whole short form.
	shortLimit = 3 * time.Minute
)

// TestChaos is the short form: a seed that is always the same, and one that
// never is. Each must end in two worlds that agree.
func TestChaos(t *testing.T) {
	began := time.Now()
	dir, err := os.MkdirTemp("", "provider-metal-stack-chaos-") //nolint:usetesting // Its logs outlive a failure.
	if err != nil {
		t.Fatal(err)
	}
	w, err := NewWorld(t.Context(), dir, false)
	if err != nil {
		t.Fatalf("%v; logs are in %s", err, dir)
	}
	t.Cleanup(func() {
		w.Close()
		if t.Failed() {
			t.Logf("logs are in %s", dir)
			return
		}
		_ = os.RemoveAll(dir)
	})
	for _, seed := range []uint64{1, rand.Uint64N(1 << 32)} {
		s := newState(Options{Kills: shortKills, Seed: seed})
		t.Logf("KILLS=%d SEED=%d", shortKills, seed)
		if err := w.run(t.Context(), s, t.Output()); err != nil {
			t.Error(err)
		}
		s.report(t.Output())
	}
	if took := time.Since(began); took > shortLimit {
		t.Logf("the short form took %s, longer than %s: is the machine busy?", took.Round(time.Second), shortLimit)
	}
}
