//go:build e2e

package render

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	protectionv1beta1 "github.com/crossplane/crossplane/apis/v2/protection/v1beta1"
	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/yaml"

	clusterv1alpha1 "github.com/crossplane-contrib/provider-metal-stack/apis/cluster/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

var update = flag.Bool("update", false, "write what is rendered into testdata")

// Each example that is composed becomes what testdata says, down to managed
// resources, whose types know each field.
func TestExamples(t *testing.T) {
	t.Parallel()
	found := 0
	in := filepath.Join(root, "examples")
	err := filepath.WalkDir(in, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".yaml" {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, o := range decode(t, b) {
			if o.GroupVersionKind().GroupVersion() != clusterv1alpha1.SchemeGroupVersion {
				continue
			}
			if _, another, _ := unstructured.NestedMap(o.Object, "spec", "crossplane", "compositionRef"); another {
				continue // It names a Composition of its own.
			}
			found++
			story := filepath.Base(filepath.Dir(path))
			t.Run(story, func(t *testing.T) {
				t.Parallel()
				golden(t, story, chain(t, composite(o)))
			})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found == 0 {
		t.Error("no example is composed")
	}
}

// composite returns an object as it would be in a cluster: with a uid, and for a
// claim the composite that Crossplane makes of it.
func composite(o *unstructured.Unstructured) *unstructured.Unstructured {
	xr := o.DeepCopy()
	xr.SetUID(types.UID("uid-of-" + o.GetName()))
	if o.GetKind() != clusterv1alpha1.XClusterClaimKind {
		return xr
	}
	xr.SetKind(clusterv1alpha1.ClaimedXClusterKind)
	xr.SetNamespace("")
	xr.SetName(o.GetName() + "-abcde")
	_ = unstructured.SetNestedMap(xr.Object, map[string]any{
		"apiVersion": o.GetAPIVersion(), "kind": o.GetKind(), "namespace": o.GetNamespace(), "name": o.GetName(),
	}, "spec", "claimRef")
	return xr
}

// chain renders a composite, and what it is composed of, until there are only
// managed resources.
func chain(t *testing.T, xr *unstructured.Unstructured) []*unstructured.Unstructured {
	t.Helper()
	var all []*unstructured.Unstructured
	for _, o := range sorted(render(t, xr).composed) {
		known(t, o)
		all = append(all, o)
		if o.GroupVersionKind().Group == clusterv1alpha1.Group {
			all = append(all, chain(t, composite(o))...)
		}
	}
	return all
}

// known fails for an object that has a field that its type has not.
func known(t *testing.T, o *unstructured.Unstructured) {
	t.Helper()
	s := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{v1alpha1.AddToScheme, clusterv1alpha1.AddToScheme, protectionv1beta1.AddToScheme} {
		if err := add(s); err != nil {
			t.Fatal(err)
		}
	}
	typed, err := s.New(o.GroupVersionKind())
	if err != nil {
		t.Fatal(err)
	}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(o.Object, typed, true); err != nil {
		t.Errorf("%s: %v", o.GetKind(), err)
	}
}

// golden compares objects with a file: what tells one from another, not what
// Crossplane adds.
func golden(t *testing.T, name string, objects []*unstructured.Unstructured) {
	t.Helper()
	got := ""
	for _, o := range objects {
		labels := map[string]string{}
		for k, v := range o.GetLabels() {
			if strings.HasPrefix(k, clusterv1alpha1.Group) {
				labels[k] = v
			}
		}
		b, err := yaml.Marshal(map[string]any{
			"apiVersion": o.GetAPIVersion(),
			"kind":       o.GetKind(),
			"metadata":   map[string]any{"name": o.GetName(), "namespace": o.GetNamespace(), "labels": labels},
			"spec":       o.Object["spec"],
		})
		if err != nil {
			t.Fatal(err)
		}
		got += "---\n" + string(b)
	}
	file := filepath.Join("testdata", name+".yaml")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("go test -tags e2e -update writes %s anew. -want, +got:\n%s", file, diff)
	}
}
