package relation

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/utils/ptr"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/memory"
)

// A Reference in a spec to a managed resource that has an id: by that id, by the
// resource's name, or by a selector.
type Reference struct {
	// Field of the spec that the id belongs in, such as
	// networks[internet].networkID, and the fixed Field that it is a part Of,
	// such as networks.
	Field string
	Of    string

	// ID in the spec, empty if there is none.
	ID string

	Ref      *v1alpha1.Reference
	Selector *v1alpha1.Selector

	// Many resources may be selected: all of them are meant, as they were when the
	// object was created, and their ids are one text.
	Many bool

	// Set the id for as long as the resource is looked at. It is written
	// nowhere.
	Set func(id string)

	// To is the kind that is referred to, such as Network.
	To string
}

// refers is true if there is more to follow than an id. An empty selector
// selects nothing.
func (r Reference) refers() bool {
	return r.Ref != nil || selects(r.Selector)
}

func selects(s *v1alpha1.Selector) bool {
	return s != nil && (len(s.MatchLabels) > 0 || ptr.Deref(s.MatchControllerRef, false))
}

// optional is true if a reference may lead nowhere.
func (r Reference) optional() bool {
	p := (*v1alpha1.ReferencePolicy)(nil)
	switch {
	case r.Ref != nil:
		p = r.Ref.Policy
	case r.Selector != nil:
		p = r.Selector.Policy
	}
	return p != nil && p.Resolution == v1alpha1.ResolutionOptional
}

// String is the same for the same reference, and for people. Policies are no
// part of it.
func (r Reference) String() string {
	in := func(namespace string) string {
		if namespace == "" {
			return ""
		}
		return " in namespace " + namespace
	}
	if r.Ref != nil {
		return r.To + " " + r.Ref.Name + in(r.Ref.Namespace)
	}
	var words []string
	for _, k := range slices.Sorted(maps.Keys(r.Selector.MatchLabels)) {
		words = append(words, k+"="+r.Selector.MatchLabels[k])
	}
	text := "a " + r.To
	if len(words) > 0 {
		text += " labelled " + strings.Join(words, ",")
	}
	if ptr.Deref(r.Selector.MatchControllerRef, false) {
		text += " of the same composite"
	}
	return text + in(r.Selector.Namespace)
}

// namespace that a reference names, empty where it is that of who refers.
func (r Reference) namespace() string {
	switch {
	case r.Ref != nil:
		return r.Ref.Namespace
	case r.Selector != nil:
		return r.Selector.Namespace
	default:
		return ""
	}
}

// Matches is true if the reference of a resource leads to another.
func (r Reference) Matches(from, to metav1.Object) bool {
	switch {
	case r.Ref != nil:
		if r.Ref.Name != to.GetName() {
			return false
		}
	case selects(r.Selector):
		if ptr.Deref(r.Selector.MatchControllerRef, false) && !meta.HaveSameController(from, to) {
			return false
		}
		if !labels.SelectorFromSet(r.Selector.MatchLabels).Matches(labels.Set(to.GetLabels())) {
			return false
		}
	default:
		return false
	}
	return cmp.Or(r.namespace(), from.GetNamespace()) == to.GetNamespace()
}

// A lead is where a reference leads to: an id, and if it must not be used, why.
type lead struct {
	id  string
	why string
}

// follow a reference among all resources of its kind.
func (r Reference) follow(from metav1.Object, all []resource.Managed) lead {
	var found []resource.Managed
	for _, to := range all {
		if r.Matches(from, to) {
			found = append(found, to)
		}
	}
	switch {
	case len(found) == 0:
		says := fmt.Sprintf("waiting for %s: there is none", r)
		if r.namespace() == "" {
			says += " in namespace " + from.GetNamespace()
		}
		return lead{why: says}
	case r.Many:
		return r.together(found)
	case len(found) == 1:
		return lead{id: meta.GetExternalName(found[0]), why: r.unready(found[0])}
	default:
		names := make([]string, 0, len(found))
		for _, to := range found {
			names = append(names, to.GetName())
		}
		slices.Sort(names)
		return lead{why: fmt.Sprintf("%d %ss match where one is meant (%s, by %s): name one by %sRef", len(found), r.To, strings.Join(names, ", "), r, r.Field)}
	}
}

// together are several resources: their ids, sorted, and why the first that is not to
// be used is not.
func (r Reference) together(all []resource.Managed) lead {
	slices.SortFunc(all, byName)
	var to lead
	var ids []string
	for _, mg := range all {
		if id := meta.GetExternalName(mg); id != "" {
			ids = append(ids, id)
		}
		to.why = cmp.Or(to.why, r.unready(mg))
	}
	slices.Sort(ids)
	to.id = memory.Join(ids)
	return to
}

// unready says why nothing may be allocated by way of a resource.
func (r Reference) unready(to resource.Managed) string {
	switch {
	case meta.WasDeleted(to):
		return fmt.Sprintf("%s %s is being deleted: name another by %s", r.To, to.GetName(), r.Field)
	case !Usable(to):
		return awaiting(r.To, to.GetName(), to)
	default:
		return ""
	}
}

// ReasonGone of a resource that is not ready: what it stood for has come to its
// natural end.
const ReasonGone xpv2.ConditionReason = "Gone"

// awaiting something to be Ready, with the reason why it will not be by itself.
func awaiting(kind, name string, to resource.Managed) string {
	says := fmt.Sprintf("waiting for %s %s to be Ready", kind, name)
	if c := to.GetCondition(xpv2.TypeReady); c.Reason == ReasonGone && c.Message != "" {
		says += ", and " + c.Message
	}
	return says
}

// Usable is true if others may use what a resource stands for: it has an id, and
// the last look found it ready and the resource's own.
func Usable(mg resource.Managed) bool {
	return meta.GetExternalName(mg) != "" && mg.GetCondition(xpv2.TypeReady).Status == corev1.ConditionTrue
}
