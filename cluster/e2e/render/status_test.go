//go:build e2e

package render

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	clusterv1alpha1 "github.com/crossplane-contrib/provider-metal-stack/apis/cluster/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// observed returns what was composed, with a status, and Ready or not.
func observed(o *unstructured.Unstructured, ready string, status object) *unstructured.Unstructured {
	o = o.DeepCopy()
	status["conditions"] = list{object{"type": "Ready", "status": ready, "reason": "Because", "lastTransitionTime": "2026-01-01T00:00:00Z"}}
	o.Object["status"] = status
	return o
}

// statusOf returns a composite's status, and its condition Ready.
func statusOf(t *testing.T, r rendering) (status object, ready string) {
	t.Helper()
	status, _ = r.composite.Object["status"].(object)
	conditions, _ := status["conditions"].([]any)
	for _, c := range conditions {
		if c.(object)["type"] == "Ready" {
			ready, _ = c.(object)["status"].(string)
		}
	}
	delete(status, "conditions")
	if place, made := status["place"]; made {
		same(t, "place", object{"partition": "mini-lab", "projectID": "project", "providerConfigRef": config()}, place)
	}
	delete(status, "place")
	return status, ready
}

// What its parts say reaches the XCluster, and it is Ready when they are.
func TestXClusterStatus(t *testing.T) {
	t.Parallel()
	network := object{"atProvider": object{"id": "n1", "prefixes": list{"10.0.4.0/22"}, "vrf": 20., "parentNetworkID": "super"}}
	firewall := object{"machineID": "m1", "lastEvent": "Phoned Home", "ips": list{"203.0.113.130"}}
	cases := map[string]struct {
		reason   string
		network  *object
		firewall *object
		// Whether the parts are ready.
		ready [2]string
		want  object
		is    string
	}{
		"Ready": {
			reason:   "Network and firewall are.",
			network:  &network,
			firewall: &firewall,
			ready:    [2]string{"True", "True"},
			want: object{
				"network":  object{"id": "n1", "prefixes": list{"10.0.4.0/22"}, "vrf": 20.},
				"firewall": object{"machineID": "m1", "lastEvent": "Phoned Home", "ips": list{"203.0.113.130"}},
			},
			is: "True",
		},
		"FirewallOnItsWay": {
			reason:   "The firewall has not phoned home yet.",
			network:  &network,
			firewall: &object{"machineID": "m1", "lastEvent": "Installing", "message": "the machine installs"},
			ready:    [2]string{"True", "False"},
			want: object{
				"network":  object{"id": "n1", "prefixes": list{"10.0.4.0/22"}, "vrf": 20.},
				"firewall": object{"machineID": "m1", "lastEvent": "Installing", "message": "the machine installs"},
				"message":  "the machine installs",
			},
			is: "False",
		},
		"FirewallSilent": {
			reason:   "What was Ready turns not Ready when the firewall does.",
			network:  &network,
			firewall: &object{"machineID": "m1", "lastEvent": "Phoned Home", "message": "not heard of for 5m"},
			ready:    [2]string{"True", "Unknown"},
			want: object{
				"network":  object{"id": "n1", "prefixes": list{"10.0.4.0/22"}, "vrf": 20.},
				"firewall": object{"machineID": "m1", "lastEvent": "Phoned Home", "message": "not heard of for 5m"},
				"message":  "not heard of for 5m",
			},
			is: "False",
		},
		"NetworkRefused": {
			reason:   "Tenants see only the XCluster.",
			network:  &object{"atProvider": object{"message": "partition mini-lap is unknown: choose one of mini-lab"}},
			firewall: &object{},
			ready:    [2]string{"False", "False"},
			want: object{
				"network": object{"message": "partition mini-lap is unknown: choose one of mini-lab"},
				"message": "partition mini-lap is unknown: choose one of mini-lab",
			},
			is: "False",
		},
		"NetworkNotReady": {
			reason:   "A firewall alone is not enough.",
			network:  &object{},
			firewall: &firewall,
			ready:    [2]string{"False", "True"},
			want:     object{"firewall": object{"machineID": "m1", "lastEvent": "Phoned Home", "ips": list{"203.0.113.130"}}},
			is:       "False",
		},
	}
	made := render(t, full())
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var exist []*unstructured.Unstructured
			if tc.network != nil {
				exist = append(exist, observed(made.composed["network"], tc.ready[0], asJSON(t, *tc.network).(object)))
			}
			if tc.firewall != nil {
				exist = append(exist, observed(made.composed["firewall"], tc.ready[1], asJSON(t, *tc.firewall).(object)))
			}
			r := render(t, full(), exist...)
			status, ready := statusOf(t, r)
			same(t, tc.reason, tc.want, status)
			if diff := cmp.Diff(tc.is, ready); diff != "" {
				t.Errorf("%s\nReady: -want, +got:\n%s", tc.reason, diff)
			}
			// Whatever the parts say, or stop saying, they stay what they are: a
			// living firewall never loses its network.
			for _, part := range []string{"network", "firewall"} {
				same(t, part, made.composed[part].Object["spec"], r.composed[part].Object["spec"])
				same(t, part, made.composed[part].GetLabels(), r.composed[part].GetLabels())
			}
		})
	}
}

// What the Firewall says reaches the XFirewall.
func TestXFirewallStatus(t *testing.T) {
	t.Parallel()
	xr := composite(render(t, full()).composed["firewall"])
	made := render(t, xr).composed["firewall"]
	said := object{"atProvider": object{
		"machineID": "m1", "lastEvent": "Phoned Home", "liveliness": "Alive",
		"ips": list{"203.0.113.130"}, "message": "waits",
	}}
	for _, is := range []string{"True", "False"} {
		t.Run(is, func(t *testing.T) {
			t.Parallel()
			status, ready := statusOf(t, render(t, xr, observed(made, is, asJSON(t, said).(object))))
			one := object{"name": made.GetName(), "machineID": "m1", "lastEvent": "Phoned Home", "ips": list{"203.0.113.130"}, "ready": is == "True"}
			same(t, "XFirewall", object{"machineID": "m1", "lastEvent": "Phoned Home", "ips": list{"203.0.113.130"}, "message": "waits", "firewalls": list{one}}, status)
			if diff := cmp.Diff(is, ready); diff != "" {
				t.Errorf("Ready: -want, +got:\n%s", diff)
			}
		})
	}
}

// What would be replaced is visible before it is: another firewall beside the one that there is.
func TestReplacementIsVisible(t *testing.T) {
	t.Parallel()
	xr := composite(render(t, full()).composed["firewall"])
	for _, holds := range []string{"updateStrategy", "paused", "maintenanceWindow"} {
		unstructured.RemoveNestedField(xr.Object, "spec", holds)
	}
	is := observed(render(t, xr).composed["firewall"], "True", object{"atProvider": object{"machineID": "m1"}})
	if r := render(t, xr, is); r.composed["firewall-b"] != nil {
		t.Errorf("want nothing replaced, got %v", r.composed)
	}
	if err := unstructured.SetNestedField(xr.Object, "v1-large-x86", "spec", "size"); err != nil {
		t.Fatal(err)
	}
	r := render(t, xr, is)
	next := r.composed["firewall-b"]
	if next == nil {
		t.Fatalf("want another firewall, got %v, %v", r.composed, r.composite.Object["status"])
	}
	size, _, _ := unstructured.NestedString(next.Object, "spec", "forProvider", "size")
	if replaces := next.GetAnnotations()[v1alpha1.AnnotationReplaces]; size != "v1-large-x86" || replaces != is.GetName() {
		t.Errorf("want it of the new size, in place of %s, got %s, %s", is.GetName(), size, replaces)
	}
	same(t, "the one that there is", is.Object["spec"], r.composed["firewall"].Object["spec"])
}

// What the XCluster says reaches its claim.
func TestClaimStatus(t *testing.T) {
	t.Parallel()
	claim := full()
	claim.SetKind(clusterv1alpha1.XClusterClaimKind)
	made := render(t, composite(claim)).composed["xcluster"]
	said := object{
		"network":  object{"id": "n1", "prefixes": list{"10.0.4.0/22"}, "vrf": 20.},
		"firewall": object{"machineID": "m1", "lastEvent": "Phoned Home", "ips": list{"203.0.113.130"}, "message": "waits"},
		"message":  "waits",
	}
	status, ready := statusOf(t, render(t, composite(claim), observed(made, "True", asJSON(t, said).(object))))
	same(t, "claim", said, status)
	if diff := cmp.Diff("True", ready); diff != "" {
		t.Errorf("Ready: -want, +got:\n%s", diff)
	}
}

// An XFirewall leads to the Network of its XCluster by name, and a living one that finds
// it by the XCluster's uid goes on doing so: the label is there.
func TestWayToTheNetwork(t *testing.T) {
	t.Parallel()
	made := render(t, full())
	way := func(r rendering) any {
		spec, _ := r.composed["firewall"].Object["spec"].(object)
		return object{"ref": spec["privateNetworkIDRef"], "selector": spec["privateNetworkIDSelector"]}
	}
	same(t, "new", object{"ref": object{"name": made.composed["network"].GetName()}, "selector": nil}, way(made))
	for uid, want := range map[string]object{
		"uid-of-full":  {"ref": nil, "selector": object{"matchLabels": object{clusterv1alpha1.LabelUID: "uid-of-full"}}},
		"uid-of-other": {"ref": nil, "selector": object{"matchLabels": object{clusterv1alpha1.LabelUID: "uid-of-full"}}}, // It was restored, and its XCluster is another one.
	} {
		network, firewall := observed(made.composed["network"], "True", object{}), observed(made.composed["firewall"], "True", object{})
		network.SetName("network-1")
		firewall.Object["spec"].(object)["privateNetworkIDRef"] = nil
		firewall.Object["spec"].(object)["privateNetworkIDSelector"] = object{"matchLabels": object{clusterv1alpha1.LabelUID: uid}}
		r := render(t, full(), network, firewall)
		same(t, uid, want, way(r))
		same(t, uid, "uid-of-full", r.composed["network"].GetLabels()[clusterv1alpha1.LabelUID])
	}
}
