package demo

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"

	"github.com/crossplane-contrib/provider-metal-stack/cluster/local"
)

// examples reads the manifests of a folder of the project's examples, in the
// order in which they can be created. What names a metal-api names this one.
func examples(folder, metalAPI string) ([]*unstructured.Unstructured, error) {
	root, err := local.ProjectRoot()
	if err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(root, "examples", folder, "*.yaml"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("cannot find examples in %s: %w", folder, errors.Join(err, os.ErrNotExist))
	}
	var first, rest []*unstructured.Unstructured
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("cannot read an example: %w", err)
		}
		objects, err := decode(b)
		if err != nil {
			return nil, fmt.Errorf("cannot understand %s: %w", file, err)
		}
		for _, o := range objects {
			if _, ok, _ := unstructured.NestedString(o.Object, "spec", "url"); ok {
				if err := unstructured.SetNestedField(o.Object, metalAPI, "spec", "url"); err != nil {
					return nil, fmt.Errorf("cannot name the metal-api in %s: %w", file, err)
				}
			}
			if o.GetKind() == "Namespace" {
				first = append(first, o)
			} else {
				rest = append(rest, o)
			}
		}
	}
	return append(first, rest...), nil
}

func decode(manifests []byte) ([]*unstructured.Unstructured, error) {
	var out []*unstructured.Unstructured
	d := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(manifests), 4096)
	for {
		o := &unstructured.Unstructured{}
		err := d.Decode(&o.Object)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		if len(o.Object) > 0 {
			out = append(out, o)
		}
	}
}
