package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	xrdv1 "github.com/crossplane/crossplane/apis/v2/apiextensions/v1"
	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"
)

var errNoManifests = errors.New("there are no manifests")

// A kind that a user writes or reads.
type kind struct {
	name    string
	group   string
	version string
	scope   string
	short   []string
	columns []string
	schema  extv1.JSONSchemaProps
}

func (k *kind) api() string  { return k.group + "/" + k.version }
func (k *kind) file() string { return strings.ToLower(k.name) + ".md" }

// load the kinds of the packages, by name.
func load(packages string) ([]kind, error) {
	crds, err := decode[extv1.CustomResourceDefinition](filepath.Join(packages, "provider", "crds"))
	if err != nil {
		return nil, err
	}
	xrds, err := decode[xrdv1.CompositeResourceDefinition](filepath.Join(packages, "xcluster", "apis"))
	if err != nil {
		return nil, err
	}
	kinds := make([]kind, 0, len(crds)+len(xrds))
	for i := range crds {
		kinds = append(kinds, ofCRD(&crds[i].Spec))
	}
	for i := range xrds {
		k, err := ofXRD(&xrds[i].Spec)
		if err != nil {
			return nil, err
		}
		kinds = append(kinds, k)
	}
	slices.SortFunc(kinds, func(a, b kind) int { return strings.Compare(a.name, b.name) })
	return kinds, nil
}

func ofCRD(s *extv1.CustomResourceDefinitionSpec) kind {
	v := s.Versions[0]
	return kind{
		name: s.Names.Kind, group: s.Group, version: v.Name, scope: string(s.Scope), short: s.Names.ShortNames,
		columns: columns(v.AdditionalPrinterColumns), schema: *v.Schema.OpenAPIV3Schema,
	}
}

// ofXRD is the composite, or the claim where there is one: that is what a user
// writes then.
func ofXRD(s *xrdv1.CompositeResourceDefinitionSpec) (kind, error) {
	v := s.Versions[0]
	k := kind{
		name: s.Names.Kind, group: s.Group, version: v.Name, scope: "Namespaced", short: s.Names.ShortNames,
		columns: columns(v.AdditionalPrinterColumns),
	}
	if s.ClaimNames != nil {
		k.name, k.short = s.ClaimNames.Kind, s.ClaimNames.ShortNames
	}
	if err := yaml.Unmarshal(v.Schema.OpenAPIV3Schema.Raw, &k.schema); err != nil {
		return kind{}, fmt.Errorf("cannot read the schema of %s: %w", k.name, err)
	}
	return k, nil
}

func columns(all []extv1.CustomResourceColumnDefinition) []string {
	names := make([]string, 0, len(all))
	for i := range all {
		name := all[i].Name
		if all[i].Priority > 0 {
			name += " (with `-o wide`)"
		}
		names = append(names, name)
	}
	return names
}

// decode the manifests in a folder.
func decode[T any](folder string) ([]T, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("cannot read %s: %w", folder, errors.Join(err, errNoManifests))
	}
	all := make([]T, 0, len(files))
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			return nil, fmt.Errorf("cannot read a manifest: %w", err)
		}
		var o T
		if err := yaml.Unmarshal(b, &o); err != nil {
			return nil, fmt.Errorf("cannot read %s: %w", f, err)
		}
		all = append(all, o)
	}
	return all, nil
}
