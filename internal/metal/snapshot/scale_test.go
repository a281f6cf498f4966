package snapshot

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// A crowded metal-stack is one with many networks, whose metal-api takes as long as a real one does: half a
// millisecond for each in the answer, and the tenth of a second for all that it
// scans.
type crowded struct {
	metal.Stack

	networks []metal.Network
	pass     func(time.Duration)
	finds    atomic.Int32
	most     atomic.Int32
	single   atomic.Int32
}

func (c *crowded) Role(context.Context) (metal.Role, error) { return metal.RoleAdmin, nil }

func (c *crowded) NetworksMarked(_ context.Context, marks map[string]string) ([]metal.Network, error) {
	c.finds.Add(1)
	var found []metal.Network
	for _, n := range c.networks {
		if ofNetworks().carries(&n, marks) {
			found = append(found, n)
		}
	}
	c.most.Store(max(c.most.Load(), int32(len(found))))
	c.pass(100*time.Millisecond + time.Duration(len(found))*time.Millisecond/2)
	return found, nil
}

func (c *crowded) Network(context.Context, string) (*metal.Network, error) {
	c.single.Add(1)
	return nil, &metal.Error{Kind: metal.Transient, Attempted: "find a network", Message: "one by one"}
}

// Ten thousand resources start, and rest: what metal-api is asked for.
func TestTenThousand(t *testing.T) {
	t.Parallel()
	const networks = 10_000
	w := &world{T: t, time: time.Now(), told: map[string]int{}}
	w.shared = New(Options{Age: age, Now: w.now, Wake: w.changed})
	c := &crowded{pass: w.pass}
	var things []thing
	for i := range networks {
		n := thing{name: fmt.Sprintf("n%d", i), uid: types.UID(fmt.Sprintf("6a1f0e5c-3d0b-4c55-9d1e-%012x", i)), id: fmt.Sprintf("id%d", i)}
		marks := metal.Marks{UID: n.uid, Resource: "default/" + n.name, ProviderConfig: config}
		things = append(things, n)
		c.networks = append(c.networks, metal.Network{ID: n.id, Name: n.name, Labels: marks.Labels(), Marks: marks})
	}
	s := w.wrap(c, config)
	for _, n := range things {
		w.wantsLater(s, n)
	}
	w.work(gathered)
	if got := len(w.wasTold()); got != networks {
		t.Errorf("want all told, got %d", got)
	}
	for _, n := range things {
		w.wants(s, n, metal.Shared)
	}
	if finds, most := c.finds.Load(), c.most.Load(); finds < 100 || finds > 105 || most > 200 || c.single.Load() != 0 {
		t.Errorf("want a hundred finds of about a hundred, got %d, of %d at most, and %d singly", finds, most, c.single.Load())
	}
	started := w.shared.Age()
	if started < 200*time.Second || started > 400*time.Second {
		t.Errorf("want an age of about twenty times 15 s, got %s", started)
	}

	w.work(w.shared.Age())
	c.finds.Store(0)
	c.networks[4711].Description = "by others"
	w.work(w.shared.Age())
	w.wantsTold(things[4711])
	if finds := c.finds.Load(); finds > 110 || finds < 95 {
		t.Errorf("want a hundred finds in each age, got %d", finds)
	}
	for _, n := range things {
		w.wants(s, n, metal.Shared)
	}
}
