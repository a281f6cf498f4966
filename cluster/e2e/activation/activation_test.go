//go:build e2e

package activation

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/cluster/e2e/story"
)

const version = "v0.1.0"

// What is active stays so: each story has a Crossplane of its own.
func options() story.Options {
	return story.Options{Name: "activation", Poll: 2 * time.Second, Machines: 2, Inactive: true}
}

// theProvider is installed alone, and configured.
func theProvider(ctx context.Context, w *story.World) error {
	ref, err := w.Cluster.PublishProvider(ctx, version)
	if err != nil {
		return err
	}
	if err := w.Cluster.Install(ctx, "provider", ref); err != nil {
		return err
	}
	return w.Configure(ctx)
}

// theConfiguration is installed, and what it needs with it.
func theConfiguration(ctx context.Context, w *story.World) error {
	return w.Install(ctx, version)
}

// The Configuration says itself which kinds it wants: nobody else has to.
func TestConfiguration(t *testing.T) {
	story.Alone(t, options(), theConfiguration, func(s *story.Story) {
		s.Ready(theConfig())
		x := s.Example("xcluster/xcluster.yaml")
		s.Apply(x)
		s.Ready(x)
		s.Remove(x, "--cascade=foreground", "--timeout="+story.Soon.String())
		s.Gone(x)
		// Kubernetes' garbage collector hears of kinds within half a minute: until then it
		// waits for none of them.
		s.Empty()
		wrote(s, "allocateNetwork", "allocateFirewall", "freeMachine", "freeNetwork")
		if warnings, err := s.Cluster.Kubectl(s.Context(), "get", "events", "-n", s.Namespace, "--field-selector=type=Warning"); err != nil || strings.TrimSpace(warnings) != "" {
			s.Errorf("want an XCluster that comes and goes without a warning, got %v\n%s", err, warnings)
		}
	})
}

// Of a provider alone somebody has to say what is wanted, as the example does.
func TestExample(t *testing.T) {
	story.Alone(t, options(), theProvider, func(s *story.Story) {
		waits(s)
		policy := s.Example("activation/managedresourceactivationpolicy.yaml", func(u *unstructured.Unstructured) { u.SetNamespace("") })
		s.Apply(policy)
		s.Ready(theConfig())
		if err := s.Established(s.Context(), story.Network, story.Firewall); err != nil {
			s.Fatal(err)
		}
		n := s.Example("network/network.yaml")
		s.Apply(n)
		s.Ready(n)
		s.Remove(n)
		s.Gone(n)
		wrote(s, "allocateNetwork", "freeNetwork")
	})
}

// A provider that nobody wants anything of waits, and works on the kinds that
// are wanted, when they are.
func TestKindByKind(t *testing.T) {
	story.Alone(t, options(), theProvider, func(s *story.Story) {
		waits(s)

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
			s.Errorf("the provider was started %d times, want once", p.Starts())
		}
	})
}

// waits is what the provider does while nothing is active: it does not start, its
// package is healthy all the same, and nobody looks at its configuration.
func waits(s *story.Story) {
	s.Helper()
	s.Await("the provider awaits activation", story.Soon, func(ctx context.Context) (bool, string) {
		reason, err := s.Cluster.Kubectl(ctx, "get", "providerrevisions.pkg.crossplane.io", "-o", `jsonpath={.items[*].status.conditions[?(@.type=="RuntimeActive")].reason}`)
		return err == nil && reason == "AwaitingActivation", reason
	})
	if p := s.Cluster.Provider(); p.Starts() != 0 {
		s.Errorf("the provider was started %d times, want it to wait", p.Starts())
	}
	installed(s)
	config := theConfig()
	if err := s.Kube.Get(s.Context(), client.ObjectKeyFromObject(config), config); err != nil {
		s.Fatal(err)
	}
	if ready := story.ConditionOf(config, "Ready"); ready != "" {
		s.Errorf("the configuration is Ready %s, and nobody looks at it", ready)
	}
}

// theConfig that the examples use.
func theConfig() *unstructured.Unstructured {
	return story.Object(v1alpha1.ClusterProviderConfigGroupVersionKind, "", "default")
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
