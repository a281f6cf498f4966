//go:build envtest

package validation

import "maps"

// settingsRefusals are those of the firewall of a composite, which is at path,
// such as "spec".
func settingsRefusals(path string) map[string]attempt {
	p := path + "."
	networks := p + "networks: networks are fixed at creation: delete this and create another with the other networks"
	dmz := object{"name": "dmz", "networkID": "dmz"}
	all := firewallValues(p)
	maps.Copy(all, map[string]attempt{
		"SizeChanged":    {reason: "A firewall is what it was made.", update: change{p + "size": "another"}, want: []string{p + "size: size is fixed at creation: delete this and create another of the other size"}},
		"ImageChanged":   {reason: "A firewall is what it was made.", update: change{p + "image": "another"}, want: []string{p + "image: image is fixed at creation: delete this and create another with the other image"}},
		"NoNetwork":      {reason: "A firewall has two sides.", create: change{p + "networks": list{}}, want: []string{p + "networks: name at least one network, such as the internet: a firewall leads somewhere"}},
		"NetworkChanged": {reason: "A firewall keeps its networks.", update: change{p + "networks[0].networkID": "another"}, want: []string{networks}},
		"NetworkAdded":   {reason: "It joins no other.", update: change{p + "networks[1]": dmz}, want: []string{networks}},
		"NetworkRemoved": {reason: "And leaves none.", given: change{p + "networks[1]": dmz}, update: change{p + "networks[1]": nil}, want: []string{networks}},
		"PartitionChanged": {
			reason: "Nothing can move.",
			update: change{"spec.partition": "elsewhere"},
			want:   []string{"spec.partition: partition is fixed at creation: delete this and create another in the other partition"},
		},
		"ProjectChanged": {
			reason: "Nothing changes hands.",
			update: change{"spec.projectID": "another"},
			want:   []string{"spec.projectID: projectID is fixed at creation: delete this and create another in the other project"},
		},
		"ConfigKind": {
			reason: "There are two kinds of configuration.",
			create: change{"spec.providerConfigRef": object{"kind": "Config", "name": "default"}},
			want:   []string{`spec.providerConfigRef.kind: Unsupported value: "Config": supported values: "ClusterProviderConfig", "ProviderConfig"`},
		},
	})
	maps.Copy(all, fixed("IPs", p+"networks[0].ips", list{"203.0.113.130"}, list{"203.0.113.131"}, networks))
	maps.Copy(all, fixed("UserData", p+"userDataSecretRef", object{"name": "a", "key": "k"}, object{"name": "b", "key": "k"}, path+": user data is read at creation only: delete this and create another with it"))
	maps.Copy(all, fixed("DNS", p+"dnsServers", list{"1.1.1.1"}, list{"9.9.9.9"}, path+": dnsServers are fixed at creation: delete this and create another with them"))
	maps.Copy(all, fixed("NTP", p+"ntpServers", list{"0.pool.ntp.org"}, list{"1.pool.ntp.org"}, path+": ntpServers are fixed at creation: delete this and create another with them"))
	maps.Copy(all, fixed("Rules", p+"rules", object{"egress": list{object{"ports": list{int64(53)}, "to": list{"0.0.0.0/0"}}}}, object{}, path+": rules are fixed at creation: delete this and create another with the other rules"))
	return all
}

func xclusterRefusals() map[string]attempt {
	families := "addressFamilies"
	config := ": providerConfigRef is fixed once a network or firewall is created: it lives in that metal-stack"
	all := settingsRefusals("spec.firewall")
	maps.Copy(all, fixed("Families", "spec.network."+families, list{"IPv4"}, list{"IPv6"}, "spec.network: addressFamilies are fixed at creation: delete this and create another with the other families"))
	maps.Copy(all, fixed("Lengths", "spec.network.prefixLengths", object{"ipv4": int64(24)}, object{"ipv4": int64(25)}, "spec.network: prefixLengths are fixed at creation: delete this and create another with the other lengths"))
	maps.Copy(all, map[string]attempt{
		"NoFamily":    {reason: "Left out is another thing than none.", create: change{"spec.network.addressFamilies": list{}}, want: []string{"spec.network.addressFamilies: spec.network.addressFamilies in body should have at least 1 items"}},
		"Family":      {reason: "There are two.", create: change{"spec.network.addressFamilies": list{"ipv4"}}, want: []string{`spec.network.addressFamilies[0]: Unsupported value: "ipv4": supported values: "IPv4", "IPv6"`}},
		"NetworkGone": {reason: "To remove it all is to change it.", update: change{"spec.network": nil}, want: []string{"spec.network: addressFamilies are fixed at creation: delete this and create another with the other families"}},
		"ConfigChangedWithNetwork": {
			reason: "The network lives in the metal-stack that made it.",
			status: change{"status.network.id": "n1"},
			update: change{"spec.providerConfigRef.name": "another"},
			want:   []string{config},
		},
		"ConfigChangedWithFirewall": {
			reason: "The machine lives in the metal-stack that allocated it.",
			status: change{"status.firewall.machineID": "m1"},
			update: change{"spec.providerConfigRef.kind": "ProviderConfig"},
			want:   []string{config},
		},
		"ConfigRemoved": {
			reason: "Removed, it is the default.",
			given:  change{"spec.providerConfigRef": object{"kind": "ProviderConfig", "name": "tenant"}},
			status: change{"status.network.id": "n1"},
			update: change{"spec.providerConfigRef": nil},
			want:   []string{config},
		},
	})
	return all
}

func xfirewallRefusals() map[string]attempt {
	either := "spec: name the private network that the firewall stands in front of: either privateNetworkID or privateNetworkIDSelector"
	private := "spec: the private network is fixed at creation: delete this and create another in front of the other network"
	const selector = "spec.privateNetworkIDSelector"
	all := settingsRefusals("spec")
	maps.Copy(all, fixed("Hostname", "spec.hostname", "edge-1", "edge-2", "spec: hostname is fixed at creation: delete this and create another with the other hostname"))
	maps.Copy(all, map[string]attempt{
		"NoPrivateNetwork":   {reason: "A firewall stands in front of something.", create: change{selector: nil}, want: []string{either}},
		"TwoPrivateNetworks": {reason: "But of one thing only.", create: change{"spec.privateNetworkID": "n1"}, want: []string{either}},
		"SelectorChanged":    {reason: "A firewall keeps its networks.", update: change{selector: object{"matchLabels": object{"a": "b"}}}, want: []string{private}},
		"PrivateNetworkChanged": {
			reason: "A firewall keeps its networks.",
			given:  change{selector: nil, "spec.privateNetworkID": "n1"},
			update: change{"spec.privateNetworkID": "n2"},
			want:   []string{private},
		},
		"SelectorReplaced": {reason: "Even if the id were the same.", update: change{selector: nil, "spec.privateNetworkID": "n1"}, want: []string{private}},
		"AnyNetwork": {
			reason: "A selector of nothing would select anything.",
			create: change{selector: object{"matchLabels": object{}}},
			want:   []string{selector + ".matchLabels: " + selector + ".matchLabels in body should have at least 1 properties"},
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
		"ConfigChanged": {
			reason: "The machine lives in the metal-stack that allocated it.",
			status: change{"status.machineID": "m1"},
			update: change{"spec.providerConfigRef.name": "another"},
			want:   []string{": providerConfigRef is fixed once the firewall is created: the machine lives in that metal-stack"},
		},
	})
	return all
}
