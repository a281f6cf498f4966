//go:build envtest

package ordinaryday

import "maps"

func firewallFields(w world) map[string]field {
	const required = "forProvider.partition, projectID, size and image are required where managementPolicies allow Create: name the project by projectID, projectIDRef or projectIDSelector"
	const moved = "are fixed once the firewall is created: create another Firewall"
	rule := object{"ports": list{53}, "to": list{"0.0.0.0/0"}}
	another := object{"ports": list{80, 443}, "to": list{"2001:db8:1::/48", "2001:db8:2::/48"}}
	egress := change{"rules": object{"egress": list{rule}}}
	ingress := change{"rules": object{"ingress": list{object{"ports": list{443}, "from": list{"203.0.113.0/24"}}}}}
	all := map[string]field{
		"partition": {set: "mini-lab", other: "mini-lap", required: required, notEmpty: tooShort, changed: refused, removed: refused, moved: moved},
		"size":      {set: "v1-small-x86", other: "v1-large-x86", required: required, notEmpty: tooShort, removed: refused},
		"image":     {set: image, other: "firewall-ubuntu-3.1", spellings: list{imageInFull, "firewall-ubuntu-3"}, required: required, notEmpty: tooShort, removed: refused},
		"networks": {
			given:     change{"metadata.annotations": privateOnly},
			set:       list{object{"name": "internet", "networkID": internet}, object{"name": "shared", "networkID": w.networks["shared"]}},
			other:     list{object{"name": "internet", "networkID": internet}},
			spellings: list{list{object{"name": "shared", "networkIDRef": object{"name": "shared"}}, object{"name": "internet", "networkID": internet, "ips": list{}}}},
		},
		"networks[].autoAcquire": {
			given: change{"networks": list{object{"name": "internet", "networkID": internet, "ips": list{single4}, "addressFamilies": list{"IPv4"}}}},
			set:   false, other: true, preset: true, hidden: true,
		},
		"networks[].ips": {
			given: change{"networks": list{object{"name": "internet", "networkID": internet}}},
			set:   list{address4, address6}, other: list{another4}, spellings: list{list{"2001:DB8:0:113:0::150", address4}},
		},
		"networks[].addressFamilies": {
			given: change{"networks": list{object{"name": "internet", "networkID": internet, "ips": list{machine4(0), machine6(0)}}}},
			set:   list{"IPv4", "IPv6"}, other: list{"IPv4"}, spellings: list{list{"IPv6", "IPv4"}}, still: true, added: same, removed: same, hidden: true,
		},
		"hostname":                {set: "edge-1", other: "edge-2", preset: "NAME"},
		"name":                    {set: "edge 1", other: "edge 2", preset: "NAME"},
		"description":             {set: "before storage", other: "before compute", added: repaired, changed: repaired, removed: repaired, left: ""},
		"tags":                    {set: list{"team=storage", "edge"}, other: list{"team=compute"}, spellings: list{list{"edge", "team=storage"}}, added: repaired, changed: repaired, removed: repaired, left: list{}},
		"sshPublicKeys":           {set: list{key1, key2}, other: list{key2}, spellings: list{list{key2, key1}}, added: repaired, changed: repaired},
		"userDataSecretRef":       {set: object{"name": "user-data", "key": "one"}, other: object{"name": "user-data", "key": "two"}, notEmpty: unnamed, hidden: true},
		"fileSystemLayout":        {set: "default", other: "another", added: same}, // It is what metal-api chooses.
		"dnsServers":              {set: list{"9.9.9.9", "2001:db8::1"}, other: list{"1.1.1.1"}, spellings: list{list{"9.9.9.9", "2001:DB8:0::1"}}},
		"ntpServers":              {set: list{"0.pool.ntp.org", "1.pool.ntp.org", "2.pool.ntp.org"}, other: list{"3.pool.ntp.org", "4.pool.ntp.org", "5.pool.ntp.org"}},
		"placementTags":           {set: list{"rack=a", "rack=b"}, other: list{"rack=a"}, spellings: list{list{"rack=b", "rack=a"}}, hidden: true},
		"rules":                   {set: object{"egress": list{rule}}, other: object{"egress": list{another}}, spellings: list{object{"egress": list{rule}, "ingress": list{}}}},
		"rules.egress":            {set: list{rule, another}, other: list{rule}, spellings: list{list{rule, object{"protocol": "TCP", "comment": "", "ports": list{443, 80}, "to": list{"2001:DB8:2:0::/48", "2001:db8:1::/48"}}}}},
		"rules.egress[].comment":  {given: egress, set: "DNS", other: "NTP"},
		"rules.egress[].protocol": {given: egress, set: "UDP", other: "TCP", preset: "TCP"},
		"rules.ingress": {
			set:       list{object{"ports": list{443}, "from": list{"2001:db8:1::/48"}}},
			other:     list{object{"ports": list{80}, "from": list{"2001:db8:1::/48"}}},
			spellings: list{list{object{"protocol": "TCP", "ports": list{443}, "from": list{"2001:DB8:1:0::/48"}, "to": list{}}}},
		},
		"rules.ingress[].comment":  {given: ingress, set: "HTTPS", other: "SSH"},
		"rules.ingress[].protocol": {given: ingress, set: "UDP", other: "TCP", preset: "TCP"},
		"rules.ingress[].to":       {given: ingress, set: list{"10.0.0.0/8", "10.1.0.0/16"}, other: list{"10.0.0.0/8"}, spellings: list{list{"10.1.0.0/16", "10.0.0.0/8"}}},
	}
	maps.Copy(all, referring(w, reference{at: "privateNetworkIDRef", plain: "privateNetworkID"}, "private", "other", "composed"))
	maps.Copy(all, referring(w, reference{
		at: "networks[].networkIDRef", plain: "networks[].networkID", given: change{"networks": list{object{"name": "shared"}}},
	}, "shared", "shared-other", "composed-shared"))
	maps.Copy(all, giving(w, "firewall"))
	maps.Copy(all, owned(w, moved))
	return all
}

// referring are the entries of an id, of the reference and of the selector that
// can stand in its place: of the network that the id is of, of another one, and
// of one that has a controller.
func referring(w world, r reference, name, other, composed string) map[string]field {
	ref, selector := r.at, r.plain+"Selector"
	called := r.plain
	if r.given != nil {
		called = "networks"
	}
	id := change{r.plain: w.networks[name]}
	all := map[string]field{
		r.plain: {
			given: r.given, instead: change{ref: object{"name": name}}, set: w.networks[name], other: w.networks[other],
			spellings: nil, still: true, added: same, removed: same,
		},
		ref: {
			given: r.given, instead: id, set: object{"name": name}, other: object{"name": other}, notEmpty: unnamed,
			still: true, added: same, removed: same,
		},
		selector: {
			given: r.given, instead: id, set: object{"matchLabels": object{"of": name}}, other: object{"matchLabels": object{"of": other}},
			spellings: list{object{"matchLabels": object{"of": name}, "matchControllerRef": false, "namespace": "", "policy": object{}}},
			still:     true, added: same, removed: same,
		},
		selector + ".matchLabels": {
			given: r.given, instead: id, set: object{"of": name}, other: object{"of": other}, still: true, added: same, removed: same,
		},
		selector + ".matchControllerRef": {
			given: r.given.with(change{r.plain: nil, "metadata.ownerReferences": composite, selector: object{"matchLabels": object{"of": composed}}}),
			set:   true, other: false, preset: false, still: true, added: same, changed: same, removed: same,
		},
	}
	for at, c := range map[string]change{
		ref:      {r.plain: nil, ref: object{"name": name}},
		selector: {r.plain: nil, selector: object{"matchLabels": object{"of": name}}},
	} {
		given := r.given.with(c)
		all[at+".namespace"] = field{given: given, set: w.elsewhere, other: w.namespace, preset: w.namespace}
		// How a reference is followed makes no difference to what was made.
		unchanged := field{given: given, still: true, added: same, changed: same, removed: same}
		policy, resolution, resolve := unchanged, unchanged, unchanged
		policy.set, policy.other = object{"resolution": "Required"}, object{"resolution": "Optional"}
		resolution.set, resolution.other = "Optional", "Required"
		resolve.set, resolve.other = "Always", "IfNotPresent"
		all[at+".policy"], all[at+".policy.resolution"], all[at+".policy.resolve"] = policy, resolution, resolve
	}
	for path, f := range all {
		f.called = called
		all[path] = f
	}
	return all
}
