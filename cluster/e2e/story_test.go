//go:build e2e

package e2e

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	kerrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

// A story happens in a namespace of its own.
type story struct {
	*testing.T
	*world

	namespace string
}

// begin a story. When it ends its namespace is emptied, also after a failure.
func begin(t *testing.T) *story {
	t.Helper()
	s := &story{T: t, world: shared, namespace: strings.ToLower(strings.NewReplacer("_", "-", "/", "-").Replace(t.Name()))}
	if len(s.namespace) > 60 {
		s.namespace = strings.TrimRight(s.namespace[:60], "-")
	}
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: s.namespace}}
	if err := s.kube.Create(t.Context(), ns); err != nil {
		t.Fatalf("cannot make the story's namespace: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), soon)
		defer cancel()
		if t.Failed() {
			s.report(ctx)
		}
		if _, err := s.cluster.Kubectl(ctx, "delete", "namespace", s.namespace, "--timeout="+soon.String()); err != nil {
			t.Errorf("cannot end the story: %v", err)
			s.report(ctx)
		}
	})
	return s
}

// report what is in the namespace, for who has to find out.
func (s *story) report(ctx context.Context) {
	s.Helper()
	out, _ := s.cluster.Kubectl(ctx, "get", "xclusters,xfirewalls,xclusterclaims,networks.metal-stack.m.crossplane.io,firewalls.metal-stack.m.crossplane.io",
		"-n", s.namespace, "-o", "yaml", "--show-managed-fields=false")
	s.Logf("objects of the story:\n%s", out)
	events, _ := s.cluster.Kubectl(ctx, "get", "events", "-n", s.namespace)
	s.Logf("events of the story:\n%s", events)
}

// An edit of a manifest.
type edit func(u *unstructured.Unstructured)

// set a field.
func set(value any, path ...string) edit {
	return func(u *unstructured.Unstructured) {
		if err := unstructured.SetNestedField(u.Object, value, path...); err != nil {
			panic(err)
		}
	}
}

// named gives a manifest another name.
func named(name string) edit { return func(u *unstructured.Unstructured) { u.SetName(name) } }

// example is a file of examples/, in the story's namespace.
func (s *story) example(file string, edits ...edit) *unstructured.Unstructured {
	s.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "examples", file))
	if err != nil {
		s.Fatal(err)
	}
	u := &unstructured.Unstructured{}
	if err := yaml.Unmarshal(b, &u.Object); err != nil {
		s.Fatal(err)
	}
	u.SetNamespace(s.namespace)
	for _, e := range edits {
		e(u)
	}
	return u
}

// apply a manifest as users do.
func (s *story) apply(u *unstructured.Unstructured) {
	s.Helper()
	if out, err := s.tryApply(u); err != nil {
		s.Fatalf("cannot apply: %v\n%s", err, out)
	}
}

func (s *story) tryApply(u *unstructured.Unstructured) (string, error) {
	s.Helper()
	b, err := yaml.Marshal(u.Object)
	if err != nil {
		s.Fatal(err)
	}
	file := filepath.Join(s.TempDir(), "manifest.yaml")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		s.Fatal(err)
	}
	return s.cluster.Kubectl(s.Context(), "apply", "-f", file)
}

// remove an object with kubectl.
func (s *story) remove(u *unstructured.Unstructured, flags ...string) {
	s.Helper()
	args := append([]string{"delete", resource(u.GroupVersionKind()), "-n", u.GetNamespace(), u.GetName()}, flags...)
	if _, err := s.cluster.Kubectl(s.Context(), args...); err != nil {
		s.Fatal(err)
	}
}

func resource(gvk schema.GroupVersionKind) string {
	return strings.ToLower(gvk.Kind) + "s." + gvk.Group
}

// await something, and say at the end what was seen last.
func (s *story) await(what string, within time.Duration, seen func(ctx context.Context) (done bool, last string)) {
	s.Helper()
	var last string
	err := wait.PollUntilContextTimeout(s.Context(), 200*time.Millisecond, within, true, func(ctx context.Context) (bool, error) {
		if cause := context.Cause(s.cluster.Context()); cause != nil {
			return false, cause
		}
		var done bool
		done, last = seen(ctx)
		return done, nil
	})
	if err != nil {
		s.Fatalf("%s: %v; seen last: %s", what, err, last)
	}
}

// ready waits until an object is Ready and returns it.
func (s *story) ready(u *unstructured.Unstructured) *unstructured.Unstructured {
	s.Helper()
	return s.condition(u, "Ready", "True")
}

func (s *story) condition(u *unstructured.Unstructured, kind, status string) *unstructured.Unstructured {
	s.Helper()
	is := object(u.GroupVersionKind(), u.GetNamespace(), u.GetName())
	s.await(u.GetKind()+" "+u.GetName()+" "+kind+" "+status, soon, func(ctx context.Context) (bool, string) {
		if err := s.kube.Get(ctx, client.ObjectKeyFromObject(is), is); err != nil {
			return false, err.Error()
		}
		return conditionOf(is, kind) == status, string(mustYAML(is.Object["status"]))
	})
	return is
}

// message waits for words in a message, at a path of the status.
func (s *story) message(u *unstructured.Unstructured, words string, path ...string) {
	s.Helper()
	is := object(u.GroupVersionKind(), u.GetNamespace(), u.GetName())
	s.await(u.GetKind()+" "+u.GetName()+" says "+words, soon, func(ctx context.Context) (bool, string) {
		if err := s.kube.Get(ctx, client.ObjectKeyFromObject(is), is); err != nil {
			return false, err.Error()
		}
		message, _, _ := unstructured.NestedString(is.Object, append([]string{"status"}, path...)...)
		return strings.Contains(message, words), string(mustYAML(is.Object["status"]))
	})
}

// gone waits until an object is.
func (s *story) gone(u *unstructured.Unstructured) {
	s.Helper()
	is := object(u.GroupVersionKind(), u.GetNamespace(), u.GetName())
	s.await(u.GetKind()+" "+u.GetName()+" gone", soon, func(ctx context.Context) (bool, string) {
		err := s.kube.Get(ctx, client.ObjectKeyFromObject(is), is)
		return kerrors.IsNotFound(err), string(mustYAML(is.Object["status"]))
	})
}

// all objects of a kind in the story's namespace.
func (s *story) all(gvk schema.GroupVersionKind) []unstructured.Unstructured {
	s.Helper()
	l := &unstructured.UnstructuredList{}
	l.SetGroupVersionKind(gvk.GroupVersion().WithKind(gvk.Kind + "List"))
	if err := s.kube.List(s.Context(), l, client.InNamespace(s.namespace)); err != nil {
		s.Fatal(err)
	}
	return l.Items
}

// empty waits until the story has left nothing: no managed resources, no
// machine of its own.
func (s *story) empty() {
	s.Helper()
	s.await("nothing is left", soon, func(context.Context) (bool, string) {
		var left []string
		for _, gvk := range []schema.GroupVersionKind{xcluster, xfirewall, network, firewall} {
			for _, u := range s.all(gvk) {
				left = append(left, u.GetKind()+" "+u.GetName()+": "+string(mustYAML(u.Object["status"])))
			}
		}
		return len(left) == 0, strings.Join(left, "\n")
	})
}

// journal of the writes to metal-api about objects of this story, by the mark
// that says whose they are.
func (s *story) journal() []simulator.JournalEntry {
	var out []simulator.JournalEntry
	for _, e := range s.sim.Journal() {
		for _, m := range e.Marks {
			if strings.HasPrefix(m, "metal-stack.crossplane.io/resource="+s.namespace+"/") {
				out = append(out, e)
				break
			}
		}
	}
	return out
}

// wrote lists the operations of the story's journal that succeeded, in order.
func (s *story) wrote() []string {
	var out []string
	for _, e := range s.journal() {
		if e.Status < 300 {
			out = append(out, e.Operation)
		}
	}
	return out
}

// machine of an id.
func (s *story) machine(id string) simulator.MachineView {
	s.Helper()
	for _, m := range s.sim.Machines() {
		if m.ID == id {
			return m
		}
	}
	s.Fatalf("there is no machine %s", id)
	return simulator.MachineView{}
}

func conditionOf(u *unstructured.Unstructured, kind string) string {
	conditions, _, _ := unstructured.NestedSlice(u.Object, "status", "conditions")
	for _, c := range conditions {
		if m, ok := c.(map[string]any); ok && m["type"] == kind {
			status, _ := m["status"].(string)
			return status
		}
	}
	return ""
}

func text(u *unstructured.Unstructured, path ...string) string {
	v, _, _ := unstructured.NestedString(u.Object, path...)
	return v
}

func mustYAML(v any) []byte {
	b, err := yaml.Marshal(v)
	if err != nil {
		return []byte(err.Error())
	}
	return b
}
