//go:build e2e

package upgrade

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/cluster/e2e/story"
)

// world of the test, in which the old release is installed first, and what
// happened there.
var (
	world *story.World
	first release
	said  = &record{}
)

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "provider-metal-stack-previous-")
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "upgrade:", err)
		os.Exit(1)
	}
	code := story.Main(m, story.Options{Name: "upgrade", Poll: 2 * time.Second, Machines: 4, Out: said}, func(ctx context.Context, w *story.World) error {
		world = w
		var err error
		if first, err = previous(ctx, filepath.Join(dir, "checkout")); err != nil {
			return err
		}
		_, configuration, err := first.publish(ctx, w)
		if err != nil {
			return err
		}
		return w.InstallConfiguration(ctx, configuration)
	})
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// An upgrade of the packages is nothing that happens to what they manage.
func TestNothingHappens(t *testing.T) {
	this, err := thisOne()
	if err != nil {
		t.Fatal(err)
	}
	same, err := this.composesAs(first)
	if err != nil {
		t.Fatal(err)
	}
	s := story.Begin(t, world)
	x, c := s.Example("xcluster/xcluster.yaml"), s.Example("claim/claim.yaml")
	n, f := s.Example("network/network.yaml"), s.Example("firewall/firewall.yaml")
	all := []*unstructured.Unstructured{x, c, n, f}
	for _, o := range all {
		s.Apply(o)
	}
	for _, o := range all {
		s.Ready(o)
	}
	s.Settled()
	seen := newWitness(t, world, !same, story.XCluster, story.XFirewall, story.XClusterClaim, story.XCluster.GroupVersion().WithKind("ClaimedXCluster"), story.Network, story.Firewall)
	const objects = 12 // The two, the claim and its composite, two XClusters of three parts each.
	s.Await("all objects are seen", story.Soon, func(context.Context) (bool, string) {
		return len(seen.now()) == objects, fmt.Sprint(seen.now())
	})
	before, usages := seen.now(), s.All(v1alpha1.ProviderConfigUsageGroupVersionKind)
	s.Sim.ClearJournal()

	old := s.Cluster.Provider()
	pid := old.PID()
	provider, configuration, err := this.publish(t.Context(), world)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Cluster.Install(t.Context(), "provider", provider); err != nil {
		t.Fatal(err)
	}
	if err := s.Cluster.Install(t.Context(), "configuration", configuration); err != nil {
		t.Fatal(err)
	}
	s.Await("the new provider runs", story.Soon, func(context.Context) (bool, string) {
		p := s.Cluster.Provider()
		return p != nil && p.Revision() != old.Revision() && p.PID() != 0, "no program"
	})
	// It has looked at everything, more than once.
	s.Sim.ResetCounters()
	s.Await("the new provider looks at everything", story.Soon, func(context.Context) (bool, string) {
		looks := s.Sim.Counters()
		return looks["findNetworks"] >= 6 && looks["findMachines"] >= 6, fmt.Sprint(looks)
	})
	s.Settled()

	if err := syscall.Kill(pid, 0); err == nil {
		t.Errorf("the old provider (pid %d) still runs", pid)
	}
	stopped, started := said.index(old.Revision()+" stopped"), said.index(s.Cluster.Provider().Revision()+" runs")
	if stopped < 0 || started < stopped {
		t.Errorf("want the old provider stopped before the new one starts:\n%s", said)
	}
	after := seen.now()
	unready, deleted := seen.faults()
	seen.end()
	if len(unready)+len(deleted) > 0 {
		t.Errorf("during the upgrade there was not Ready and Synced:\n%s\nand deleted: %v", strings.Join(unready, "\n"), deleted)
	}
	unchanged(t, same, before, after)
	if got := s.All(v1alpha1.ProviderConfigUsageGroupVersionKind); !cmp.Equal(usages, got) {
		t.Errorf("uses of the configuration were written: -before, +after:\n%s", cmp.Diff(usages, got))
	}
	if j := s.Sim.Journal(); len(j) > 0 {
		t.Errorf("metal-api was written to: %+v", j)
	}

	for _, o := range all {
		s.Remove(o, "--wait=false")
	}
	s.Empty()
}

// unchanged are all objects. Not one is written if the compositions are the same;
// if they are not, what is asked of metal-stack is still the same, and of what.
func unchanged(t *testing.T, same bool, before, after map[string]*unstructured.Unstructured) {
	t.Helper()
	for name, was := range before {
		is := after[name]
		if is.GetUID() != was.GetUID() || meta.GetExternalName(is) != meta.GetExternalName(was) {
			t.Errorf("%s was made again", name)
		}
		if same && is.GetResourceVersion() != was.GetResourceVersion() {
			t.Errorf("%s was written: -before, +after:\n%s", name, cmp.Diff(was.Object, is.Object))
		}
		if managed(was) && !cmp.Equal(was.Object["spec"], is.Object["spec"]) {
			t.Errorf("%s asks for something else: -before, +after:\n%s", name, cmp.Diff(was.Object["spec"], is.Object["spec"]))
		}
	}
	if len(after) != len(before) {
		t.Errorf("%d objects became %d: %v", len(before), len(after), after)
	}
}

// A record of what happened.
type record struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.b.Write(p)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.b.String()
}

// index of words, -1 if they were not said.
func (r *record) index(words string) int { return strings.Index(r.String(), words) }
