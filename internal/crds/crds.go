// Package crds reads the CRDs of both packages as an API server gets them: those
// of the managed resources as they are, those of the composites and of the claim
// as Crossplane makes them of the XRDs. Tests need nothing else of Crossplane to
// ask an API server what it accepts.
package crds

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/crossplane/crossplane-runtime/v2/pkg/xcrd"
	xrdv1 "github.com/crossplane/crossplane/apis/v2/apiextensions/v1"
	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"
)

// Load returns the CRDs of the packages below root, the project's folder.
func Load(root string) ([]*extv1.CustomResourceDefinition, error) {
	all, err := load[extv1.CustomResourceDefinition](filepath.Join(root, "package", "provider", "crds"))
	if err != nil {
		return nil, err
	}
	// The second version of the API differs in what it leaves out.
	xrds, err := load[xrdv1.CompositeResourceDefinition](filepath.Join(root, "package", "xcluster", "apis"))
	if err != nil {
		return nil, err
	}
	for _, d := range xrds {
		makers := []func(*xrdv1.CompositeResourceDefinition) (*extv1.CustomResourceDefinition, error){xcrd.ForCompositeResource}
		if d.Spec.ClaimNames != nil {
			makers = append(makers, xcrd.ForCompositeResourceClaim)
		}
		for _, define := range makers {
			c, err := define(d)
			if err != nil {
				return nil, fmt.Errorf("cannot define %s: %w", d.GetName(), err)
			}
			// The XRD is not there to own it.
			c.SetOwnerReferences(nil)
			all = append(all, c)
		}
	}
	return all, nil
}

// OfCrossplane is true for the fields of a composite's spec that Crossplane adds.
func OfCrossplane(field string) bool {
	switch field {
	case "claimRef", "compositeDeletePolicy", "compositionRef", "compositionRevisionRef", "compositionRevisionSelector",
		"compositionSelector", "compositionUpdatePolicy", "crossplane", "resourceRef", "resourceRefs", "writeConnectionSecretToRef":
		return true
	default:
		return false
	}
}

// load reads the manifests in a folder.
func load[T any](folder string) ([]*T, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("no manifests in %s: %w", folder, err)
	}
	var all []*T
	for _, f := range files {
		b, err := os.ReadFile(f) //nolint:gosec // A file of this project.
		if err != nil {
			return nil, err
		}
		o := new(T)
		if err := yaml.Unmarshal(b, o, yaml.DisallowUnknownFields); err != nil {
			return nil, fmt.Errorf("%s: %w", f, err)
		}
		all = append(all, o)
	}
	return all, nil
}
