//go:build envtest

package ordinaryday

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// examples of managed resources are applied again as they stand in their files.
// Networks come first and go last: others refer to them.
func examples(t *testing.T, b *bench) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "examples", "*", "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(files, func(a, b string) int { return rank(t, a) - rank(t, b) })
	left := map[string]bool{}
	for name := range kinds() {
		left[name] = true
	}
	var made []*unstructured.Unstructured
	for _, f := range files {
		o := exampleIn(t, f)
		if o == nil {
			continue
		}
		manifest, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(filepath.Base(filepath.Dir(f))+"-"+o.GetKind(), func(t *testing.T) {
			s := b.story(t, kinds()[o.GetKind()])
			live := s.empty(o.GetName())
			made = append(made, live)
			s.applied(manifest, "created", "apply")
			s.atRest(live, o)
			s.applied(manifest, "unchanged", "apply")
			serverSide := []string{"apply", "--server-side", "--field-manager=argocd"}
			s.applied(manifest, "serverside-applied", serverSide...)
			s.look(live)
			version := live.GetResourceVersion()
			s.applied(manifest, "serverside-applied", serverSide...)
			if s.gone(live); live.GetResourceVersion() != version {
				t.Errorf("want the resource version %s kept, got %s", version, live.GetResourceVersion())
			}
			s.threeWay(o, live)
			s.replaced(manifest, live)
			s.atRest(live, o)
		})
		left[o.GetKind()] = false
	}
	for name := range left {
		if left[name] {
			t.Errorf("there is no example of %s", name)
		}
	}
	slices.Reverse(made)
	for _, o := range made {
		b.story(t, kinds()[o.GetKind()]).away(o)
	}
}

// atRest is an example that is as it shall be, or that names something which is not there.
func (s story) atRest(live, o *unstructured.Unstructured) {
	s.t.Helper()
	if meta.GetExternalName(o) == "" {
		s.untilWell(live)
		return
	}
	s.until(live, "it says that nothing is there", func() bool { return !s.gone(live) && viewOf(live).Message != "" })
	s.look(live)
}

func rank(t *testing.T, file string) int {
	t.Helper()
	if o := exampleIn(t, file); o != nil && o.GetKind() == v1alpha1.NetworkKind {
		return 0
	}
	return 1
}

// exampleIn a file, nil if it is of no managed resource.
func exampleIn(t *testing.T, file string) *unstructured.Unstructured {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	o := &unstructured.Unstructured{}
	asJSON, err := yaml.YAMLToJSON(b)
	if err != nil || o.UnmarshalJSON(asJSON) != nil {
		t.Fatalf("%s: %v", file, err)
	}
	if kinds()[o.GetKind()] == nil || o.GroupVersionKind().Group != v1alpha1.Group {
		return nil
	}
	if bytes.Contains(b, []byte("\n---")) {
		t.Errorf("%s: one resource to a file", file)
	}
	return o
}
