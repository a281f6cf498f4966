//go:build e2e

package packages

import (
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

const inUse = `
apiVersion: v1
kind: Secret
metadata: {namespace: default, name: metal-api}
stringData: {hmac: metal-admin}
---
apiVersion: metal-stack.m.crossplane.io/v1alpha1
kind: ProviderConfig
metadata: {namespace: default, name: metal}
spec:
  url: %s/metal
  credentials: {secretRef: {name: metal-api, key: hmac}}
---
apiVersion: metal-stack.m.crossplane.io/v1alpha1
kind: Network
metadata: {namespace: default, name: private}
spec:
  providerConfigRef: {kind: ProviderConfig, name: metal}
  forProvider: {partition: mini-lab, projectID: 00000000-0000-0000-0000-000000000001}
`

// The provider's package goes while a resource exists: Crossplane deletes the
// kinds with it, and Kubernetes all resources of them. Nothing is forgotten:
// they stay, and what they stand for, until the provider is back to free it, as
// docs/safety.md says.
func TestUninstallWhileResourcesExist(t *testing.T) {
	installed(t)
	sim, err := simulator.New(simulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sim.Close)
	api := httptest.NewServer(sim)
	t.Cleanup(api.Close)
	const network = "networks.metal-stack.m.crossplane.io"
	for _, crd := range []string{network, "providerconfigs.metal-stack.m.crossplane.io"} {
		if _, err := c.Kubectl(t.Context(), "wait", "crd/"+crd, "--for=condition=Established", "--timeout="+soon.String()); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(t.TempDir(), "in-use.yaml")
	if err := os.WriteFile(file, fmt.Appendf(nil, inUse, api.URL), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Kubectl(t.Context(), "apply", "-f", file); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Kubectl(t.Context(), "wait", network+"/private", "--for=condition=Ready", "--timeout="+soon.String()); err != nil {
		t.Fatal(err)
	}

	pid := c.Provider().PID()
	if _, err := c.Kubectl(t.Context(), "delete", "provider.pkg.crossplane.io", provider, "--timeout="+soon.String()); err != nil {
		t.Fatal(err)
	}
	await(t, "its program to end", func() bool { return !alive(pid) && c.Provider() == nil })
	await(t, "the network to be deleted", func() bool {
		since, err := c.Kubectl(t.Context(), "get", network, "private", "-o", "jsonpath={.metadata.deletionTimestamp}")
		if err != nil {
			t.Fatalf("the network is forgotten: %v", err)
		}
		return since != ""
	})
	if got := written(sim); !slices.Equal(got, []string{"allocateNetwork"}) {
		t.Errorf("want nothing freed without a provider, got %v", got)
	}

	// Crossplane's new revision cannot take over what the old one controls. Kinds of
	// which there is nothing may go meanwhile.
	crds, err := c.Kubectl(t.Context(), "get", "crd", "-o", "name")
	if err != nil {
		t.Fatal(err)
	}
	for crd := range strings.FieldsSeq(crds) {
		if !strings.HasSuffix(crd, ".metal-stack.m.crossplane.io") {
			continue
		}
		_, err := c.Kubectl(t.Context(), "patch", crd, "--type=merge", "-p", `{"metadata":{"ownerReferences":null}}`)
		if err != nil && (strings.HasSuffix(crd, "/"+network) || !strings.Contains(err.Error(), "(NotFound)")) {
			t.Fatal(err)
		}
	}
	install(t, "v0.1.0")
	await(t, "the network to be freed", func() bool {
		return slices.Equal(written(sim), []string{"allocateNetwork", "freeNetwork"})
	})
	if _, err := c.Kubectl(t.Context(), "delete", "--ignore-not-found", "-n", "default", "secret/metal-api", "--timeout="+soon.String()); err != nil {
		t.Error(err)
	}
}

func written(sim *simulator.Simulator) []string {
	var all []string
	for _, e := range sim.Journal() {
		all = append(all, e.Operation)
	}
	return all
}
