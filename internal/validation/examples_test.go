package validation

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	extv1 "github.com/crossplane/crossplane/apis/v2/apiextensions/v1"
	extv1alpha1 "github.com/crossplane/crossplane/apis/v2/apiextensions/v1alpha1"
	pkgv1 "github.com/crossplane/crossplane/apis/v2/pkg/v1"
	pkgv1beta1 "github.com/crossplane/crossplane/apis/v2/pkg/v1beta1"
	protectionv1beta1 "github.com/crossplane/crossplane/apis/v2/protection/v1beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"

	clusterv1alpha1 "github.com/crossplane-contrib/provider-metal-stack/apis/cluster/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// An example is a manifest that a user applies: one file below examples/.
type example struct {
	name      string
	documents [][]byte
}

// objects of the example.
func (e *example) objects(t *testing.T) []*unstructured.Unstructured {
	t.Helper()
	var all []*unstructured.Unstructured
	for _, d := range e.documents {
		o := &unstructured.Unstructured{}
		if err := yaml.Unmarshal(d, &o.Object); err != nil {
			t.Fatalf("%s: %v", e.name, err)
		}
		all = append(all, o)
	}
	return all
}

// examples are all there are.
func examples(t *testing.T) []example {
	t.Helper()
	var all []example
	in := filepath.Join(root, "examples")
	err := filepath.WalkDir(in, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".yaml" {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(in, path)
		if err != nil {
			return err
		}
		e := example{name: filepath.ToSlash(name)}
		r := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(b)))
		for {
			doc, err := r.Read()
			if errors.Is(err, io.EOF) {
				all = append(all, e)
				return nil
			}
			if err != nil {
				return err
			}
			e.documents = append(e.documents, doc)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// The Go types know each field of each example, and no field is misspelt.
func TestExamplesDecode(t *testing.T) {
	t.Parallel()
	s := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		corev1.AddToScheme, extv1.AddToScheme, extv1alpha1.AddToScheme, pkgv1.AddToScheme, pkgv1beta1.AddToScheme, protectionv1beta1.AddToScheme, v1alpha1.AddToScheme, clusterv1alpha1.AddToScheme,
	} {
		if err := add(s); err != nil {
			t.Fatal(err)
		}
	}
	strict := json.NewSerializerWithOptions(json.DefaultMetaFactory, s, s, json.SerializerOptions{Yaml: true, Strict: true})
	for _, e := range examples(t) {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			for _, d := range e.documents {
				if _, _, err := strict.Decode(ours(t, d), nil, nil); err != nil {
					t.Errorf("cannot decode: %v\n%s", err, d)
				}
			}
		})
	}
}

// ours is a document without what Crossplane adds to our kinds.
func ours(t *testing.T, document []byte) []byte {
	t.Helper()
	o := map[string]any{}
	if err := yaml.Unmarshal(document, &o); err != nil {
		t.Fatal(err)
	}
	if _, theirs, _ := unstructured.NestedMap(o, "spec", "crossplane"); !theirs {
		return document
	}
	unstructured.RemoveNestedField(o, "spec", "crossplane")
	b, err := yaml.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
