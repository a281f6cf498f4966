//go:build e2e

package render

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	clusterv1alpha1 "github.com/crossplane-contrib/provider-metal-stack/apis/cluster/v1alpha1"
)

// A part of a composite is not there, was not looked at yet, or says something.
type part struct {
	there    bool
	unlooked bool
	says     string
}

// observed returns the part as it is, if it is there. A managed resource has its
// message below atProvider.
func (p part) observed(t *testing.T, made *unstructured.Unstructured) []*unstructured.Unstructured {
	t.Helper()
	if !p.there {
		return nil
	}
	status := object{}
	if p.says != "" {
		status["message"] = p.says
	}
	if made.GroupVersionKind().Group != clusterv1alpha1.Group {
		status = object{"atProvider": status}
	}
	o := observed(made, "False", asJSON(t, status).(object))
	if p.unlooked {
		o.Object["status"].(object)["conditions"] = list{}
	}
	o.SetName(strings.ToLower(made.GetKind()) + "-1")
	return []*unstructured.Unstructured{o}
}

// messageOf a composite of which these parts exist. It is the same whatever the
// composite said before: nothing flaps at rest.
func messageOf(t *testing.T, xr *unstructured.Unstructured, parts ...[]*unstructured.Unstructured) any {
	t.Helper()
	var exist []*unstructured.Unstructured
	for _, p := range parts {
		exist = append(exist, p...)
	}
	xr = tried(t, xr)
	once, _ := statusOf(t, render(t, xr, exist...))
	xr = xr.DeepCopy()
	xr.Object["status"] = object{"message": "before"}
	again, _ := statusOf(t, render(t, xr, exist...))
	same(t, "the same parts", once, again)
	return once["message"]
}

// tried is a composite whose parts Crossplane was about to make before.
func tried(t *testing.T, xr *unstructured.Unstructured) *unstructured.Unstructured {
	t.Helper()
	var refs list
	for _, o := range sorted(render(t, xr).composed) {
		refs = append(refs, object{"apiVersion": o.GetAPIVersion(), "kind": o.GetKind(), "name": o.GetName(), "namespace": o.GetNamespace()})
	}
	path := []string{"spec", "crossplane", "resourceRefs"}
	if xr.GetNamespace() == "" {
		path = []string{"spec", "resourceRefs"}
	} else {
		for _, r := range refs {
			delete(r.(object), "namespace") // Crossplane has none there.
		}
	}
	xr = xr.DeepCopy()
	if err := unstructured.SetNestedSlice(xr.Object, refs, path...); err != nil {
		t.Fatal(err)
	}
	return xr
}

const (
	noNetwork   = "waiting for the Network, which is not there yet: kubectl -n default describe xcl full says why"
	noXFirewall = "waiting for the XFirewall, which is not there yet: kubectl -n default describe xcl full says why"
	noFirewall  = "waiting for the Firewall, which is not there yet: kubectl -n default describe xfw alone says why"
	noXCluster  = "waiting for the XCluster, which is not there yet: kubectl describe claimedxcluster full-abcde says why"
	noProvider  = ": kubectl get providers.pkg.crossplane.io says whether it runs"
)

// What the parts of an XCluster say is its message, and one that is missing is
// named.
func TestXClusterMessage(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason   string
		network  part
		firewall part
		want     any
	}{
		"Nothing":         {reason: "Both are missing.", want: noNetwork + "; " + noXFirewall},
		"NoFirewall":      {reason: "The API server refused the XFirewall.", network: part{there: true}, want: noXFirewall},
		"NoNetwork":       {reason: "The API server refused the Network.", firewall: part{there: true}, want: noNetwork},
		"NetworkUnlooked": {reason: "No provider runs.", network: part{there: true, unlooked: true}, firewall: part{there: true}, want: "waiting for the provider to look at Network network-1" + noProvider},
		"Silent":          {reason: "There is nothing to say.", network: part{there: true}, firewall: part{there: true}, want: nil},
		"Network":         {reason: "One speaks.", network: part{there: true, says: "no prefix is left"}, firewall: part{there: true}, want: "no prefix is left"},
		"Firewall":        {reason: "The other speaks.", network: part{there: true}, firewall: part{there: true, says: "no machine"}, want: "no machine"},
		"Both":            {reason: "The network's word comes first.", network: part{there: true, says: "no prefix"}, firewall: part{there: true, says: "no machine"}, want: "no prefix; no machine"},
		"NetworkAlone":    {reason: "What is missing stands beside it.", network: part{there: true, says: "no prefix"}, want: "no prefix; " + noXFirewall},
	}
	made := render(t, full())
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := messageOf(t, full(), tc.network.observed(t, made.composed["network"]), tc.firewall.observed(t, made.composed["firewall"]))
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// So it is with the one part of an XFirewall, and of a claim.
func TestMessageOfOnePart(t *testing.T) {
	t.Parallel()
	xfirewall := full()
	xfirewall.SetKind(clusterv1alpha1.XFirewallKind)
	xfirewall.SetName("alone")
	if err := unstructured.SetNestedSlice(xfirewall.Object, list{object{"name": "internet", "networkID": "internet-mini-lab"}}, "spec", "networks"); err != nil {
		t.Fatal(err)
	}
	claim := full()
	claim.SetKind(clusterv1alpha1.XClusterClaimKind)
	claimed := composite(claim)
	cases := map[string]struct {
		reason string
		xr     *unstructured.Unstructured
		part   part
		want   any
	}{
		"NoFirewall":       {reason: "The API server refused it.", xr: xfirewall, want: noFirewall},
		"FirewallUnlooked": {reason: "No provider runs.", xr: xfirewall, part: part{there: true, unlooked: true}, want: "waiting for the provider to look at Firewall firewall-1" + noProvider},
		"FirewallSilent":   {reason: "There is nothing to say.", xr: xfirewall, part: part{there: true}, want: nil},
		"Firewall":         {reason: "It speaks.", xr: xfirewall, part: part{there: true, says: "no machine"}, want: "no machine"},
		"NoXCluster":       {reason: "The API server refused it.", xr: claimed, want: noXCluster},
		"XClusterSilent":   {reason: "There is nothing to say.", xr: claimed, part: part{there: true}, want: nil},
		"XCluster":         {reason: "It speaks.", xr: claimed, part: part{there: true, says: "no machine"}, want: "no machine"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, made := range render(t, tc.xr).composed {
				if diff := cmp.Diff(tc.want, messageOf(t, tc.xr, tc.part.observed(t, made))); diff != "" {
					t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
				}
			}
		})
	}
}
