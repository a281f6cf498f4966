package allocation

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// catalogue of images, by short id.
type catalogue struct {
	metal.Stack

	newest map[string]string
	asked  int
}

func (*catalogue) Address() string { return "http://metal" }

func (c *catalogue) Image(_ context.Context, id string) (*metal.Image, error) {
	c.asked++
	if c.newest[id] == "" {
		return nil, errors.New("there is none")
	}
	return &metal.Image{ID: c.newest[id]}, nil
}

func TestPatches(t *testing.T) {
	t.Parallel()
	now := time.Now()
	c := &catalogue{newest: map[string]string{"firewall-3.0": "firewall-3.0.20260201"}}
	p := newPatches()
	p.now = func() time.Time { return now }
	check := func(reason, image, has, want string, asked int) {
		t.Helper()
		if got := p.newer(t.Context(), c, image, has); got != want || c.asked != asked {
			t.Errorf("%s: want %q, and %d questions, got %q, %d", reason, want, asked, got, c.asked)
		}
	}
	check("what is older", "firewall-3.0", "firewall-3.0.20260101", "firewall-3.0.20260201", 1)
	check("what is newest, asked once for all", "firewall-3.0", "firewall-3.0.20260201", "", 1)
	check("what was withdrawn since", "firewall-3.0", "firewall-3.0.20260301", "", 1)
	check("what is named in full", "firewall-3.0.20260101", "firewall-3.0.20260101", "", 1)
	check("what shall be another one anyway", "firewall-4.0", "firewall-3.0.20260101", "", 1)
	c.newest["firewall-3.0"] = "firewall-3.0.20260401"
	now = now.Add(patchFor)
	check("a newer one", "firewall-3.0", "firewall-3.0.20260201", "firewall-3.0.20260401", 2)
	check("none", "gone-1.0", "gone-1.0.1", "", 3)
	check("none, not asked again at once", "gone-1.0", "gone-1.0.1", "", 3)
	c.newest["gone-1.0"] = "gone-1.0.2"
	now = now.Add(unpatchedFor)
	check("and there it is", "gone-1.0", "gone-1.0.1", "gone-1.0.2", 4)
}
