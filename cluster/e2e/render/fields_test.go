//go:build e2e

package render

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	clusterv1alpha1 "github.com/crossplane-contrib/provider-metal-stack/apis/cluster/v1alpha1"
)

type list = []any

type object = map[string]any

// firewallSettings has a value for each field that the firewall of a composite
// has.
func firewallSettings() object {
	return object{
		"size":  "v1-small-x86",
		"image": "firewall-ubuntu-3.0",
		"networks": list{
			object{"name": "internet", "networkID": "internet-mini-lab", "ips": list{"203.0.113.130"}},
			object{"name": "dmz", "networkID": "dmz"},
		},
		"rules": object{
			"egress":  list{object{"comment": "DNS", "protocol": "UDP", "ports": list{53.}, "to": list{"0.0.0.0/0"}}},
			"ingress": list{object{"protocol": "TCP", "ports": list{443.}, "from": list{"0.0.0.0/0"}, "to": list{"10.0.0.0/8"}}},
		},
		"sshPublicKeys":     list{"ssh-ed25519 AAAA example"},
		"userDataSecretRef": object{"name": "user-data", "key": "ignition"},
		"dnsServers":        list{"1.1.1.1", "9.9.9.9"},
		"ntpServers":        list{"0.pool.ntp.org"},
		"tags":              list{"team=a"},
	}
}

// replacing says how a firewall is replaced: it is no part of it, but for the token.
func replacing() object {
	return object{
		"updateStrategy": "OnDelete", "rollToken": "2026-11", "paused": true, "stableFor": "30s", "createTimeout": "20m", "healthTimeout": "1h",
		"maintenanceWindow": object{"begin": "22:00", "end": "04:00", "timeZone": "Europe/Berlin", "days": list{"Sat"}},
	}
}

func config() object { return object{"kind": "ProviderConfig", "name": "tenant"} }

// whole returns an XCluster with a value for each field, but for the network that it uses
// instead of one of its own.
func whole() *unstructured.Unstructured {
	xr := full()
	maps.Copy(xr.Object["spec"].(object), object{
		"egressIPs": list{object{"network": "dmz", "addresses": list{"198.51.100.7"}}},
		"workers": list{object{
			"name": "small", "replicas": 1., "maxShrink": 2., "size": "v1-small-x86", "image": "debian-13.0", "sshPublicKeys": list{"ssh-ed25519 AAAA example"},
			"userDataSecretRef": object{"name": "user-data", "key": "join"}, "networks": list{"internet-mini-lab"}, "spread": true,
		}},
		"deletionProtection": true,
	})
	return xr
}

// full returns an XCluster with a value for each field of its network and its firewall.
func full() *unstructured.Unstructured {
	xr := &unstructured.Unstructured{Object: object{"spec": object{
		"partition":         "mini-lab",
		"projectID":         "project",
		"providerConfigRef": config(),
		"network":           object{"addressFamilies": list{"IPv4"}, "prefixLengths": object{"ipv4": 24., "ipv6": 64.}},
		"firewall":          with(firewallSettings(), replacing()),
	}}}
	xr.SetGroupVersionKind(clusterv1alpha1.XClusterGroupVersionKind)
	xr.SetNamespace("default")
	xr.SetName("full")
	xr.SetUID("uid-of-full")
	return xr
}

func with(os ...object) object {
	out := object{}
	for _, o := range os {
		maps.Copy(out, o)
	}
	return out
}

// Each field of an XCluster reaches a managed resource, as it is.
func TestXClusterFields(t *testing.T) {
	t.Parallel()
	xr := whole()
	all(t, "xclusters", xr, "spec")
	others := xr.DeepCopy()
	others.Object["spec"].(object)["network"].(object)["networkID"] = "n1"
	all(t, "xclusters", others, "spec", "network")
	looked := render(t, others).composed["network"]
	same(t, "Network", object{"forProvider": object{"partition": "mini-lab", "projectID": "project"}, "providerConfigRef": config(), "managementPolicies": list{"Observe"}}, looked.Object["spec"])
	if got := looked.GetAnnotations()["crossplane.io/external-name"]; got != "n1" {
		t.Errorf("want the network looked at, got %q", got)
	}
	all(t, "xclusters", xr, "spec", "firewall")

	r := render(t, xr)
	named := object{"name": "full-network"}
	network := object{"partition": "mini-lab", "projectID": "project", "name": "full"}
	maps.Copy(network, xr.Object["spec"].(object)["network"].(object))
	same(t, "Network", object{"forProvider": network, "providerConfigRef": config()}, r.composed["network"].Object["spec"])

	xfirewall := object{
		"partition": "mini-lab", "projectID": "project", "providerConfigRef": config(),
		"hostname": "full-firewall", "privateNetworkIDRef": named,
	}
	maps.Copy(xfirewall, with(firewallSettings(), replacing()))
	given := list{object{"name": "full-egress-198-51-100-7"}}
	xfirewall["networks"].(list)[1] = object{"name": "dmz", "networkID": "dmz", "ipRefs": given, "addressFamilies": list{"IPv4"}}
	same(t, "XFirewall", xfirewall, r.composed["firewall"].Object["spec"])

	firewall := object{
		"partition": "mini-lab", "projectID": "project",
		"hostname": "full-firewall", "name": "full-firewall", "privateNetworkIDRef": named,
	}
	maps.Copy(firewall, firewallSettings())
	firewall["networks"] = xfirewall["networks"]
	managed := render(t, composite(r.composed["firewall"])).composed["firewall"]
	same(t, "Firewall", object{"forProvider": firewall, "providerConfigRef": config()}, managed.Object["spec"])
	if got := managed.GetAnnotations()[clusterv1alpha1.AnnotationRollToken]; got != "2026-11" {
		t.Errorf("want the Firewall to know its token, got %q", got)
	}

	ip := object{"projectID": "project", "networkID": "dmz", "address": "198.51.100.7", "type": "static"}
	same(t, "IP", object{"forProvider": ip, "providerConfigRef": config()}, r.composed["egress-dmz-198.51.100.7"].Object["spec"])
	machine := object{
		"partition": "mini-lab", "projectID": "project", "privateNetworkIDRef": named, "placementTags": list{"cluster.metal-stack.crossplane.io/pool=default/full/small"},
		"networks": list{object{"name": "internet-mini-lab", "networkID": "internet-mini-lab"}},
	}
	// Workers come a while after the network.
	settled := r.composed["network"].DeepCopy()
	settled.SetCreationTimestamp(metav1.NewTime(time.Now().Add(-time.Hour)))
	grown := render(t, xr, observed(settled, "True", object{}))
	pool := xr.Object["spec"].(object)["workers"].(list)[0].(object)
	for _, field := range []string{"size", "image", "sshPublicKeys", "userDataSecretRef"} {
		machine[field] = pool[field]
	}
	same(t, "Machine", object{"forProvider": machine, "providerConfigRef": config()}, grown.composed["worker-small-1"].Object["spec"])
	protection, _, _ := unstructured.NestedFieldNoCopy(r.composed["protection"].Object, "spec", "of", "resourceRef", "name")
	if protection != "full" {
		t.Errorf("want the XCluster protected, got %v", protection)
	}
}

// Each field of an XFirewall reaches the Firewall, as it is.
func TestXFirewallFields(t *testing.T) {
	t.Parallel()
	spec := with(firewallSettings(), replacing())
	maps.Copy(spec, object{
		"partition": "mini-lab", "projectID": "project", "providerConfigRef": config(),
		"hostname": "edge", "privateNetworkID": "n1", "privateNetworkIDRef": object{"name": "storage"}, "privateNetworkIDSelector": object{"matchLabels": object{"a": "b"}},
	})
	xr := &unstructured.Unstructured{Object: object{"spec": spec}}
	xr.SetGroupVersionKind(clusterv1alpha1.XFirewallGroupVersionKind)
	xr.SetNamespace("default")
	xr.SetName("alone")
	xr.SetUID("uid-of-alone")
	all(t, "xfirewalls", xr, "spec")

	want := maps.Clone(spec)
	delete(want, "providerConfigRef")
	for field := range replacing() {
		delete(want, field)
	}
	want["name"] = "edge"
	same(t, "Firewall", object{"forProvider": want, "providerConfigRef": config()}, render(t, xr).composed["firewall"].Object["spec"])
}

// Each field of a claim reaches the XCluster, as it is.
func TestClaimFields(t *testing.T) {
	t.Parallel()
	claim := whole()
	claim.SetKind(clusterv1alpha1.XClusterClaimKind)
	all(t, "claimedxclusters", claim, "spec")
	xcluster := render(t, composite(claim)).composed["xcluster"]
	same(t, "XCluster", whole().Object["spec"], xcluster.Object["spec"])
	if diff := cmp.Diff([]string{"default", "full"}, []string{xcluster.GetNamespace(), xcluster.GetLabels()[clusterv1alpha1.LabelName]}); diff != "" {
		t.Errorf("namespace and name: -want, +got:\n%s", diff)
	}
	firewall := render(t, composite(xcluster)).composed["firewall"]
	if diff := cmp.Diff("full-firewall", firewall.Object["spec"].(object)["hostname"]); diff != "" {
		t.Errorf("the hostname is of the claim's name: -want, +got:\n%s", diff)
	}
}

// same compares objects with numbers as JSON has them.
func same(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(asJSON(t, want), asJSON(t, got)); diff != "" {
		t.Errorf("%s: -want, +got:\n%s", what, diff)
	}
}

func asJSON(t *testing.T, o any) any {
	t.Helper()
	b, err := yaml.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := yaml.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// all fails for an object without a value for each field that its XRD has at a
// path: so that nobody adds one and forgets the composition.
func all(t *testing.T, plural string, o *unstructured.Unstructured, path ...string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, "package/xcluster/apis", plural+".cluster.metal-stack.crossplane.io.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	xrd := decode(t, b)[0]
	versions, _, err := unstructured.NestedSlice(xrd.Object, "spec", "versions")
	if err != nil {
		t.Fatal(err)
	}
	in := []string{"schema", "openAPIV3Schema"}
	for _, p := range path {
		in = append(in, "properties", p)
	}
	fields, _, err := unstructured.NestedMap(versions[0].(object), append(in, "properties")...)
	if err != nil {
		t.Fatal(err)
	}
	values, _, err := unstructured.NestedFieldNoCopy(o.Object, path...)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(fields)), slices.Sorted(maps.Keys(values.(object)))); diff != "" {
		t.Errorf("fields at %v: -XRD, +this test:\n%s", path, diff)
	}
}

func sorted(m map[string]*unstructured.Unstructured) []*unstructured.Unstructured {
	var all []*unstructured.Unstructured
	for _, name := range slices.Sorted(maps.Keys(m)) {
		all = append(all, m[name])
	}
	return all
}
