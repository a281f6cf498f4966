package relation

import (
	"cmp"
	"slices"
	"strings"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/memory"
)

// Indexes of the resources of a kind: a thousand users are not looked through for
// each of a thousand resources.
const (
	// byID is their external name.
	byID = "external-name"

	// byReferent are the keys of what they may name.
	byReferent = "referent"

	// going are the keys under which those that are being deleted may be named.
	going = "going"
)

// Indexes that the cache of a kind needs.
func (ks Kinds) Indexes(kind string) map[string]client.IndexerFunc {
	of := func(keys func(resource.Managed) []string) client.IndexerFunc {
		return func(o client.Object) []string {
			mg, ok := o.(resource.Managed)
			if !ok {
				return nil
			}
			return keys(mg)
		}
	}
	all := map[string]client.IndexerFunc{byID: of(func(mg resource.Managed) []string {
		if id := meta.GetExternalName(mg); id != "" {
			return []string{id}
		}
		return nil
	})}
	if k := ks.named(kind); len(k.To) > 0 {
		all[byReferent] = of(k.keys)
	}
	if len(ks.usersOf(kind)) > 0 {
		all[going] = of(func(mg resource.Managed) []string {
			if !meta.WasDeleted(mg) {
				return nil
			}
			return keysOf(kind, mg)
		})
	}
	return all
}

// Indexes that the cache of a kind needs.
func (h *Home) Indexes(kind string) map[string]client.IndexerFunc { return h.kinds.Indexes(kind) }

func keyOfID(id string) string { return "id " + id }

func keyOfName(kind, namespace, name string) string { return kind + " " + namespace + "/" + name }

func keyOfSelectors(kind string) string { return kind + " by selector" }

// keys of all that a resource may name.
func (k Kind) keys(mg resource.Managed) []string {
	created := meta.GetExternalName(mg) != ""
	return k.keysSo(mg, func(r Reference) bool { return r.ID != "" || !created })
}

// keysTo are the keys of all that a resource names of a kind, resolved or not.
func (k Kind) keysTo(mg resource.Managed, kind string) []string {
	return k.keysSo(mg, func(r Reference) bool { return r.To == kind })
}

// keysSo are the keys of what a resource was led to, and of the references that are so.
func (k Kind) keysSo(mg resource.Managed, so func(Reference) bool) []string {
	var keys []string
	for _, id := range memory.Of(mg).IDs() {
		keys = append(keys, keyOfID(id))
	}
	for _, r := range k.references(mg) {
		if key := r.key(mg); key != "" && so(r) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// key of what a reference of a resource names, empty if it names nothing.
func (r Reference) key(from resource.Managed) string {
	switch {
	case r.ID != "":
		return keyOfID(r.ID)
	case r.Ref != nil:
		return keyOfName(r.To, cmp.Or(r.Ref.Namespace, from.GetNamespace()), r.Ref.Name)
	case r.Selector != nil:
		return keyOfSelectors(r.To)
	default:
		return ""
	}
}

// keysOf a resource: who names it is under one of them.
func keysOf(kind string, to resource.Managed) []string {
	keys := []string{keyOfName(kind, to.GetNamespace(), to.GetName()), keyOfSelectors(kind)}
	if id := meta.GetExternalName(to); id != "" {
		keys = append(keys, keyOfID(id))
	}
	return keys
}

// names is true if a resource names another: by its id, by what a reference led to
// when it was asked for, or, as long as it may yet be created, by a reference.
func (k Kind) names(from resource.Managed, kind string, to resource.Managed) bool {
	id := meta.GetExternalName(to)
	if id != "" && slices.Contains(memory.Of(from).IDs(), id) {
		return true
	}
	for _, r := range k.references(from) {
		if r.To == kind && r.ID != "" && r.ID == id {
			return true
		}
	}
	return !meta.WasDeleted(from) && k.awaits(from, kind, to)
}

// awaits is true if a resource that has yet to be created refers to another.
func (k Kind) awaits(from resource.Managed, kind string, to resource.Managed) bool {
	if meta.GetExternalName(from) != "" {
		return false
	}
	return slices.ContainsFunc(k.references(from), func(r Reference) bool {
		return r.To == kind && r.ID == "" && r.Matches(from, to)
	})
}

// nameOf a resource in its namespace.
func nameOf(mg resource.Managed) string { return mg.GetNamespace() + "/" + mg.GetName() }

func byName(a, b resource.Managed) int { return strings.Compare(nameOf(a), nameOf(b)) }
