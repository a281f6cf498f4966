package bench

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// A sight of a resource: when this program's watch first saw what.
type sight struct {
	name types.NamespacedName
	uid  types.UID
	// external is the id of what it has at metal-stack.
	external string
	// reconciled is when the provider had left its first trace.
	reconciled, ready, gone time.Time

	isReady bool
}

// A group is the resources of a kind in a namespace.
type group struct {
	kind, namespace string
}

// A tally of a group, with the time of the last resource that became ready, and
// that went.
type tally struct {
	present, ready      int
	lastReady, lastGone time.Time
}

// A tracker watches all managed resources.
type tracker struct {
	mu      sync.Mutex
	sights  map[types.UID]*sight
	tallies map[group]tally
}

// track until the context ends. What is there already has been seen when it
// returns.
func track(ctx context.Context, cfg *rest.Config, scheme *runtime.Scheme) (*tracker, error) {
	t := &tracker{sights: map[types.UID]*sight{}, tallies: map[group]tally{}}
	c, err := cache.New(cfg, cache.Options{Scheme: scheme, DefaultTransform: cache.TransformStripManagedFields()})
	if err != nil {
		return nil, fmt.Errorf("cannot watch resources: %w", err)
	}
	for kind, o := range map[string]client.Object{v1alpha1.NetworkKind: &v1alpha1.Network{}, v1alpha1.FirewallKind: &v1alpha1.Firewall{}} {
		informer, err := c.GetInformer(ctx, o, cache.BlockUntilSynced(false))
		if err != nil {
			return nil, fmt.Errorf("cannot watch %s: %w", kind, err)
		}
		_, err = informer.AddEventHandler(toolscache.ResourceEventHandlerFuncs{
			AddFunc:    func(o any) { t.see(kind, o) },
			UpdateFunc: func(_, o any) { t.see(kind, o) },
			DeleteFunc: func(o any) { t.miss(kind, o) },
		})
		if err != nil {
			return nil, fmt.Errorf("cannot watch %s: %w", kind, err)
		}
	}
	go func() { _ = c.Start(ctx) }() // It ends with the context.
	if !c.WaitForCacheSync(ctx) {
		return nil, errors.New("cannot watch resources: the watch has ended")
	}
	return t, nil
}

// resource is what both kinds have.
type resource interface {
	client.Object
	GetCondition(t xpv2.ConditionType) xpv2.Condition
}

func (t *tracker) see(kind string, seen any) {
	o, ok := seen.(resource)
	if !ok {
		return
	}
	now := time.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	g := group{kind: kind, namespace: o.GetNamespace()}
	n := t.tallies[g]
	s := t.sights[o.GetUID()]
	if s == nil {
		s = &sight{name: client.ObjectKeyFromObject(o), uid: o.GetUID()}
		t.sights[s.uid] = s
		n.present++
	}
	s.external = external(o)
	ready := o.GetCondition(xpv2.TypeReady)
	if s.reconciled.IsZero() && (len(o.GetFinalizers()) > 0 || ready.Status != corev1.ConditionUnknown || ready.Reason != "") {
		s.reconciled = now
	}
	is := ready.Status == corev1.ConditionTrue
	switch {
	case is && !s.isReady:
		n.ready++
		n.lastReady = now
		if s.ready.IsZero() {
			s.ready = now
		}
	case !is && s.isReady:
		n.ready--
	}
	s.isReady = is
	t.tallies[g] = n
}

func external(o resource) string {
	switch o := o.(type) {
	case *v1alpha1.Network:
		return o.Status.AtProvider.ID
	case *v1alpha1.Firewall:
		return o.Status.AtProvider.MachineID
	default:
		return ""
	}
}

func (t *tracker) miss(kind string, missed any) {
	if unknown, ok := missed.(toolscache.DeletedFinalStateUnknown); ok {
		missed = unknown.Obj
	}
	o, ok := missed.(resource)
	if !ok {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.sights[o.GetUID()]
	if s == nil || !s.gone.IsZero() {
		return
	}
	s.gone = time.Now()
	g := group{kind: kind, namespace: o.GetNamespace()}
	n := t.tallies[g]
	n.present--
	n.lastGone = s.gone
	if s.isReady {
		n.ready--
	}
	t.tallies[g] = n
}

func (t *tracker) tally(g group) tally {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.tallies[g]
}

// total of the resources that are there.
func (t *tracker) total() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := 0
	for _, of := range t.tallies {
		n += of.present
	}
	return n
}

// sight of a resource; its zero value if there is none yet.
func (t *tracker) sight(uid types.UID) sight {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s := t.sights[uid]; s != nil {
		return *s
	}
	return sight{}
}

// allReady is empty if as many of a group are ready, and else says how many are.
func (t *tracker) allReady(g group, n int) string {
	if is := t.tally(g); is.ready < n {
		return fmt.Sprintf("%d of %d are ready", is.ready, n)
	}
	return ""
}

// allGone is empty if none of a group is there, and else says how many are.
func (t *tracker) allGone(g group) string {
	if is := t.tally(g); is.present > 0 {
		return fmt.Sprintf("%d are still there", is.present)
	}
	return ""
}
