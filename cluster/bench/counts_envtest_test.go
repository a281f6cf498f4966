//go:build envtest

package bench

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/cluster/local"
	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

// shortRest is how long the small form rests.
const shortRest = 10 * time.Second

var update = flag.Bool("update", false, "store the counts of this run")

// TestCounts creates, rests and deletes, and compares how often metal-api was asked
// and the API server written to with what is stored.
func TestCounts(t *testing.T) {
	root, err := local.ProjectRoot()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "provider-metal-stack-bench-") //nolint:usetesting // Its logs outlive a failure.
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("logs are in %s", dir)
			return
		}
		_ = os.RemoveAll(dir)
	})
	log.SetLogger(logr.Discard())
	o := Options{Root: root, Dir: dir, Out: t.Output()}
	if err := o.build(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := smallForm(t, o)
	if *update {
		store(t, got)
		return
	}
	b, err := os.ReadFile(countsFile)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]counts{}
	if err := json.Unmarshal(b, &want); err != nil {
		t.Fatal(err)
	}
	if table := exceeded(want, got); table != "" {
		t.Errorf("more was asked or written than is stored in %s:\n%s", countsFile, table)
	}
}

func smallForm(t *testing.T, o Options) map[string]counts {
	t.Helper()
	w, err := newWorld(t.Context(), o, "small", fewNetworks, fewFirewalls)
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	if err := w.metal.setCosts(t.Context(), simulator.Costs{}); err != nil {
		t.Fatal(err)
	}
	if err := w.startProvider(t.Context(), ours().with(defaultPoll)...); err != nil {
		t.Fatal(err)
	}
	if err := w.awaitPace(t.Context(), startTimeout, 0); err != nil {
		t.Fatal(err)
	}
	got := map[string]counts{}
	for _, part := range []struct {
		name string
		do   func(context.Context) (time.Time, error)
	}{
		{"1 create networks", func(ctx context.Context) (time.Time, error) {
			return w.bring(ctx, v1alpha1.NetworkKind, networks(atRest, ourProject, 0, fewNetworks))
		}},
		{"2 create firewalls", func(ctx context.Context) (time.Time, error) {
			return w.bring(ctx, v1alpha1.FirewallKind, firewalls(atRest, fewFirewalls))
		}},
		// What the creation left to do must not be taken for what is done at rest.
		{"3 settle", w.settle},
		{restPart, func(ctx context.Context) (time.Time, error) {
			err := w.rest(ctx, shortRest)
			return time.Now(), err
		}},
		{"5 delete firewalls", func(ctx context.Context) (time.Time, error) { return w.end(ctx, v1alpha1.FirewallKind) }},
		{"6 delete networks", func(ctx context.Context) (time.Time, error) { return w.end(ctx, v1alpha1.NetworkKind) }},
		{"7 settle", w.settle},
	} {
		p, err := w.measure(t.Context(), part.do)
		if err != nil {
			t.Fatalf("%s: %v", part.name, err)
		}
		for _, lease := range leases() {
			delete(p.Writes, lease)
		}
		t.Logf("%s: %.1f s, %.1f CPU-seconds", part.name, p.Seconds, p.CPUSeconds)
		got[part.name] = counts{Reconciles: p.Looks, Requests: p.Requests, Writes: p.Writes, Lists: p.Lists}
	}
	gatherEvents(got)
	return got
}

// settle until nothing was written for a while, and nothing asked but what looks at
// what rests are served from.
func (w *world) settle(ctx context.Context) (time.Time, error) {
	last, since := -1, time.Now()
	err := w.await(ctx, startTimeout, "silence", func(ctx context.Context) (string, error) {
		s, err := w.state(ctx)
		if err != nil {
			return "", err
		}
		n := sum(s.writes, leases()...)
		for operation, r := range s.requests {
			n += r.Count - finds(map[string]int{operation: r.Count})
		}
		if n != last {
			last, since = n, time.Now()
		}
		if time.Since(since) < quiet {
			return fmt.Sprintf("%d requests and writes", n), nil
		}
		return "", nil
	})
	return since, err
}

// gatherEvents into a part of their own, but for those at rest: they are told late,
// a limited number in a second, so that it is by chance which part they fall into.
func gatherEvents(got map[string]counts) {
	all, reconciles := map[string]int{}, 0
	for part, c := range got {
		reconciles += c.Reconciles
		for name, n := range c.Writes {
			if part != restPart && strings.HasSuffix(name, " events") {
				all[name] += n
				delete(c.Writes, name)
			}
		}
	}
	got[eventsPart] = counts{Reconciles: reconciles, Writes: all}
}

func store(t *testing.T, got map[string]counts) {
	t.Helper()
	b, err := json.MarshalIndent(got, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(countsFile), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(countsFile, append(b, '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
}
