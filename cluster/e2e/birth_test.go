//go:build e2e

package e2e

import (
	"context"
	"sync"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/cluster/e2e/story"
)

// Crossplane composes anew for each event of a composite and of its parts, and stops
// when a hundred come at once: an update counts twice, and a second gives one back.
const tokens = 100

// A bucket has as many tokens as Crossplane counts for a composite.
type bucket struct {
	level, fewest float64
	at            time.Time
	events        int
}

func (b *bucket) hear(e watch.Event) {
	cost := map[watch.EventType]float64{watch.Added: 1, watch.Modified: 2, watch.Deleted: 1}[e.Type]
	now := time.Now()
	b.level = min(tokens, b.level+now.Sub(b.at).Seconds()) - cost
	b.at, b.fewest = now, min(b.fewest, b.level)
	b.events++
}

// The birth of an XCluster leaves room for what people do meanwhile.
func TestBirthIsQuiet(t *testing.T) {
	t.Parallel()
	s := begin(t)
	cluster, firewall := &bucket{level: tokens, fewest: tokens, at: time.Now()}, &bucket{level: tokens, fewest: tokens, at: time.Now()}
	hears := map[schema.GroupVersionKind][]*bucket{
		story.XCluster: {cluster}, story.Network: {cluster}, story.XFirewall: {cluster, firewall}, story.Firewall: {firewall},
	}
	var mu sync.Mutex
	var all sync.WaitGroup
	kube, err := client.NewWithWatch(s.Cluster.Config(), client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	for gvk, buckets := range hears {
		l := &unstructured.UnstructuredList{}
		l.SetGroupVersionKind(gvk)
		w, err := kube.Watch(ctx, l, client.InNamespace(s.Namespace))
		if err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			for e := range w.ResultChan() {
				mu.Lock()
				for _, b := range buckets {
					b.hear(e)
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
	for what, b := range map[string]*bucket{"XCluster": cluster, "XFirewall": firewall} {
		t.Logf("the birth of an %s takes %d events, and leaves %.0f of %d tokens when they are fewest", what, b.events, b.fewest, tokens)
		if b.fewest < tokens/10 {
			t.Errorf("want a tenth of the tokens of an %s left for others", what)
		}
	}
	mu.Unlock()
	if is := s.Condition(x, "Responsive", "True"); is == nil {
		t.Error("want it responsive")
	}
	s.Remove(x, "--cascade=foreground", "--timeout="+story.Soon.String())
	s.Empty()
	stop()
	all.Wait()
}
