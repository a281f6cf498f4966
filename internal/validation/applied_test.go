//go:build envtest

package validation

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

// kubeconfig of the API server, for kubectl.
var kubeconfig []byte

// Each example, applied twice, is unchanged: client side, and server side by
// another manager. GitOps tools see no difference either.
func TestExamplesAppliedTwice(t *testing.T) {
	t.Parallel()
	config := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(config, kubeconfig, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, e := range examples(t) {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			ns := namespace(t.Context(), t)
			for _, o := range e.objects(t) {
				// Other tests apply the same.
				o.SetName(o.GetName() + "-" + ns)
				if o.GetNamespace() != "" {
					o.SetNamespace(ns)
				}
				file := filepath.Join(t.TempDir(), "manifest.yaml")
				b, err := yaml.Marshal(o.Object)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, b, 0o600); err != nil {
					t.Fatal(err)
				}
				apply := func(flags ...string) string {
					out, err := exec.CommandContext(t.Context(), "kubectl", append([]string{"--kubeconfig", config, "apply", "-f", file}, flags...)...).CombinedOutput()
					if err != nil {
						t.Fatalf("cannot apply: %v\n%s", err, out)
					}
					return strings.TrimSpace(string(out))
				}
				apply()
				if out := apply(); !strings.HasSuffix(out, " unchanged") {
					t.Errorf("applied twice: %s", out)
				}
				// The first time a manager takes its fields; of a Namespace Kubernetes
				// notes a time later who had them before.
				apply("--server-side", "--field-manager=argocd")
				apply("--server-side", "--field-manager=argocd")
				was := versionOf(t, o)
				if apply("--server-side", "--field-manager=argocd"); versionOf(t, o) != was {
					t.Errorf("applied twice on the server's side: %s was changed", o.GetKind())
				}
			}
		})
	}
}

func versionOf(t *testing.T, o *unstructured.Unstructured) string {
	t.Helper()
	is := &unstructured.Unstructured{}
	is.SetGroupVersionKind(o.GroupVersionKind())
	if err := kube.Get(t.Context(), client.ObjectKeyFromObject(o), is); err != nil {
		t.Fatal(err)
	}
	return is.GetResourceVersion()
}
