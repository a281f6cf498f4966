package composition

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/event"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clusterv1alpha1 "github.com/crossplane-contrib/provider-metal-stack/apis/cluster/v1alpha1"
)

// Keys of parts, which Crossplane calls resource names. They never change: what is no
// longer named by its key is deleted.
const (
	KeyNetwork  = "network"
	KeyFirewall = "firewall"
	KeyXCluster = "xcluster"

	// KeyFirewallB is that of a firewall that replaces, or has replaced, the first.
	KeyFirewallB = "firewall-b"

	// KeyDefaultNetwork is the network that a firewall joins if nothing else is said.
	KeyDefaultNetwork = "default-network"

	// KeyProtection is what forbids to delete a composite.
	KeyProtection = "protection"

	// What there may be several of: the network, or the pool, and what tells it from
	// its like stand behind it.
	keyEgress = "egress-"
	keyWorker = "worker-"
)

// Ours is true for the key of a part that this package composes.
func Ours(key string) bool {
	return slices.Contains([]string{KeyNetwork, KeyFirewall, KeyFirewallB, KeyXCluster, KeyProtection, KeyDefaultNetwork}, key) || strings.HasPrefix(key, keyEgress) || strings.HasPrefix(key, keyWorker)
}

// A Request is what there is of a composite.
type Request struct {
	// Now is the time.
	Now time.Time

	// Deaf is true if Crossplane does not listen to what happens to the composite and
	// its parts, because too much has happened.
	Deaf bool

	// Parts that Crossplane has found by the composite's references, by key.
	Parts map[string]client.Object

	// Recorded references of the composite: what it was composed of, or was about to
	// be, whether it is there or not.
	Recorded []Reference

	// Found is what was asked for. What is not there has no objects; what was not
	// asked for is no key.
	Found map[Ask][]metav1.PartialObjectMetadata

	// Full is what was found, as it is, by its uid.
	Full map[types.UID]client.Object
}

// A Reference names an object.
type Reference struct {
	Kind      schema.GroupVersionKind
	Namespace string
	Name      string
}

// An Ask is for the object of a name, or for all that have a label.
type Ask struct {
	Reference

	// Label that the objects have, and its value, where no name is given.
	Label, Value string
}

// A Result is what a composite shall be made of, and what it says.
type Result struct {
	// Parts that shall be there.
	Parts []Part

	// Left are keys of parts that are there, and shall go.
	Left []string

	// Asks for objects that may be parts to come, or have their names. There is no
	// result before they are answered.
	Asks []Ask

	// Status of the composite.
	Status any

	// Conditions of the composite, beside Crossplane's own.
	Conditions []xpv2.Condition

	// Events of the composite.
	Events []event.Event

	// Wrong is why nothing can be composed, if that is so: what is there would be lost.
	Wrong string

	// Unready is true if a part is wanted that is not among Parts yet.
	Unready bool

	// Again is after how long something is to be decided that nothing else will tell:
	// 0 if there is no such thing.
	Again time.Duration
}

// A Part shall be there.
type Part struct {
	Key    string
	Object client.Object
	Ready  bool
}

// A composer gathers parts.
type composer struct {
	Request

	owner client.Object
	out   Result

	// nameless parts, by key: why they have no name.
	nameless map[string]string

	// recovered are keys of parts that the composite did not refer to any more.
	recovered map[string]bool

	// heldBack is true while what was changed of a firewall is not passed on.
	heldBack bool

	// withheld is true for a firewall that is not composed before others are there.
	withheld bool
}

// part of a composite that shall be there, and as it is, which is nil if it is not there.
// Where it has no name yet, it is not added.
func (c *composer) part(key string, kind schema.GroupVersionKind, shall client.Object, n naming) client.Object {
	is, there := c.Parts[key]
	switch {
	case there && is.GetObjectKind().GroupVersionKind() != kind:
		c.out.Wrong = fmt.Sprintf("the part %s is the %s %s, and shall be a %s: it is left as it is", key, is.GetObjectKind().GroupVersionKind().Kind, is.GetName(), kind.Kind)
		return nil
	case there:
		shall.SetName(is.GetName())
	default:
		name, why := c.choose(key, kind, shall, n)
		if name == "" {
			c.skip(key, why)
			return nil
		}
		shall.SetName(name)
	}
	c.out.Parts = append(c.out.Parts, Part{Key: key, Object: shall, Ready: there && ready(is)})
	return is
}

// keys of parts that are there and have a prefix, sorted.
func (c *composer) keys(prefix string) []string {
	return slices.DeleteFunc(sortedKeys(c.Parts), func(key string) bool { return !strings.HasPrefix(key, prefix) })
}

// composed is true for a key that is among the parts that shall be there.
func (c *composer) composed(key string) bool {
	return slices.ContainsFunc(c.out.Parts, func(p Part) bool { return p.Key == key })
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// skip a part that is wanted, and cannot be made yet.
func (c *composer) skip(key, why string) {
	c.out.Unready = true
	if why != "" {
		c.nameless[key] = why
		c.again(unasked)
	}
}

// conditioned objects have conditions.
type conditioned interface {
	GetCondition(t xpv2.ConditionType) xpv2.Condition
}

// ready is true if a part says so. A composite that is paused says what was. One that is
// not in sync may be so for a moment, as while Compositions or functions are upgraded.
func ready(o client.Object) bool {
	c, ok := o.(conditioned)
	return ok && c.GetCondition(xpv2.TypeReady).Status == corev1.ConditionTrue && (!composite(o) || c.GetCondition(xpv2.TypeSynced).Reason != xpv2.ReasonReconcilePaused)
}

// composite is true for a part that is composed of others.
func composite(o client.Object) bool {
	return o.GetObjectKind().GroupVersionKind().Group == clusterv1alpha1.Group
}

// silent is why a composite cannot speak, and what it said last is not true any more;
// empty if it does.
func silent(o interface {
	client.Object
	conditioned
},
) string {
	kind := o.GetObjectKind().GroupVersionKind().Kind
	synced := o.GetCondition(xpv2.TypeSynced)
	switch {
	case o.GetDeletionTimestamp() != nil:
		return fmt.Sprintf("%s %s is being deleted: kubectl -n %s get metalstack -l %s=%s says what it waits for", kind, o.GetName(), o.GetNamespace(), clusterv1alpha1.LabelName, nameOf(o))
	case synced.Status != corev1.ConditionFalse:
		return ""
	case synced.Reason == xpv2.ReasonReconcilePaused:
		return fmt.Sprintf("%s %s is paused: remove its annotation crossplane.io/paused", kind, o.GetName())
	default:
		return fmt.Sprintf("%s %s is not in sync: %s", kind, o.GetName(), synced.Message)
	}
}

// unheard is how often is looked while Crossplane does not listen; unasked, whether a name
// that others have is free.
const (
	unheard = 10 * time.Second
	unasked = 30 * time.Second
)

// again after that long at most.
func (c *composer) again(d time.Duration) {
	if c.out.Again == 0 || d < c.out.Again {
		c.out.Again = d
	}
}

func newComposer(owner client.Object, r Request) *composer {
	c := &composer{Request: r, owner: owner, nameless: map[string]string{}, recovered: map[string]bool{}}
	c.Parts = map[string]client.Object{}
	maps.Copy(c.Parts, r.Parts) // There may be more of them than were told.
	if r.Deaf {
		c.again(unheard)
	}
	return c
}

// event of the composite, when something happens: a warning, or none.
func (c *composer) event(warning bool, reason event.Reason, says string, of ...any) {
	e := event.Normal(reason, fmt.Sprintf(says, of...))
	if warning {
		e.Type = event.TypeWarning
	}
	c.out.Events = append(c.out.Events, e)
}

// labels of what a composite, that may be a part of an XCluster, is composed of.
func labels(of, name string, uid types.UID) map[string]string {
	l := map[string]string{clusterv1alpha1.LabelName: name, clusterv1alpha1.LabelOf: of}
	if uid != "" {
		l[clusterv1alpha1.LabelUID] = string(uid)
	}
	return l
}

// nameOf a composite that a person chose: its own, or that of the claim behind it.
func nameOf(o client.Object) string {
	if name, ok := o.GetLabels()[clusterv1alpha1.LabelName]; ok {
		return name
	}
	return o.GetName()
}

// notThere says what is waited for, from the second time on. Of a part that the API server
// refuses, Crossplane makes an event, and nothing else.
func (c *composer) notThere(key, says, describe string) string {
	if why, ok := c.nameless[key]; ok {
		return why
	}
	if len(c.Recorded) == 0 {
		return "" // Nothing was about to be made before.
	}
	return fmt.Sprintf("%s: kubectl %s says why", says, describe)
}

// patience with a provider that has not looked at what was just made: each word of a part
// makes Crossplane compose anew.
const patience = 10 * time.Second

// saidBy a managed resource, which no provider may have looked at.
func (c *composer) saidBy(waits string, o client.Object, conditions int, message string) string {
	if message != "" || conditions > 0 {
		return message
	}
	if left := patience - c.Now.Sub(o.GetCreationTimestamp().Time); left > 0 {
		c.again(left)
		return ""
	}
	return fmt.Sprintf("%s %s: kubectl get providers.pkg.crossplane.io says whether it runs", waits, o.GetName())
}

// pointer to a value that is not empty.
func pointer[T comparable](v T) *T {
	var none T
	if v == none {
		return nil
	}
	return &v
}
