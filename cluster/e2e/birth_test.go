//go:build e2e

package e2e

import (
	"cmp"
	"context"
	"maps"
	"slices"
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

// A bucket has as many tokens as Crossplane counts for a composite. What is being deleted
// takes none.
type bucket struct {
	level, fewest float64
	began, at     time.Time
	after         time.Duration // Until there were fewest.
	events        int
}

func (b *bucket) hear(e watch.Event, u *unstructured.Unstructured) {
	if u.GetDeletionTimestamp() != nil {
		return
	}
	cost := map[watch.EventType]float64{watch.Added: 1, watch.Modified: 2, watch.Deleted: 1}[e.Type]
	now := time.Now()
	b.level = min(tokens, b.level+now.Sub(b.at).Seconds()) - cost
	b.at = now
	if b.level < b.fewest {
		b.fewest, b.after = b.level, now.Sub(b.began)
	}
	b.events++
}

// A hearing is what Crossplane hears of composites, by their kind: of each kind there is
// one.
type hearing struct {
	mu      sync.Mutex
	buckets map[schema.GroupVersionKind]*bucket

	// deaf are the composites that Crossplane has stopped to listen to; said is true if
	// it said of one that it listens.
	deaf []string
	said bool

	// end the hearing.
	end func()
}

// namespaceOf an object, or of its claim.
func namespaceOf(u *unstructured.Unstructured) string {
	return cmp.Or(u.GetNamespace(), story.Text(u, "spec", "claimRef", "namespace"))
}

// listen to composites as Crossplane does: to their events, and to those of their parts,
// of kinds.
func listen(s *story.Story, of map[schema.GroupVersionKind][]schema.GroupVersionKind) *hearing {
	s.Helper()
	h := &hearing{buckets: map[schema.GroupVersionKind]*bucket{}}
	hears := map[schema.GroupVersionKind][]*bucket{}
	for composite, parts := range of {
		b := &bucket{level: tokens, fewest: tokens, began: time.Now(), at: time.Now()}
		h.buckets[composite] = b
		for _, gvk := range append([]schema.GroupVersionKind{composite}, parts...) {
			hears[gvk] = append(hears[gvk], b)
		}
	}
	h.end = watching(s, func(e watch.Event, u *unstructured.Unstructured) {
		h.mu.Lock()
		defer h.mu.Unlock()
		for _, b := range hears[u.GroupVersionKind()] {
			b.hear(e, u)
		}
		switch story.ConditionOf(u, "Responsive") {
		case "True":
			h.said = true
		case "False":
			h.deaf = append(h.deaf, u.GetKind()+" "+u.GetName())
		}
	}, slices.Collect(maps.Keys(hears))...)
	return h
}

// quiet is what Crossplane never stopped to listen to.
func (h *hearing) quiet(s *story.Story) {
	s.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	for composite, b := range h.buckets {
		s.Logf("an %s takes %d events, and leaves %.0f of %d tokens when they are fewest, after %.0f s", composite.Kind, b.events, b.fewest, tokens, b.after.Seconds())
	}
	if !h.said {
		s.Error("Crossplane does not say any more whether it listens")
	}
	if len(h.deaf) > 0 {
		s.Errorf("want all of them responsive, and these were not: %v", slices.Compact(h.deaf))
	}
}

// spare is what leaves some tokens for what people do meanwhile. What is heard late, on a
// machine that is busy with others for long, counts as if it came at once: of a story of
// minutes it says little.
func (h *hearing) spare(s *story.Story) {
	s.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	for composite, b := range h.buckets {
		if b.fewest < tokens/20 {
			s.Errorf("want more of the tokens of an %s left for others", composite.Kind)
		}
	}
}

// watching the story's objects of kinds until what is returned is called.
func watching(s *story.Story, see func(watch.Event, *unstructured.Unstructured), kinds ...schema.GroupVersionKind) (stop func()) {
	s.Helper()
	kube, err := client.NewWithWatch(s.Cluster.Config(), client.Options{})
	if err != nil {
		s.Fatal(err)
	}
	ctx, cancel := context.WithCancel(s.Context())
	var all sync.WaitGroup
	var mu sync.Mutex
	for _, gvk := range kinds {
		l := &unstructured.UnstructuredList{}
		l.SetGroupVersionKind(gvk)
		w, err := kube.Watch(ctx, l, client.InNamespace(s.Namespace)) // Of what has none, all.
		if err != nil {
			cancel()
			s.Fatal(err)
		}
		all.Go(func() {
			for e := range w.ResultChan() {
				if u, ok := e.Object.(*unstructured.Unstructured); ok && namespaceOf(u) == s.Namespace {
					mu.Lock()
					see(e, u)
					mu.Unlock()
				}
			}
			if ctx.Err() == nil {
				s.Errorf("the watch of %s has ended", gvk.Kind)
			}
		})
	}
	return func() {
		cancel()
		all.Wait()
	}
}

// The birth of what people apply leaves room for what they do meanwhile.
func TestBirthIsQuiet(t *testing.T) {
	t.Parallel()
	hears := map[schema.GroupVersionKind][]schema.GroupVersionKind{
		story.XCluster: {story.Network, story.XFirewall, story.IP, story.Machine, story.Usage}, story.XFirewall: {story.Firewall},
	}
	claimed := maps.Clone(hears)
	claimed[claimedXCluster] = []schema.GroupVersionKind{story.XCluster, story.Usage}
	cases := map[string]struct {
		reason string
		file   string
		edits  []story.Edit
		hears  map[schema.GroupVersionKind][]schema.GroupVersionKind
	}{
		"xcluster": {reason: "A network and a firewall.", file: "xcluster/xcluster.yaml", hears: hears},
		"cluster":  {reason: "An egress address and two workers with them.", file: "cluster/xcluster.yaml", hears: hears},
		"claim":    {reason: "Two workers of a claim.", file: "claim/claim.yaml", edits: []story.Edit{workers(pool("small", 2))}, hears: claimed},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := begin(t)
			heard := listen(s, tc.hears)
			x := s.Example(tc.file, tc.edits...)
			s.Apply(x)
			s.Ready(x)
			s.Settled()
			heard.quiet(s)
			heard.spare(s)
			release(s, x)
			s.End(x)
			heard.end()
		})
	}
}
