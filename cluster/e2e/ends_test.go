//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/cluster/e2e/story"
	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

// inOrder is what a story writes that begins and ends as it should.
var inOrder = []string{"allocateNetwork", "allocateFirewall", "freeMachine", "freeNetwork"}

func wroteInOrder(s *story.Story) {
	s.Helper()
	if got := s.Wrote(); !slices.Equal(got, inOrder) {
		s.Errorf("writes to metal-api: got %v, want %v", got, inOrder)
	}
}

// tenant gives the story a ProviderConfig of its own, with a bearer token.
func tenant(s *story.Story) *v1alpha1.ProviderConfig {
	s.Helper()
	return tenantOf(s, s.URL)
}

// tenantOf another metal-stack gives the story one for that.
func tenantOf(s *story.Story, url string) *v1alpha1.ProviderConfig {
	s.Helper()
	config := &v1alpha1.ProviderConfig{
		ObjectMeta: metav1.ObjectMeta{Namespace: s.Namespace, Name: "tenant"},
		Spec: v1alpha1.ProviderConfigSpec{
			ConnectionSpec: v1alpha1.ConnectionSpec{URL: url},
			Credentials: v1alpha1.Credentials{
				CredentialsKind: v1alpha1.CredentialsKind{Type: v1alpha1.CredentialsToken},
				SecretRef:       v1alpha1.LocalSecretKey{Name: "metal-api", Key: "hmac"},
			},
		},
	}
	if err := s.Kube.Create(s.Context(), story.Secret(s.Namespace, "metal-api", story.Token)); err != nil {
		s.Fatal(err)
	}
	if err := s.Kube.Create(s.Context(), config); err != nil {
		s.Fatal(err)
	}
	return config
}

// ownStack is a metal-stack of the story's own, of so many machines, and of its ProviderConfig
// tenant.
func ownStack(s *story.Story, machines int) *simulator.Simulator {
	s.Helper()
	sim, err := simulator.New(simulator.Options{Machines: machines, Speed: 4, Keys: simulator.Keys{Token: story.Token}})
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(sim.Close)
	server := httptest.NewServer(sim)
	s.Cleanup(server.Close)
	tenantOf(s, server.URL+"/metal")
	return sim
}

// ofTenant makes a manifest use the ProviderConfig tenant.
func ofTenant() story.Edit {
	return story.Set(map[string]any{"kind": "ProviderConfig", "name": "tenant"}, "spec", "providerConfigRef")
}

// A whole namespace goes at once, its Secret first: what was allocated is freed
// all the same, in order.
func TestNamespaceDeletedSecretFirst(t *testing.T) {
	t.Parallel()
	s := begin(t)
	tenant(s)
	x := s.Example("xcluster/xcluster.yaml", ofTenant())
	s.Apply(x)
	s.Ready(x)
	s.Remove(story.Object(schema.GroupVersionKind{Version: "v1", Kind: "Secret"}, s.Namespace, "metal-api"), "--wait=false")
	if _, err := s.Cluster.Kubectl(t.Context(), "delete", "namespace", s.Namespace, "--timeout="+story.Soon.String()); err != nil {
		t.Fatal(err)
	}
	wroteInOrder(s)
}

func TestClaimDeletedInForeground(t *testing.T) {
	t.Parallel()
	s := begin(t)
	c := s.Example("claim/claim.yaml", story.Set("Foreground", "spec", "compositeDeletePolicy"))
	s.Apply(c)
	s.Ready(c)
	s.Remove(c, "--cascade=foreground", "--timeout="+story.Soon.String())
	s.Gone(c)
	// The claim goes last.
	for _, gvk := range []schema.GroupVersionKind{story.XCluster, story.Network, story.Firewall} {
		if left := s.All(gvk); len(left) > 0 {
			t.Errorf("the claim is gone, and a %s is left: %s", gvk.Kind, story.YAML(left[0].Object["status"]))
		}
	}
	s.Empty()
	wroteInOrder(s)
}

// The provider is killed in the middle of the firewall's allocate, and the
// XCluster is deleted while it is down. Started again it frees the firewall that
// was made, and then the network. Not parallel: it takes the provider from
// everybody.
func TestKilledInAllocateAndXClusterDeletedWhileDown(t *testing.T) {
	s := begin(t)
	s.Sim.AddFault(simulator.Fault{Operation: "allocateFirewall", Count: 1, DelayBefore: simulator.Duration(2 * time.Second)})
	s.Sim.ResetCounters()
	x := s.Example("xcluster/xcluster.yaml")
	s.Apply(x)
	s.Await("the firewall's allocate is under way", story.Soon, func(context.Context) (bool, string) {
		return s.Sim.Counters()["allocateFirewall"] > 0, "no allocate"
	})
	provider := s.Cluster.Provider()
	provider.Pause(syscall.SIGKILL)
	defer provider.Resume()
	s.Remove(x, "--wait=false")
	s.Await("all is being deleted", story.Soon, func(context.Context) (bool, string) {
		for _, u := range append(s.All(story.Network), s.All(story.Firewall)...) {
			if u.GetDeletionTimestamp() == nil {
				return false, u.GetKind() + " " + u.GetName()
			}
		}
		return true, ""
	})
	provider.Resume()
	s.Gone(x)
	s.Empty()
	wroteInOrder(s)
}

// Crossplane's Usages of the examples keep an XCluster and a Network from being
// deleted, with their reason, until they are deleted themselves.
func TestUsageProtects(t *testing.T) {
	t.Parallel()
	s := begin(t)
	for _, tc := range []struct {
		of, usage *unstructured.Unstructured
		reason    string
	}{
		{s.Example("xcluster/xcluster.yaml"), s.Example("protection/xcluster.yaml"), "production, ask the network team first"},
		{s.Example("network/network.yaml"), s.Example("protection/network.yaml"), "storage uses it, ask the storage team first"},
	} {
		s.Apply(tc.of)
		s.Apply(tc.usage)
		s.Ready(tc.of)
		s.Ready(tc.usage)
		said, err := s.Cluster.Kubectl(t.Context(), "delete", story.Resource(tc.of.GroupVersionKind()), "-n", s.Namespace, tc.of.GetName(), "--wait=false")
		if said += fmt.Sprint(err); err == nil || !strings.Contains(said, tc.reason) {
			t.Errorf("want the deletion of the %s refused with the reason, got %s", tc.of.GetKind(), said)
		}
		is := s.Condition(tc.of, "Ready", "True")
		if is.GetDeletionTimestamp() != nil {
			t.Errorf("the %s is being deleted all the same", tc.of.GetKind())
		}
	}
	for _, op := range s.Wrote() {
		if op == "freeNetwork" || op == "freeMachine" {
			t.Errorf("want nothing freed that is protected, got %v", s.Wrote())
		}
	}
	for _, file := range []string{"xcluster.yaml", "network.yaml"} {
		s.Remove(s.Example("protection/" + file))
	}
	s.Remove(s.Example("network/network.yaml"))
	s.End(s.Example("xcluster/xcluster.yaml"))
}

// The example's ClusterUsage keeps the provider from being uninstalled.
func TestUsageProtectsTheProvider(t *testing.T) {
	t.Parallel()
	s := begin(t)
	usage := s.Example("protection/provider.yaml", func(u *unstructured.Unstructured) { u.SetNamespace("") })
	s.Apply(usage)
	s.Ready(usage)
	defer func() {
		if _, err := s.Cluster.Kubectl(t.Context(), "delete", story.Resource(usage.GroupVersionKind()), usage.GetName()); err != nil {
			t.Error(err)
		}
	}()
	const provider = "crossplane-contrib-provider-metal-stack"
	said, err := s.Cluster.Kubectl(t.Context(), "delete", "providers.pkg.crossplane.io", provider, "--dry-run=server")
	if said += fmt.Sprint(err); err == nil || !strings.Contains(said, "delete all XClusters first") {
		t.Errorf("want the provider's deletion refused with the reason, got %s", said)
	}
}
