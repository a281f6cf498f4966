package main

import (
	"fmt"

	"sigs.k8s.io/controller-tools/pkg/crd"
	"sigs.k8s.io/controller-tools/pkg/genall"
)

// A generator of XRDs reads types and markers as controller-gen does for CRDs.
type generator struct{ crd.Generator }

// Generate writes an XRD for each kind of the packages.
func (generator) Generate(ctx *genall.GenerationContext) error {
	p := &crd.Parser{Collector: ctx.Collector, Checker: ctx.Checker}
	crd.AddKnownTypes(p)
	for _, root := range ctx.Roots {
		p.NeedPackage(root)
	}
	for _, kind := range crd.FindKubeKinds(p, crd.FindMetav1(ctx.Roots)) {
		p.NeedCRDFor(kind, nil)
		c := p.CustomResourceDefinitions[kind]
		xrd, err := fromCRD(&c)
		if err != nil {
			return fmt.Errorf("cannot define %s: %w", kind.Kind, err)
		}
		if err := ctx.WriteYAML(xrd.GetName()+".yaml", "", []any{xrd},
			genall.WithTransform(genall.TransformRemoveCreationTimestamp),
			genall.WithTransform(func(o map[string]any) error { delete(o, "status"); return nil }),
		); err != nil {
			return fmt.Errorf("cannot write the definition of %s: %w", kind.Kind, err)
		}
	}
	return nil
}
