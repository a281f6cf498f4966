//go:build envtest

package ordinaryday

import (
	"context"
	"maps"
	"slices"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

const machineImage = "debian-13.0"

func machine() *kind {
	f := firewall()
	return &kind{
		name:   "Machine",
		plural: "machines",
		base: func(w world) object {
			return object{"partition": "mini-lab", "projectID": project, "size": "v1-small-x86", "image": machineImage, "privateNetworkID": w.networks["private"]}
		},
		maximal:      maximalMachine,
		alternatives: []string{"privateNetworkID"},
		blocked:      change{"projectID": nobodys},
		fields:       machineFields,
		allocates:    "allocateMachine",
		frees:        "freeMachine",
		free:         func(ctx context.Context, s metal.Stack, id string) error { return s.FreeMachine(ctx, id) },
		found:        foundBy(metal.Stack.MachinesOf, foundFirewall),
		identifies:   f.identifies,
		words:        f.words,
		typos: func(w world) []typo {
			return append(slices.DeleteFunc(f.typos(w), func(y typo) bool {
				return y.name == "image" || y.name == "image-of-machines" || y.name == "hostname"
			}),
				typo{name: "image", wrong: change{"image": "debian-31.0"}, right: change{"image": machineImage}, says: "debian-31.0"},
				typo{name: "image-of-firewalls", wrong: change{"image": image}, right: change{"image": machineImage}, says: "is not for machines"},
				typo{name: "second-private", wrong: change{"networks": list{object{"name": "other", "networkID": w.networks["shared"]}}}, right: change{"networks": list{}}, says: "a machine is in one only"},
			)
		},
		awkward: maps.Collect(func(yield func(string, change) bool) {
			for name, c := range f.awkward {
				if name != "unmasked" && name != "rule-twice" && name != "port-nothing" && name != "nothing" && name != "image-short" && !yield(name, c) {
					return
				}
			}
		}),
		references: []reference{
			givenIP(),
			{at: "privateNetworkIDRef", selector: "privateNetworkIDSelector", plain: "privateNetworkID", kind: "Network"},
		},
	}
}

func maximalMachine(w world) object {
	m := maximalFirewall(w)
	delete(m, "rules")
	m["image"] = machineImage
	m["networks"] = list{
		object{"name": "internet", "networkID": internet, "autoAcquire": false, "ips": list{machine4(1), machine6(1)}, "addressFamilies": list{"IPv6", "IPv4"}},
		maximalIPs(w, "machine"),
		object{
			"name": "external", "networkIDRef": object{"name": "external-third", "namespace": w.namespace, "policy": object{"resolution": "Optional", "resolve": "Always"}},
			"networkIDSelector": object{
				"matchLabels": object{"of": "external-third"}, "matchControllerRef": false, "namespace": w.namespace, "policy": object{"resolution": "Required", "resolve": "IfNotPresent"},
			},
		},
	}
	m["hostname"] = "worker-1"
	return m
}

func machineFields(w world) map[string]field {
	const moved = "are fixed once the machine is created: create another Machine"
	all := firewallFields(w)
	for path, f := range all {
		if f.moved != "" {
			f.moved = moved
			all[path] = f
		}
	}
	maps.DeleteFunc(all, func(path string, _ field) bool {
		return len(path) >= 5 && path[:5] == "rules"
	})
	all["image"] = field{set: machineImage, other: "ubuntu-26.4", required: all["image"].required, notEmpty: tooShort, changed: consent, removed: refused}
	all["networks"] = field{set: list{object{"name": "internet", "networkID": internet}}, other: list{object{"name": "dmz", "networkID": dmz}}}
	all["networks[].autoAcquire"] = field{
		given: change{"networks": list{object{"name": "internet", "networkID": internet, "ips": list{machine4(2)}, "addressFamilies": list{"IPv4"}}}},
		set:   false, other: true, preset: true, hidden: true,
	}
	all["networks[].ips"] = field{
		given: change{"networks": list{object{"name": "internet", "networkID": internet}}},
		set:   list{machine4(3), machine6(3)}, other: list{machine4(4)},
	}
	all["networks[].addressFamilies"] = field{
		given: change{"networks": list{object{"name": "internet", "networkID": internet, "ips": list{machine4(5), machine6(5)}}}},
		set:   list{"IPv4", "IPv6"}, other: list{"IPv4"}, spellings: list{list{"IPv6", "IPv4"}}, still: true, added: same, removed: same, hidden: true,
	}
	maps.Copy(all, referring(w, reference{
		at: "networks[].networkIDRef", plain: "networks[].networkID", given: change{"networks": list{object{"name": "external"}}},
	}, "external", "external-other", "composed-external"))
	maps.Copy(all, giving(w, "machine"))
	return all
}
