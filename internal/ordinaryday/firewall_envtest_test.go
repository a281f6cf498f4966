//go:build envtest

package ordinaryday

import (
	"context"
	"slices"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// Keys of which nobody has the private halves.
const (
	key1 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICWpxLgLVYDD50dcKvlUoY3CXnosmgAC5GTZRrHz4HoX one"
	key2 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICWpxLgLVYDD50dcKvlUoY3CXnosmgAC5GTZRrHz4HoX two"
)

// privateOnly annotations of a firewall that shall be in no other network.
var privateOnly = object{v1alpha1.AnnotationPrivateOnly: "true"}

func firewall() *kind {
	return &kind{
		name:   "Firewall",
		plural: "firewalls",
		base: func(w world) object {
			return object{"partition": "mini-lab", "projectID": project, "size": "v1-small-x86", "image": image, "privateNetworkID": w.networks["private"], "networks": list{object{"name": "internet", "networkID": internet}}}
		},
		maximal:      maximalFirewall,
		alternatives: []string{"privateNetworkID"}, // It is taken from where the reference and the selector lead to.
		blocked:      change{"projectID": nobodys},
		fields:       firewallFields,
		allocates:    "allocateFirewall",
		frees:        "freeMachine",
		free:         func(ctx context.Context, s metal.Stack, id string) error { return s.FreeMachine(ctx, id) },
		found:        foundBy(metal.Stack.MachinesOf, foundFirewall),
		identifies: func(w world) change {
			return change{"partition": "mini-lap", "projectID": nobodys, "size": "v1-smal-x86", "privateNetworkID": w.networks["other"], "networks": list{object{"name": "dmz", "networkID": dmz}}}
		},
		words: words{
			field: "tags", description: "description",
			write:     writeTags,
			strangers: []string{"owner: jane ", "gpu", "gpu=a100"},
			blank:     list{"team=storage "},
			two:       list{"env=dev", "cost-center=47"},
			one:       list{"env=prod"},
			second:    "cost-center=47",
		},
		typos: func(w world) []typo {
			private := change{"privateNetworkID": w.networks["private"]}
			return []typo{
				{name: "partition", wrong: change{"partition": "mini-lap"}, right: change{"partition": "mini-lab"}, says: "mini-lap"},
				{name: "project", wrong: change{"projectID": nobodys}, right: change{"projectID": project}, says: nobodys},
				{name: "size", wrong: change{"size": "v1-smal-x86"}, right: change{"size": "v1-small-x86"}, says: "v1-smal-x86"},
				{name: "image", wrong: change{"image": "firewal-ubuntu-3.0"}, right: change{"image": image}, says: "firewal-ubuntu-3.0"},
				{name: "image-of-machines", wrong: change{"image": "ubuntu-26.4"}, right: change{"image": image}, says: "ubuntu-26.4"},
				{name: "layout", wrong: change{"fileSystemLayout": "defalt"}, right: change{"fileSystemLayout": "default"}, says: "defalt"},
				{name: "private-network", wrong: change{"privateNetworkID": "no-such-network"}, right: private, says: "no-such-network"},
				{name: "private-network-external", wrong: change{"privateNetworkID": internet}, right: private, says: internet},
				{name: "network", wrong: change{"networks": list{object{"name": "internet", "networkID": "internet-mini-lap"}}}, right: change{"networks": list{object{"name": "internet", "networkID": internet}}}, says: "internet-mini-lap"},
				{name: "secret", wrong: change{"userDataSecretRef": object{"name": "user-date", "key": "one"}}, right: change{"userDataSecretRef": object{"name": "user-data", "key": "one"}}, says: "user-date"},
				{name: "hostname", resource: "typo.hostname", right: change{"hostname": "typo-hostname"}, says: "set hostname"},
			}
		},
		awkward: map[string]change{
			"blanks":        {"name": " edge ", "description": " before ", "tags": list{" team = storage ", " ", "edge "}, "placementTags": list{" rack "}},
			"equals":        {"tags": list{"team=", "=", "a=b=c"}},
			"lines":         {"description": "one\ntwo\n"},
			"keys":          {"sshPublicKeys": list{key1 + " ", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICWpxLgLVYDD50dcKvlUoY3CXnosmgAC5GTZRrHz4HoX"}},
			"unmasked":      {"rules": object{"egress": list{object{"ports": list{53}, "to": list{"10.1.2.3/8"}}}}},
			"twice":         {"dnsServers": list{"9.9.9.9", "9.9.9.9"}, "ntpServers": list{"pool.ntp.org", "pool.ntp.org"}},
			"upper-case":    {"ntpServers": list{"0.POOL.ntp.org", "2001:DB8::1"}},
			"rule-twice":    {"rules": object{"egress": list{object{"ports": list{53}, "to": list{"0.0.0.0/0"}}, object{"ports": list{53}, "to": list{"0.0.0.0/0"}}}}},
			"port-nothing":  {"rules": object{"egress": list{object{"ports": list{0}, "to": list{"0.0.0.0/0"}, "comment": " "}}}},
			"nothing":       {"rules": object{"egress": list{}, "ingress": list{}}, "networks": list{}, "tags": list{}, "description": "", "hostname": "", "metadata.annotations": privateOnly},
			"image-short":   {"image": "firewall-ubuntu-3"},
			"entry-nothing": {"networks": list{object{"name": "internet", "networkID": internet, "ips": list{}, "networkIDSelector": object{}}}},
		},
		references: []reference{
			givenIP(),
			{at: "privateNetworkIDRef", selector: "privateNetworkIDSelector", plain: "privateNetworkID", kind: "Network"},
			{
				at: "networks[1].networkIDRef", selector: "networks[1].networkIDSelector", plain: "networks[1].networkID", kind: "Network", to: change{"shared": true}, optional: true,
				given: change{"networks": list{object{"name": "internet", "networkID": internet}, object{"name": "shared"}}},
			},
		},
	}
}

func maximalFirewall(w world) object {
	required := object{"resolution": "Required", "resolve": "Always"}
	optional := object{"resolution": "Optional", "resolve": "IfNotPresent"}
	return maximallyOwned(w, object{
		"partition": "mini-lab", "projectID": project, "size": "v1-small-x86", "image": image,
		"privateNetworkIDRef":      object{"name": "private", "namespace": w.namespace, "policy": required},
		"privateNetworkIDSelector": object{"matchLabels": object{"of": "private"}, "matchControllerRef": false, "namespace": w.namespace, "policy": optional},
		"networks": list{
			object{"name": "internet", "networkID": internet, "autoAcquire": false, "ips": list{maximal4, "2001:DB8:0:113:0::152"}, "addressFamilies": list{"IPv6", "IPv4"}},
			maximalIPs(w, "firewall"),
			object{"name": "shared", "networkIDRef": object{"name": "shared", "namespace": w.namespace, "policy": optional}, "autoAcquire": true},
			object{"name": "shared-other", "networkIDSelector": object{
				"matchLabels": object{"of": "shared-other"}, "matchControllerRef": false, "namespace": w.namespace, "policy": required,
			}},
		},
		"hostname": "edge-1", "name": "edge 1", "description": "before storage", "tags": list{"team=storage", "edge"},
		"sshPublicKeys": list{key2, key1}, "userDataSecretRef": object{"name": "user-data", "key": "one"}, "fileSystemLayout": "default",
		"dnsServers": list{"9.9.9.9", "2001:DB8:0::1"}, "ntpServers": list{"1.pool.ntp.org", "0.pool.ntp.org", "2.pool.ntp.org"},
		"placementTags": list{"rack=b", "rack=a"},
		"rules": object{
			"egress": list{
				object{"comment": "DNS", "protocol": "UDP", "ports": list{53}, "to": list{"9.9.9.9/32", "1.1.1.1/32"}},
				object{"ports": list{443, 80}, "to": list{"0.0.0.0/0"}},
			},
			"ingress": list{object{"comment": "HTTPS", "protocol": "TCP", "ports": list{443}, "from": list{"2001:DB8:1:0::/48"}, "to": list{"2001:db8:2::/48"}}},
		},
	})
}

func foundFirewall(f *metal.Machine) found {
	keys := slices.Sorted(slices.Values(f.SSHPublicKeys))
	return found{id: f.ID, words: f.Tags, values: map[string]any{"description": f.Description, "tags": firewall().words.without(f.Tags, "machine.metal-stack.io/"), "sshPublicKeys": keys}}
}

func writeTags(ctx context.Context, s metal.Stack, id string, words []string) error {
	return s.UpdateMachine(ctx, id, metal.MachineUpdate{Tags: words})
}
