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
			want:   []string{p + "networks[0]: addressFamilies are for given addresses: name some in ips or ipRefs"},
		},
		"EmptyIPRef": {
			reason: "A reference names something.",
			create: change{p + "networks[0].ipRefs": list{object{"name": ""}}},
			want:   []string{p + "networks[0].ipRefs[0].name: " + p + "networks[0].ipRefs[0].name in body should be at least 1 chars long"},
		},
		"NothingReferred": {
			reason: "A reference to nothing is more likely a template that lacks a value.",
			create: change{p + "networks[0].ipRefs": list{object{}}},
			want:   []string{p + "networks[0].ipRefs[0].name: Required value"},
		},
		"Strategy": {
			reason: "There are three.",
			create: change{p + "updateStrategy": "RollingUpdate"},
			want:   []string{p + `updateStrategy: Unsupported value: "RollingUpdate": supported values: "Roll", "Recreate", "OnDelete", ""`},
		},
		"Stable": {
			reason: "Two firewalls beside each other break connections.",
			create: change{p + "stableFor": "61s"},
			want:   []string{p + "stableFor: stableFor is at most 60s, such as 30s: two firewalls beside each other break connections"},
		},
		"Begin": {
			reason: "Not every clock has two halves.",
			create: change{p + "maintenanceWindow": object{"begin": "10 pm", "end": "04:00"}},
			want:   []string{p + "maintenanceWindow.begin: must be a time of day such as 22:00"},
		},
		"End": {
			reason: "A day has 24 hours.",
			create: change{p + "maintenanceWindow": object{"begin": "22:00", "end": "24:00"}},
			want:   []string{p + "maintenanceWindow.end: must be a time of day such as 04:00"},
		},
		"Day": {
			reason: "Days have short names.",
			create: change{p + "maintenanceWindow": object{"begin": "22:00", "end": "04:00", "days": list{"Sonntag"}}},
			want:   []string{p + `maintenanceWindow.days[0]: Unsupported value: "Sonntag": supported values: "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"`},
		},
		"ConfigKind": {
			reason: "There are two kinds of configuration.",
			create: change{"spec.providerConfigRef": object{"kind": "Config", "name": "default"}},
			want:   []string{`spec.providerConfigRef.kind: Unsupported value: "Config": supported values: "ClusterProviderConfig", "ProviderConfig"`},
		},
	})
	const noDuration = ": must be a duration such as 30s, 15m or 1h30m"
	for name, field := range map[string]string{"CreateTimeout": "createTimeout", "HealthTimeout": "healthTimeout", "StableFor": "stableFor"} {
		a := attempt{reason: "A number has no unit.", create: change{p + field: "15"}, want: []string{p + field + noDuration}}
		if field == "stableFor" {
			a.want = append(a.want, p+"stableFor: stableFor is at most 60s, such as 30s: two firewalls beside each other break connections")
		}
		all["NoUnitIn"+name] = a
	}
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
	maps.Copy(all, networkIDRefusals())
	maps.Copy(all, egressRefusals())
	maps.Copy(all, workerRefusals())
	return all
}

// networkIDRefusals are those of a network that exists.
func networkIDRefusals() map[string]attempt {
	const (
		described = "spec.network: networkID names a network that has its prefixes: leave addressFamilies and prefixLengths out"
		fixed     = ": network.networkID is fixed once there is a network: delete this and create another"
	)
	given := func(id string) change { return change{"spec.network": object{"networkID": id}} }
	shown := change{"status.network.id": "n1"}
	return map[string]attempt{
		"NetworkIDAndFamilies": {
			reason: "Nothing is allocated that could have them.",
			create: change{"spec.network": object{"networkID": "n1", "addressFamilies": list{"IPv4"}}},
			want:   []string{described},
		},
		"NetworkIDAndLength": {
			reason: "Nor that could have a length.",
			create: change{"spec.network": object{"networkID": "n1", "prefixLengths": object{"ipv6": int64(64)}}},
			want:   []string{described},
		},
		"LongNetworkID": {
			reason: "No id is that long.",
			create: given(long(129)),
			want:   []string{"spec.network.networkID: Too long: may not be more than 128 bytes"},
		},
		"NetworkIDChanged": {reason: "What is in a network stays there.", given: given("n1"), status: shown, update: given("n2"), want: []string{fixed}},
		"NetworkIDRemoved": {reason: "Removed, another one would be allocated.", given: given("n1"), status: shown, update: given(""), want: []string{fixed}},
		"NetworkIDAdded":   {reason: "The one that is there would be left.", given: given(""), status: shown, update: given("n2"), want: []string{fixed}},
		"NetworkIDOfOwn":   {reason: "What was allocated is freed with the XCluster.", given: given(""), status: shown, update: given("n1"), want: []string{fixed}},
		"NetworkIDChangedOnce": {
			reason: "There is a way back from what came through while the status was late, and no other.",
			given:  given("n2"), status: shown, update: given("n3"), want: []string{fixed},
		},
	}
}

// egressRefusals are those of what is said of a firewall's addresses.
func egressRefusals() map[string]attempt {
	const (
		e      = "spec.egressIPs[0]."
		entry  = "spec.egressIPs: one entry for a network, or one for each addressFamily of it: say how many in count or addresses"
		family = "spec.egressIPs[0]: addressFamily is not that of all addresses: leave it out, or name those of the other family in an entry of their own"
	)
	egress := func(entries ...object) change {
		all := list{}
		for _, c := range entries {
			e := object{"network": "internet"}
			maps.Copy(e, c)
			all = append(all, e)
		}
		return change{"spec.firewall.networks": list{object{"name": "internet", "networkID": "internet"}}, "spec.egressIPs": all}
	}
	return map[string]attempt{
		"EgressIPsNotJoined": {
			reason: "A firewall has addresses of networks that it joins.",
			create: egress(object{}, object{"network": "dmz"}),
			want:   []string{"spec: egressIPs are addresses of networks that the firewall joins: name their networks in firewall.networks"},
		},
		"EgressIPsLeft": {
			reason: "Nor does it leave a network whose addresses it has.",
			given:  egress(object{}),
			update: change{"spec.firewall.networks": list{object{"name": "dmz", "networkID": "dmz"}}},
			want:   []string{"spec: egressIPs are addresses of networks that the firewall joins: name their networks in firewall.networks"},
		},
		"EgressIPsEmptyNetwork": {
			reason: "What is required cannot be empty.",
			create: egress(object{"network": ""}),
			want:   []string{e + "network: " + e + "network in body should be at least 1 chars long"},
		},
		"EgressIPsOfNothing": {
			reason: "An entry without its network is more likely a template that lacks a value.",
			create: change{"spec.egressIPs": list{object{"count": int64(1)}}},
			want:   []string{e + "network: Required value"},
		},
		"EgressIPsFamily": {
			reason: "There are two.",
			create: egress(object{"addressFamily": "ipv4"}),
			want:   []string{e + `addressFamily: Unsupported value: "ipv4": supported values: "IPv4", "IPv6", ""`},
		},
		"EgressIPsNone": {
			reason: "Who wants none leaves the entry out.",
			create: egress(object{"count": int64(0)}),
			want:   []string{e + "count: " + e + "count in body should be greater than or equal to 1"},
		},
		"EgressIPsMany": {
			reason: "Addresses are scarce.",
			create: egress(object{"count": int64(9)}),
			want:   []string{e + "count: 9: " + e + "count in body should be less than or equal to 8"},
		},
		"EgressIPsNoAddress": {
			reason: "A prefix is not one address.",
			create: egress(object{"addresses": list{"203.0.113.0/29"}}),
			want:   []string{e + "addresses[0]: " + notAnIP},
		},
		"EgressIPsSameAddress": {
			reason: "An address is there once.",
			create: egress(object{"addresses": list{"203.0.113.1", "203.0.113.1"}}),
			want:   []string{e + `addresses[1]: Duplicate value: "203.0.113.1"`},
		},
		"EgressIPsCountAndAddresses": {
			reason: "They are as many as they are.",
			create: egress(object{"count": int64(2), "addresses": list{"203.0.113.1"}}),
			want:   []string{"spec.egressIPs[0]: addresses say how many there are: leave count out"},
		},
		"EgressIPsOtherFamily": {
			reason: "An address is of the family that it is.",
			create: egress(object{"addressFamily": "IPv6", "addresses": list{"203.0.113.1"}}),
			want:   []string{family},
		},
		"EgressIPsBothFamilies": {
			reason: "And two may be of two.",
			create: egress(object{"addressFamily": "IPv4", "addresses": list{"203.0.113.1", "2001:db8::1"}}),
			want:   []string{family},
		},
		"EgressIPsTwice": {
			reason: "Two entries would want the same addresses.",
			create: egress(object{"addressFamily": "IPv4"}, object{"addressFamily": "IPv4", "count": int64(2)}),
			want:   []string{entry},
		},
		"EgressIPsOfEachAndOfOne": {
			reason: "So would one for all families and one of them.",
			create: egress(object{"addressFamily": "IPv4"}, object{}),
			want:   []string{entry},
		},
		"EgressIPsOfOneAndOfEach": {
			reason: "In any order, and with empties.",
			create: egress(object{"addressFamily": ""}, object{"addressFamily": "IPv6"}),
			want:   []string{entry},
		},
		"EgressIPsByAddressTwice": {
			reason: "Addresses are listed in one entry.",
			create: egress(object{"addresses": list{"203.0.113.1"}}, object{"addresses": list{"203.0.113.2"}}),
			want:   []string{entry},
		},
	}
}

// workerRefusals are those of pools of workers.
func workerRefusals() map[string]attempt {
	const (
		w     = "spec.workers[0]."
		named = w + "name: a pool's name begins with a lower case letter, and has only lower case letters, digits and -"
	)
	pools := func(cs ...object) change {
		all := list{}
		for _, c := range cs {
			p := object{"name": "small", "replicas": int64(1), "size": "v1-small-x86", "image": "ubuntu-26.4"}
			for name, v := range c {
				p[name] = v
				if v == nil {
					delete(p, name)
				}
			}
			all = append(all, p)
		}
		return change{"spec.workers": all}
	}
	all := map[string]attempt{
		"PoolTwice": {
			reason: "Their machines could not be told apart.",
			create: pools(object{}, object{"replicas": int64(2)}),
			want:   []string{`spec.workers[1]: Duplicate value: {"name":"small"}`},
		},
		"PoolKey": {
			reason: "A fingerprint is no key.",
			create: pools(object{"sshPublicKeys": list{"SHA256:2RGzlFXw6kpPUbnkfBZAwlVbWFYOd8cWDUZGRPLwX1g"}}),
			want:   []string{w + "sshPublicKeys[0]: must be one line of an authorized_keys file, such as ssh-ed25519 AAAA... name@example.org"},
		},
		"PoolUserData": {
			reason: "A reference to nothing is more likely a template that lacks a value.",
			create: pools(object{"userDataSecretRef": object{}}),
			want:   []string{w + "userDataSecretRef.name: Required value", w + "userDataSecretRef.key: Required value"},
		},
		"PoolNetwork": {
			reason: "A network has an id.",
			create: pools(object{"networks": list{""}}),
			want:   []string{w + "networks[0]: " + w + "networks[0] in body should be at least 1 chars long"},
		},
		"PoolNetworkTwice": {
			reason: "A network is joined once.",
			create: pools(object{"networks": list{"internet", "internet"}}),
			want:   []string{w + `networks[1]: Duplicate value: "internet"`},
		},
		"PoolLongName": {
			reason: "It is a part of hostnames.",
			create: pools(object{"name": long(17)}),
			want:   []string{w + "name: Too long: may not be more than 16 bytes"},
		},
	}
	for name, is := range map[string]string{"PoolCapital": "Small", "PoolDigit": "4cpu", "PoolDot": "v1.small", "PoolHyphen": "small-"} {
		all[name] = attempt{reason: "It is a part of names and hostnames.", create: pools(object{"name": is}), want: []string{named}}
	}
	for _, field := range []string{"replicas", "size", "image"} {
		all["PoolWithout-"+field] = attempt{
			reason: "Nobody can guess it.",
			create: pools(object{field: nil}),
			want:   []string{w + field + ": Required value"},
		}
	}
	for _, field := range []string{"name", "size", "image"} {
		all["PoolEmpty-"+field] = attempt{
			reason: "What is required cannot be empty.",
			create: pools(object{field: ""}),
			want:   []string{w + field + ": " + w + field + " in body should be at least 1 chars long"},
		}
	}
	for _, field := range []string{"replicas", "maxShrink"} {
		all["PoolFew-"+field] = attempt{
			reason: "There are none, or some.",
			create: pools(object{field: int64(-1)}),
			want:   []string{w + field + ": -1: " + w + field + " in body should be greater than or equal to 0"},
		}
		all["PoolMany-"+field] = attempt{
			reason: "A mistyped number costs a partition.",
			create: pools(object{field: int64(101)}),
			want:   []string{w + field + ": 101: " + w + field + " in body should be less than or equal to 100"},
		}
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
