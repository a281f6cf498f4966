//go:build e2e

package activation

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/crossplane-contrib/provider-metal-stack/cluster/e2e/story"
)

var world *story.World

func TestMain(m *testing.M) {
	os.Exit(story.Main(m, story.Options{Name: "activation", Poll: 2 * time.Second, Machines: 2, Inactive: true}, func(ctx context.Context, w *story.World) error {
		world = w
		ref, err := w.Cluster.PublishProvider(ctx, "v0.1.0")
		if err != nil {
			return err
		}
		if err := w.Cluster.Install(ctx, "provider", ref); err != nil {
			return err
		}
		return w.Configure(ctx)
	}))
}

// A provider that nobody wants anything of waits, and works on the kinds that
// are wanted, when they are.
func TestKindByKind(t *testing.T) {
	s := story.Begin(t, world)

	// Nothing is active: nothing starts, and the package is healthy all the same.
	s.Await("the provider awaits activation", story.Soon, func(ctx context.Context) (bool, string) {
		reason, err := s.Cluster.Kubectl(ctx, "get", "providerrevisions.pkg.crossplane.io", "-o", `jsonpath={.items[*].status.conditions[?(@.type=="RuntimeActive")].reason}`)
		return err == nil && reason == "AwaitingActivation", reason
	})
	if p := s.Cluster.Provider(); p.Starts() != 0 {
		t.Errorf("the provider was started %d times, want it to wait", p.Starts())
	}
	installed(s)

	// Networks alone are active.
	activate(s, story.Network)
	n := s.Example("network/network.yaml")
	s.Apply(n)
	n = s.Ready(n)
	installed(s, story.Network)
	s.Remove(n)
	s.Gone(n)
	wrote(s, "allocateNetwork", "freeNetwork")

	// Firewalls as well, in the same process.
	activate(s, story.Firewall)
	f := s.Example("firewall/firewall.yaml")
	n = s.Example("network/network.yaml")
	s.Apply(f)
	s.Apply(n)
	s.Ready(n)
	s.Ready(f)
	s.Remove(n, "--wait=false")
	s.Message(n, "Firewall "+s.Namespace+"/"+f.GetName(), "atProvider", "message")
	s.Remove(f)
	s.Gone(n)
	wrote(s, "allocateNetwork", "freeNetwork", "allocateNetwork", "allocateFirewall", "freeMachine", "freeNetwork")
	if p := s.Cluster.Provider(); p.Starts() != 1 {
		t.Errorf("the provider was started %d times, want once", p.Starts())
	}
}

// activate a kind as operators do, and wait until it can be used.
func activate(s *story.Story, gvk schema.GroupVersionKind) {
	s.Helper()
	policy := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{"activate": []any{story.Resource(gvk)}}}}
	policy.SetGroupVersionKind(schema.GroupVersionKind{Group: "apiextensions.crossplane.io", Version: "v1alpha1", Kind: "ManagedResourceActivationPolicy"})
	policy.SetName(strings.ToLower(gvk.Kind) + "s")
	s.Apply(policy)
	if err := s.Established(s.Context(), gvk); err != nil {
		s.Fatal(err)
	}
}

// installed are these kinds of managed resources, and no others.
func installed(s *story.Story, kinds ...schema.GroupVersionKind) {
	s.Helper()
	for _, gvk := range []schema.GroupVersionKind{story.Network, story.Firewall} {
		_, err := s.Cluster.Kubectl(s.Context(), "get", "crd", story.Resource(gvk))
		if is, want := err == nil, slices.Contains(kinds, gvk); is != want {
			s.Errorf("%s is installed: %t, want %t", gvk.Kind, is, want)
		}
	}
}

// wrote to metal-api, and nothing else.
func wrote(s *story.Story, want ...string) {
	s.Helper()
	if got := s.Wrote(); !slices.Equal(got, want) {
		s.Errorf("writes to metal-api: got %v, want %v", got, want)
	}
}
