//go:build e2e

package story

import (
	"context"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

// All objects of a kind in the story's namespace, none of a kind that is not
// installed.
func (s *Story) All(gvk schema.GroupVersionKind) []unstructured.Unstructured {
	s.Helper()
	l := &unstructured.UnstructuredList{}
	l.SetGroupVersionKind(gvk.GroupVersion().WithKind(gvk.Kind + "List"))
	if err := s.Kube.List(s.Context(), l, client.InNamespace(s.Namespace)); err != nil && !meta.IsNoMatchError(err) {
		s.Fatal(err)
	}
	return l.Items
}

// Empty waits until the story has left nothing: no composites and no managed
// resources, and nothing that protects them.
func (s *Story) Empty() {
	s.Helper()
	s.Await("nothing is left", Soon, func(context.Context) (bool, string) {
		var left []string
		for _, gvk := range []schema.GroupVersionKind{XCluster, XFirewall, Network, Firewall, Machine, IP, ProjectKind, Usage} {
			for _, u := range s.All(gvk) {
				left = append(left, u.GetKind()+" "+u.GetName()+": "+string(YAML(u.Object["status"])))
			}
		}
		return len(left) == 0, strings.Join(left, "\n")
	})
}

// Journal of the writes to metal-api about objects of this story, by the mark
// that says whose they are.
func (s *Story) Journal() []simulator.JournalEntry {
	var out []simulator.JournalEntry
	for _, e := range s.Sim.Journal() {
		for _, m := range e.Marks {
			if strings.HasPrefix(m, "metal-stack.crossplane.io/resource="+s.Namespace+"/") {
				out = append(out, e)
				break
			}
		}
	}
	return out
}

// Wrote lists the operations of the story's journal that succeeded, in order.
func (s *Story) Wrote() []string {
	var out []string
	for _, e := range s.Journal() {
		if e.Status < 300 {
			out = append(out, e.Operation)
		}
	}
	return out
}

// Machine of an id.
func (s *Story) Machine(id string) simulator.MachineView {
	s.Helper()
	for _, m := range s.Sim.Machines() {
		if m.ID == id {
			return m
		}
	}
	s.Fatalf("there is no machine %s", id)
	return simulator.MachineView{}
}

// Settled waits until no object has been written for two polls, and returns their
// versions.
func (s *Story) Settled() map[string]string {
	s.Helper()
	was := s.Versions()
	deadline := time.Now().Add(Soon)
	tick := time.NewTicker(2 * s.Poll)
	defer tick.Stop()
	for range tick.C {
		is := s.Versions()
		same := len(is) == len(was)
		for k, v := range is {
			same = same && was[k] == v
		}
		if same {
			return is
		}
		if time.Now().After(deadline) {
			s.Fatalf("objects are still being written: %v, then %v", was, is)
		}
		was = is
	}
	return nil
}

// Versions of all objects of the story, by kind and name.
func (s *Story) Versions() map[string]string {
	s.Helper()
	out := map[string]string{}
	for _, gvk := range []schema.GroupVersionKind{XCluster, XFirewall, XClusterClaim, Network, Firewall, Machine, IP, v1alpha1.ProviderConfigUsageGroupVersionKind} {
		for _, u := range s.All(gvk) {
			out[gvk.Kind+" "+u.GetName()] = u.GetResourceVersion()
		}
	}
	return out
}

// ConditionOf an object is the status of one of its conditions, "" without it.
func ConditionOf(u *unstructured.Unstructured, kind string) string {
	return inCondition(u, kind, "status")
}

// ReasonOf a condition, "" if there is none.
func ReasonOf(u *unstructured.Unstructured, kind string) string {
	return inCondition(u, kind, "reason")
}

func inCondition(u *unstructured.Unstructured, kind, field string) string {
	conditions, _, _ := unstructured.NestedSlice(u.Object, "status", "conditions")
	for _, c := range conditions {
		if m, ok := c.(map[string]any); ok && m["type"] == kind {
			text, _ := m[field].(string)
			return text
		}
	}
	return ""
}

// Text at a path of an object, "" if there is none.
func Text(u *unstructured.Unstructured, path ...string) string {
	v, _, _ := unstructured.NestedString(u.Object, path...)
	return v
}

// YAML of a value, for messages.
func YAML(v any) []byte {
	b, err := yaml.Marshal(v)
	if err != nil {
		return []byte(err.Error())
	}
	return b
}
