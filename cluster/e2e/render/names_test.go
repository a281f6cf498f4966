//go:build e2e

package render

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	clusterv1alpha1 "github.com/crossplane-contrib/provider-metal-stack/apis/cluster/v1alpha1"
)

// An XCluster's firewall is called as it is, as far as a hostname may be.
func TestHostnames(t *testing.T) {
	t.Parallel()
	x := func(n int) string { return strings.Repeat("x", n) }
	cases := map[string]struct {
		reason string
		name   string
		label  map[string]string
		want   string
	}{
		"Chosen":      {reason: "A name becomes a hostname.", name: "x-cellent", want: "x-cellent-firewall"},
		"Longest":     {reason: "Up to 54 characters are kept.", name: x(54), want: x(54) + "-firewall"},
		"Generated":   {reason: "Of a longer name that is generated the end tells it from others.", name: "a" + x(57) + "-abcd", want: x(49) + "-abcd-firewall"},
		"AfterHyphen": {reason: "A hostname begins with no hyphen.", name: "abcdefgh-" + x(54), want: x(54) + "-firewall"},
		"AtHyphen":    {reason: "Not even when the cut is between two.", name: "abcdefghi--" + x(52), want: x(52) + "-firewall"},
		"Claim":       {reason: "It is called as the claim is.", name: "mine-abcde-0123456789ab", label: map[string]string{clusterv1alpha1.LabelName: "mine"}, want: "mine-firewall"},
		"OddLabel":    {reason: "Whatever a person labels becomes a hostname.", name: "mine", label: map[string]string{clusterv1alpha1.LabelName: "Not_a.Host"}, want: "not-a-host-firewall"},
		"LongLabel":   {reason: "However long it is.", name: "mine", label: map[string]string{clusterv1alpha1.LabelName: "a" + x(62)}, want: x(54) + "-firewall"},
		"EmptyLabel":  {reason: "And if it is empty.", name: "mine", label: map[string]string{clusterv1alpha1.LabelName: ""}, want: "firewall"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			xr := full()
			xr.SetName(tc.name)
			xr.SetLabels(tc.label)
			if diff := cmp.Diff(any(tc.want), render(t, xr).composed["firewall"].Object["spec"].(object)["hostname"]); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// An XFirewall without a hostname is called as it is, and an empty one is none.
func TestXFirewallHostname(t *testing.T) {
	t.Parallel()
	for want, hostname := range map[string]any{"alone": nil, "edge": "edge"} {
		checkHostname(t, hostname, want)
	}
	checkHostname(t, "", "alone")
}

func checkHostname(t *testing.T, hostname any, want string) {
	t.Helper()
	spec := firewallSettings()
	maps.Copy(spec, object{"partition": "mini-lab", "projectID": "project", "privateNetworkID": "n1"})
	if hostname != nil {
		spec["hostname"] = hostname
	}
	xr := &unstructured.Unstructured{Object: object{"spec": spec}}
	xr.SetGroupVersionKind(clusterv1alpha1.XFirewallGroupVersionKind)
	xr.SetNamespace("default")
	xr.SetName("alone")
	p := render(t, xr).composed["firewall"].Object["spec"].(object)["forProvider"].(object)
	if diff := cmp.Diff([]any{want, want}, []any{p["hostname"], p["name"]}); diff != "" {
		t.Errorf("hostname %v: -want, +got:\n%s", hostname, diff)
	}
}

// Each part, and each part of a part, is found by the name that a person gave:
// what an XCluster waits for is one command away.
func TestPartsAreFound(t *testing.T) {
	t.Parallel()
	claim := full()
	claim.SetKind(clusterv1alpha1.XClusterClaimKind)
	xfirewall := full()
	xfirewall.SetKind(clusterv1alpha1.XFirewallKind)
	for kind, xr := range map[string]*unstructured.Unstructured{"XCluster": full(), "XFirewall": xfirewall, "Claim": composite(claim)} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			for _, o := range chain(t, xr) {
				if diff := cmp.Diff("full", o.GetLabels()[clusterv1alpha1.LabelName]); diff != "" {
					t.Errorf("%s: -want, +got:\n%s", o.GetKind(), diff)
				}
			}
		})
	}
}
