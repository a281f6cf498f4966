package allocation

import (
	"context"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// stackOf a capacity, that counts how often it is read.
type stackOf struct {
	metal.Stack

	has   metal.Capacity
	reads int
}

func (s *stackOf) Capacity(context.Context, string, string, string) (*metal.Capacity, error) {
	s.reads++
	has := s.has
	return &has, nil
}

func TestCapacity(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	c := newCapacities()
	c.now = func() time.Time { return now }
	s := &stackOf{has: metal.Capacity{Total: 4, Allocated: 3, Unavailable: 1}}
	w := wish{partition: "mini-lab", size: "v1", projectID: "p"}
	try := func(uid string) error { return c.room(t.Context(), s, w, types.UID(uid)) }

	err := try("a")
	if metal.KindOf(err) != metal.Exhausted || !metal.NothingMade(err) || !strings.Contains(err.Error(), "of 4 of size v1 in partition mini-lab 0 are free: 3 allocated, 1 unavailable;") {
		t.Errorf("want the numbers, got %v", err)
	}
	s.has = metal.Capacity{Total: 4, Allocated: 3, Allocatable: 1, Free: 1}
	if err := try("b"); err == nil || s.reads != 1 {
		t.Errorf("want it read once for ten seconds, got %v, %d reads", err, s.reads)
	}
	now = now.Add(capacityFor)
	if err := try("a"); err != nil || s.reads != 2 {
		t.Errorf("want room when there is some, got %v, %d reads", err, s.reads)
	}

	now = now.Add(capacityFor)
	s.has = metal.Capacity{Total: 4, Allocated: 2, Allocatable: 2, Reserved: 2}
	if err := try("a"); err != nil {
		t.Errorf("want one try where all are reserved, got %v", err)
	}
	if err := try("a"); err == nil || !strings.Contains(err.Error(), "2 allocated, 2 reserved for others;") {
		t.Errorf("want no second one soon, got %v", err)
	}
	if err := try("b"); err != nil {
		t.Errorf("want one of another resource, got %v", err)
	}
	now = now.Add(triedAnyway)
	if err := try("a"); err != nil {
		t.Errorf("want another try later, got %v", err)
	}

	now = now.Add(capacityFor)
	s.has = metal.Capacity{}
	if err := try("c"); err == nil || !strings.Contains(err.Error(), "there is none of size v1") {
		t.Errorf("want it said that there are none, got %v", err)
	}
}
