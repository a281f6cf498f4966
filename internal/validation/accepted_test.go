//go:build envtest

package validation

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// accepted are by kind and name.
func accepted() map[string]map[string]attempt {
	const p = "spec.forProvider."
	const uid = "spec.privateNetworkIDSelector"
	key := list{"ssh-rsa AAAAB3NzaC1yc2E= me@example.org"}
	changeable := func(prefix string) map[string]attempt {
		return map[string]attempt{
			"TagsChanged": {
				reason: "Tags can be changed.",
				given:  change{prefix + "tags": list{"team=a", "edge"}},
				update: change{prefix + "tags": list{"team=b"}},
			},
			"TagsRemoved": {
				reason: "And removed.",
				given:  change{prefix + "tags": list{"team=a"}},
				update: change{prefix + "tags": nil},
			},
			"KeysChanged": {
				reason: "Keys can be changed.",
				update: change{prefix + "sshPublicKeys": key},
			},
			"KeysRemoved": {
				reason: "And removed.",
				update: change{prefix + "sshPublicKeys": nil},
			},
			"SameInAnotherOrder": {
				reason: "Networks are a set.",
				given: change{prefix + "networks": list{
					object{"name": "a", "networkID": "a", "ips": list{"203.0.113.1", "203.0.113.2"}},
					object{"name": "b", "networkID": "b"},
				}},
				update: change{prefix + "networks": list{
					object{"name": "b", "networkID": "b"},
					object{"name": "a", "networkID": "a", "ips": list{"203.0.113.2", "203.0.113.1"}},
				}},
			},
		}
	}
	all := map[string]map[string]attempt{
		"Firewall":      changeable(p),
		"XFirewall":     changeable("spec."),
		"XCluster":      changeable("spec.firewall."),
		"XClusterClaim": changeable("spec.firewall."),
		"Network": {
			"ObserveOnly": {
				reason: "To look at a network takes nothing but its id.",
				create: change{"spec.managementPolicies": list{"Observe"}, "spec.forProvider": nil},
			},
			"ImportCompleted": {
				reason: "What is only looked at may be described before it is taken over.",
				given:  change{"spec.managementPolicies": list{"Observe"}, "spec.forProvider": object{}},
				update: change{"spec.managementPolicies": list{"*"}, "spec.forProvider": object{
					"partition": "mini-lab", "projectID": "p", "addressFamilies": list{"IPv4"}, "nat": true,
				}},
			},
			"ConfigCorrected": {
				reason: "Nothing was made by the wrong configuration.",
				update: change{"spec.providerConfigRef": object{"kind": "ProviderConfig", "name": "tenant"}},
			},
			"Shared": {reason: "Sharing can be given.", update: change{p + "shared": true}},
		},
	}
	all["Firewall"]["Resolved"] = attempt{
		reason: "The resolver fills in ids.",
		given:  change{p + "networks": list{object{"name": "internet", "networkIDRef": object{"name": "internet"}}}},
		update: change{p + "privateNetworkID": "n1", p + "networks[0].networkID": "n2"},
	}
	all["Firewall"]["ObserveOnly"] = attempt{
		reason: "To look at a firewall takes nothing but its id.",
		create: change{"spec.managementPolicies": list{"Observe"}, "spec.forProvider": nil},
	}
	all["XCluster"]["LongestName"] = attempt{
		reason: "With -firewall behind it, it is a hostname of 63.",
		create: change{"metadata.name": strings.Repeat("x", 54)},
	}
	all["XCluster"]["OfClaim"] = attempt{
		reason: "The XCluster behind a claim has a long generated name, and the claim's in a label.",
		create: change{"metadata.name": strings.Repeat("x", 50) + "-0123456789ab", "metadata.generateName": strings.Repeat("x", 50) + "-"},
	}
	all["XCluster"]["ConfigCorrected"] = attempt{
		reason: "Nothing was made by the wrong configuration.",
		update: change{"spec.providerConfigRef": object{"kind": "ProviderConfig", "name": "tenant"}},
	}
	all["XFirewall"]["ByID"] = attempt{
		reason: "A private network can be named by its id.",
		create: change{uid: nil, "spec.privateNetworkID": "n1"},
	}
	all["XFirewall"]["NameWithHostname"] = attempt{
		reason: "With hostname, the name may have dots.",
		create: change{"metadata.name": "edge.example", "spec.hostname": "edge"},
	}
	all["ClaimedXCluster"] = map[string]attempt{"LongName": {
		reason: "Crossplane puts letters behind the claim's name.",
		create: change{"metadata.name": strings.Repeat("x", 54) + "-abcde"},
	}}
	return all
}

func TestAccepted(t *testing.T) {
	t.Parallel()
	objects := subjects(t)
	for kind, all := range accepted() {
		for name, a := range all {
			t.Run(kind+"/"+name, func(t *testing.T) {
				t.Parallel()
				if err := a.try(t, objects[kind].DeepCopy()); err != nil {
					t.Errorf("%s\n%v", a.reason, err)
				}
			})
		}
	}
}

// MESSAGE shows what the network says, or else what the firewall does: nothing
// is wrong with a firewall that waits for its network.
func TestMessageColumn(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason string
		status change
		want   any
	}{
		"None":     {reason: "Nothing is waited for.", status: change{"status.network.id": "n1"}, want: nil},
		"Network":  {reason: "The network has a message.", status: change{"status.network.message": "no prefix left"}, want: "no prefix left"},
		"Firewall": {reason: "The firewall has a message.", status: change{"status.firewall.message": "no machine"}, want: "no machine"},
		"Both": {
			reason: "The network comes first.",
			status: change{"status.network.message": "no prefix left", "status.firewall.message": "no network"},
			want:   "no prefix left",
		},
	}
	xcluster := subjects(t)["XCluster"]
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := xcluster.DeepCopy()
			o.SetNamespace(namespace(t.Context(), t))
			if err := kube.Create(t.Context(), o); err != nil {
				t.Fatal(err)
			}
			tc.status.apply(t, o)
			if err := kube.Status().Update(t.Context(), o); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, cell(t, o, "MESSAGE")); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// cell is what kubectl get shows of an object in a column.
func cell(t *testing.T, o client.Object, column string) any {
	t.Helper()
	table := &metav1.Table{}
	err := rest.Get().
		AbsPath("apis", o.GetObjectKind().GroupVersionKind().Group, o.GetObjectKind().GroupVersionKind().Version, "namespaces", o.GetNamespace(), "xclusters", o.GetName()).
		SetHeader("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io").
		Do(t.Context()).Into(table)
	if err != nil {
		t.Fatal(err)
	}
	for i := range table.ColumnDefinitions {
		if table.ColumnDefinitions[i].Name == column {
			return table.Rows[0].Cells[i]
		}
	}
	t.Fatalf("there is no column %s", column)
	return nil
}
