package memory

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

func TestMemory(t *testing.T) {
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
	if Of(mg) != nil {
		t.Error("want nothing remembered where there is nothing")
	}
	a := &Asked{Fixed: map[string]string{"size": Digest("a")}, Followed: map[string]Followed{"f": {Reference: Digest("r"), ID: "id"}}, Wrote: w}
	mg.Annotations[v1alpha1.AnnotationAsked] = a.String()
	if diff := cmp.Diff(a, Of(mg)); diff != "" {
		t.Errorf("want it read as it was written:\n%s", diff)
	}
	if a.ID("f", "r") != "id" || a.ID("f", "other") != "" || a.ID("g", "r") != "" {
		t.Error("want an id for the reference that led to it, and no other")
	}
	next := a.Beginning(&Asked{Fixed: map[string]string{"size": Digest("b")}, Wrote: Written{"tags": {"b"}}})
	if next.Fixed["size"] != Digest("b") || !next.Wrote.Has("tags", "a") || !next.Wrote.Has("tags", "b") || next.Followed != nil {
		t.Errorf("want what is asked for now, and what one before it may have written, got %+v", next)
	}
	moved := &Asked{Fixed: a.Fixed, Followed: map[string]Followed{"f": {Reference: Digest("r"), ID: "other"}}}
	if !a.SameOrder(&Asked{Fixed: a.Fixed, Followed: a.Followed}) || a.SameOrder(moved) || (*Asked)(nil).SameOrder(a) {
		t.Error("want an order that is the same, whatever was written before, and no other")
	}
	mg.Annotations[v1alpha1.AnnotationAsked] = "nonsense"
	if Of(mg) != nil {
		t.Error("want nonsense taken for nothing")
	}
}
