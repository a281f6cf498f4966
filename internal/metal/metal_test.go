package metal_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

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
