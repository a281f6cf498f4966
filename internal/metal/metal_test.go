package metal_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/types"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

func TestMarks(t *testing.T) {
	t.Parallel()
	marks := metal.Marks{UID: "u", Resource: "default/x-cellent", ProviderConfig: "p"}
	tags := append(marks.Tags(), "a=b", "metal-stack.crossplane.io/uid", "uid=other")
	if diff := cmp.Diff(marks, metal.MarksOfTags(tags)); diff != "" {
		t.Errorf("tags\n-want, +got:\n%s", diff)
	}
	if diff := cmp.Diff(marks, metal.MarksOfLabels(marks.Labels())); diff != "" {
		t.Errorf("labels\n-want, +got:\n%s", diff)
	}
	if diff := cmp.Diff(metal.Marks{}, metal.MarksOfTags([]string{"a=b", "word"})); diff != "" {
		t.Errorf("nobody's\n-want, +got:\n%s", diff)
	}
	for tag, want := range map[string]string{"k=v=w": "k=", "k": "k", "k=": "k="} {
		if got := metal.TagKey(tag); got != want {
			t.Errorf("%s: want key %q, got %q", tag, want, got)
		}
	}
}

// What is at metal-stack must be found by every later version.
func TestSliceOf(t *testing.T) {
	t.Parallel()
	for uid, want := range map[types.UID][2]string{
		"6a1f0e5c-3d0b-4c55-9d1e-0f2a5b7c8d9e": {"4", "9"},
		"00000000-0000-0000-0000-000000000000": {"5", "7"},
	} {
		if slice, subslice := metal.SliceOf(uid); slice != want[0] || subslice != want[1] {
			t.Errorf("%s: want %v, got %s, %s", uid, want, slice, subslice)
		}
	}
	in := map[string]int{}
	for i := range 10_000 {
		slice, subslice := metal.SliceOf(types.UID(fmt.Sprintf("6a1f0e5c-3d0b-4c55-9d1e-%012x", i)))
		in[slice+subslice]++
	}
	for s, n := range in {
		if n < 50 || n > 200 {
			t.Errorf("slice %s: want about 100 of 10,000, got %d", s, n)
		}
	}
	if len(in) != 100 {
		t.Errorf("want 100 slices, got %d", len(in))
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	refusal := fmt.Errorf("wrapped: %w", &metal.Error{Kind: metal.Exhausted, Attempted: "allocate a firewall", Message: "no machine available", Refused: true})
	if metal.KindOf(refusal) != metal.Exhausted || !metal.NothingMade(refusal) {
		t.Error("a refusal stays one where it is wrapped")
	}
	if got, want := refusal.Error(), "wrapped: cannot allocate a firewall: no machine available"; got != want {
		t.Errorf("want %q, got %q", want, got)
	}
	other := errors.New("other")
	if metal.KindOf(other) != metal.Transient || metal.NothingMade(other) || metal.NothingMade(nil) {
		t.Error("another error proves nothing")
	}
}
