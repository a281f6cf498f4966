//go:build envtest

package ordinaryday

import "maps"

// composites are the kinds that others are composed of, and the claim, by name.
// What becomes of them in the hands of Crossplane is told by cluster/e2e; here
// the API server says what it takes, on each day of their lives.
func composites() map[string]*composed {
	xcluster := &composed{
		exists:     change{"status.network.id": "n1", "status.firewall.machineID": "m1"},
		rest:       change{"spec.partition": "mini-lab", "spec.projectID": project, "spec.firewall": settings()},
		fields:     clusterFields("partition, projectID and providerConfigRef are fixed once a network or firewall is created: delete this and create another"),
		everything: clusterMaximal(),
	}
	claim := *xcluster
	fixedOnce := "partition, projectID and providerConfigRef are fixed once the firewall is created: delete this and create another"
	return map[string]*composed{
		"XCluster":      xcluster,
		"XClusterClaim": &claim,
		"XFirewall": {
			exists:     change{"status.machineID": "m1"},
			rest:       change{"spec": with(settings(), object{"partition": "mini-lab", "projectID": project, "privateNetworkID": "n1"})},
			fields:     xfirewallFields(fixedOnce),
			everything: change{"spec": with(settings(), fullSettings(), object{"partition": "mini-lab", "projectID": project, "hostname": "edge", "privateNetworkID": "n1", "providerConfigRef": configOf("tenant")})},
		},
	}
}

// A composed kind.
type composed struct {
	// rest is what it must say, everything all that it can.
	rest, everything change

	// exists is what the status shows of what was made.
	exists change

	// fields are the entries of all fields below spec, by path.
	fields map[string]field
}

func with(os ...object) object {
	out := object{}
	for _, o := range os {
		maps.Copy(out, o)
	}
	return out
}

func configOf(name string) object { return object{"kind": "ProviderConfig", "name": name} }

// settings of a firewall that say no more than they must.
func settings() object {
	return object{"size": "v1-small-x86", "image": image, "networks": list{object{"name": "internet", "networkID": internet}}}
}

// fullSettings are what they can say beside that.
func fullSettings() object {
	return object{
		"rules": object{
			"egress":  list{object{"comment": "DNS", "protocol": "UDP", "ports": list{53}, "to": list{"0.0.0.0/0"}}, object{"ports": list{443}, "to": list{"::/0"}}},
			"ingress": list{object{"ports": list{443}, "from": list{"0.0.0.0/0"}, "to": list{"10.0.0.0/8"}}},
		},
		"sshPublicKeys": list{key1}, "userDataSecretRef": object{"name": "user-data", "key": "one"},
		"dnsServers": list{"9.9.9.9"}, "ntpServers": list{"0.pool.ntp.org"}, "tags": list{"team=storage", "edge"},
	}
}

func clusterMaximal() change {
	return change{"spec": object{
		"partition": "mini-lab", "projectID": project, "providerConfigRef": configOf("tenant"),
		"network":  object{"addressFamilies": list{"IPv6", "IPv4"}, "prefixLengths": object{"ipv4": 24, "ipv6": 96}},
		"firewall": with(settings(), fullSettings()),
	}}
}

// settingsFields are the entries of a firewall's settings, at a prefix such as
// firewall.
func settingsFields(at string) map[string]field {
	const required = "Required value"
	rule := object{"ports": list{53}, "to": list{"0.0.0.0/0"}}
	egress := change{"spec." + at + "rules": object{"egress": list{rule}}}
	way := object{"ports": list{443}, "from": list{"203.0.113.0/24"}}
	ingress := change{"spec." + at + "rules": object{"ingress": list{way}}}
	secret := change{"spec." + at + "userDataSecretRef": object{"name": "user-data", "key": "one"}}
	addressed := change{"spec." + at + "networks": list{object{"name": "internet", "networkID": internet, "ips": list{address4}}}}
	out := map[string]field{}
	for path, f := range map[string]field{
		"size":                       {set: "v1-small-x86", other: "v1-large-x86", required: required, notEmpty: tooShort},
		"image":                      {set: image, other: "firewall-ubuntu-2.0", required: required, notEmpty: tooShort},
		"networks":                   {set: list{object{"name": "internet", "networkID": internet}}, other: list{object{"name": "dmz", "networkID": "dmz"}}, required: required, notEmpty: "name at least one network"},
		"networks[].name":            {set: "internet", other: "dmz", required: required, notEmpty: tooShort},
		"networks[].networkID":       {set: internet, other: "dmz", required: required, notEmpty: tooShort},
		"networks[].ips":             {set: list{address4}, other: list{another4}},
		"networks[].addressFamilies": {given: addressed, set: list{"IPv4"}, other: list{"IPv6"}},
		"rules":                      {set: object{"egress": list{rule}}, other: object{"ingress": list{way}}},
		"rules.egress":               {set: list{rule}, other: list{object{"ports": list{123}, "to": list{"::/0"}}}},
		"rules.egress[].comment":     {given: egress, set: "DNS", other: "NTP"},
		"rules.egress[].protocol":    {given: egress, set: "UDP", other: "TCP"},
		"rules.egress[].ports":       {given: egress, set: list{53}, other: list{123, 53}, required: required, notEmpty: tooFew},
		"rules.egress[].to":          {given: egress, set: list{"0.0.0.0/0"}, other: list{"::/0"}, required: required, notEmpty: tooFew},
		"rules.ingress":              {set: list{way}, other: list{object{"ports": list{22}, "from": list{"::/0"}}}},
		"rules.ingress[].comment":    {given: ingress, set: "HTTPS", other: "SSH"},
		"rules.ingress[].protocol":   {given: ingress, set: "UDP", other: "TCP"},
		"rules.ingress[].ports":      {given: ingress, set: list{443}, other: list{22}, required: required, notEmpty: tooFew},
		"rules.ingress[].from":       {given: ingress, set: list{"203.0.113.0/24"}, other: list{"198.51.100.0/24"}, required: required, notEmpty: tooFew},
		"rules.ingress[].to":         {given: ingress, set: list{"10.0.0.0/8"}, other: list{"10.1.0.0/16"}},
		"sshPublicKeys":              {set: list{key1}, other: list{key2}},
		"userDataSecretRef":          {set: object{"name": "user-data", "key": "one"}, other: object{"name": "user-data", "key": "two"}, notEmpty: required},
		"userDataSecretRef.name":     {given: secret, set: "user-data", other: "more", required: required, notEmpty: tooShort},
		"userDataSecretRef.key":      {given: secret, set: "one", other: "two", required: required, notEmpty: tooShort},
		"dnsServers":                 {set: list{"9.9.9.9"}, other: list{"2001:db8::1"}},
		"ntpServers":                 {set: list{"0.pool.ntp.org"}, other: list{"1.pool.ntp.org"}},
		"tags":                       {set: list{"env=dev", "cost-center=47"}, other: list{"env=prod"}},
	} {
		out[at+path] = f
	}
	return out
}

// placeFields are the entries of what can never move once something exists.
func placeFields(moved string) map[string]field {
	const required = "Required value"
	given := change{"spec.providerConfigRef": configOf("tenant")}
	kinds := `supported values: "ClusterProviderConfig", "ProviderConfig"`
	return map[string]field{
		"partition":              {set: "mini-lab", other: "elsewhere", required: required, notEmpty: tooShort, moved: moved},
		"projectID":              {set: project, other: nobodys, required: required, notEmpty: tooShort, moved: moved},
		"providerConfigRef":      {set: configOf("tenant"), other: configOf("another"), notEmpty: required, moved: moved},
		"providerConfigRef.kind": {given: given, set: "ProviderConfig", other: "ClusterProviderConfig", required: required, notEmpty: kinds, moved: moved},
		"providerConfigRef.name": {given: given, set: "tenant", other: "another", required: required, notEmpty: tooShort, moved: moved},
	}
}

func clusterFields(moved string) map[string]field {
	all := map[string]field{
		"firewall":                   {set: settings(), other: with(settings(), object{"size": "v1-large-x86"}), required: "Required value", notEmpty: "Required value"},
		"network":                    {set: object{"addressFamilies": list{"IPv4"}}, other: object{"addressFamilies": list{"IPv6"}}},
		"network.addressFamilies":    {set: list{"IPv4"}, other: list{"IPv4", "IPv6"}},
		"network.prefixLengths":      {set: object{"ipv4": 24}, other: object{"ipv4": 25, "ipv6": 96}},
		"network.prefixLengths.ipv4": {set: 24, other: 25},
		"network.prefixLengths.ipv6": {set: 96, other: 64},
	}
	maps.Copy(all, placeFields(moved))
	maps.Copy(all, settingsFields("firewall."))
	return all
}

func xfirewallFields(moved string) map[string]field {
	selector := object{"matchLabels": object{"of": "private"}}
	all := map[string]field{
		"hostname":                             {set: "edge-1", other: "edge-2"},
		"privateNetworkID":                     {instead: change{"spec.privateNetworkIDSelector": selector}, set: "n1", other: "n2"},
		"privateNetworkIDRef":                  {instead: change{"spec.privateNetworkID": "n1"}, given: change{"spec.privateNetworkID": nil}, set: object{"name": "private"}, other: object{"name": "other"}, notEmpty: "Required value"},
		"privateNetworkIDRef.name":             {given: change{"spec.privateNetworkID": nil, "spec.privateNetworkIDRef": object{"name": "private"}}, set: "private", other: "other", required: "Required value", notEmpty: tooShort},
		"privateNetworkIDSelector":             {instead: change{"spec.privateNetworkID": "n1"}, given: change{"spec.privateNetworkID": nil}, set: selector, other: object{"matchLabels": object{"of": "other"}}},
		"privateNetworkIDSelector.matchLabels": {instead: change{"spec.privateNetworkID": "n1"}, given: change{"spec.privateNetworkID": nil}, set: object{"of": "private"}, other: object{"of": "other"}},
	}
	maps.Copy(all, placeFields(moved))
	maps.Copy(all, settingsFields(""))
	return all
}
