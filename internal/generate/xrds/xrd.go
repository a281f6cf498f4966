package main

import (
	"encoding/json"
	"fmt"
	"strings"

	xrdv1 "github.com/crossplane/crossplane/apis/v2/apiextensions/v1"
	xrdv2 "github.com/crossplane/crossplane/apis/v2/apiextensions/v2"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// claimSuffix of a kind says that it is a claim. The composite behind the claim
// of an X is called ClaimedX.
const (
	claimSuffix   = "Claim"
	claimedPrefix = "Claimed"
)

// fromCRD returns the definition of the composite that a CRD describes: a
// namespaced one, or for a claim the cluster scoped one behind it.
func fromCRD(c *extv1.CustomResourceDefinition) (client.Object, error) {
	if strings.HasSuffix(c.Spec.Names.Kind, claimSuffix) {
		return forClaim(c)
	}
	d := &xrdv2.CompositeResourceDefinition{
		Spec: xrdv2.CompositeResourceDefinitionSpec{
			Group:                 c.Spec.Group,
			Names:                 c.Spec.Names,
			Scope:                 xrdv2.CompositeResourceScopeNamespaced,
			DefaultCompositionRef: &xrdv2.CompositionReference{Name: strings.ToLower(c.Spec.Names.Kind)},
		},
	}
	d.SetGroupVersionKind(xrdv2.CompositeResourceDefinitionGroupVersionKind)
	d.SetName(c.Spec.Names.Plural + "." + c.Spec.Group)
	for i := range c.Spec.Versions {
		v := &c.Spec.Versions[i]
		s, err := schema(v)
		if err != nil {
			return nil, err
		}
		d.Spec.Versions = append(d.Spec.Versions, xrdv2.CompositeResourceDefinitionVersion{
			Name:                     v.Name,
			Referenceable:            v.Storage,
			Served:                   v.Served,
			Schema:                   &xrdv2.CompositeResourceValidation{OpenAPIV3Schema: s},
			AdditionalPrinterColumns: v.AdditionalPrinterColumns,
		})
	}
	return d, nil
}

// forClaim returns a definition in the first version of Crossplane's API, the
// only one that offers claims, and without a scope, which claims require.
func forClaim(c *extv1.CustomResourceDefinition) (client.Object, error) {
	kind := claimedPrefix + strings.TrimSuffix(c.Spec.Names.Kind, claimSuffix)
	singular := strings.ToLower(kind)
	d := &xrdv1.CompositeResourceDefinition{
		Spec: xrdv1.CompositeResourceDefinitionSpec{
			Group: c.Spec.Group,
			Names: extv1.CustomResourceDefinitionNames{
				Kind:       kind,
				ListKind:   kind + "List",
				Singular:   singular,
				Plural:     singular + "s",
				Categories: c.Spec.Names.Categories,
			},
			ClaimNames:            &c.Spec.Names,
			DefaultCompositionRef: &xrdv1.CompositionReference{Name: singular},
			// A claim is gone when everything behind it is.
			DefaultCompositeDeletePolicy: ptr.To(xpv2.CompositeDeleteForeground),
		},
	}
	d.SetGroupVersionKind(xrdv1.CompositeResourceDefinitionGroupVersionKind)
	d.SetName(d.Spec.Names.Plural + "." + c.Spec.Group)
	for i := range c.Spec.Versions {
		v := &c.Spec.Versions[i]
		s, err := schema(v)
		if err != nil {
			return nil, err
		}
		d.Spec.Versions = append(d.Spec.Versions, xrdv1.CompositeResourceDefinitionVersion{
			Name:                     v.Name,
			Referenceable:            v.Storage,
			Served:                   v.Served,
			Schema:                   &xrdv1.CompositeResourceValidation{OpenAPIV3Schema: s},
			AdditionalPrinterColumns: v.AdditionalPrinterColumns,
		})
	}
	return d, nil
}

// schema returns the schema of a version without what Crossplane adds itself.
func schema(v *extv1.CustomResourceDefinitionVersion) (runtime.RawExtension, error) {
	s := v.Schema.OpenAPIV3Schema.DeepCopy()
	for _, own := range []string{"apiVersion", "kind", "metadata"} {
		delete(s.Properties, own)
	}
	if status, ok := s.Properties["status"]; ok {
		delete(status.Properties, "conditions")
	}
	raw, err := json.Marshal(s)
	if err != nil {
		return runtime.RawExtension{}, fmt.Errorf("cannot marshal schema of %s: %w", v.Name, err)
	}
	return runtime.RawExtension{Raw: raw}, nil
}
