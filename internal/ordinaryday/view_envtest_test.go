//go:build envtest

package ordinaryday

import (
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// A view is what a person sees of an object.
type view struct {
	Ready    corev1.ConditionStatus
	Synced   corev1.ConditionStatus
	UpToDate corev1.ConditionStatus
	Reason   xpv2.ConditionReason // Of UpToDate, if it is not True.
	Message  string
}

func viewOf(o *unstructured.Unstructured) view {
	v := view{}
	all := conditionsOf(o)
	v.Ready, v.Synced, v.UpToDate = all[xpv2.TypeReady].Status, all[xpv2.TypeSynced].Status, all[xpv2.TypeUpToDate].Status
	if v.UpToDate != corev1.ConditionTrue {
		v.Reason = all[xpv2.TypeUpToDate].Reason
	}
	v.Message, _, _ = unstructured.NestedString(o.Object, "status", "atProvider", "message")
	return v
}

func conditionsOf(o *unstructured.Unstructured) map[xpv2.ConditionType]xpv2.Condition {
	all := map[xpv2.ConditionType]xpv2.Condition{}
	cs, _, _ := unstructured.NestedSlice(o.Object, "status", "conditions")
	for _, c := range cs {
		m, ok := c.(object)
		if !ok {
			continue
		}
		x := xpv2.Condition{}
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(m, &x); err == nil {
			all[x.Type] = x
		}
	}
	return all
}

// well is the view of an object that is as it shall be.
var well = view{Ready: corev1.ConditionTrue, Synced: corev1.ConditionTrue, UpToDate: corev1.ConditionTrue}

// ready is true if the API server says so.
func (s story) ready(o *unstructured.Unstructured) bool {
	s.t.Helper()
	return !s.gone(o) && viewOf(o).Ready == corev1.ConditionTrue
}

// untilWell waits until an object is as it shall be, and there is one of it.
func (s story) untilWell(o *unstructured.Unstructured) {
	s.t.Helper()
	s.until(o, "it is Ready and UpToDate, and says nothing", func() bool { return !s.gone(o) && viewOf(o) == well })
	s.one(o)
}

// stillWell looks twice whether an object is as it shall be.
func (s story) stillWell(o *unstructured.Unstructured) {
	s.t.Helper()
	for range 2 {
		s.look(o)
		if diff := cmp.Diff(well, viewOf(o)); diff != "" {
			s.t.Errorf("want nothing to say about it:\n-want, +got:\n%s", diff)
		}
	}
}

// one object at metal-api carries the mark of a resource.
func (s story) one(o *unstructured.Unstructured) found {
	s.t.Helper()
	all := s.marked(o)
	if len(all) != 1 {
		s.t.Fatalf("want one object at metal-api, got %d\n%s", len(all), s.said(o))
	}
	return all[0]
}

func (s story) marked(o *unstructured.Unstructured) []found {
	s.t.Helper()
	all, err := s.kind.found(s.t.Context(), s.stack, o.GetUID())
	if err != nil {
		s.t.Fatal(err)
	}
	return all
}

// nothing at metal-api carries the mark of a resource.
func (s story) nothing(o *unstructured.Unstructured) {
	s.t.Helper()
	if all := s.marked(o); len(all) > 0 {
		s.t.Errorf("want nothing at metal-api, got %+v", all)
	}
}

// order of an object, as it was sent to metal-api.
func (s story) order(o *unstructured.Unstructured) any {
	s.t.Helper()
	order, err := s.api.order(string(o.GetUID()), o.GetNamespace(), o.GetName())
	if err != nil {
		s.t.Fatal(err)
	}
	return order
}

// away with an object: it goes, and metal-api is left without it.
func (s story) away(o *unstructured.Unstructured) {
	s.t.Helper()
	if s.gone(o) {
		s.t.Fatalf("%s is gone", o.GetName())
	}
	s.delete(o)
	s.untilGone(o)
}

func (s story) untilGone(o *unstructured.Unstructured) {
	s.t.Helper()
	uid := o.GetUID()
	s.until(o, "it is gone", func() bool { return s.gone(o) })
	o.SetUID(uid)
	s.nothing(o)
}
