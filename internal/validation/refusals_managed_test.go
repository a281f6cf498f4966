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
		"ConfigChanged":     {reason: "It lives in the metal-stack that made it.", update: change{"spec.providerConfigRef.name": "another"}},
		"ConfigKindChanged": {reason: "A configuration of the same name may lead elsewhere.", update: change{"spec.providerConfigRef.kind": "ProviderConfig"}},
	} {
		a.status, a.want = change{shown: "1"}, []string{": " + want}
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
	required := "spec: forProvider.partition and forProvider.projectID are required where managementPolicies allow Create"
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
	maps.Copy(all, managedMoved("status.atProvider.id", "forProvider.partition, forProvider.projectID and providerConfigRef are fixed once the network is created: create another Network"))
	for _, field := range []string{"partition", "projectID"} {
		all["Empty"+field] = attempt{
			reason: "What is required cannot be empty.",
			create: change{p + field: ""},
			want:   []string{p + field + ": " + p + field + " in body should be at least 1 chars long"},
		}
	}
	return all
}

func firewallRefusals() map[string]attempt {
	const p = "spec.forProvider."
	required := "spec: forProvider.partition, projectID, size and image are required where managementPolicies allow Create"
	private := "spec: name the private network where managementPolicies allow Create: forProvider.privateNetworkID, privateNetworkIDRef or privateNetworkIDSelector"
	network := p + "networks[0]: name the network: networkID, networkIDRef or networkIDSelector"

	all := firewallValues(p)
	for _, field := range []string{"partition", "projectID", "size", "image"} {
		all[field+"Missing"] = attempt{
			reason: "What metal-api needs to make a firewall.",
			create: change{p + field: nil},
			want:   []string{required},
		}
		all[field+"Empty"] = attempt{
			reason: "What is required cannot be empty.",
			create: change{p + field: ""},
			want:   []string{p + field + ": " + p + field + " in body should be at least 1 chars long"},
		}
	}
	maps.Copy(all, managedMoved("status.atProvider.machineID", "forProvider.partition, forProvider.projectID and providerConfigRef are fixed once the firewall is created: create another Firewall"))
	maps.Copy(all, references("Private", p+"privateNetworkID", nil))
	maps.Copy(all, references("Joined", p+"networks[0].networkID", change{p + "networks": list{object{"name": "internet", "networkID": "internet"}}}))
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
		"NoAddress": {
			reason: "metal-api gives an address, or is given one.",
			create: change{p + "networks[0].autoAcquire": false},
			want:   []string{p + "networks[0]: autoAcquire: false needs an address of the network in ips"},
		},
	})
	return all
}
