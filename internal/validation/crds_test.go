package validation

import (
	"testing"

	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"

	projectcrds "github.com/crossplane-contrib/provider-metal-stack/internal/crds"
)

const root = "../.."

// crds returns those of both packages.
func crds(t *testing.T) []*extv1.CustomResourceDefinition {
	t.Helper()
	all, err := projectcrds.Load(root)
	if err != nil {
		t.Fatal(err)
	}
	return all
}
