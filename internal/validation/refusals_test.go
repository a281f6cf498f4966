//go:build envtest

package validation

import "maps"

// Messages that several kinds have.
const (
	notACIDR      = "must be a CIDR such as 10.0.0.0/8 or 2001:db8::/32"
	notAnIP       = "must be an IP address such as 203.0.113.130"
	twoFamilies   = "a rule is for one address family: write one rule for IPv4 and another for IPv6"
	joinedTwice   = "a network is joined once: list all of its ips in one entry"
	noSecret      = "there are no connection details of a claim: remove writeConnectionSecretToRef, and take the firewall's addresses from status.firewall (its user is metal)"
	keepsResource = "spec.resourceRef is the XCluster behind this claim, and without it Crossplane would make another one: use kubectl apply, not replace"
	nameOfCluster = "the name becomes a hostname, NAME-firewall: at most 54 characters, only lower case letters, digits and -"
)

type list = []any

type object = map[string]any

// refusals by kind and name.
func refusals() map[string]map[string]attempt {
	all := map[string]map[string]attempt{
		"ProviderConfig":        providerConfigRefusals(),
		"ClusterProviderConfig": providerConfigRefusals(),
		"Network":               networkRefusals(),
		"Firewall":              firewallRefusals(),
		"Machine":               machineRefusals(),
		"IP":                    ipRefusals(),
		"Project":               projectRefusals(),
		"XFirewall":             xfirewallRefusals(),
		"XCluster":              xclusterRefusals(),
		"XClusterClaim":         claimRefusals(),
		"ClaimedXCluster":       xclusterRefusals(),
	}
	for _, kind := range managedKinds {
		for name, p := range map[string]struct {
			policies list
			want     string
		}{
			"Policies":       {list{"Create", "Update"}, needObserve},
			"PoliciesStar":   {list{"*", "Observe"}, starAlone},
			"PoliciesDelete": {list{"Observe", "Update", "Delete"}, deleteAlone},
		} {
			all[kind][name] = attempt{
				reason: "Crossplane would do nothing at all, and delete nothing.",
				create: change{"spec.managementPolicies": p.policies},
				want:   []string{"spec: " + p.want},
			}
		}
	}
	for _, kind := range []string{"XCluster", "XClusterClaim"} {
		all[kind]["LongName"] = attempt{
			reason: "With -firewall behind it, the name is a hostname.",
			create: change{"metadata.name": long(55)},
			want:   []string{": " + nameOfCluster},
		}
		all[kind]["NoHostname"] = attempt{
			reason: "A Kubernetes name may have dots, a hostname may not.",
			create: change{"metadata.name": "x.cellent"},
			want:   []string{": " + nameOfCluster},
		}
	}
	all["XCluster"]["GeneratedNameNoHostname"] = attempt{
		reason: "A generated name may be longer, for a claim's is shorter, but it is of the same letters.",
		create: change{"metadata.generateName": "x.cellent-", "metadata.name": "x.cellent-abcde"},
		want:   []string{": " + nameOfCluster},
	}
	return all
}

func providerConfigRefusals() map[string]attempt {
	return map[string]attempt{
		"URLScheme": {
			reason: "metal-api speaks HTTP.",
			create: change{"spec.url": "ftp://api.example.org/metal"},
			want:   []string{"spec.url: url must have scheme http or https and a host, such as https://api.example.org/metal"},
		},
		"URLNone": {
			reason: "A host alone is no URL.",
			create: change{"spec.url": "api.example.org"},
			want:   []string{"spec.url: url must have scheme http or https and a host, such as https://api.example.org/metal"},
		},
		"URLUser": {
			reason: "Keys are secret, the URL is not.",
			create: change{"spec.url": "https://me:key@api.example.org/metal"},
			want:   []string{"spec.url: url must have no query, fragment or user: keys belong in the Secret"},
		},
		"URLQuery": {
			reason: "The client appends paths to the URL.",
			create: change{"spec.url": "https://api.example.org/metal?key=1"},
			want:   []string{"spec.url: url must have no query, fragment or user: keys belong in the Secret"},
		},
		"CABundle": {
			reason: "A path is no certificate.",
			create: change{"spec.caBundle": "/etc/ssl/ca.pem"},
			want:   []string{"spec.caBundle: caBundle must hold PEM encoded certificates, or those in base64"},
		},
		"TokenWithAuthType": {
			reason: "A token names its user itself.",
			create: change{"spec.credentials.type": "Token"},
			want:   []string{"spec.credentials: hmacAuthType is for type HMAC only: remove it"},
		},
		"AuthType": {
			reason: "metal-api knows three HMAC users.",
			create: change{"spec.credentials.hmacAuthType": "admin"},
			want:   []string{`spec.credentials.hmacAuthType: Unsupported value: "admin": supported values: "Metal-View", "Metal-Edit", "Metal-Admin"`},
		},
		"Type": {
			reason: "metal-api takes an HMAC or a token.",
			create: change{"spec.credentials.type": "Basic", "spec.credentials.hmacAuthType": nil},
			want:   []string{`spec.credentials.type: Unsupported value: "Basic": supported values: "HMAC", "Token"`},
		},
		"Source": {
			reason: "Credentials are in a Secret.",
			create: change{"spec.credentials.source": "Environment"},
			want:   []string{`spec.credentials.source: Unsupported value: "Environment": supported values: "Secret"`},
		},
	}
}

// firewallValues are refusals of values that all kinds of a firewall have, at a
// prefix such as "spec.".
func firewallValues(prefix string) map[string]attempt {
	egress := func(c object) change {
		rule := object{"ports": list{int64(53)}, "to": list{"0.0.0.0/0"}}
		maps.Copy(rule, c)
		return change{prefix + "rules": object{"egress": list{rule}}}
	}
	ingress := func(c object) change {
		rule := object{"ports": list{int64(443)}, "from": list{"0.0.0.0/0"}}
		maps.Copy(rule, c)
		return change{prefix + "rules": object{"ingress": list{rule}}}
	}
	const (
		keys     = "must be one line of an authorized_keys file, such as ssh-ed25519 AAAA... name@example.org"
		reserved = "tags of metal-stack.crossplane.io/ and machine.metal-stack.io/ are the provider's and metal-api's own: choose another key"
		sameKey  = "two tags have the same key: metal-api keeps only the last of them"
		comment  = "a comment is of letters, spaces, - and _ only"
		atLeast  = " in body should have at least 1 items"
	)
	e, i := prefix+"rules.egress[0]", prefix+"rules.ingress[0]"
	return map[string]attempt{
		"DNSServer": {
			reason: "metal-api wants addresses of DNS servers, no names.",
			create: change{prefix + "dnsServers": list{"dns.example.org"}},
			want:   []string{prefix + "dnsServers[0]: " + notAnIP},
		},
		"NTPServer": {
			reason: "An NTP server is a name or an address, no URL.",
			create: change{prefix + "ntpServers": list{"ntp://pool.ntp.org"}},
			want:   []string{prefix + "ntpServers[0]: must be a DNS name or an address, such as 0.pool.ntp.org"},
		},
		"IP": {
			reason: "An address has no length.",
			create: change{prefix + "networks": list{object{"name": "internet", "networkID": "internet", "ips": list{"203.0.113.1/32"}}}},
			want:   []string{prefix + "networks[0].ips[0]: " + notAnIP},
		},
		"NetworkTwice": {
			reason: "metal-api wants network ids to be unique.",
			create: change{prefix + "networks": list{object{"name": "a", "networkID": "internet"}, object{"name": "b", "networkID": "internet"}}},
			want:   []string{prefix + "networks: " + joinedTwice},
		},
		"Key": {
			reason: "A fingerprint is no key.",
			create: change{prefix + "sshPublicKeys": list{"SHA256:2RGzlFXw6kpPUbnkfBZAwlVbWFYOd8cWDUZGRPLwX1g"}},
			want:   []string{prefix + "sshPublicKeys[0]: " + keys},
		},
		"PrivateKey": {
			reason: "Nor is a private one.",
			create: change{prefix + "sshPublicKeys": list{"-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n"}},
			want:   []string{prefix + "sshPublicKeys[0]: " + keys},
		},
		"ReservedTag": {
			reason: "Our mark says whose a machine is.",
			create: change{prefix + "tags": list{"metal-stack.crossplane.io/uid=1"}},
			want:   []string{prefix + "tags: " + reserved},
		},
		"SystemTag": {
			reason: "metal-api overrides its own tags.",
			create: change{prefix + "tags": list{"machine.metal-stack.io/rack=1"}},
			want:   []string{prefix + "tags: " + reserved},
		},
		"TagsOfOneKey": {
			reason: "metal-api keeps one tag of a key.",
			create: change{prefix + "tags": list{"team=a", "team=b"}},
			want:   []string{prefix + "tags: " + sameKey},
		},
		"EgressTo": {
			reason: "A rule is for prefixes.",
			create: egress(object{"to": list{"example.org"}}),
			want:   []string{e + ".to[0]: " + notACIDR},
		},
		"EgressFamilies": {
			reason: "metal-api wants one address family in a rule.",
			create: egress(object{"to": list{"0.0.0.0/0", "::/0"}}),
			want:   []string{e + ": " + twoFamilies},
		},
		"EgressComment": {
			reason: "A comment becomes a part of nftables rules.",
			create: egress(object{"comment": `x" drop`}),
			want:   []string{e + ".comment: " + comment},
		},
		"EgressProtocol": {
			reason: "metal-api knows TCP and UDP.",
			create: egress(object{"protocol": "tcp"}),
			want:   []string{e + `.protocol: Unsupported value: "tcp": supported values: "TCP", "UDP", ""`},
		},
		"EgressNoPorts": {
			reason: "A rule without ports allows nothing.",
			create: egress(object{"ports": list{}}),
			want:   []string{e + ".ports: " + e + ".ports" + atLeast},
		},
		"EgressNowhere": {
			reason: "A rule without a destination allows nothing.",
			create: egress(object{"to": list{}}),
			want:   []string{e + ".to: " + e + ".to" + atLeast},
		},
		"IngressFrom": {
			reason: "A rule is for prefixes.",
			create: ingress(object{"from": list{"203.0.113.1"}}),
			want:   []string{i + ".from[0]: " + notACIDR},
		},
		"IngressTo": {
			reason: "A rule is for prefixes.",
			create: ingress(object{"to": list{"10.0.0.1"}}),
			want:   []string{i + ".to[0]: " + notACIDR},
		},
		"IngressFamilies": {
			reason: "metal-api wants one address family in a rule, on both its sides.",
			create: ingress(object{"to": list{"2001:db8::/32"}}),
			want:   []string{i + ": " + twoFamilies},
		},
		"IngressComment": {
			reason: "A comment becomes a part of nftables rules.",
			create: ingress(object{"comment": "port 443"}),
			want:   []string{i + ".comment: " + comment},
		},
		"IngressProtocol": {
			reason: "metal-api knows TCP and UDP.",
			create: ingress(object{"protocol": "ICMP"}),
			want:   []string{i + `.protocol: Unsupported value: "ICMP": supported values: "TCP", "UDP", ""`},
		},
		"IngressNoPorts": {
			reason: "A rule without ports allows nothing.",
			create: ingress(object{"ports": list{}}),
			want:   []string{i + ".ports: " + i + ".ports" + atLeast},
		},
		"IngressFromNowhere": {
			reason: "A rule without a source allows nothing.",
			create: ingress(object{"from": list{}}),
			want:   []string{i + ".from: " + i + ".from" + atLeast},
		},
	}
}
