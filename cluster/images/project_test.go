package images

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	extv1 "github.com/crossplane/crossplane/apis/v2/apiextensions/v1"
	extv1alpha1 "github.com/crossplane/crossplane/apis/v2/apiextensions/v1alpha1"
	extv2 "github.com/crossplane/crossplane/apis/v2/apiextensions/v2"
	pkgmetav1 "github.com/crossplane/crossplane/apis/v2/pkg/meta/v1"
	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	crdv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
)

// The project's own packages hold what Crossplane accepts in a package of
// their kind, read with its types and strictly: no field is misspelt.
func TestProjectPackages(t *testing.T) {
	t.Parallel()
	const root = "../.."
	binary := filepath.Join(t.TempDir(), "provider")
	if err := os.WriteFile(binary, []byte("not run here"), 0o600); err != nil {
		t.Fatal(err)
	}

	program := func(build func(context.Context, RuntimeOptions) (v1.ImageIndex, error)) func() (v1.Image, error) {
		return func() (v1.Image, error) {
			index, err := build(t.Context(), RuntimeOptions{Root: root, Binary: binary, Platforms: []v1.Platform{HostPlatform()}})
			return only(t, index), err
		}
	}
	cases := map[string]struct {
		reason string
		build  func() (v1.Image, error)
		meta   string
		may    []string
	}{
		ProviderName: {
			reason: "A provider package holds custom resource definitions.",
			build:  program(Provider),
			meta:   "Provider",
			may:    []string{"CustomResourceDefinition"},
		},
		FunctionName: {
			reason: "A function that takes no input has no definitions.",
			build:  program(Function),
			meta:   "Function",
		},
		ConfigurationName: {
			reason: "A configuration package holds the definitions of composites, their compositions, and what those need activated.",
			build: func() (v1.Image, error) {
				return Configuration(t.Context(), ConfigurationOptions{Root: root})
			},
			meta: "Configuration",
			may:  []string{"CompositeResourceDefinition", "Composition", "ManagedResourceActivationPolicy"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			img, err := tc.build()
			if err != nil {
				t.Fatal(err)
			}
			kinds := map[string]int{}
			for i, o := range decode(t, stream(t, img)) {
				kind := o.GetObjectKind().GroupVersionKind().Kind
				if i == 0 {
					if diff := cmp.Diff(tc.meta, kind); diff != "" {
						t.Errorf("first object: -want, +got:\n%s", diff)
					}
					continue
				}
				kinds[kind]++
			}
			for _, kind := range tc.may {
				if kinds[kind] == 0 {
					t.Errorf("%s\nThe package has no %s.", tc.reason, kind)
				}
				delete(kinds, kind)
			}
			if diff := cmp.Diff(map[string]int{}, kinds); diff != "" {
				t.Errorf("%s\nOther objects: -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// only image of an index.
func only(t *testing.T, index v1.ImageIndex) v1.Image {
	t.Helper()
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	if len(manifest.Manifests) != 1 {
		t.Fatalf("want one image, got %d", len(manifest.Manifests))
	}
	img, err := index.Image(manifest.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// decode reads a package as Crossplane's parser does, only more strictly.
func decode(t *testing.T, stream string) []runtime.Object {
	t.Helper()
	s := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{pkgmetav1.AddToScheme, extv1alpha1.AddToScheme, extv1.AddToScheme, extv2.AddToScheme, crdv1.AddToScheme} {
		if err := add(s); err != nil {
			t.Fatal(err)
		}
	}
	decoder := json.NewSerializerWithOptions(json.DefaultMetaFactory, s, s, json.SerializerOptions{Yaml: true, Strict: true})
	reader := utilyaml.NewYAMLReader(bufio.NewReader(strings.NewReader(stream)))
	var objects []runtime.Object
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return objects
		}
		if err != nil {
			t.Fatal(err)
		}
		o, _, err := decoder.Decode(document, nil, nil)
		if err != nil {
			t.Fatalf("cannot decode:\n%s\n%v", document, err)
		}
		objects = append(objects, o)
	}
}
