//go:build envtest

package ordinaryday

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// person is the manager of fields that the tests write.
const person = "person"

// persons are all managers that are not the provider.
func persons() []string {
	return []string{person, "kubectl-client-side-apply", "kubectl-replace", "argocd"}
}

// between two reconciles a resource may be in a state without a word: one that
// was freed, until the next look proves that it is gone. For the first ten seconds one
// that waits for its turn is, too.
const between = 15 * time.Second

// A witness sees every version of every managed resource, from the first test to
// the last.
type witness struct {
	mu sync.Mutex

	// written are fields of specs that the provider wrote, provider is true if it
	// was seen to write anything.
	written  map[string]bool
	provider bool

	// silent are resources that are in a state without a word, at so many looks
	// in turn; mute are those that were for too long.
	silent map[types.UID]silence
	looks  map[types.UID]int
	mute   map[string]bool
}

// A silence of a resource.
type silence struct {
	who   string
	since time.Time
}

func (s silence) add(to map[string]bool) {
	if took := time.Since(s.since); s.who != "" && took > between {
		to[fmt.Sprintf("%s, for %s", s.who, took.Round(time.Second))] = true
	}
}

// watch all resources until the tests have ended, and say then what was seen.
func (s *server) watch(t *testing.T) *witness {
	t.Helper()
	seen := &witness{written: map[string]bool{}, silent: map[types.UID]silence{}, looks: map[types.UID]int{}, mute: map[string]bool{}}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	var group sync.WaitGroup
	for _, k := range kinds() {
		group.Go(func() { seen.follow(ctx, t, s.kube, k) })
	}
	t.Cleanup(func() {
		stop()
		group.Wait()
		seen.testify(t)
	})
	return seen
}

// follow every version of all resources of a kind. An API server under load ends
// a watch: it goes on where that ended.
func (w *witness) follow(ctx context.Context, t *testing.T, kube client.WithWatch, k *kind) {
	t.Helper()
	all := &unstructured.UnstructuredList{}
	all.SetGroupVersionKind(schema.GroupVersionKind{Group: v1alpha1.Group, Version: v1alpha1.Version, Kind: k.name + "List"})
	if err := kube.List(ctx, all); err != nil {
		t.Errorf("cannot watch %s: %v", k.plural, err)
		return
	}
	for version := all.GetResourceVersion(); ctx.Err() == nil; {
		events, err := kube.Watch(ctx, all, &client.ListOptions{Raw: &metav1.ListOptions{ResourceVersion: version, AllowWatchBookmarks: true}})
		if err != nil {
			if ctx.Err() == nil {
				t.Errorf("cannot watch %s: %v", k.plural, err)
			}
			return
		}
		for e := range events.ResultChan() {
			if e.Type == watch.Error && ctx.Err() == nil {
				t.Errorf("cannot watch %s: %v", k.plural, e.Object)
				return
			}
			if o, ok := e.Object.(*unstructured.Unstructured); ok {
				version = o.GetResourceVersion()
				if e.Type != watch.Bookmark {
					w.see(o, e.Type == watch.Deleted)
				}
			}
		}
	}
}

func (w *witness) see(o *unstructured.Unstructured, gone bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range o.GetManagedFields() {
		if slices.Contains(persons(), f.Manager) {
			continue
		}
		w.provider = true
		if f.Subresource != "" {
			continue // That is no way to a spec.
		}
		owned := object{}
		if f.FieldsV1 == nil || json.Unmarshal(f.FieldsV1.GetRawBytes(), &owned) != nil {
			continue
		}
		if spec, ok := owned["f:spec"]; ok {
			w.written[fmt.Sprintf("%s %s/%s: %s by %s owns %v", o.GetKind(), o.GetNamespace(), o.GetName(), f.Operation, f.Manager, spec)] = true
		}
	}

	before, silent := w.silent[o.GetUID()]
	switch {
	case gone || !mute(o):
		before.add(w.mute)
		delete(w.silent, o.GetUID())
	case !silent:
		w.silent[o.GetUID()] = silence{who: o.GetKind() + " " + o.GetNamespace() + "/" + o.GetName(), since: time.Now()}
	}
}

// look at a managed resource that ends like this.
func (w *witness) look(o client.Object) {
	if _, ok := o.(resource.Managed); !ok {
		return
	}
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(o)
	if err != nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if !mute(&unstructured.Unstructured{Object: content}) {
		delete(w.looks, o.GetUID())
		return
	}
	if w.looks[o.GetUID()]++; w.looks[o.GetUID()] > 1 {
		w.mute[fmt.Sprintf("%T %s/%s, at two looks in turn", o, o.GetNamespace(), o.GetName())] = true
	}
}

// mute is true if something is wrong or waits, and the message does not say what.
func mute(o *unstructured.Unstructured) bool {
	v := viewOf(o)
	waits := o.GetDeletionTimestamp() != nil && len(conditionsOf(o)) > 0
	return v.Message == "" && (v.Ready == corev1.ConditionFalse || v.Synced == corev1.ConditionFalse || waits)
}

// testify what was seen.
func (w *witness) testify(t *testing.T) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.provider {
		t.Error("the provider was not seen to write anything: the witness is blind")
	}
	for _, what := range slices.Sorted(maps.Keys(w.written)) {
		t.Errorf("the provider writes a spec: %s", what)
	}
	for _, s := range w.silent {
		s.add(w.mute)
	}
	for _, what := range slices.Sorted(maps.Keys(w.mute)) {
		t.Errorf("%s or %s False, or a deletion that waits, and no message: %s", xpv2.TypeReady, xpv2.TypeSynced, what)
	}
}
