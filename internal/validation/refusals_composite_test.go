//go:build envtest

package validation

import "maps"

// movedOwnership are refusals to move what the status shows, which is at a path
// such as status.network.id: partition, project and configuration never change.
func movedOwnership(name, shown, want string) map[string]attempt {
	all := map[string]attempt{}
	for what, a := range map[string]attempt{
		"PartitionChanged":  {reason: "Nothing can move.", update: change{"spec.partition": "elsewhere"}},
		"ProjectChanged":    {reason: "Nothing changes hands.", update: change{"spec.projectID": "another"}},
		"ConfigChanged":     {reason: "It lives in the metal-stack that made it.", update: change{"spec.providerConfigRef.name": "another"}},
		"ConfigKindChanged": {reason: "A configuration of the same name may lead elsewhere.", update: change{"spec.providerConfigRef.kind": "ProviderConfig"}},
		"ConfigRemoved": {
			reason: "Removed, it is the default.",
			given:  change{"spec.providerConfigRef": object{"kind": "ProviderConfig", "name": "tenant"}},
			update: change{"spec.providerConfigRef": nil},
		},
	} {
		a.status, a.want = change{shown: "1"}, []string{": " + want}
		all[what+name] = a
	}
	return all
}

// settingsRefusals are those of the firewall of a composite, which is at path,
// such as "spec".
func settingsRefusals(path string) map[string]attempt {
	p := path + "."
	all := firewallValues(p)
	maps.Copy(all, map[string]attempt{
		"Families": {
			reason: "There are two.",
			create: change{p + "networks[0].ips": list{"203.0.113.1"}, p + "networks[0].addressFamilies": list{"ipv4"}},
			want:   []string{p + `networks[0].addressFamilies[0]: Unsupported value: "ipv4": supported values: "IPv4", "IPv6"`},
		},
		"FamiliesOfNothing": {
			reason: "metal-stack takes one of each family by itself.",
			create: change{p + "networks[0].addressFamilies": list{"IPv4"}},
			want:   []string{p + "networks[0]: addressFamilies are for given addresses: name some in ips"},
		},
		"NoNetwork": {reason: "A firewall has two sides.", create: change{p + "networks": list{}}, want: []string{p + "networks: name at least one network, such as the internet: a firewall leads somewhere"}},
		"ConfigKind": {
			reason: "There are two kinds of configuration.",
			create: change{"spec.providerConfigRef": object{"kind": "Config", "name": "default"}},
			want:   []string{`spec.providerConfigRef.kind: Unsupported value: "Config": supported values: "ClusterProviderConfig", "ProviderConfig"`},
		},
	})
	for name, field := range map[string]string{"Config": "spec.providerConfigRef", "UserData": p + "userDataSecretRef"} {
		second := map[string]string{"Config": "kind", "UserData": "key"}[name]
		all["Empty"+name] = attempt{
			reason: "A reference to nothing is more likely a template that lacks a value.",
			create: change{field: object{}},
			want:   []string{field + ".name: Required value", field + "." + second + ": Required value"},
		}
	}
	for name, field := range map[string]string{
		"Partition": "spec.partition", "Project": "spec.projectID", "Size": p + "size", "Image": p + "image", "NetworkID": p + "networks[0].networkID",
	} {
		all["Empty"+name] = attempt{
			reason: "What is required cannot be empty.",
			create: change{field: ""},
			want:   []string{field + ": " + field + " in body should be at least 1 chars long"},
		}
	}
	return all
}

func xclusterRefusals() map[string]attempt {
	const fixed = "partition, projectID and providerConfigRef are fixed once a network or firewall is created: delete this and create another"
	all := settingsRefusals("spec.firewall")
	maps.Copy(all, movedOwnership("WithNetwork", "status.network.id", fixed))
	maps.Copy(all, movedOwnership("WithFirewall", "status.firewall.machineID", fixed))
	all["Family"] = attempt{
		reason: "There are two.",
		create: change{"spec.network.addressFamilies": list{"ipv4"}},
		want:   []string{`spec.network.addressFamilies[0]: Unsupported value: "ipv4": supported values: "IPv4", "IPv6"`},
	}
	return all
}

func claimRefusals() map[string]attempt {
	all := xclusterRefusals()
	all["ConnectionSecret"] = attempt{
		reason: "Nobody would write the Secret.",
		create: change{"spec.writeConnectionSecretToRef": object{"name": "x-claimed"}},
		want:   []string{": " + noSecret},
	}
	all["Replaced"] = attempt{
		reason: "Crossplane would make another XCluster, and forget this one.",
		given: change{"spec.resourceRef": object{
			"apiVersion": "cluster.metal-stack.crossplane.io/v1alpha1", "kind": "ClaimedXCluster", "name": "x-claimed-abcde",
		}},
		update: change{"spec.resourceRef": nil},
		want:   []string{": " + keepsResource},
	}
	return all
}

func xfirewallRefusals() map[string]attempt {
	either := "spec: name the private network that the firewall stands in front of: either privateNetworkID, privateNetworkIDRef or privateNetworkIDSelector"
	const selector = "spec.privateNetworkIDSelector"
	all := settingsRefusals("spec")
	maps.Copy(all, movedOwnership("", "status.machineID", "partition, projectID and providerConfigRef are fixed once the firewall is created: delete this and create another"))
	maps.Copy(all, map[string]attempt{
		"NoPrivateNetwork":    {reason: "A firewall stands in front of something.", create: change{selector: nil}, want: []string{either}},
		"EmptyPrivateNetwork": {reason: "An empty id is none.", create: change{selector: nil, "spec.privateNetworkID": ""}, want: []string{either}},
		"TwoPrivateNetworks":  {reason: "But of one thing only.", create: change{"spec.privateNetworkID": "n1"}, want: []string{either}},
		"AnyNetwork":          {reason: "A selector of nothing would select anything.", create: change{selector: object{"matchLabels": object{}}}, want: []string{either}},
		"NoSelector":          {reason: "So would an empty one.", create: change{selector: object{}, "spec.privateNetworkID": ""}, want: []string{either}},
		"LongLabel": {
			reason: "No label is that long.",
			create: change{selector: object{"matchLabels": object{"a": long(64)}}},
			want:   []string{selector + ".matchLabels.a: Too long: may not be more than 63 bytes"},
		},
		"Hostname": {
			reason: "A hostname has no dots.",
			create: change{"spec.hostname": "edge.example"},
			want:   []string{"spec.hostname: a hostname is of lower case letters, digits and -, such as edge-1"},
		},
		"Name": {
			reason: "Without hostname, the name is the hostname.",
			create: change{"metadata.name": "edge.example"},
			want:   []string{": the name is the firewall's hostname: only lower case letters, digits and -, or set spec.hostname"},
		},
		"LongName": {
			reason: "No label has more.",
			create: change{"metadata.name": long(56) + ".example", "spec.hostname": "edge"},
			want:   []string{"metadata.name: Too long: may not be more than 63 bytes"},
		},
		"NameWithEmptyHostname": {
			reason: "An empty hostname is none.",
			create: change{"metadata.name": "edge.example", "spec.hostname": ""},
			want:   []string{": the name is the firewall's hostname: only lower case letters, digits and -, or set spec.hostname"},
		},
	})
	return all
}
