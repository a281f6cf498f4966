package validation

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	extv1alpha1 "github.com/crossplane/crossplane/apis/v2/apiextensions/v1alpha1"
	"sigs.k8s.io/yaml"
)

// The policies activate the kinds that they should: the Configuration's those
// that are composed, the example's all that the provider has.
func TestActivation(t *testing.T) {
	t.Parallel()
	var managed []string
	for _, c := range crds(t) {
		if slices.Contains(c.Spec.Names.Categories, "managed") {
			managed = append(managed, c.GetName())
		}
	}
	cases := map[string]struct {
		reason string
		file   string
		want   []string
	}{
		"Configuration": {
			reason: "An XCluster is made of these.",
			file:   "package/xcluster/activation.yaml",
			want: []string{
				"firewalls.metal-stack.m.crossplane.io", "ips.metal-stack.m.crossplane.io",
				"machines.metal-stack.m.crossplane.io", "networks.metal-stack.m.crossplane.io",
			},
		},
		"Example": {
			reason: "Who takes the provider alone may want any.",
			file:   "examples/activation/managedresourceactivationpolicy.yaml",
			want:   managed,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, err := os.ReadFile(filepath.Join(root, tc.file))
			if err != nil {
				t.Fatal(err)
			}
			policy := &extv1alpha1.ManagedResourceActivationPolicy{}
			if err := yaml.UnmarshalStrict(b, policy); err != nil {
				t.Fatal(err)
			}
			active := map[string]bool{}
			for _, a := range policy.Spec.Activations {
				before := len(active)
				for _, name := range managed {
					if a.Match(name) {
						active[name] = true
					}
				}
				if len(active) == before {
					t.Errorf("%s activates nothing", a)
				}
			}
			for _, name := range tc.want {
				if !active[name] {
					t.Errorf("%s\n%s is not activated", tc.reason, name)
				}
			}
			if len(active) != len(tc.want) {
				t.Errorf("%s\nwant %v active, got %v", tc.reason, tc.want, active)
			}
		})
	}
}
