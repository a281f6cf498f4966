//go:build envtest

package ordinaryday

import (
	"context"
	"maps"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

func ip() *kind {
	return &kind{
		name:   "IP",
		plural: "ips",
		base: func(world) object {
			return object{"projectID": project, "networkID": third, "type": "static"}
		},
		maximal:      maximalIP,
		alternatives: []string{"networkID", "address"}, // It is taken from where the references lead to, and an address says its family.
		blocked:      change{"projectID": nobodys},
		fields:       ipFields,
		allocates:    "allocateIP",
		frees:        "freeIP",
		free:         func(ctx context.Context, s metal.Stack, id string) error { return s.FreeIP(ctx, id) },
		found:        foundBy(metal.Stack.IPsOf, foundIP),
		identifies: func(world) change {
			return change{"projectID": nobodys, "networkID": dmz, "address": "198.19.7.9", "addressFamily": "IPv6"}
		},
		words: words{
			field: "tags", description: "description",
			write:     writeIPTags,
			strangers: []string{"owner: jane ", "gpu", "gpu=a100"},
			blank:     list{"team=storage "},
			two:       list{"env=dev", "cost-center=47"},
			one:       list{"env=prod"},
			second:    "cost-center=47",
		},
		awkward: map[string]change{
			"blanks":  {"name": " edge ", "description": " before ", "tags": list{" team = storage ", " ", "edge "}},
			"equals":  {"tags": list{"team=", "=", "a=b=c"}},
			"lines":   {"description": "one\ntwo\n"},
			"nothing": {"name": "", "description": "", "tags": list{}, "address": "", "addressFamily": "", "networkIDSelector": object{}},
		},
		typos: func(world) []typo {
			return []typo{
				{name: "project", wrong: change{"projectID": nobodys}, right: change{"projectID": project}, says: nobodys},
				{name: "network", wrong: change{"networkID": "dzm"}, right: change{"networkID": third}, says: "there is no network dzm"},
				{name: "address", wrong: change{"address": "198.81.0.7"}, right: change{"address": "198.19.7.7"}, says: "is not in network"},
				{name: "taken", wrong: change{"networkID": internet, "address": address4}, right: change{"networkID": third, "address": "198.19.7.8"}, says: "is allocated already"},
				{name: "family", wrong: change{"networkID": dmz, "addressFamily": "IPv6"}, right: change{"networkID": dmz, "addressFamily": "IPv4"}, says: "has no IPv6 prefix"},
			}
		},
		references: []reference{
			ofProject(),
			{at: "networkIDRef", selector: "networkIDSelector", plain: "networkID", kind: "Network"},
		},
	}
}

func maximalIP(w world) object {
	return maximallyOwned(w, object{
		"projectID":         project,
		"networkIDRef":      object{"name": "private", "namespace": w.namespace, "policy": object{"resolution": "Required", "resolve": "Always"}},
		"networkIDSelector": object{"matchLabels": object{"of": "private"}, "matchControllerRef": false, "namespace": w.namespace, "policy": object{"resolution": "Required", "resolve": "IfNotPresent"}},
		"type":              "static", "addressFamily": "IPv6", "name": "edge 1", "description": "of storage", "tags": list{"team=storage", "edge"},
	})
}

func ipFields(w world) map[string]field {
	const moved = "are fixed once the IP is allocated: create another IP"
	all := map[string]field{
		"type":          {set: "static", other: "ephemeral", preset: "ephemeral", added: repaired},
		"address":       {given: change{"name": "chosen"}, set: "198.19.7.1", other: "198.19.7.2"}, // metal-api has another operation for it.
		"addressFamily": {set: "IPv6", other: "IPv4", preset: "IPv4"},
		"name":          {set: "edge 1", other: "edge 2", preset: "NAME", added: repaired, changed: repaired, removed: repaired, left: "NAME"},
		"description":   {set: "of storage", other: "of compute", added: repaired, changed: repaired, removed: repaired, left: ""},
		"tags":          {set: list{"team=storage", "edge"}, other: list{"team=compute"}, spellings: list{list{"edge", "team=storage"}}, added: repaired, changed: repaired, removed: repaired, left: list{}},
	}
	maps.Copy(all, owned(w, moved))
	maps.Copy(all, referring(w, reference{at: "networkIDRef", plain: "networkID"}, "private", "other", "composed"))
	return all
}

func foundIP(i *metal.IP) found {
	return found{id: i.Address, words: i.Tags, values: map[string]any{
		"name": i.Name, "description": i.Description, "type": string(i.Type), "address": i.Address, "tags": ip().words.without(i.Tags),
	}}
}

func writeIPTags(ctx context.Context, s metal.Stack, id string, words []string) error {
	return s.UpdateIP(ctx, id, metal.IPUpdate{Type: "static", Tags: words})
}
