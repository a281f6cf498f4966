//go:build envtest

package ordinaryday

import (
	"maps"
	"path"
)

// givenIPs are the names of the IPs that the rows of a kind need, without that of the
// kind: one for each row that gives one.
func givenIPs() []string {
	return []string{
		"ref", "ref-other", "ref-namespace", "elsewhere/ref-namespace", "ref-policy", "ref-resolution", "ref-resolve",
		"selector", "selector-other", "labels", "labels-other", "composed",
		"selector-namespace", "elsewhere/selector-namespace", "selector-policy", "selector-resolution", "selector-resolve",
		"maximal", "maximal-selected",
	}
}

// giving are the entries of the references to IPs, and of the selector of IPs, that can
// stand in the place of addresses.
func giving(w world, kind string) map[string]field {
	in := func(more object) change {
		entry := object{"name": "dmz", "networkID": dmz}
		maps.Copy(entry, more)
		return change{"networks": list{entry}}
	}
	name := func(row string) string { return kind + "-" + row }
	plain := func(row string) change { return change{"networks[].ips": list{w.ips[name(row)]}} }
	ref := func(row string) object { return object{"name": name(row)} }
	labels := func(row string) object { return object{"of": name(row)} }
	// Where one stands for the address of the same IP, nothing else is ordered.
	alike := func(row string, set, other any, spellings ...any) field {
		return field{given: in(nil), instead: plain(row), set: set, other: other, spellings: spellings, still: true, added: same, removed: same}
	}
	all := map[string]field{
		"networks[].ipRefs":                 alike("ref", list{ref("ref")}, list{ref("ref-other")}),
		"networks[].ipSelector":             alike("selector", object{"matchLabels": labels("selector")}, object{"matchLabels": labels("selector-other")}, object{"matchLabels": labels("selector"), "policy": object{}}),
		"networks[].ipSelector.matchLabels": alike("labels", labels("labels"), labels("labels-other")),
		"networks[].ipSelector.matchControllerRef": {
			given: in(object{"ipSelector": object{"matchLabels": labels("composed")}}).with(change{"metadata.ownerReferences": composite}),
			set:   true, other: false, preset: false, still: true, added: same, changed: same, removed: same,
		},
		"networks[].ipRefs[].namespace": {
			given: in(object{"ipRefs": list{ref("ref-namespace")}}), set: w.elsewhere, other: w.namespace, preset: w.namespace,
		},
		"networks[].ipSelector.namespace": {
			given: in(object{"ipSelector": object{"matchLabels": labels("selector-namespace")}}), set: w.elsewhere, other: w.namespace, preset: w.namespace,
		},
	}
	for at, given := range map[string]func(row string) change{
		"networks[].ipRefs[]":   func(row string) change { return in(object{"ipRefs": list{ref(row)}}) },
		"networks[].ipSelector": func(row string) change { return in(object{"ipSelector": object{"matchLabels": labels(row)}}) },
	} {
		of := "ref"
		if path.Ext(at) == ".ipSelector" {
			of = "selector"
		}
		unchanged := func(row string, set, other any) field {
			return field{given: given(of + "-" + row), set: set, other: other, still: true, added: same, changed: same, removed: same}
		}
		all[at+".policy"] = unchanged("policy", object{"resolution": "Required"}, object{"resolution": "Optional"})
		all[at+".policy.resolution"] = unchanged("resolution", "Optional", "Required")
		all[at+".policy.resolve"] = unchanged("resolve", "Always", "IfNotPresent")
	}
	for path, f := range all {
		f.called = "networks"
		all[path] = f
	}
	return all
}

// maximalIPs is an entry that says all there is about IPs.
func maximalIPs(w world, kind string) object {
	policy := object{"resolution": "Required", "resolve": "Always"}
	return object{
		"name": "dmz", "networkID": dmz,
		"ipRefs": list{object{"name": kind + "-maximal", "namespace": w.namespace, "policy": policy}},
		"ipSelector": object{
			"matchLabels": object{"of": kind + "-maximal-selected"}, "matchControllerRef": false, "namespace": w.namespace, "policy": policy,
		},
	}
}

// givenIP is a reference to an IP, in a network of one family.
func givenIP() reference {
	return reference{
		at: "networks[0].ipRefs[0]", selector: "networks[0].ipSelector", plain: "networks[0].ips", kind: "IP", many: true, alone: true, optional: true,
		given: change{"networks": list{object{"name": "dmz", "networkID": dmz}}},
		to:    change{"networkID": dmz},
	}
}
