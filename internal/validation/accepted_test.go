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
				prefix + "networks[0].ips": list{}, prefix + "networks[0].ipRefs": list{}, prefix + "networks[0].addressFamilies": list{}, prefix + "dnsServers": list{}, prefix + "ntpServers": list{},
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
	maps.Copy(all, referredAccepted("spec.firewall.", exists))
	maps.Copy(all, networkIDAccepted())
	maps.Copy(all, egressAccepted(exists))
	maps.Copy(all, workersAccepted(exists))
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

// referredAccepted are those of a composite's firewall that has addresses of IPs.
func referredAccepted(prefix string, exists change) map[string]attempt {
	all := edits(exists, map[string][2]any{prefix + "networks[0].ipRefs": {list{object{"name": "a"}}, list{object{"name": "b"}}}})
	all["FamiliesOfReferred"] = attempt{
		reason: "What IPs are given, families are of.",
		create: change{prefix + "networks[0].ipRefs": list{object{"name": "a"}}, prefix + "networks[0].addressFamilies": list{"IPv4"}},
	}
	return all
}

// networkIDAccepted are those of a network that exists.
func networkIDAccepted() map[string]attempt {
	given := func(id string) change { return change{"spec.network": object{"networkID": id}} }
	shown := change{"status.network.id": "n1"}
	return map[string]attempt{
		"NetworkID": {
			reason: "Beside an id, empties are as if they were not there.",
			create: change{"spec.network": object{"networkID": "n1", "addressFamilies": list{}, "prefixLengths": object{"ipv4": nil}}},
		},
		"EmptyNetworkID": {
			reason: "So is an empty id.",
			create: change{"spec.network": object{"networkID": "", "addressFamilies": list{"IPv4"}, "prefixLengths": object{"ipv4": int64(24)}}},
		},
		"NetworkIDCorrected":    {reason: "Nothing is in the wrong network.", given: given("n1"), update: given("n2")},
		"NetworkIDSame":         {reason: "To apply it again changes nothing.", given: given("n1"), status: shown, update: given("n1")},
		"NetworkIDEmptied":      {reason: "An empty id is none.", given: given(""), status: shown, update: change{"spec.network": object{}}},
		"NetworkIDSetBack":      {reason: "It came through while the status was late, and the network is what it was.", given: given("n2"), status: shown, update: given("n1")},
		"NetworkIDTakenBack":    {reason: "So is one that was allocated.", given: given("n2"), status: shown, update: given("")},
		"NetworkOfNoIDInStatus": {reason: "An empty id in the status shows nothing.", given: given("n1"), status: change{"status.network.id": ""}, update: given("n2")},
	}
}

// egressAccepted are those of what is said of a firewall's addresses.
func egressAccepted(exists change) map[string]attempt {
	joined := change{"spec.firewall.networks": list{object{"name": "internet", "networkID": "internet"}, object{"name": "dmz", "networkID": "dmz"}}}
	egress := func(entries ...any) change {
		c := maps.Clone(joined)
		c["spec.egressIPs"] = entries
		return c
	}
	return map[string]attempt{
		"EgressIPs":         {reason: "Addresses of each network that is joined.", create: egress(object{"network": "internet"}, object{"network": "dmz", "count": int64(8)})},
		"NoEgressIPs":       {reason: "No entries are none.", create: change{"spec.egressIPs": list{}}},
		"EgressIPsOfFamily": {reason: "As many of one family as of the other, or not.", create: egress(object{"network": "internet", "addressFamily": "IPv4"}, object{"network": "internet", "addressFamily": "IPv6", "count": int64(2)})},
		"EgressIPsEmpties": {
			reason: "A template writes empties: they are as if they were not there.",
			create: egress(
				object{"network": "internet", "addressFamily": "", "count": int64(2), "addresses": list{}},
				object{"network": "dmz", "addressFamily": nil, "count": nil, "addresses": nil},
			),
		},
		"EgressIPsOfFamilyAndNoAddresses": {reason: "No addresses are of any family.", create: egress(object{"network": "internet", "addressFamily": "IPv6", "addresses": list{}})},
		"EgressIPsByAddress": {
			reason: "Beside addresses, a count of 1 is as if it was left out, and their family says nothing new.",
			create: egress(
				object{"network": "internet", "addressFamily": "IPv4", "count": int64(1), "addresses": list{"203.0.113.1", "203.0.113.2"}},
				object{"network": "internet", "addressFamily": "IPv6", "count": int64(1), "addresses": list{"2001:db8::1"}},
				object{"network": "dmz", "addressFamily": "", "count": int64(1), "addresses": list{"198.51.100.1", "2001:db8:1::1"}},
			),
		},
		"EgressIPsOneOfThemByAddress": {
			reason: "One family may be named, and the other taken.",
			create: egress(object{"network": "internet", "addressFamily": "IPv4", "addresses": list{"203.0.113.1"}}, object{"network": "internet", "addressFamily": "IPv6"}),
		},
		"EgressIPsChanged": {reason: "They can be changed.", given: egress(object{"network": "internet"}), status: exists, update: egress(object{"network": "dmz", "count": int64(2)})},
		"EgressIPsRemoved": {reason: "And removed.", given: egress(object{"network": "internet"}), status: exists, update: change{"spec.egressIPs": nil}},
		"EgressIPsAdded":   {reason: "And added.", given: joined, status: exists, update: egress(object{"network": "internet"})},
	}
}

// workersAccepted are those of pools of workers.
func workersAccepted(exists change) map[string]attempt {
	pools := func(cs ...object) change {
		all := list{}
		for _, c := range cs {
			p := object{"name": "small", "replicas": int64(3), "size": "v1-small-x86", "image": "ubuntu-26.4"}
			maps.Copy(p, c)
			all = append(all, p)
		}
		return change{"spec.workers": all}
	}
	return map[string]attempt{
		"Pools":   {reason: "Pools differ in name.", create: pools(object{}, object{"name": "v1-large", "maxShrink": int64(0)}, object{"name": "g"}, object{"name": long(16)})},
		"NoPools": {reason: "No pools are none.", create: change{"spec.workers": list{}}},
		"PoolEmpties": {
			reason: "A template writes empties: they are as if they were not there.",
			create: pools(
				object{"replicas": int64(0), "sshPublicKeys": list{}, "networks": list{}},
				object{"name": "large", "maxShrink": nil, "sshPublicKeys": nil, "userDataSecretRef": nil, "networks": nil, "spread": nil},
			),
		},
		"PoolChanged":               {reason: "Pools can be changed.", given: pools(object{}), status: exists, update: pools(object{"replicas": int64(0), "size": "another", "image": "another", "spread": false})},
		"PoolRenamed":               {reason: "And be renamed, which is to add another.", given: pools(object{}), status: exists, update: pools(object{"name": "large"})},
		"PoolsRemoved":              {reason: "And be removed: what waits for consent is not the API server's to say.", given: pools(object{}), status: exists, update: change{"spec.workers": nil}},
		"PoolsInAnotherOrder":       {reason: "Pools are a set.", given: pools(object{}, object{"name": "large"}), status: exists, update: pools(object{"name": "large"}, object{})},
		"DeletionProtectionOff":     {reason: "Who deletes takes it away before.", given: change{"spec.deletionProtection": true}, status: exists, update: change{"spec.deletionProtection": false}},
		"DeletionProtectionRemoved": {reason: "Left out, it follows the workers.", given: change{"spec.deletionProtection": false}, status: exists, update: change{"spec.deletionProtection": nil}},
	}
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
	maps.Copy(all, referredAccepted("spec.", exists))
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
