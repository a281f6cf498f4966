//go:build e2e

package e2e

import (
	"slices"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/crossplane-contrib/provider-metal-stack/cluster/e2e/story"
)

// The examples of all kinds of managed resources are Ready in whatever order they are
// applied, and gone in whatever order they are deleted.
func TestKindsInAnyOrder(t *testing.T) {
	cases := map[string]struct {
		reason  string
		reverse bool
	}{
		"forth": {reason: "What others need comes first, and goes first."},
		"back":  {reason: "What needs others comes first, and goes first.", reverse: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := begin(t)
			all := []*unstructured.Unstructured{
				s.Example("project/project.yaml"), s.Example("network/network.yaml", owned), s.Example("ip/ip.yaml", owned),
				s.Example("firewall/firewall.yaml", owned, given), s.Example("machine/machine.yaml", owned),
			}
			if tc.reverse {
				slices.Reverse(all)
			}
			for _, u := range all {
				s.Apply(u)
			}
			for _, u := range all {
				s.Ready(u)
			}
			for _, u := range all {
				s.Remove(u, "--wait=false")
			}
			for _, u := range all {
				s.Gone(u)
			}
			s.Empty()
		})
	}
}

// owned by the project of the example.
func owned(u *unstructured.Unstructured) {
	unstructured.RemoveNestedField(u.Object, "spec", "forProvider", "projectID")
	story.Set(map[string]any{"name": "storage"}, "spec", "forProvider", "projectIDRef")(u)
}

// given is the IP of the example to a firewall, and no address of the other family.
func given(u *unstructured.Unstructured) {
	story.Set([]any{map[string]any{
		"name": "internet", "networkID": "internet-mini-lab", "ipRefs": []any{map[string]any{"name": "egress"}}, "addressFamilies": []any{"IPv4"},
	}}, "spec", "forProvider", "networks")(u)
}
