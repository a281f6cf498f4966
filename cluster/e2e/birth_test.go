//go:build e2e

package e2e

import (
	"context"
	"sync"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/cluster/e2e/story"
)

// Crossplane composes anew for each event of a composite and of its parts, and stops
// when a hundred come at once: an update counts twice, and a second gives one back.
const tokens = 100

// The birth of an XCluster leaves room for what people do meanwhile.
func TestBirthIsQuiet(t *testing.T) {
	t.Parallel()
	s := begin(t)
	seen := map[schema.GroupVersionKind]int{}
	var mu sync.Mutex
	var all sync.WaitGroup
	kube, err := client.NewWithWatch(s.Cluster.Config(), client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	for _, gvk := range []schema.GroupVersionKind{story.XCluster, story.XFirewall, story.Network, story.Firewall} {
		l := &unstructured.UnstructuredList{}
		l.SetGroupVersionKind(gvk)
		w, err := kube.Watch(ctx, l, client.InNamespace(s.Namespace))
		if err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			for e := range w.ResultChan() {
				mu.Lock()
				switch e.Type {
				case watch.Added:
					seen[gvk]++
				case watch.Modified:
					seen[gvk] += 2
				default:
				}
				mu.Unlock()
			}
		})
	}
	x := s.Example("xcluster/xcluster.yaml")
	s.Apply(x)
	s.Ready(x)
	s.Settled()
	mu.Lock()
	cluster, firewall := seen[story.XCluster]+seen[story.XFirewall]+seen[story.Network], seen[story.XFirewall]+seen[story.Firewall]
	mu.Unlock()
	t.Logf("a birth takes %d of %d tokens of the XCluster, and %d of the XFirewall", cluster, tokens, firewall)
	if cluster > tokens*3/4 || firewall > tokens*3/4 {
		t.Error("want a quarter left for others")
	}
	if is := s.Condition(x, "Responsive", "True"); is == nil {
		t.Error("want it responsive")
	}
	s.Remove(x, "--cascade=foreground", "--timeout="+story.Soon.String())
	s.Empty()
	stop()
	all.Wait()
}
