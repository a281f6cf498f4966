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
		"updateStrategy": "Recreate", "rollToken": "2026-11", "paused": true, "stableFor": "30s", "createTimeout": "20m", "healthTimeout": "1h",
		"maintenanceWindow": object{"begin": "22:00", "end": "04:00", "timeZone": "Europe/Berlin", "days": list{"Sat", "Sun"}},
		"networks": list{object{
			"name": "internet", "networkID": internet, "ips": list{address4}, "ipRefs": list{object{"name": "egress"}}, "addressFamilies": list{"IPv4"},
		}},
	}
}

// pool of workers that says no more than it must.
func pool() object {
	return object{"name": "small", "replicas": 1, "size": "v1-small-x86", "image": "ubuntu-26.4"}
}

// clusterMaximal is all but network.networkID, which goes with no settings of a network.
func clusterMaximal() change {
	return change{"spec": object{
		"partition": "mini-lab", "projectID": project, "providerConfigRef": configOf("tenant"),
		"network":  object{"addressFamilies": list{"IPv6", "IPv4"}, "prefixLengths": object{"ipv4": 24, "ipv6": 96}},
		"firewall": with(settings(), fullSettings()),
		"egressIPs": list{
			object{"network": internet, "addressFamily": "IPv4", "addresses": list{another4}},
			object{"network": internet, "addressFamily": "IPv6", "count": 2},
		},
		"workers": list{
			with(pool(), object{
				"maxShrink": 2, "sshPublicKeys": list{key1}, "userDataSecretRef": object{"name": "user-data", "key": "one"},
				"networks": list{internet}, "spread": false,
			}),
			with(pool(), object{"name": "none", "replicas": 0}),
		},
		"deletionProtection": true,
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
	window := change{"spec." + at + "maintenanceWindow": object{"begin": "22:00", "end": "04:00"}}
	const notATime = "must be a time of day such as"
	addressed := change{"spec." + at + "networks": list{object{"name": "internet", "networkID": internet, "ips": list{address4}}}}
	referred := change{"spec." + at + "networks": list{object{"name": "internet", "networkID": internet, "ipRefs": list{object{"name": "one"}}}}}
	out := map[string]field{}
	for path, f := range map[string]field{
		"size":                       {set: "v1-small-x86", other: "v1-large-x86", required: required, notEmpty: tooShort},
		"image":                      {set: image, other: "firewall-ubuntu-2.0", required: required, notEmpty: tooShort},
		"networks":                   {set: list{object{"name": "internet", "networkID": internet}}, other: list{object{"name": "dmz", "networkID": "dmz"}}},
		"networks[].name":            {set: "internet", other: "dmz", required: required, notEmpty: tooShort},
		"networks[].networkID":       {set: internet, other: "dmz", required: required, notEmpty: tooShort},
		"networks[].ips":             {set: list{address4}, other: list{another4}},
		"networks[].ipRefs":          {set: list{object{"name": "one"}}, other: list{object{"name": "two"}, object{"name": "one"}}},
		"networks[].ipRefs[].name":   {given: referred, set: "one", other: "two", required: required, notEmpty: tooShort},
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
		"updateStrategy":             {set: "OnDelete", other: "Recreate"},
		"rollToken":                  {set: "2026-11", other: "2026-12"},
		"paused":                     {set: true, other: false},
		"stableFor":                  {set: "30s", other: "1m"},
		"createTimeout":              {set: "15m", other: "1h30m"},
		"healthTimeout":              {set: "30m", other: "1h"},
		"maintenanceWindow":          {set: object{"begin": "22:00", "end": "04:00"}, other: object{"begin": "00:00", "end": "06:00", "timeZone": "Europe/Berlin"}, notEmpty: required},
		"maintenanceWindow.begin":    {given: window, set: "22:00", other: "23:00", required: required, notEmpty: notATime},
		"maintenanceWindow.end":      {given: window, set: "04:00", other: "05:00", required: required, notEmpty: notATime},
		"maintenanceWindow.timeZone": {given: window, set: "Europe/Berlin", other: "UTC"},
		"maintenanceWindow.days":     {given: window, set: list{"Sat"}, other: list{"Sun", "Sat"}},
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
		"network.networkID":          {set: "n1", other: "n2", moved: "network.networkID is fixed once there is a network: delete this and create another"},
		"network.addressFamilies":    {set: list{"IPv4"}, other: list{"IPv4", "IPv6"}},
		"network.prefixLengths":      {set: object{"ipv4": 24}, other: object{"ipv4": 25, "ipv6": 96}},
		"network.prefixLengths.ipv4": {set: 24, other: 25},
		"network.prefixLengths.ipv6": {set: 96, other: 64},
		"deletionProtection":         {set: true, other: false},
	}
	maps.Copy(all, egressFields())
	maps.Copy(all, workerFields())
	maps.Copy(all, placeFields(moved))
	maps.Copy(all, settingsFields("firewall."))
	return all
}

// egressFields are the entries of what can be said of a firewall's addresses.
func egressFields() map[string]field {
	both := with(settings(), object{"networks": list{object{"name": "internet", "networkID": internet}, object{"name": "dmz", "networkID": "dmz"}}})
	given := change{"spec.firewall": both, "spec.egressIPs": list{object{"network": internet}}}
	return map[string]field{
		"egressIPs":                 {set: list{object{"network": internet}}, other: list{object{"network": internet, "count": 2}}},
		"egressIPs[].network":       {given: given, set: internet, other: "dmz", required: "Required value", notEmpty: tooShort},
		"egressIPs[].addressFamily": {given: given, set: "IPv4", other: "IPv6"},
		"egressIPs[].count":         {given: given, set: 1, other: 2},
		"egressIPs[].addresses":     {given: given, set: list{address4}, other: list{another4, address4}},
	}
}

// workerFields are the entries of pools of workers.
func workerFields() map[string]field {
	const required = "Required value"
	given := change{"spec.workers": list{pool()}}
	secret := change{"spec.workers": list{with(pool(), object{"userDataSecretRef": object{"name": "user-data", "key": "one"}})}}
	return map[string]field{
		"workers":                          {set: list{pool()}, other: list{with(pool(), object{"name": "large"}), pool()}},
		"workers[].name":                   {given: given, set: "small", other: "large", required: required, notEmpty: tooShort},
		"workers[].replicas":               {given: given, set: 1, other: 0, required: required},
		"workers[].maxShrink":              {given: given, set: 2, other: 0},
		"workers[].size":                   {given: given, set: "v1-small-x86", other: "v1-large-x86", required: required, notEmpty: tooShort},
		"workers[].image":                  {given: given, set: "ubuntu-26.4", other: "debian-12", required: required, notEmpty: tooShort},
		"workers[].sshPublicKeys":          {given: given, set: list{key1}, other: list{key2}},
		"workers[].userDataSecretRef":      {given: given, set: object{"name": "user-data", "key": "one"}, other: object{"name": "user-data", "key": "two"}, notEmpty: required},
		"workers[].userDataSecretRef.name": {given: secret, set: "user-data", other: "more", required: required, notEmpty: tooShort},
		"workers[].userDataSecretRef.key":  {given: secret, set: "one", other: "two", required: required, notEmpty: tooShort},
		"workers[].networks":               {given: given, set: list{internet}, other: list{"dmz"}},
		"workers[].spread":                 {given: given, set: false, other: true},
	}
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
