//go:build e2e

package story

import (
	"context"
	"fmt"
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

	"github.com/crossplane-contrib/provider-metal-stack/cluster/local"
)

// Soon bounds what takes seconds on an idle machine.
const Soon = 3 * time.Minute

// A Story happens in a world, in a namespace of its own.
type Story struct {
	*testing.T
	*World

	// Namespace of the story: its test's name.
	Namespace string
}

// Begin a story. When it ends, nothing in its namespace may show a secret, and it
// is emptied, also after a failure.
func Begin(t *testing.T, w *World) *Story {
	t.Helper()
	s := &Story{T: t, World: w, Namespace: strings.ToLower(strings.NewReplacer("_", "-", "/", "-").Replace(t.Name()))}
	if len(s.Namespace) > 60 {
		s.Namespace = strings.TrimRight(s.Namespace[:60], "-")
	}
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: s.Namespace}}
	if err := s.Kube.Create(t.Context(), ns); err != nil {
		t.Fatalf("cannot make the story's namespace: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), Soon)
		defer cancel()
		if t.Failed() {
			s.report(ctx)
		}
		if err := s.secretsShown(ctx); err != nil {
			t.Error(err)
		}
		if _, err := s.Cluster.Kubectl(ctx, "delete", "namespace", s.Namespace, "--ignore-not-found", "--timeout="+Soon.String()); err != nil {
			t.Errorf("cannot end the story: %v", err)
			s.report(ctx)
		}
	})
	return s
}

// report what is in the namespace, for who has to find out.
func (s *Story) report(ctx context.Context) {
	s.Helper()
	out, _ := s.Cluster.Kubectl(ctx, "get", "metalstack,"+Resource(Usage), "-n", s.Namespace, "-o", "yaml", "--show-managed-fields=false")
	s.Logf("objects of the story:\n%s", out)
	events, _ := s.Cluster.Kubectl(ctx, "get", "events", "-n", s.Namespace)
	s.Logf("events of the story:\n%s", events)
}

// An Edit of a manifest.
type Edit func(u *unstructured.Unstructured)

// Set a field.
func Set(value any, path ...string) Edit {
	return func(u *unstructured.Unstructured) {
		if err := unstructured.SetNestedField(u.Object, value, path...); err != nil {
			panic(err)
		}
	}
}

// Named gives a manifest another name.
func Named(name string) Edit { return func(u *unstructured.Unstructured) { u.SetName(name) } }

// Example is a file of examples/, in the story's namespace.
func (s *Story) Example(file string, edits ...Edit) *unstructured.Unstructured {
	s.Helper()
	root, err := local.ProjectRoot()
	if err != nil {
		s.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(root, "examples", file))
	if err != nil {
		s.Fatal(err)
	}
	u := &unstructured.Unstructured{}
	if err := yaml.Unmarshal(b, &u.Object); err != nil {
		s.Fatal(err)
	}
	u.SetNamespace(s.Namespace)
	for _, e := range edits {
		e(u)
	}
	return u
}

// Apply a manifest as users do, which must be accepted.
func (s *Story) Apply(u *unstructured.Unstructured) {
	s.Helper()
	if out, err := s.TryApply(u); err != nil {
		s.Fatalf("cannot apply: %v\n%s", err, out)
	}
}

// TryApply applies a manifest and returns what kubectl says.
func (s *Story) TryApply(u *unstructured.Unstructured) (string, error) {
	s.Helper()
	return s.TrySend("apply", u)
}

// Send a manifest with a verb of kubectl, as often as others write in between, and return what
// that says.
func (s *Story) Send(verb string, u *unstructured.Unstructured, flags ...string) string {
	s.Helper()
	var out string
	s.Await("kubectl "+verb, Soon, func(context.Context) (bool, string) {
		said, err := s.TrySend(verb, u, flags...)
		if err != nil && !strings.Contains(err.Error(), "(Conflict)") {
			s.Fatalf("cannot %s: %v\n%s", verb, err, said)
		}
		out = strings.TrimSpace(said)
		return err == nil, fmt.Sprint(err)
	})
	return out
}

// TrySend sends a manifest with a verb of kubectl, and returns what that says.
func (s *Story) TrySend(verb string, u *unstructured.Unstructured, flags ...string) (string, error) {
	s.Helper()
	b, err := yaml.Marshal(u.Object)
	if err != nil {
		s.Fatal(err)
	}
	file := filepath.Join(s.TempDir(), "manifest.yaml")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		s.Fatal(err)
	}
	return s.Cluster.Kubectl(s.Context(), append([]string{verb, "-f", file}, flags...)...)
}

// Remove an object with kubectl.
func (s *Story) Remove(u *unstructured.Unstructured, flags ...string) {
	s.Helper()
	args := append([]string{"delete", Resource(u.GroupVersionKind()), "-n", u.GetNamespace(), u.GetName()}, flags...)
	if _, err := s.Cluster.Kubectl(s.Context(), args...); err != nil {
		s.Fatal(err)
	}
}

// End of a story: what it has is removed in the foreground, and nothing is left.
func (s *Story) End(of ...*unstructured.Unstructured) {
	s.Helper()
	for _, u := range of {
		s.Remove(u, "--cascade=foreground", "--timeout="+Soon.String())
	}
	s.Empty()
}

// Resource is how kubectl calls a kind.
func Resource(gvk schema.GroupVersionKind) string {
	return strings.ToLower(gvk.Kind) + "s." + gvk.Group
}

// Await something, and say at the end what was seen last.
func (s *Story) Await(what string, within time.Duration, seen func(ctx context.Context) (done bool, last string)) {
	s.Helper()
	var last string
	err := wait.PollUntilContextTimeout(s.Context(), 200*time.Millisecond, within, true, func(ctx context.Context) (bool, error) {
		if cause := context.Cause(s.Cluster.Context()); cause != nil {
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

// Ready waits until an object is Ready and returns it.
func (s *Story) Ready(u *unstructured.Unstructured) *unstructured.Unstructured {
	s.Helper()
	return s.Condition(u, "Ready", "True")
}

// Condition waits until an object has one of a status, and returns it.
func (s *Story) Condition(u *unstructured.Unstructured, kind, status string) *unstructured.Unstructured {
	s.Helper()
	is := Object(u.GroupVersionKind(), u.GetNamespace(), u.GetName())
	s.Await(u.GetKind()+" "+u.GetName()+" "+kind+" "+status, Soon, func(ctx context.Context) (bool, string) {
		if err := s.Kube.Get(ctx, client.ObjectKeyFromObject(is), is); err != nil {
			return false, err.Error()
		}
		return ConditionOf(is, kind) == status, string(YAML(is.Object["status"]))
	})
	return is
}

// Message waits for words in a message, at a path of the status.
func (s *Story) Message(u *unstructured.Unstructured, words string, path ...string) {
	s.Helper()
	is := Object(u.GroupVersionKind(), u.GetNamespace(), u.GetName())
	s.Await(u.GetKind()+" "+u.GetName()+" says "+words, Soon, func(ctx context.Context) (bool, string) {
		if err := s.Kube.Get(ctx, client.ObjectKeyFromObject(is), is); err != nil {
			return false, err.Error()
		}
		message, _, _ := unstructured.NestedString(is.Object, append([]string{"status"}, path...)...)
		return strings.Contains(message, words), string(YAML(is.Object["status"]))
	})
}

// Gone waits until an object is.
func (s *Story) Gone(u *unstructured.Unstructured) {
	s.Helper()
	is := Object(u.GroupVersionKind(), u.GetNamespace(), u.GetName())
	s.Await(u.GetKind()+" "+u.GetName()+" gone", Soon, func(ctx context.Context) (bool, string) {
		err := s.Kube.Get(ctx, client.ObjectKeyFromObject(is), is)
		return kerrors.IsNotFound(err), string(YAML(is.Object["status"]))
	})
}
