//go:build envtest

package validation

import (
	"context"
	"fmt"
	"os"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	restclient "k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

// Both talk to the API server that all tests share.
var (
	kube client.Client
	rest restclient.Interface
)

func TestMain(m *testing.M) {
	os.Exit(withAPIServer(m))
}

func withAPIServer(m *testing.M) int {
	env := &envtest.Environment{}
	cfg, err := env.Start()
	defer func() { _ = env.Stop() }()
	if err != nil {
		fmt.Fprintln(os.Stderr, "cannot start an API server:", err)
		return 1
	}
	// No test waits for another's turn.
	cfg.QPS = -1
	kube, err = client.New(cfg, client.Options{})
	if err != nil {
		fmt.Fprintln(os.Stderr, "cannot make a client:", err)
		return 1
	}
	clientset, err := kubernetes.NewForConfig(cfg)
	if err != nil {
		fmt.Fprintln(os.Stderr, "cannot make a client:", err)
		return 1
	}
	rest = clientset.RESTClient()
	if _, err := envtest.InstallCRDs(cfg, envtest.CRDInstallOptions{CRDs: crds(&testing.T{})}); err != nil {
		fmt.Fprintln(os.Stderr, "cannot install CRDs:", err)
		return 1
	}
	return m.Run()
}

// namespace makes one that no other test uses.
func namespace(ctx context.Context, t *testing.T) string {
	t.Helper()
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "test-"}}
	if err := kube.Create(ctx, ns); err != nil {
		t.Fatal(err)
	}
	return ns.GetName()
}

// Each example is accepted as it is written, nothing in it is dropped, and none
// is in another's way.
func TestExamplesAccepted(t *testing.T) {
	t.Parallel()
	for _, e := range examples(t) {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			for _, o := range e.objects(t) {
				if err := client.WithFieldValidation(kube, metav1.FieldValidationStrict).Create(t.Context(), o); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

