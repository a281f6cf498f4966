package firewall

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	corev1 "k8s.io/api/core/v1"
	kerrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/memory"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metrics"
)

// TypeMayReplace says of a Firewall that replaces another one whether that may be freed
// before it is created.
const TypeMayReplace xpv2.ConditionType = "MayReplace"

// granted is how long a replacement that may begin has time to, before another one may.
const granted = 30 * time.Second

// replacements of firewalls: one at a time in a partition, whoever asks for them, and none
// where many firewalls are not healthy. One edit of what many are made of must not take
// them down together.
type replacements struct {
	kube client.Reader
	now  func() time.Time

	// count is what becomes of them.
	count *metrics.Replacements

	mu sync.Mutex
	by map[string]grant

	// at is what those are at that have been looked at, and are not allocated yet.
	at map[types.UID]metrics.ReplacementState
}

// A grant of a partition to a Firewall.
type grant struct {
	uid types.UID
	at  time.Time
}

func newReplacements(kube client.Reader) *replacements {
	r := &replacements{kube: kube, now: time.Now, by: map[string]grant{}, at: map[types.UID]metrics.ReplacementState{}}
	r.count = metrics.NewReplacements(r.underWay)
	return r
}

// became of a replacement: it was allocated, or was not.
func (r *replacements) became(mg *v1alpha1.Firewall, err error) {
	if mg.GetAnnotations()[v1alpha1.AnnotationReplaces] == "" {
		return
	}
	r.is(mg, metrics.Begins)
	switch {
	case err == nil:
		r.count.Begun(strings.FieldsFunc(mg.GetAnnotations()[v1alpha1.AnnotationReplacesFor], func(c rune) bool { return c == ',' }))
	case metal.KindOf(err) == metal.Exhausted:
		r.is(mg, metrics.WaitsForCapacity)
	}
}

// is what a replacement is at.
func (r *replacements) is(mg *v1alpha1.Firewall, at metrics.ReplacementState) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.at[mg.GetUID()] = at
}

// underWay are all replacements that there are, and for how long the oldest of those with
// both firewalls has had them.
func (r *replacements) underWay() (states []metrics.ReplacementState, oldest time.Duration) {
	// A scrape does not wait for a cache.
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	all := &v1alpha1.FirewallList{}
	if err := r.kube.List(ctx, all); err != nil {
		return nil, 0
	}
	there := byName(all)
	r.mu.Lock()
	defer r.mu.Unlock()
	waits := map[types.UID]metrics.ReplacementState{}
	for i := range all.Items {
		f := &all.Items[i]
		alone := there.replacedBy(f) == nil
		switch {
		case f.GetAnnotations()[v1alpha1.AnnotationReplaces] == "" || alone && (memory.Begun(f) || f.GetAnnotations()[v1alpha1.AnnotationRecreate] != "true"):
		case alone:
			states = append(states, metrics.Gone)
		case memory.Begun(f):
			states = append(states, metrics.Both)
			if at := meta.GetExternalCreateSucceeded(f); !at.IsZero() {
				oldest = max(oldest, r.now().Sub(at))
			}
		default:
			at := cmp.Or(r.at[f.GetUID()], metrics.Begins)
			states, waits[f.GetUID()] = append(states, at), at
		}
	}
	r.at = waits
	return states, oldest
}

// shares is the machine of the firewall that is replaced, whose addresses the new one has
// as well.
func (r *replacements) shares(ctx context.Context, mg *v1alpha1.Firewall) (string, error) {
	old, err := r.replacedBy(ctx, mg)
	if err != nil || old == nil {
		return "", err
	}
	return old.Status.AtProvider.MachineID, nil
}

// waits a firewall that replaces another one, until that is its turn; and where the other
// one is to be freed first, until it goes. That is so only where no machine is free, and
// nothing but that is missing.
func (r *replacements) waits(ctx context.Context, mg *v1alpha1.Firewall, missing func() error) error {
	may := false
	defer func() {
		if !may && mg.Status.GetCondition(TypeMayReplace).Status == corev1.ConditionTrue {
			mg.SetConditions(mayReplace(mg, corev1.ConditionFalse, "NotGranted", ""))
		}
	}()
	old, err := r.replacedBy(ctx, mg)
	if err != nil || old == nil || old.GetDeletionTimestamp() != nil {
		return err
	}
	at, wait, err := r.turn(ctx, mg, old)
	if err != nil {
		return err
	}
	if wait != "" {
		r.is(mg, at)
		return &controller.WaitError{For: wait}
	}
	if mg.GetAnnotations()[v1alpha1.AnnotationRecreate] != "true" {
		return nil
	}
	err = missing()
	if metal.KindOf(err) != metal.Exhausted {
		return err
	}
	r.is(mg, metrics.WaitsForCapacity)
	if old.Spec.ForProvider.Size != mg.Spec.ForProvider.Size {
		return err // To free one of another size helps nobody.
	}
	may = true
	mg.SetConditions(mayReplace(mg, corev1.ConditionTrue, "Granted", "Firewall "+old.GetName()+" may be freed"))
	return &controller.WaitError{For: "waiting for Firewall " + old.GetName() + " to be freed: others may take its machine meanwhile"}
}

// mayReplace is said of the spec as it is.
func mayReplace(mg *v1alpha1.Firewall, status corev1.ConditionStatus, reason xpv2.ConditionReason, message string) xpv2.Condition {
	return xpv2.Condition{Type: TypeMayReplace, Status: status, Reason: reason, LastTransitionTime: metav1.Now(), ObservedGeneration: mg.GetGeneration(), Message: message}
}

// namesakes of a firewall that an XFirewall composes: two take turns, of which the second
// has a name that ends so. One that lives is no namesake: it is being replaced, or has been.
func (r *replacements) namesakes(ctx context.Context, mg *v1alpha1.Firewall) ([]string, error) {
	const second = "-b"
	owner := metav1.GetControllerOf(mg)
	if owner == nil || owner.Kind != "XFirewall" {
		return nil, nil
	}
	name, is := strings.CutSuffix(mg.GetName(), second)
	if !is {
		name = mg.GetName() + second
	}
	err := r.kube.Get(ctx, types.NamespacedName{Namespace: mg.GetNamespace(), Name: name}, &v1alpha1.Firewall{})
	switch {
	case kerrors.IsNotFound(err):
		return []string{mg.GetNamespace() + "/" + name}, nil
	case err != nil:
		return nil, errors.Wrapf(err, "cannot read the Firewall %s, which this one may have replaced", name)
	default:
		return nil, nil
	}
}

// replacedBy a Firewall is the one that its annotation names, if that is there, and of the
// same owner: nobody gets others' addresses by an annotation.
func (r *replacements) replacedBy(ctx context.Context, mg *v1alpha1.Firewall) (*v1alpha1.Firewall, error) {
	name := mg.GetAnnotations()[v1alpha1.AnnotationReplaces]
	if name == "" {
		return nil, nil //nolint:nilnil // There is none.
	}
	old := &v1alpha1.Firewall{}
	err := r.kube.Get(ctx, types.NamespacedName{Namespace: mg.GetNamespace(), Name: name}, old)
	switch {
	case kerrors.IsNotFound(err):
		return nil, nil //nolint:nilnil // There is none any more.
	case err != nil:
		return nil, errors.Wrapf(err, "cannot read the Firewall %s, which is to be replaced", name)
	}
	if !meta.HaveSameController(mg, old) {
		return nil, errors.Errorf("the annotation %s names Firewall %s, which is not of the same owner: remove it", v1alpha1.AnnotationReplaces, name)
	}
	return old, nil
}

// turn of a replacement has come, or it is said what it waits for.
func (r *replacements) turn(ctx context.Context, mg, old *v1alpha1.Firewall) (metrics.ReplacementState, string, error) {
	all := &v1alpha1.FirewallList{}
	if err := r.kube.List(ctx, all); err != nil {
		return "", "", errors.Wrap(err, "cannot list Firewalls, of which one is replaced at a time")
	}
	partition, stack := mg.Spec.ForProvider.Partition, stackOf(old)
	there := byName(all)
	r.mu.Lock()
	defer r.mu.Unlock()
	total, ill, other := 0, 0, false
	for i := range all.Items {
		f := &all.Items[i]
		its := stackOf(f)
		if old := there.replacedBy(f); its == "" && old != nil {
			its = stackOf(old) // It has not begun, and will be where the old one is.
		}
		elsewhere := f.Spec.ForProvider.Partition != partition || stack != "" && its != "" && its != stack
		if elsewhere || f.GetUID() == mg.GetUID() || f.GetUID() == old.GetUID() {
			continue
		}
		underWay, begun := r.stage(f, there, r.by[partition+stack])
		other = other || begun
		if f.Status.AtProvider.MachineID == "" || f.GetDeletionTimestamp() != nil || underWay {
			continue
		}
		total++
		if c := f.Status.GetCondition(xpv2.TypeReady); c.Status == corev1.ConditionFalse && c.Reason != xpv2.ReasonCreating {
			ill++
		}
	}
	switch {
	case other:
		return metrics.WaitsForTurn, "waits for its turn: another firewall in partition " + partition + " is being replaced, one at a time", nil
	case 5*ill > total:
		return metrics.WaitsForHealth, fmt.Sprintf("waits: %d of %d other firewalls in partition %s are not healthy, and none is replaced while it is more than a fifth", ill, total, partition), nil
	}
	r.by[partition+stack] = grant{uid: mg.GetUID(), at: r.now()}
	return "", "", nil
}

// stage of a replacement, if a Firewall is one: an annotation alone, that anybody may write,
// is none. It has begun, for others, from when the old one may be freed, or it may take a
// machine, until the old one is gone; and where that was freed first, until it is ready.
func (r *replacements) stage(f *v1alpha1.Firewall, there firewalls, g grant) (underWay, begun bool) {
	old := there.replacedBy(f)
	switch {
	case f.GetAnnotations()[v1alpha1.AnnotationReplaces] == "" || metav1.GetControllerOf(f) == nil:
		return false, false
	case old == nil:
		instead := f.GetAnnotations()[v1alpha1.AnnotationRecreate] == "true"
		return instead, instead
	case !meta.HaveSameController(f, old):
		return false, false
	}
	may := f.Status.GetCondition(TypeMayReplace).Status == corev1.ConditionTrue || g.uid == f.GetUID() && r.now().Sub(g.at) < granted
	return true, may || old.GetDeletionTimestamp() != nil || memory.Begun(f)
}

// firewalls that there are, by name.
type firewalls map[types.NamespacedName]*v1alpha1.Firewall

// replacedBy a Firewall is the one that its annotation names, if that is there.
func (fs firewalls) replacedBy(f *v1alpha1.Firewall) *v1alpha1.Firewall {
	return fs[types.NamespacedName{Namespace: f.GetNamespace(), Name: f.GetAnnotations()[v1alpha1.AnnotationReplaces]}]
}

func byName(all *v1alpha1.FirewallList) firewalls {
	there := firewalls{}
	for i := range all.Items {
		there[client.ObjectKeyFromObject(&all.Items[i])] = &all.Items[i]
	}
	return there
}

// stackOf a Firewall tells its metal-stack from others that have a partition of that name:
// when the partition was created. Empty if that is not known yet.
func stackOf(f *v1alpha1.Firewall) string {
	return f.GetAnnotations()[v1alpha1.AnnotationPartitionCreated]
}
