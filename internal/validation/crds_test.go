package validation

import (
	"os"
	"path/filepath"
	"testing"

	xrdv1 "github.com/crossplane/crossplane/apis/v2/apiextensions/v1"
	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"

	"github.com/crossplane/crossplane-runtime/v2/pkg/xcrd"
)

const root = "../.."

// crds returns those of both packages; those of the composites and of the claim
// as Crossplane makes them.
func crds(t testing.TB) []*extv1.CustomResourceDefinition {
	t.Helper()
	var all []*extv1.CustomResourceDefinition
	for _, f := range files(t, "package/provider/crds") {
		c := &extv1.CustomResourceDefinition{}
		read(t, f, c)
		all = append(all, c)
	}
	for _, f := range files(t, "package/xcluster/apis") {
		// The second version of the API differs in what it leaves out.
		d := &xrdv1.CompositeResourceDefinition{}
		read(t, f, d)
		c, err := xcrd.ForCompositeResource(d)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
		if d.Spec.ClaimNames == nil {
			continue
		}
		c, err = xcrd.ForCompositeResourceClaim(d)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	for _, c := range all {
		// Owners that do not exist.
		c.SetOwnerReferences(nil)
	}
	return all
}

func files(t testing.TB, folder string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(root, folder, "*.yaml"))
	if err != nil || len(found) == 0 {
		t.Fatalf("no files in %s: %v", folder, err)
	}
	return found
}

func read(t testing.TB, file string, into any) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(b, into, yaml.DisallowUnknownFields); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}
