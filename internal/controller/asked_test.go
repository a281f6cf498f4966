package controller

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

func TestFieldDiffers(t *testing.T) {
	t.Parallel()
	asked := &Asked{Fixed: map[string]string{"size": digest("a")}}
	cases := map[string]struct {
		reason string
		f      Field
		asked  *Asked
		want   bool
	}{
		"Same":          {"what is seen is what the spec says", Field{Name: "size", Says: "a", Is: "a", Seen: true}, asked, false},
		"Fits":          {"or stands for it", Field{Name: "size", Says: "b", Is: "a", Seen: true, Fits: true}, asked, false},
		"Reality":       {"what is counts more than what was asked for", Field{Name: "size", Says: "b", Is: "b", Seen: true}, asked, false},
		"Changed":       {"changed in the spec, or outside", Field{Name: "size", Says: "b", Is: "a", Seen: true}, asked, true},
		"Removed":       {"what was asked for is left out", Field{Name: "size", Is: "a", Seen: true}, asked, true},
		"LeftOut":       {"what was not asked for is left out", Field{Name: "size", Is: "a", Seen: true}, &Asked{}, false},
		"Import":        {"nothing is remembered", Field{Name: "size", Is: "a", Seen: true}, nil, false},
		"Unseen":        {"compared with what was asked for", Field{Name: "size", Says: "a"}, asked, false},
		"UnseenChanged": {"if metal-api does not tell", Field{Name: "size", Says: "b"}, asked, true},
		"UnseenAdded":   {"added", Field{Name: "other", Says: "b"}, asked, true},
		"Default":       {"what is left out stands for a default", Field{Name: "size", Default: "a"}, asked, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := tc.f.Differs(tc.asked); got != tc.want {
				t.Errorf("%s: want %t, got %t", tc.reason, tc.want, got)
			}
		})
	}
}

func TestAskedMemory(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", longest+1)
	w := Written{}
	w.Write("description", "")
	w.Write("tags", "a")
	w.Write("tags", "a")
	w.Write("tags", long)
	w.WriteAlsoEmpty("labels/empty", "")
	for _, v := range []string{"a", long} {
		if !w.Has("tags", v) {
			t.Errorf("want %.9s remembered", v)
		}
	}
	if w.Has("tags", long+"x") || w.Has("tags", "a ") || w.Has("description", "") || !w.Has("labels/empty", "") || len(w["tags"]) != 2 || len(w["tags"][1]) > 100 {
		t.Errorf("want what was written byte for byte, once and short, got %v", w)
	}

	mg := &v1alpha1.Network{ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{}}}
	if AskedOf(mg) != nil {
		t.Error("want nothing remembered where there is nothing")
	}
	a := &Asked{Fixed: map[string]string{"size": digest("a")}, Followed: map[string]Followed{"f": {Reference: digest("r"), ID: "id"}}, Wrote: w}
	mg.Annotations[v1alpha1.AnnotationAsked] = a.String()
	if diff := cmp.Diff(a, AskedOf(mg)); diff != "" {
		t.Errorf("want it read as it was written:\n%s", diff)
	}
	if a.id("f", "r") != "id" || a.id("f", "other") != "" || a.id("g", "r") != "" {
		t.Error("want an id for the reference that led to it, and no other")
	}
	next := a.beginning(&Asked{Fixed: map[string]string{"size": digest("b")}, Wrote: Written{"tags": {"b"}}})
	if next.Fixed["size"] != digest("b") || !next.Wrote.Has("tags", "a") || !next.Wrote.Has("tags", "b") || next.Followed != nil {
		t.Errorf("want what is asked for now, and what one before it may have written, got %+v", next)
	}
	moved := &Asked{Fixed: a.Fixed, Followed: map[string]Followed{"f": {Reference: digest("r"), ID: "other"}}}
	if !a.sameOrder(&Asked{Fixed: a.Fixed, Followed: a.Followed}) || a.sameOrder(moved) || (*Asked)(nil).sameOrder(a) {
		t.Error("want an order that is the same, whatever was written before, and no other")
	}
	mg.Annotations[v1alpha1.AnnotationAsked] = "nonsense"
	if AskedOf(mg) != nil {
		t.Error("want nonsense taken for nothing")
	}
}

func TestKeptBy(t *testing.T) {
	t.Parallel()
	const ours = "finalizer.managedresource.crossplane.io"
	cases := map[string]struct {
		reason     string
		finalizers []string
		since      time.Duration
		want       string
	}{
		"Ours":        {"ours keeps nobody", []string{ours}, time.Hour, ""},
		"Theirs":      {"they are named, sorted", []string{ours, "b/x", "a/x"}, 0, "nothing is freed while others keep this resource: it waits for the removal of a/x, b/x from metadata.finalizers"},
		"Collector":   {"garbage collection may work", []string{ours, metav1.FinalizerDeleteDependents}, time.Second, ""},
		"CollectsFor": {"but not for ever", []string{ours, metav1.FinalizerDeleteDependents}, time.Minute, "nothing is freed while others keep this resource: it waits for the removal of foregroundDeletion from metadata.finalizers"},
		"OnlyTheirs":  {"the reconciler does not wait for a single one", []string{"a/x"}, time.Minute, ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, keptBy(tc.finalizers, tc.since)); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
