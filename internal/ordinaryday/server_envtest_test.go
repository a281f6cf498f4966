//go:build envtest

package ordinaryday

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	projectcrds "github.com/crossplane-contrib/provider-metal-stack/internal/crds"
)

const root = "../.."

// TestMain lets more tests run at a time than there are processors: they wait
// much more than they work.
func TestMain(m *testing.M) {
	flag.Parse()
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "test.parallel" })
	if !asked {
		if err := flag.Set("test.parallel", "64"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// A server is an API server with the provider's kinds, which everybody shares.
type server struct {
	cfg    *rest.Config
	scheme *runtime.Scheme

	// kube is how a person talks to it, without kubectl.
	kube client.WithWatch

	// kubeconfig and cache are for kubectl.
	kubeconfig string
	cache      string

	seen *witness
}

func newServer(t *testing.T) *server {
	t.Helper()
	ctrl.SetLogger(zap.New(zap.WriteTo(&bytes.Buffer{})))
	definitions, err := projectcrds.Load(root)
	if err != nil {
		t.Fatal(err)
	}
	env := &envtest.Environment{CRDs: definitions}
	cfg, err := env.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := env.Stop(); err != nil {
			t.Error(err)
		}
	})
	cfg.QPS = -1 // No test waits for another's turn.
	s := &server{cfg: cfg, scheme: runtime.NewScheme(), cache: t.TempDir()}
	for _, add := range []func(*runtime.Scheme) error{v1alpha1.AddToScheme, corev1.AddToScheme} {
		if err := add(s.scheme); err != nil {
			t.Fatal(err)
		}
	}
	if s.kube, err = client.NewWithWatch(s.as(person), client.Options{Scheme: s.scheme}); err != nil {
		t.Fatal(err)
	}
	user, err := env.AddUser(envtest.User{Name: person, Groups: []string{"system:masters"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	config, err := user.KubeConfig()
	if err != nil {
		t.Fatal(err)
	}
	s.kubeconfig = filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(s.kubeconfig, config, 0o600); err != nil {
		t.Fatal(err)
	}
	s.seen = s.watch(t)
	return s
}

// as somebody, whom the API server writes down as the manager of fields.
func (s *server) as(manager string) *rest.Config {
	cfg := rest.CopyConfig(s.cfg)
	cfg.UserAgent = manager + "/1"
	return cfg
}

// kubectl as a person uses it, with a manifest at its standard input.
func (s *server) kubectl(t *testing.T, manifest []byte, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "kubectl", append([]string{"--kubeconfig", s.kubeconfig, "--cache-dir", s.cache}, args...)...)
	cmd.Stdin = bytes.NewReader(manifest)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// crds of managed resources.
func crds(t *testing.T) []*extv1.CustomResourceDefinition {
	t.Helper()
	all, err := projectcrds.Load(root)
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(all, func(c *extv1.CustomResourceDefinition) bool {
		return !slices.Contains(c.Spec.Names.Categories, "managed")
	})
}
