//go:build envtest

package ordinaryday

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// Words of the API server.
const (
	tooShort = "should be at least 1 chars long"
	tooFew   = "should have at least 1 items"
	unnamed  = "name: Required value"
)

func network() *kind {
	return &kind{
		name:   "Network",
		plural: "networks",
		base: func(world) object {
			return object{"partition": "mini-lab", "projectID": project}
		},
		maximal: func(w world) object {
			return maximallyOwned(w, object{
				"partition": "mini-lab", "projectID": project, "name": "behind the edge", "description": "for storage",
				"labels": object{"team": "storage", "edge": ""}, "addressFamilies": list{"IPv6", "IPv4"},
				"prefixLengths": object{"ipv4": 24, "ipv6": 100}, "shared": true, "nat": true,
				"destinationPrefixes": list{"10.0.0.0/8", "2001:DB8:1:0::/48"},
			})
		},
		blocked:   change{"projectID": nobodys},
		fields:    networkFields,
		allocates: "allocateNetwork",
		frees:     "freeNetwork",
		free:      func(ctx context.Context, s metal.Stack, id string) error { return s.FreeNetwork(ctx, id) },
		found:     foundBy(metal.Stack.NetworksOf, foundNetwork),
		identifies: func(world) change {
			return change{"partition": "mini-lap", "projectID": nobodys, "addressFamilies": list{"IPv6"}, "prefixLengths": object{"ipv4": 25}}
		},
		words: words{
			field: "labels", description: "description",
			write:     writeLabels,
			strangers: []string{"owner=jane ", "gpu=", "a100=gpu"},
			blank:     object{"team": "storage "},
			two:       object{"env": "dev", "cost-center": "47"},
			one:       object{"env": "prod"},
			second:    "cost-center=47",
		},
		awkward: map[string]change{
			"blanks":       {"name": " edge ", "description": " before ", "labels": object{"a team": " storage ", "=": "="}},
			"blank":        {"description": " ", "labels": object{"empty": ""}},
			"lines":        {"description": "one\ntwo\n"},
			"unmasked":     {"destinationPrefixes": list{"10.1.2.3/8"}},
			"both":         {"addressFamilies": list{"IPv6", "IPv4"}},
			"other-length": {"addressFamilies": list{"IPv6"}, "prefixLengths": object{"ipv6": 100}},
			"two-nothings": {"prefixLengths": object{}, "labels": object{}, "shared": false, "nat": false},
		},
		references: []reference{ofProject()},
		typos: func(world) []typo {
			return []typo{
				{name: "partition", wrong: change{"partition": "mini-lap"}, right: change{"partition": "mini-lab"}, says: "mini-lap"},
				{name: "project", wrong: change{"projectID": nobodys}, right: change{"projectID": project}, says: nobodys},
			}
		},
	}
}

func networkFields(w world) map[string]field {
	const required = "forProvider.partition and forProvider.projectID are required where managementPolicies allow Create: name the project by projectID, projectIDRef or projectIDSelector"
	const moved = "are fixed once the network is created: create another Network"
	all := map[string]field{
		"partition":           {set: "mini-lab", other: "mini-lap", required: required, notEmpty: tooShort, changed: refused, removed: refused, moved: moved},
		"name":                {set: "behind the edge", other: "before the edge", preset: "NAME", added: repaired, changed: repaired, removed: repaired, left: "NAME"},
		"description":         {set: "for storage", other: "for compute", added: repaired, changed: repaired, removed: repaired, left: ""},
		"labels":              {set: object{"team": "storage", "edge": ""}, other: object{"team": "compute"}, added: repaired, changed: repaired, removed: repaired, left: object{}},
		"addressFamilies":     {set: list{"IPv4"}, other: list{"IPv6"}, preset: list{"IPv6", "IPv4"}},
		"prefixLengths":       {set: object{"ipv4": 24}, other: object{"ipv4": 25}},
		"prefixLengths.ipv4":  {set: 24, other: 25},
		"prefixLengths.ipv6":  {set: 100, other: 104},
		"shared":              {set: true, other: false, preset: false, added: repaired},
		"nat":                 {set: true, other: false, preset: false},
		"destinationPrefixes": {set: list{"10.0.0.0/8", "2001:db8:1::/48"}, other: list{"10.0.0.0/8"}, spellings: list{list{"2001:DB8:1:0::/48", "10.0.0.0/8"}}},
	}
	maps.Copy(all, owned(w, moved))
	return all
}

func foundNetwork(n *metal.Network) found {
	f := found{id: n.ID, values: map[string]any{"name": n.Name, "description": n.Description, "shared": n.Shared}}
	labels := object{}
	for _, key := range slices.Sorted(maps.Keys(n.Labels)) {
		word := key + "=" + n.Labels[key]
		f.words = append(f.words, word)
		if !strings.HasPrefix(key, metal.MarkPrefix) && !slices.Contains(network().words.strangers, word) {
			labels[key] = n.Labels[key]
		}
	}
	f.values["labels"] = labels
	return f
}

func writeLabels(ctx context.Context, s metal.Stack, id string, words []string) error {
	labels := map[string]string{}
	for _, w := range words {
		key, value, _ := strings.Cut(w, "=")
		labels[key] = value
	}
	return s.UpdateNetwork(ctx, id, metal.NetworkUpdate{Labels: labels})
}
