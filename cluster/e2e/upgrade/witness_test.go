//go:build e2e

package upgrade

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/cluster/e2e/story"
)

// A witness sees all that is written to objects.
type witness struct {
	kube client.WithWatch
	stop context.CancelFunc
	seen sync.WaitGroup

	// recomposed is true if composites get other compositions. Core takes them
	// before it has checked them, so that they are not Synced for a moment.
	recomposed bool

	mu      sync.Mutex
	objects map[string]*unstructured.Unstructured // as they are now, by kind and name
	unready []string
	deleted []string
}

// newWitness of all objects of some kinds.
func newWitness(t *testing.T, w *story.World, recomposed bool, kinds ...schema.GroupVersionKind) *witness {
	t.Helper()
	kube, err := client.NewWithWatch(w.Cluster.Config(), client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	i := &witness{kube: kube, stop: stop, recomposed: recomposed, objects: map[string]*unstructured.Unstructured{}}
	t.Cleanup(i.end)
	for _, gvk := range kinds {
		i.seen.Go(func() { i.follow(ctx, gvk) })
	}
	return i
}

// end of what is seen.
func (i *witness) end() {
	i.stop()
	i.seen.Wait()
}

// follow a kind. A watch ends when its definition changes; the next one begins
// with all objects.
func (i *witness) follow(ctx context.Context, gvk schema.GroupVersionKind) {
	for ctx.Err() == nil {
		l := &unstructured.UnstructuredList{}
		l.SetGroupVersionKind(gvk)
		w, err := i.kube.Watch(ctx, l)
		if err != nil {
			if ctx.Err() == nil {
				i.mu.Lock()
				i.unready = append(i.unready, fmt.Sprintf("%s cannot be watched: %v", gvk.Kind, err))
				i.mu.Unlock()
			}
			return
		}
		for e := range w.ResultChan() {
			i.see(e)
		}
	}
}

func (i *witness) see(e watch.Event) {
	o, ok := e.Object.(*unstructured.Unstructured)
	if !ok {
		return
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	name := o.GetKind() + " " + o.GetName()
	if e.Type == watch.Deleted {
		i.deleted = append(i.deleted, name)
		return
	}
	for _, c := range []string{"Ready", "Synced"} {
		if c == "Synced" && i.recomposed && !managed(o) {
			continue
		}
		if status := story.ConditionOf(o, c); status != "True" {
			i.unready = append(i.unready, fmt.Sprintf("%s is %s %s:\n%s", name, c, status, story.YAML(o.Object["status"])))
		}
	}
	i.objects[name] = o
}

// managed resources, not composites of them.
func managed(o *unstructured.Unstructured) bool {
	return o.GroupVersionKind().Group == story.Network.Group
}

// now is what the objects are.
func (i *witness) now() map[string]*unstructured.Unstructured {
	i.mu.Lock()
	defer i.mu.Unlock()
	return maps.Clone(i.objects)
}

// faults that were seen: objects that were not ready, or went away.
func (i *witness) faults() (unready, deleted []string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.Clone(i.unready), slices.Clone(i.deleted)
}
