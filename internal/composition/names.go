package composition

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clusterv1alpha1 "github.com/crossplane-contrib/provider-metal-stack/apis/cluster/v1alpha1"
)

// annotationKey is Crossplane's own, of what it composed: the part's key.
const annotationKey = "crossplane.io/composition-resource-name"

// LabelComposite is Crossplane's own, of what it composed, and of that in turn: the name of
// the first composite.
const LabelComposite = "crossplane.io/composite"

// mostNames that are tried for a part.
const mostNames = 5

// longest name of a part: Crossplane makes labels of names.
const longest = 63

// A naming says how a part is called: the same after a restore as before.
type naming struct {
	// of whom, and as what, which may be empty.
	of, as string

	// most characters.
	most int
}

// nth name.
func (n naming) nth(i int) string {
	end := ""
	if n.as != "" {
		end = "-" + n.as
	}
	if i > 0 {
		end += fmt.Sprintf("-%d", i+1)
	}
	if len(n.of)+len(end) <= n.most {
		return n.of + end
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(n.of)) // A hash takes everything.
	end = fmt.Sprintf("-%08x", h.Sum32()) + end
	return strings.TrimRight(n.of[:n.most-len(end)], ".-") + end
}

// may a part of a composite have a name: one of those, or one that Crossplane gave it.
func (n naming) may(composite, name string) bool {
	for i := range mostNames {
		if n.nth(i) == name {
			return true
		}
	}
	return generated(composite, name)
}

// all of a kind that this composite has composed, also those that are on
// their way out: Crossplane takes its own label away from them.
func (c *composer) all(kind schema.GroupVersionKind) (found []metav1.PartialObjectMetadata, known bool) {
	ask := Ask{Reference: Reference{Kind: kind, Namespace: c.owner.GetNamespace()}, Label: clusterv1alpha1.LabelOf, Value: c.owner.GetName()}
	c.out.Asks = append(c.out.Asks, ask)
	found, known = c.Found[ask]
	return found, known
}

// choose a name for a part that is not there. What carries the marks of this very part and
// belongs to nobody is the part itself, restored from a backup, and is taken back, by the
// name that was recorded or by any other. Else it is the first name that nobody has, a
// recorded one before all: it may be restored yet. Crossplane would make any other object
// of the name its own, and delete it with the composite. What goes with a composite of
// this name is waited for. Empty if there is none, or not yet, and why.
func (c *composer) choose(key string, kind schema.GroupVersionKind, shall client.Object, n naming) (name, why string) {
	namespace := shall.GetNamespace()
	var names []string
	for _, r := range c.Recorded {
		if r.Kind == kind && r.Namespace == namespace && n.may(c.owner.GetName(), r.Name) && !c.has(r) {
			names = append(names, r.Name)
		}
	}
	for i := range mostNames {
		if name := n.nth(i); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	asks := make([]Ask, 0, len(names)+1)
	for _, name := range names {
		asks = append(asks, Ask{Reference: Reference{Kind: kind, Namespace: namespace, Name: name}})
	}
	asks = append(asks, Ask{Reference: Reference{Kind: kind, Namespace: namespace}, Label: LabelComposite, Value: compositeOf(c.owner)})
	c.out.Asks = append(c.out.Asks, asks...)

	for _, a := range asks {
		is, answered := c.Found[a]
		if !answered {
			return "", ""
		}
		for i := range is {
			name := is[i].GetName()
			if c.mine(key, shall, &is[i]) && n.may(c.owner.GetName(), name) {
				return name, ""
			}
		}
	}
	for i, name := range names {
		is := c.Found[asks[i]]
		if len(is) == 0 {
			return name, ""
		}
		if c.goes(key, &is[0]) {
			return "", c.waitsFor(name, kind.Kind, &is[0])
		}
	}
	return "", fmt.Sprintf("waiting for a name for the %s: %s are others': delete them, or create this under another name", kind.Kind, strings.Join(names, ", "))
}

// generated is true for a name that Crossplane gave to a part of a composite before there
// were names: a person's copy of a part has another.
func generated(composite, name string) bool {
	i := strings.LastIndex(name, "-")
	if i < 0 {
		return false
	}
	base, end := name[:i], len(name)-i-1
	cut := len(base) >= leastKept && strings.HasPrefix(composite, base)
	return (base == composite || cut) && (end == 5 || end == 12)
}

// leastKept is how much Crossplane keeps at least of a long name, where it generates one.
const leastKept = 45

// goes is true for a part that goes with a composite of this name, which is another one.
// Behind a claim it is any other: the name is the claim's, and a claim has one XCluster.
func (c *composer) goes(key string, o *metav1.PartialObjectMetadata) bool {
	if o.GetAnnotations()[annotationKey] != key || o.GetLabels()[clusterv1alpha1.LabelName] != nameOf(c.owner) {
		return false
	}
	owner := metav1.GetControllerOf(o)
	return o.GetDeletionTimestamp() != nil || owner != nil && owner.UID != c.owner.GetUID() && (owner.Name == c.owner.GetName() || c.claimed())
}

// waitsFor a name that a part has which goes, or should.
func (c *composer) waitsFor(name, kind string, is *metav1.PartialObjectMetadata) string {
	owner := metav1.GetControllerOf(is)
	switch going := is.GetDeletionTimestamp() != nil; {
	case !c.claimed() || owner == nil || going:
	case owner.Name == c.owner.GetName():
		return fmt.Sprintf("waiting for the name %s of the %s: it belonged to the %s %s of before, which was deleted, and is protected. To take it back: kubectl -n %s patch %s %[1]s --type=json -p '[{\"op\":\"remove\",\"path\":\"/metadata/ownerReferences\"}]'", name, kind, owner.Kind, owner.Name, is.GetNamespace(), strings.ToLower(kind))
	default:
		return fmt.Sprintf("waiting for the name %s of the %s: it belongs to %s %s, which was made for a claim of this name as well: delete the one of the two that no claim refers to", name, kind, owner.Kind, owner.Name)
	}
	return fmt.Sprintf("waiting for the name %s of the %s: the one of before is being deleted", name, kind)
}

// claimed is true for a composite behind a claim.
func (c *composer) claimed() bool { return c.owner.GetNamespace() == "" }

// lost are references of the composite, if it has none at all, as when it is new, or after
// kubectl replace; or not to what its status names, as after an older manifest was applied
// with the references of its time.
func (c *composer) lost(kind schema.GroupVersionKind, named ...string) bool {
	return len(c.Recorded) == 0 || slices.ContainsFunc(named, func(name string) bool {
		return name != "" && !c.has(Reference{Kind: kind, Name: name})
	})
}

// recover parts that are there, and that the composite does not refer to: they are parts
// as any other. What belongs to nobody has a name that its key leads to: a person's copy of
// a part has another.
func (c *composer) recover(kind schema.GroupVersionKind, shall client.Object, called func(key string, o client.Object) (n naming, ours bool)) {
	found, _ := c.all(kind)
	for i := range found {
		o := &found[i]
		key, is := o.GetAnnotations()[annotationKey], c.Full[o.GetUID()]
		if _, there := c.Parts[key]; there && !c.recovered[key] || is == nil || !c.mine(key, shall, o) {
			continue
		}
		n, ours := called(key, is)
		if !ours || metav1.GetControllerOf(o) == nil && (c.recovered[key] || !n.may(c.owner.GetName(), o.GetName())) {
			continue
		}
		c.Parts[key], c.recovered[key] = is, true
	}
}

// owns a part: Crossplane forgets what is not its own yet, if it is left out.
func (c *composer) owns(key string) bool {
	is, there := c.Parts[key]
	return there && !c.recovered[key] && metav1.GetControllerOf(is) != nil
}

// has a part of that name.
func (c *composer) has(r Reference) bool {
	for _, o := range c.Parts {
		if o.GetObjectKind().GroupVersionKind() == r.Kind && o.GetName() == r.Name {
			return true
		}
	}
	return false
}

// mine is an object that was composed as this very part, and belongs to nobody else.
func (c *composer) mine(key string, shall client.Object, o *metav1.PartialObjectMetadata) bool {
	if o.GetDeletionTimestamp() != nil || o.GetAnnotations()[annotationKey] != key {
		return false
	}
	if owner := metav1.GetControllerOf(o); owner != nil {
		return owner.UID == c.owner.GetUID()
	}
	l := o.GetLabels()
	if c.claimed() {
		// Of the composite that was behind the claim before, which has another name.
		return l[clusterv1alpha1.LabelName] == nameOf(c.owner)
	}
	if of, ok := l[clusterv1alpha1.LabelOf]; ok && of != shall.GetLabels()[clusterv1alpha1.LabelOf] {
		return false
	}
	_, ofXCluster := l[clusterv1alpha1.LabelUID]
	_, shallBe := shall.GetLabels()[clusterv1alpha1.LabelUID]
	return l[LabelComposite] == compositeOf(c.owner) && l[clusterv1alpha1.LabelName] == nameOf(c.owner) && ofXCluster == shallBe
}

// compositeOf is what Crossplane labels the parts of a composite with: its own name, or
// that of the composite that it is a part of.
func compositeOf(o client.Object) string {
	if l := o.GetLabels()[LabelComposite]; l != "" {
		return l
	}
	return o.GetName()
}
