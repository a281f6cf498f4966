//go:build envtest

package validation

import (
	"maps"
	"strings"
	"testing"
)

// edits of fields that are fixed at creation, when something exists: the API
// server accepts them, and the provider compares and says that it does not follow.
func edits(status change, values map[string][2]any) map[string]attempt {
	all := map[string]attempt{}
	for path, v := range values {
		name := path[strings.LastIndex(path, ".")+1:]
		all[name+"Changed"] = attempt{reason: "Whoever applies learns it from UpToDate.", given: change{path: v[0]}, status: status, update: change{path: v[1]}}
		all[name+"Removed"] = attempt{reason: "To remove it is to change it.", given: change{path: v[0]}, status: status, update: change{path: nil}}
		all[name+"Added"] = attempt{reason: "To add it too.", given: change{path: nil}, status: status, update: change{path: v[0]}}
	}
	return all
}

// changed are edits of a value that cannot be removed.
func changed(status change, values map[string]any) map[string]attempt {
	all := map[string]attempt{}
	for path, v := range values {
		all[path[strings.LastIndex(path, ".")+1:]+"Changed"] = attempt{reason: "Whoever applies learns it from UpToDate.", status: status, update: change{path: v}}
	}
	return all
}

// corrections of what is fixed once it exists, before it does.
func corrections(partition, project string) map[string]attempt {
	return map[string]attempt{
		"PartitionCorrected": {reason: "Nothing was made in the wrong partition.", update: change{partition: "elsewhere"}},
		"ProjectCorrected":   {reason: "Nothing was made for the wrong project.", update: change{project: "another"}},
		"ConfigCorrected": {
			reason: "Nothing was made by the wrong configuration.",
			update: change{"spec.providerConfigRef": object{"kind": "ProviderConfig", "name": "tenant"}},
		},
		"StatusWithoutObject": {
			reason: "A status that shows no object shows nothing.",
			status: change{"status.conditions": list{}},
			update: change{partition: "elsewhere"},
		},
	}
}

// lookedAt is what the status shows, at a path such as status.atProvider.id, and may be
// described in another way all the same.
func lookedAt(shown string) map[string]attempt {
	return map[string]attempt{
		"LookedAtCorrected": {
			reason: "What is only looked at need not be what is described.",
			given:  change{"spec.managementPolicies": list{"Observe"}},
			status: change{shown: "1"},
			update: change{"spec.forProvider.partition": "elsewhere", "spec.forProvider.projectID": "another"},
		},
	}
}

// firewallAccepted are those that all kinds of a firewall have, at a prefix such
// as spec.
func firewallAccepted(prefix string, exists change) map[string]attempt {
	all := map[string]attempt{
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
		"TagAndKey": {
			reason: "A word is another tag than a key of that name.",
			create: change{prefix + "tags": list{"team", "team=b"}},
		},
		"KeysChanged": {
			reason: "Keys can be changed.",
			update: change{prefix + "sshPublicKeys": list{"ssh-rsa AAAAB3NzaC1yc2E= me@example.org"}},
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
			status: exists,
			update: change{prefix + "networks": list{
				object{"name": "b", "networkID": "b"},
				object{"name": "a", "networkID": "a", "ips": list{"203.0.113.2", "203.0.113.1"}},
			}},
		},
		"Empties": {
			reason: "A template writes empties: they are as if they were not there.",
			create: change{
				prefix + "networks[0].ips": list{}, prefix + "dnsServers": list{}, prefix + "ntpServers": list{},
				prefix + "sshPublicKeys": list{}, prefix + "tags": list{}, prefix + "rules": object{},
			},
		},
		"EmptyRules": {reason: "So are empty lists of rules.", create: change{prefix + "rules": object{"egress": list{}, "ingress": list{}}}},
		"EmptiesInRules": {
			reason: "And empties in a rule.",
			create: change{prefix + "rules": object{
				"egress":  list{object{"comment": "", "ports": list{int64(53)}, "to": list{"0.0.0.0/0"}}},
				"ingress": list{object{"comment": "", "ports": list{int64(53)}, "from": list{"0.0.0.0/0"}, "to": list{}}},
			}},
		},
	}
	maps.Copy(all, changed(exists, map[string]any{
		prefix + "size": "another", prefix + "image": "another", prefix + "networks": list{object{"name": "dmz", "networkID": "dmz"}},
	}))
	maps.Copy(all, edits(exists, map[string][2]any{
		prefix + "networks[0].ips":   {list{"203.0.113.130"}, list{"203.0.113.131"}},
		prefix + "userDataSecretRef": {object{"name": "a", "key": "k"}, object{"name": "b", "key": "k"}},
		prefix + "dnsServers":        {list{"1.1.1.1"}, list{"9.9.9.9"}},
		prefix + "ntpServers":        {list{"0.pool.ntp.org"}, list{"1.pool.ntp.org"}},
		prefix + "rules":             {object{"egress": list{object{"ports": list{int64(53)}, "to": list{"0.0.0.0/0"}}}}, object{"egress": list{}}},
	}))
	return all
}

func managedAccepted() map[string]map[string]attempt {
	const p = "spec.forProvider."
	network := map[string]attempt{
		"ObserveOnly": {
			reason: "To look at a network takes nothing but its id.",
			create: change{"spec.managementPolicies": list{"Observe"}, "spec.forProvider": nil},
		},
		"ImportCompleted": {
			reason: "What is only looked at may be described before it is taken over.",
			given:  change{"spec.managementPolicies": list{"Observe"}, "spec.forProvider": object{}},
			status: change{"status.atProvider.id": "n1"},
			update: change{"spec.managementPolicies": list{"*"}, "spec.forProvider": object{
				"partition": "mini-lab", "projectID": "p", "addressFamilies": list{"IPv4"}, "nat": true,
			}},
		},
		"Empties": {
			reason: "A template writes empties: they are as if they were not there.",
			create: change{
				p + "name": "", p + "description": "", p + "labels": object{}, p + "addressFamilies": list{},
				p + "prefixLengths": object{}, p + "destinationPrefixes": list{},
			},
		},
		"Shared": {reason: "Sharing can be given.", update: change{p + "shared": true}},
	}
	exists := change{"status.atProvider.id": "n1", "status.atProvider.asked": "{}"}
	maps.Copy(network, lookedAt("status.atProvider.id"))
	maps.Copy(network, corrections(p+"partition", p+"projectID"))
	maps.Copy(network, edits(exists, map[string][2]any{
		p + "addressFamilies":     {list{"IPv4"}, list{"IPv6"}},
		p + "prefixLengths":       {object{"ipv4": int64(24)}, object{"ipv4": int64(25)}},
		p + "nat":                 {true, false},
		p + "destinationPrefixes": {list{"10.0.0.0/8"}, list{"10.1.0.0/16"}},
		p + "shared":              {true, false},
		p + "labels":              {object{"a": "b"}, object{"a": ""}},
	}))

	exists = change{"status.atProvider.machineID": "m1", "status.atProvider.asked": "{}"}
	firewall := firewallAccepted(p, exists)
	maps.Copy(firewall, lookedAt("status.atProvider.machineID"))
	maps.Copy(firewall, corrections(p+"partition", p+"projectID"))
	maps.Copy(firewall, edits(exists, map[string][2]any{
		p + "privateNetworkID": {"n1", "n2"},
		p + "hostname":         {"edge-1", "edge-2"},
		p + "name":             {"edge 1", "edge 2"},
		p + "fileSystemLayout": {"one", "other"},
		p + "placementTags":    {list{"a"}, list{"b"}},
		p + "description":      {"one", "other"},
	}))
	maps.Copy(firewall, map[string]attempt{
		"ReferenceChanged": {
			reason: "Where a reference leads is compared when it is followed.",
			status: exists,
			update: change{p + "privateNetworkIDRef": object{"name": "another"}},
		},
		"ReferenceOptional": {
			reason: "A reference says how it is followed.",
			create: change{p + "privateNetworkIDRef.policy": object{"resolution": "Optional", "resolve": "Always"}},
		},
		"ReferenceAndEmpties": {
			reason: "Beside a reference, an empty id and an empty selector are as if they were not there.",
			create: change{p + "privateNetworkID": "", p + "privateNetworkIDSelector": object{"matchLabels": object{}}},
		},
		"SelectorLabels": {
			reason: "Sixteen labels may be selected by.",
			create: change{p + "privateNetworkIDRef": nil, p + "privateNetworkIDSelector": object{"matchLabels": object{"a": "b"}, "namespace": "other"}},
		},
		"SelectorController": {
			reason: "So may what the same composite composes.",
			create: change{p + "privateNetworkIDRef": nil, p + "privateNetworkIDSelector": object{"matchControllerRef": true}},
		},
		"JoinedByReference": {
			reason: "A network may be named by a Network resource, beside an empty id.",
			create: change{p + "networks": list{
				object{"name": "a", "networkID": "", "networkIDRef": object{"name": "a"}},
				object{"name": "b", "networkID": "", "networkIDSelector": object{"matchLabels": object{"a": "b"}}},
			}},
		},
		"AutoAcquireChanged": {
			reason: "Whoever applies learns it from UpToDate.",
			given:  change{p + "networks[0].ips": list{"203.0.113.130"}},
			status: exists,
			update: change{p + "networks[0].autoAcquire": false},
		},
		"ObserveOnly": {
			reason: "To look at a firewall takes nothing but its id.",
			create: change{"spec.managementPolicies": list{"Observe"}, "spec.forProvider": nil},
		},
		"OtherEmpties": {
			reason: "A template writes empties: they are as if they were not there.",
			create: change{p + "hostname": "", p + "name": "", p + "description": "", p + "fileSystemLayout": "", p + "placementTags": list{}},
		},
	})
	return map[string]map[string]attempt{"Network": network, "Firewall": firewall}
}

// xclusterAccepted are those of an XCluster, its claim and the composite behind.
func xclusterAccepted() map[string]attempt {
	exists := change{"status.network.id": "n1", "status.firewall.machineID": "m1"}
	all := firewallAccepted("spec.firewall.", exists)
	maps.Copy(all, corrections("spec.partition", "spec.projectID"))
	maps.Copy(all, edits(exists, map[string][2]any{
		"spec.network.addressFamilies": {list{"IPv4"}, list{"IPv6"}},
		"spec.network.prefixLengths":   {object{"ipv4": int64(24)}, object{"ipv4": int64(25)}},
		"spec.network":                 {object{"addressFamilies": list{"IPv4"}}, object{}},
	}))
	maps.Copy(all, map[string]attempt{
		"SetBack":        setBack(exists),
		"EmptyNetwork":   {reason: "An empty network is as none.", create: change{"spec.network": object{}}},
		"EmptyInNetwork": {reason: "So are empties in it.", create: change{"spec.network": object{"addressFamilies": list{}, "prefixLengths": object{}}}},
		"EmptyStatus": {
			reason: "An empty id in the status shows nothing.",
			status: change{"status.network.id": "", "status.firewall.machineID": ""},
			update: change{"spec.partition": "elsewhere"},
		},
	})
	return all
}

// setBack is the way out of a change that came through while the status was late.
func setBack(exists change) attempt {
	status := maps.Clone(exists)
	status["status.place"] = object{"partition": "mini-lab", "projectID": "ours", "providerConfigRef": object{"kind": "ProviderConfig", "name": "tenant"}}
	return attempt{
		reason: "What is made is there.",
		given:  change{"spec.partition": "elsewhere", "spec.projectID": "theirs"},
		status: status,
		update: change{"spec.partition": "mini-lab", "spec.projectID": "ours", "spec.providerConfigRef": object{"kind": "ProviderConfig", "name": "tenant"}},
	}
}

func xfirewallAccepted() map[string]attempt {
	const selector = "spec.privateNetworkIDSelector"
	exists := change{"status.machineID": "m1"}
	all := firewallAccepted("spec.", exists)
	all["SetBack"] = setBack(exists)
	maps.Copy(all, corrections("spec.partition", "spec.projectID"))
	maps.Copy(all, edits(exists, map[string][2]any{"spec.hostname": {"edge-1", "edge-2"}}))
	maps.Copy(all, map[string]attempt{
		"ByID": {
			reason: "A private network can be named by its id.",
			create: change{selector: nil, "spec.privateNetworkID": "n1"},
		},
		"ByIDAndEmptySelector": {
			reason: "An empty selector is none.",
			create: change{selector: object{}, "spec.privateNetworkID": "n1"},
		},
		"ByIDAndEmptyLabels": {
			reason: "So is one of no labels.",
			create: change{selector: object{"matchLabels": object{}}, "spec.privateNetworkID": "n1"},
		},
		"BySelectorAndEmptyID": {
			reason: "An empty id is none.",
			create: change{"spec.privateNetworkID": ""},
		},
		"PrivateNetworkChanged": {
			reason: "Whoever applies learns it from UpToDate.",
			given:  change{selector: nil, "spec.privateNetworkID": "n1"},
			status: exists,
			update: change{"spec.privateNetworkID": "n2"},
		},
		"SelectorReplaced": {reason: "So it is with a selector.", status: exists, update: change{selector: nil, "spec.privateNetworkID": "n1"}},
		"NameWithHostname": {
			reason: "With hostname, the name may have dots.",
			create: change{"metadata.name": "edge.example", "spec.hostname": "edge"},
		},
		"LongestNameWithDots": {
			reason: "With dots or without: it is a label of the Firewall.",
			create: change{"metadata.name": long(55) + ".example", "spec.hostname": "edge"},
		},
		"LongestName": {
			reason: "A name is a hostname of at most 63.",
			create: change{"metadata.name": long(63)},
		},
		"EmptyHostname": {reason: "An empty hostname is none.", create: change{"spec.hostname": ""}},
	})
	return all
}

// accepted are by kind and name.
func accepted() map[string]map[string]attempt {
	all := managedAccepted()
	all["XFirewall"] = xfirewallAccepted()
	for _, kind := range []string{"XCluster", "XClusterClaim", "ClaimedXCluster"} {
		all[kind] = xclusterAccepted()
	}
	maps.Copy(all["XCluster"], map[string]attempt{
		"LongestName": {
			reason: "With -firewall behind it, it is a hostname of 63.",
			create: change{"metadata.name": long(54)},
		},
		"GeneratedName": {
			reason: "Of a longer one that is generated the composition takes the end.",
			create: change{"metadata.name": long(58) + "abcde", "metadata.generateName": long(63)},
		},
		"OfClaim": {
			reason: "The XCluster behind a claim has a long generated name, and the claim's in a label.",
			create: change{"metadata.name": long(50) + "-0123456789ab", "metadata.generateName": long(50) + "-"},
		},
	})
	all["XClusterClaim"]["NoConnectionSecret"] = attempt{
		reason: "A Secret without a name is none.",
		create: change{"spec.writeConnectionSecretToRef": object{"name": ""}},
	}
	all["ClaimedXCluster"]["LongName"] = attempt{
		reason: "Crossplane puts letters behind the claim's name.",
		create: change{"metadata.name": long(54) + "-abcde"},
	}
	all["ClaimedXCluster"]["ConnectionSecret"] = attempt{
		reason: "The rule is for the claim, whose Secret is not the composite's.",
		create: change{"spec.writeConnectionSecretToRef": object{"name": "a", "namespace": "b"}},
	}
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
