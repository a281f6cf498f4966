//go:build envtest

package validation

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	restclient "k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	projectcrds "github.com/crossplane-contrib/provider-metal-stack/internal/crds"
)

// Both talk to the API server that all tests share.
var (
	kube client.Client
	rest restclient.Interface
)

func TestMain(m *testing.M) {
	code, err := withAPIServer(m)
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "validation:", err)
		code = 1
	}
	os.Exit(code)
}

func withAPIServer(m *testing.M) (code int, err error) {
	ours, err := projectcrds.Load(root)
	if err != nil {
		return 1, err
	}
	theirs, err := crossplaneCRDs(context.Background())
	if err != nil {
		return 1, err
	}
	env := &envtest.Environment{CRDs: append(ours, theirs...)}
	defer func() { err = errors.Join(err, env.Stop()) }()
	cfg, err := env.Start()
	if err != nil {
		return 1, err
	}
	user, err := env.AddUser(envtest.User{Name: "kubectl", Groups: []string{"system:masters"}}, cfg)
	if err != nil {
		return 1, err
	}
	if kubeconfig, err = user.KubeConfig(); err != nil {
		return 1, err
	}
	// No test waits for another's turn.
	cfg.QPS = -1
	if kube, err = client.New(cfg, client.Options{}); err != nil {
		return 1, err
	}
	clientset, err := kubernetes.NewForConfig(cfg)
	if err != nil {
		return 1, err
	}
	rest = clientset.RESTClient()
	return m.Run(), nil
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
