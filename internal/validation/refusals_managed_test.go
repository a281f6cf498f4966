//go:build envtest

package validation

import (
	"maps"
	"strings"
)

// long is a word of so many letters.
func long(letters int) string { return strings.Repeat("x", letters) }

// managedMoved are refusals to move what the status shows, at a path such as
// status.atProvider.id.
func managedMoved(shown, want string) map[string]attempt {
	const p = "spec.forProvider."
	all := map[string]attempt{}
	for name, a := range map[string]attempt{
		"PartitionChanged": {reason: "Nothing can move.", update: change{p + "partition": "elsewhere"}},
		"PartitionRemoved": {
			reason: "Nor can it be nowhere, even when only looked at.",
			given:  change{"spec.managementPolicies": list{"Observe"}},
			update: change{p + "partition": nil},
		},
		"ProjectChanged": {reason: "Nothing changes hands.", update: change{p + "projectID": "another"}},
		"ProjectRemoved": {
			reason: "Nor can it be nobody's, even when only looked at.",
			given:  change{"spec.managementPolicies": list{"Observe"}},
			update: change{p + "projectID": nil},
		},
		"ProjectByReference": {
			reason: "Nor when a reference led to its project.",
			given:  change{p + "projectID": nil, p + "projectIDRef": object{"name": "storage"}},
			update: change{p + "projectID": "another", p + "projectIDRef": nil},
		},
		"ConfigChanged":     {reason: "It lives in the metal-stack that made it.", update: change{"spec.providerConfigRef.name": "another"}},
		"ConfigKindChanged": {reason: "A configuration of the same name may lead elsewhere.", update: change{"spec.providerConfigRef.kind": "ProviderConfig"}},
	} {
		a.status, a.want = change{shown: "1", "status.atProvider.asked": "{}", "status.atProvider.projectID": "p"}, []string{": " + want}
		all[name] = a
	}
	return all
}

// references are refusals of a reference and of a selector, which are at a path
// such as spec.forProvider.privateNetworkID with Ref and Selector behind it.
func references(name, path string, given change) map[string]attempt {
	ref, selector := path+"Ref", path+"Selector"
	labels := object{}
	for i := range 17 {
		labels["l"+long(i)] = "x"
	}
	all := map[string]attempt{
		"RefEmpty":          {reason: "A reference names something.", create: change{ref: object{"name": ""}}, want: []string{ref + ".name: " + ref + ".name in body should be at least 1 chars long"}},
		"RefLong":           {reason: "No resource has a longer name.", create: change{ref: object{"name": long(254)}}, want: []string{ref + ".name: Too long: may not be more than 253 bytes"}},
		"RefNamespace":      {reason: "No namespace has.", create: change{ref: object{"name": "a", "namespace": long(64)}}, want: []string{ref + ".namespace: Too long: may not be more than 63 bytes"}},
		"SelectorNamespace": {reason: "No namespace has.", create: change{selector: object{"matchControllerRef": true, "namespace": long(64)}}, want: []string{selector + ".namespace: Too long: may not be more than 63 bytes"}},
		"SelectorLabels":    {reason: "Sixteen labels are many.", create: change{selector: object{"matchLabels": labels}}, want: []string{selector + ".matchLabels: Too many: 17: must have at most 16 items"}},
	}
	for kind, at := range map[string]string{"Ref": ref, "Selector": selector} {
		for field, values := range map[string]string{"resolution": `"Required", "Optional", ""`, "resolve": `"Always", "IfNotPresent", ""`} {
			all[kind+strings.ToUpper(field[:1])+field[1:]] = attempt{
				reason: "Crossplane knows two.",
				create: change{at: object{"name": "a", "matchControllerRef": true, "policy": object{field: "Sometimes"}}},
				want:   []string{at + ".policy." + field + `: Unsupported value: "Sometimes": supported values: ` + values},
			}
		}
	}
	named := map[string]attempt{}
	for what, a := range all {
		a.given = given
		named[name+what] = a
	}
	return named
}

func networkRefusals() map[string]attempt {
	const p = "spec.forProvider."
	required := "spec: forProvider.partition and forProvider.projectID are required where managementPolicies allow Create: name the project by projectID, projectIDRef or projectIDSelector"
	all := map[string]attempt{
		"NoPartition": {reason: "A network is made somewhere.", create: change{p + "partition": nil}, want: []string{required}},
		"NoProject":   {reason: "A network is somebody's.", create: change{p + "projectID": nil}, want: []string{required}},
		"NothingToUpdate": {
			reason: "To allow creation later is to need what creation needs.",
			given:  change{"spec.managementPolicies": list{"Observe"}, "spec.forProvider": object{}},
			update: change{"spec.managementPolicies": list{"*"}},
			want:   []string{required},
		},
		"Family":      {reason: "There are two.", create: change{p + "addressFamilies": list{"ipv4"}}, want: []string{p + `addressFamilies[0]: Unsupported value: "ipv4": supported values: "IPv4", "IPv6"`}},
		"Destination": {reason: "A destination is a prefix.", create: change{p + "destinationPrefixes": list{"example.org"}}, want: []string{p + "destinationPrefixes[0]: " + notACIDR}},
		"EmptyLabel":  {reason: "metal-api wants a key.", create: change{p + "labels": object{"": "x"}}, want: []string{p + "labels: a label needs a key of 1 to 317 characters"}},
		"OurLabel": {
			reason: "Our mark says whose a network is.",
			create: change{p + "labels": object{"metal-stack.crossplane.io/uid": "1"}},
			want:   []string{p + "labels: labels of metal-stack.crossplane.io/ are the provider's own: choose another key"},
		},
	}
	maps.Copy(all, references("Project", p+"projectID", nil))
	maps.Copy(all, managedMoved("status.atProvider.id", "forProvider.partition, forProvider.projectID and providerConfigRef are fixed once the network is created: create another Network"))
	for field, want := range map[string]string{"partition": p + "partition: " + p + "partition in body should be at least 1 chars long", "projectID": all["NoProject"].want[0]} {
		all["Empty"+field] = attempt{
			reason: "What is required cannot be empty.",
			create: change{p + field: ""},
			want:   []string{want},
		}
	}
	return all
}

func firewallRefusals() map[string]attempt {
	const p = "spec.forProvider."
	all := firewallValues(p)
	maps.Copy(all, allocationRefusals("firewall", "Firewall"))
	return all
}

func machineRefusals() map[string]attempt {
	const p = "spec.forProvider."
	all := firewallValues(p)
	maps.DeleteFunc(all, func(_ string, a attempt) bool { return a.create != nil && a.create[p+"rules"] != nil })
	joined := change{p + "networks": list{object{"name": "internet", "networkID": "internet"}}}
	for name, a := range allocationRefusals("machine", "Machine") {
		if a.given == nil {
			a.given = joined
		}
		all[name] = a
	}
	return all
}

// allocationRefusals are those of what all allocations on a machine have.
func allocationRefusals(noun, kind string) map[string]attempt {
	const p = "spec.forProvider."
	required := "spec: forProvider.partition, projectID, size and image are required where managementPolicies allow Create: name the project by projectID, projectIDRef or projectIDSelector"
	private := "spec: name the private network where managementPolicies allow Create: forProvider.privateNetworkID, privateNetworkIDRef or privateNetworkIDSelector"
	network := p + "networks[0]: name the network: networkID, networkIDRef or networkIDSelector"
	joined := change{p + "networks": list{object{"name": "internet", "networkID": "internet"}}}

	all := map[string]attempt{}
	for _, field := range []string{"partition", "projectID", "size", "image"} {
		all[field+"Missing"] = attempt{
			reason: "What metal-api needs to make a firewall.",
			create: change{p + field: nil},
			want:   []string{required},
		}
		empty := p + field + ": " + p + field + " in body should be at least 1 chars long"
		if field == "projectID" {
			empty = required // It may be empty beside a reference.
		}
		all[field+"Empty"] = attempt{
			reason: "What is required cannot be empty.",
			create: change{p + field: ""},
			want:   []string{empty},
		}
	}
	maps.Copy(all, managedMoved("status.atProvider.machineID", "forProvider.partition, forProvider.projectID and providerConfigRef are fixed once the "+noun+" is created: create another "+kind))
	maps.Copy(all, references("Project", p+"projectID", nil))
	maps.Copy(all, references("Private", p+"privateNetworkID", nil))
	maps.Copy(all, references("Joined", p+"networks[0].networkID", joined))
	maps.Copy(all, given(p, joined))
	maps.Copy(all, map[string]attempt{
		"NoPrivateNetwork": {reason: "A firewall stands in front of something.", create: change{p + "privateNetworkIDRef": nil}, want: []string{private}},
		"EmptyPrivateNetwork": {
			reason: "Empties name nothing.",
			create: change{p + "privateNetworkIDRef": nil, p + "privateNetworkID": "", p + "privateNetworkIDSelector": object{"matchLabels": object{}, "matchControllerRef": false}},
			want:   []string{private},
		},
		"Hostname": {reason: "A hostname has no dots.", create: change{p + "hostname": "edge.example"}, want: []string{p + "hostname: a hostname is of lower case letters, digits and -, such as edge-1"}},
		"NoNetworkID": {
			reason: "An entry names its network.",
			create: change{p + "networks": list{object{"name": "internet"}}},
			want:   []string{network},
		},
		"EmptyNetworkID": {
			reason: "Empties name nothing.",
			create: change{p + "networks": list{object{"name": "internet", "networkID": "", "networkIDSelector": object{"matchLabels": object{}}}}},
			want:   []string{network},
		},
		"Families": {
			reason: "There are two.",
			create: change{p + "networks[0].ips": list{"203.0.113.1"}, p + "networks[0].addressFamilies": list{"ipv4"}},
			want:   []string{p + `networks[0].addressFamilies[0]: Unsupported value: "ipv4": supported values: "IPv4", "IPv6"`},
		},
		"FamiliesOfNothing": {
			reason: "metal-api takes one of each family by itself.",
			create: change{p + "networks[0].addressFamilies": list{"IPv4"}},
			want:   []string{p + "networks[0]: addressFamilies are for given addresses: name some in ips, ipRefs or ipSelector"},
		},
		"NoAddress": {
			reason: "metal-api gives an address, or is given one.",
			create: change{p + "networks[0].autoAcquire": false},
			want:   []string{p + "networks[0]: autoAcquire: false needs an address of the network in ips, ipRefs or ipSelector"},
		},
	})
	return all
}

// given are refusals of references to IPs, and of a selector of IPs.
func given(p string, joined change) map[string]attempt {
	all := map[string]attempt{}
	for at, value := range map[string]func(policy object) any{
		p + "networks[0].ipRefs":     func(policy object) any { return list{object{"name": "a", "policy": policy}} },
		p + "networks[0].ipSelector": func(policy object) any { return object{"matchControllerRef": true, "policy": policy} },
	} {
		said := at
		if strings.HasSuffix(at, "s") {
			said += "[0]"
		}
		for field, values := range map[string]string{"resolution": `"Required", "Optional", ""`, "resolve": `"Always", "IfNotPresent", ""`} {
			all[at+field] = attempt{
				reason: "Crossplane knows two.",
				given:  joined,
				create: change{at: value(object{field: "Sometimes"})},
				want:   []string{said + ".policy." + field + `: Unsupported value: "Sometimes": supported values: ` + values},
			}
		}
	}
	return all
}

func ipRefusals() map[string]attempt {
	const p = "spec.forProvider."
	required := "spec: forProvider.projectID is required where managementPolicies allow Create: name the project by projectID, projectIDRef or projectIDSelector"
	network := "spec: name the network where managementPolicies allow Create: forProvider.networkID, networkIDRef or networkIDSelector"
	all := map[string]attempt{
		"NoProject":    {reason: "An IP is somebody's.", create: change{p + "projectID": nil}, want: []string{required}},
		"EmptyProject": {reason: "What is required cannot be empty.", create: change{p + "projectID": ""}, want: []string{required}},
		"NoNetwork":    {reason: "An address is of a network.", create: change{p + "networkID": nil}, want: []string{network}},
		"Type":         {reason: "There are two.", create: change{p + "type": "elastic"}, want: []string{p + `type: Unsupported value: "elastic": supported values: "ephemeral", "static", ""`}},
		"Family":       {reason: "There are two.", create: change{p + "addressFamily": "ipv4"}, want: []string{p + `addressFamily: Unsupported value: "ipv4": supported values: "IPv4", "IPv6", ""`}},
		"Address":      {reason: "An address has no length.", create: change{p + "addressFamily": nil, p + "address": "203.0.113.1/32"}, want: []string{p + "address: " + notAnIP}},
		"Both": {
			reason: "An address is of a family.",
			create: change{p + "address": "203.0.113.130", p + "addressFamily": "IPv4"},
			want:   []string{"spec.forProvider: an address says its family: leave addressFamily out"},
		},
		"OurTag": {
			reason: "Our mark says whose an IP is, metal-api's which machine has it.",
			create: change{p + "tags": list{"machine.metal-stack.io/id=1"}},
			want:   []string{p + "tags: tags of metal-stack.crossplane.io/ and machine.metal-stack.io/ are the provider's and metal-api's own: choose another key"},
		},
		"SameKey": {
			reason: "A key has one value.",
			create: change{p + "tags": list{"a=1", "a=2"}},
			want:   []string{p + "tags: two tags have the same key: metal-api keeps only the last of them"},
		},
	}
	moved := managedMoved("status.atProvider.address", "forProvider.projectID and providerConfigRef are fixed once the IP is allocated: create another IP")
	delete(moved, "PartitionChanged")
	delete(moved, "PartitionRemoved")
	maps.Copy(all, moved)
	maps.Copy(all, references("Project", p+"projectID", nil))
	maps.Copy(all, references("Network", p+"networkID", change{p + "networkID": nil, p + "networkIDRef": object{"name": "a"}}))
	return all
}

func projectRefusals() map[string]attempt {
	const p = "spec.forProvider."
	all := map[string]attempt{
		"NoTenant":    {reason: "A project is somebody's.", create: change{p + "tenantID": nil}, want: []string{"spec: forProvider.tenantID is required where managementPolicies allow Create"}},
		"EmptyTenant": {reason: "What is required cannot be empty.", create: change{p + "tenantID": ""}, want: []string{p + "tenantID: " + p + "tenantID in body should be at least 1 chars long"}},
		"NoQuota": {
			reason: "metal-api cannot be told of none at all.",
			create: change{p + "quotas.machines": 0},
			want:   []string{p + "quotas.machines: " + p + "quotas.machines in body should be greater than or equal to 1"},
		},
		"OurLabel": {
			reason: "Our mark says whose a project is.",
			create: change{p + "labels": list{"metal-stack.crossplane.io/uid=1"}},
			want:   []string{p + "labels: labels of metal-stack.crossplane.io/ are the provider's own: choose another key"},
		},
		"SameKey": {
			reason: "A key has one value.",
			create: change{p + "labels": list{"a=1", "a=2"}},
			want:   []string{p + "labels: two labels have the same key: leave one of them out"},
		},
	}
	moved := managedMoved("status.atProvider.id", "forProvider.tenantID and providerConfigRef are fixed once the project is created: create another Project")
	delete(moved, "ProjectByReference")
	for from, to := range map[string]string{"ProjectChanged": "TenantChanged", "ProjectRemoved": "TenantRemoved"} {
		a := moved[from]
		a.update = change{p + "tenantID": a.update[p+"projectID"]}
		moved[to] = a
	}
	for _, name := range []string{"PartitionChanged", "PartitionRemoved", "ProjectChanged", "ProjectRemoved"} {
		delete(moved, name)
	}
	maps.Copy(all, moved)
	return all
}
