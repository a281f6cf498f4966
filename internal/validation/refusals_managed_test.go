//go:build envtest

package validation

import "maps"

// fixed are refusals to change, to add and to remove a value that is fixed at
// creation, under the names NameChanged, NameAdded and NameRemoved. The example
// has none.
func fixed(name, path string, is, other any, want string) map[string]attempt {
	return map[string]attempt{
		name + "Changed": {
			reason: "What was made cannot change.",
			given:  change{path: is},
			update: change{path: other},
			want:   []string{want},
		},
		name + "Added": {
			reason: "What was made cannot change.",
			given:  change{path: nil},
			update: change{path: is},
			want:   []string{want},
		},
		name + "Removed": {
			reason: "To remove it is to change it.",
			given:  change{path: is},
			update: change{path: nil},
			want:   []string{want},
		},
	}
}

func networkRefusals() map[string]attempt {
	const p = "spec.forProvider."
	required := "spec: forProvider.partition and forProvider.projectID are required where managementPolicies allow Create"
	partition := "spec.forProvider: partition is fixed at creation: a network cannot move, create another Network"
	project := "spec.forProvider: projectID is fixed at creation: a network cannot change hands, create another Network"
	shared := "spec.forProvider: a shared network cannot be unshared: create another Network"
	all := map[string]attempt{
		"NoPartition": {reason: "A network is made somewhere.", create: change{p + "partition": nil}, want: []string{required}},
		"NoProject":   {reason: "A network is somebody's.", create: change{p + "projectID": nil}, want: []string{required}},
		"NothingToUpdate": {
			reason: "To allow creation later is to need what creation needs.",
			given:  change{"spec.managementPolicies": list{"Observe"}, "spec.forProvider": object{}},
			update: change{"spec.managementPolicies": list{"*"}},
			want:   []string{required},
		},
		"PartitionChanged": {reason: "A network cannot move.", update: change{p + "partition": "elsewhere"}, want: []string{partition}},
		"PartitionRemoved": {
			reason: "Nor can it be nowhere, even when only looked at.",
			given:  change{"spec.managementPolicies": list{"Observe"}},
			update: change{p + "partition": nil},
			want:   []string{partition},
		},
		"ProjectChanged": {reason: "A network cannot change hands.", update: change{p + "projectID": "another"}, want: []string{project}},
		"ProjectRemoved": {
			reason: "Nor can it be nobody's, even when only looked at.",
			given:  change{"spec.managementPolicies": list{"Observe"}},
			update: change{p + "projectID": nil},
			want:   []string{project},
		},
		"ConfigChanged": {
			reason: "The network lives in the metal-stack that made it.",
			status: change{"status.atProvider.id": "n1"},
			update: change{"spec.providerConfigRef.name": "another"},
			want:   []string{": providerConfigRef is fixed once the network is created: the network lives in that metal-stack"},
		},
		"Unshared": {
			reason: "metal-api cannot take sharing back.",
			given:  change{p + "shared": true},
			update: change{p + "shared": false},
			want:   []string{shared},
		},
		"SharedRemoved": {
			reason: "Removed it means false.",
			given:  change{p + "shared": true},
			update: change{p + "shared": nil},
			want:   []string{shared},
		},
		"NoFamily":    {reason: "Left out is another thing than none.", create: change{p + "addressFamilies": list{}}, want: []string{p + "addressFamilies: " + p + "addressFamilies in body should have at least 1 items"}},
		"Family":      {reason: "There are two.", create: change{p + "addressFamilies": list{"ipv4"}}, want: []string{p + `addressFamilies[0]: Unsupported value: "ipv4": supported values: "IPv4", "IPv6"`}},
		"Destination": {reason: "A destination is a prefix.", create: change{p + "destinationPrefixes": list{"example.org"}}, want: []string{p + "destinationPrefixes[0]: " + notACIDR}},
		"EmptyLabel":  {reason: "metal-api wants a key.", create: change{p + "labels": object{"": "x"}}, want: []string{p + "labels: a label needs a key of 1 to 317 characters"}},
		"OurLabel": {
			reason: "Our mark says whose a network is.",
			create: change{p + "labels": object{"metal-stack.crossplane.io/uid": "1"}},
			want:   []string{p + "labels: labels of metal-stack.crossplane.io/ are the provider's own: choose another key"},
		},
	}
	maps.Copy(all, fixed("Families", p+"addressFamilies", list{"IPv4"}, list{"IPv6"}, "spec: addressFamilies are fixed at creation: create another Network"))
	maps.Copy(all, fixed("Lengths", p+"prefixLengths", object{"ipv4": int64(24)}, object{"ipv4": int64(25)}, "spec: prefixLengths are fixed at creation: create another Network"))
	maps.Copy(all, fixed("NAT", p+"nat", true, false, "spec: nat is fixed at creation: create another Network"))
	maps.Copy(all, fixed("Destinations", p+"destinationPrefixes", list{"10.0.0.0/8"}, list{"10.1.0.0/16"}, "spec: destinationPrefixes are fixed at creation: create another Network"))
	return all
}

func firewallRefusals() map[string]attempt {
	const p = "spec.forProvider."
	required := "spec: forProvider.partition, projectID, size and image are required where managementPolicies allow Create"
	private := "spec: name the private network where managementPolicies allow Create: forProvider.privateNetworkID, privateNetworkIDRef or privateNetworkIDSelector"
	networks := "networks are fixed at creation: create another Firewall"
	observed := change{"spec.managementPolicies": list{"Observe"}, p + "privateNetworkID": "n1"}

	all := firewallValues(p)
	for field, want := range map[string]string{
		"partition":        "partition is fixed at creation: a machine cannot move, create another Firewall",
		"projectID":        "projectID is fixed at creation: a firewall cannot change hands, create another Firewall",
		"size":             "size is fixed at creation: create another Firewall",
		"image":            "image is fixed at creation: create another Firewall",
		"privateNetworkID": "privateNetworkID is fixed at creation: create another Firewall",
	} {
		all[field+"Changed"] = attempt{
			reason: "A firewall is what it was made.",
			given:  change{p + "privateNetworkID": "n1"},
			update: change{p + field: "another"},
			want:   []string{"spec.forProvider: " + want},
		}
		all[field+"Removed"] = attempt{
			reason: "To remove it is to change it, even when it is only looked at.",
			given:  observed,
			update: change{p + field: nil},
			want:   []string{"spec.forProvider: " + want},
		}
		if field != "privateNetworkID" {
			all[field+"Missing"] = attempt{
				reason: "What metal-api needs to make a firewall.",
				create: change{p + field: nil},
				want:   []string{required},
			}
		}
	}
	maps.Copy(all, map[string]attempt{
		"NoPrivateNetwork": {reason: "A firewall stands in front of something.", create: change{p + "privateNetworkIDRef": nil}, want: []string{private}},
		"ConfigChanged": {
			reason: "The machine lives in the metal-stack that allocated it.",
			status: change{"status.atProvider.machineID": "m1"},
			update: change{"spec.providerConfigRef.name": "another"},
			want:   []string{": providerConfigRef is fixed once the firewall is created: the machine lives in that metal-stack"},
		},
		"Hostname": {reason: "A hostname has no dots.", create: change{p + "hostname": "edge.example"}, want: []string{p + "hostname: a hostname is of lower case letters, digits and -, such as edge-1"}},
		"NoNetworkID": {
			reason: "An entry names its network.",
			create: change{p + "networks": list{object{"name": "internet"}}},
			want:   []string{p + "networks[0]: name the network: networkID, networkIDRef or networkIDSelector"},
		},
		"NoAddress": {
			reason: "metal-api gives an address, or is given one.",
			create: change{p + "networks[0].autoAcquire": false},
			want:   []string{p + "networks[0]: autoAcquire: false needs an address of the network in ips"},
		},
		"NetworkChanged": {reason: "A firewall keeps its networks.", update: change{p + "networks[0].networkID": "another"}, want: []string{p + "networks[0]: " + networks}},
		"NetworkAdded":   {reason: "It joins no other.", update: change{p + "networks[1]": object{"name": "dmz", "networkID": "dmz"}}, want: []string{"spec: " + networks}},
		"NetworkRemoved": {reason: "And leaves none.", given: change{p + "networks[1]": object{"name": "dmz", "networkID": "dmz"}}, update: change{p + "networks[1]": nil}, want: []string{"spec: " + networks}},
		"NetworksGone":   {reason: "Not even all of them.", update: change{p + "networks": nil}, want: []string{"spec: " + networks}},
		"AutoAcquireChanged": {
			reason: "Addresses are taken when a firewall is made.",
			given:  change{p + "networks[0].ips": list{"203.0.113.130"}},
			update: change{p + "networks[0].autoAcquire": false},
			want:   []string{p + "networks[0]: autoAcquire is fixed at creation: create another Firewall"},
		},
	})
	maps.Copy(all, fixed("IPs", p+"networks[0].ips", list{"203.0.113.130"}, list{"203.0.113.131"}, p+"networks[0]: ips are fixed at creation: create another Firewall"))
	maps.Copy(all, fixed("Hostname", p+"hostname", "edge-1", "edge-2", "spec: hostname is fixed at creation: create another Firewall"))
	maps.Copy(all, fixed("Name", p+"name", "edge 1", "edge 2", "spec: name is fixed at creation: create another Firewall"))
	maps.Copy(all, fixed("UserData", p+"userDataSecretRef", object{"name": "a", "key": "k"}, object{"name": "b", "key": "k"}, "spec: user data is used at creation only: create another Firewall"))
	maps.Copy(all, fixed("Layout", p+"fileSystemLayout", "one", "other", "spec: fileSystemLayout is fixed at creation: create another Firewall"))
	maps.Copy(all, fixed("DNS", p+"dnsServers", list{"1.1.1.1"}, list{"9.9.9.9"}, "spec: dnsServers are fixed at creation: create another Firewall"))
	maps.Copy(all, fixed("NTP", p+"ntpServers", list{"0.pool.ntp.org"}, list{"1.pool.ntp.org"}, "spec: ntpServers are fixed at creation: create another Firewall"))
	maps.Copy(all, fixed("Placement", p+"placementTags", list{"a"}, list{"b"}, "spec: placementTags are used at creation only: create another Firewall"))
	maps.Copy(all, fixed("Rules", p+"rules", object{"egress": list{object{"ports": list{int64(53)}, "to": list{"0.0.0.0/0"}}}}, object{}, "spec: rules are fixed at creation: create another Firewall"))
	return all
}
