//go:build envtest

package validation

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"
)

// crossplaneCRDs are those of Crossplane's own kinds that the examples use, from
// the module that the local control plane is built of.
func crossplaneCRDs(ctx context.Context) (all []*extv1.CustomResourceDefinition, err error) {
	work, err := os.MkdirTemp("", "provider-metal-stack-crossplane-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	for from, to := range map[string]string{"controlplane.mod": "go.mod", "controlplane.sum": "go.sum"} {
		b, err := os.ReadFile(filepath.Join(root, "cluster", "local", "toolchain", "modules", from))
		if err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(work, to), b, 0o600); err != nil {
			return nil, err
		}
	}
	cmd := exec.CommandContext(ctx, "go", "mod", "download", "-json", "github.com/crossplane/crossplane/v2")
	cmd.Dir = work
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod")
	stderr := &bytes.Buffer{}
	cmd.Stderr = stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("cannot download Crossplane's module: %w: %s%s", err, stderr, out)
	}
	var module struct {
		Dir string `json:"dir"` // Decoded whatever the case is.
	}
	if err := json.Unmarshal(out, &module); err != nil {
		return nil, err
	}
	for _, name := range []string{
		"apiextensions.crossplane.io_compositions", "apiextensions.crossplane.io_managedresourceactivationpolicies",
		"pkg.crossplane.io_configurations", "pkg.crossplane.io_deploymentruntimeconfigs", "pkg.crossplane.io_functions", "pkg.crossplane.io_imageconfigs", "pkg.crossplane.io_providers",
		"protection.crossplane.io_clusterusages", "protection.crossplane.io_usages",
	} {
		b, err := os.ReadFile(filepath.Join(module.Dir, "cluster", "crds", name+".yaml"))
		if err != nil {
			return nil, err
		}
		c := &extv1.CustomResourceDefinition{}
		if err := yaml.Unmarshal(b, c); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, c)
	}
	return all, nil
}
