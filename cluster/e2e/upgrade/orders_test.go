//go:build e2e

package upgrade

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/crossplane-contrib/provider-metal-stack/cluster/e2e/story"
)

// patchedOne is the release of before there was a function of its own: every XCluster
// of then is upgraded once.
func patchedOne(this release) release {
	return release{root: this.root, version: "v0.0.9", patched: true}
}

// A step of an upgrade.
type step func(ctx context.Context, w *story.World, dir string) error

// steps of the upgrade, each of which may come before the others.
func steps(old, this release) map[string]step {
	return map[string]step{
		"provider": func(ctx context.Context, w *story.World, _ string) error {
			ref, _, err := this.publish(ctx, w)
			if err != nil {
				return err
			}
			return w.Cluster.Install(ctx, "provider", ref)
		},
		"function": func(ctx context.Context, w *story.World, _ string) error {
			ref, err := this.publishFunction(ctx, w)
			if err != nil {
				return err
			}
			return w.Cluster.Install(ctx, "function", ref)
		},
		"definitions": func(ctx context.Context, w *story.World, dir string) error {
			return mixed(ctx, w, dir, release{root: this.root, version: "v50.0.0"}, this, old)
		},
		"compositions": func(ctx context.Context, w *story.World, dir string) error {
			if _, err := this.publishFunction(ctx, w); err != nil {
				return err
			}
			return mixed(ctx, w, dir, release{root: this.root, version: "v60.0.0"}, old, this)
		},
		"configuration": func(ctx context.Context, w *story.World, _ string) error {
			_, ref, err := this.publish(ctx, w)
			if err != nil {
				return err
			}
			return w.Cluster.Install(ctx, "configuration", ref)
		},
	}
}

// mixed configuration: the definitions of one release, and of another the compositions
// and what they depend on.
func mixed(ctx context.Context, w *story.World, dir string, as, definitions, compositions release) error {
	folder := filepath.Join(dir, as.version)
	for _, part := range []struct {
		of   release
		what string
	}{{definitions, "apis"}, {compositions, "compositions"}, {compositions, "activation.yaml"}, {compositions, "crossplane.yaml"}} {
		from, to := filepath.Join(part.of.folder(), part.what), filepath.Join(folder, part.what)
		if filepath.Ext(part.what) == "" {
			if err := os.CopyFS(to, os.DirFS(from)); err != nil {
				return err
			}
			continue
		}
		b, err := os.ReadFile(from)
		if err != nil {
			return err
		}
		if err := os.WriteFile(to, b, 0o600); err != nil {
			return err
		}
	}
	ref, err := as.publishConfiguration(ctx, w, folder)
	if err != nil {
		return err
	}
	return w.Cluster.Install(ctx, "configuration", ref)
}

// Whatever becomes new first, what lives is not touched, is never unready, and is
// composed by the function in the end.
func TestInEveryOrder(t *testing.T) {
	this, err := thisOne()
	if err != nil {
		t.Fatal(err)
	}
	old := patchedOne(this)
	for _, order := range [][]string{
		{"provider", "function", "definitions", "configuration"},
		{"compositions", "configuration", "provider"},
		{"definitions", "provider", "configuration"},
	} {
		t.Run(order[0], func(t *testing.T) {
			story.Alone(t, story.Options{Name: "upgrade", Poll: 2 * time.Second, Machines: 4}, func(ctx context.Context, w *story.World) error {
				_, configuration, err := old.publish(ctx, w)
				if err != nil {
					return err
				}
				return w.InstallConfiguration(ctx, configuration)
			}, func(s *story.Story) { upgraded(s, old, this, order) })
		})
	}
}

func upgraded(s *story.Story, old, this release, order []string) {
	x, c := s.Example("xcluster/xcluster.yaml"), s.Example("claim/claim.yaml")
	for _, o := range []*unstructured.Unstructured{x, c} {
		s.Apply(o)
	}
	for _, o := range []*unstructured.Unstructured{x, c} {
		s.Ready(o)
	}
	s.Settled()
	seen := newWitness(s.T, s.World, true, story.XCluster, story.XFirewall, story.XClusterClaim, story.XCluster.GroupVersion().WithKind("ClaimedXCluster"), story.Network, story.Firewall)
	const objects = 10 // The claim and its composite, two XClusters of three parts each.
	s.Await("all objects are seen", story.Soon, func(context.Context) (bool, string) {
		return len(seen.now()) == objects, fmt.Sprint(seen.now())
	})
	before := seen.now()
	s.Sim.ClearJournal()
	dir := s.TempDir()
	for _, name := range order {
		if err := steps(old, this)[name](s.Context(), s.World, dir); err != nil {
			s.Fatal(err)
		}
		s.Settled()
	}
	s.Await("all is composed by the function", story.Soon, func(ctx context.Context) (bool, string) {
		said, err := s.Cluster.Kubectl(ctx, "get", "xcluster,xfirewall", "-n", s.Namespace, "-o", "jsonpath={range .items[*]}{.spec.crossplane.compositionRevisionRef.name}{\"\\n\"}{end}")
		if err != nil {
			return false, err.Error()
		}
		for revision := range strings.FieldsSeq(said) {
			by, err := s.Cluster.Kubectl(ctx, "get", "compositionrevision", revision, "-o", "jsonpath={.spec.pipeline[*].functionRef.name}")
			if err != nil || by != "crossplane-contrib-function-xcluster" {
				return false, revision + " by " + by
			}
		}
		return len(strings.Fields(said)) == 4, said
	})
	s.Settled()
	after := seen.now()
	unready, deleted := seen.faults()
	seen.end()
	if len(unready)+len(deleted) > 0 {
		s.Errorf("during the upgrade there was not Ready and Synced:\n%s\nand deleted: %v", strings.Join(unready, "\n"), deleted)
	}
	unchanged(s.T, false, before, after)
	if j := s.Sim.Journal(); len(j) > 0 {
		s.Errorf("metal-api was written to: %+v", j)
	}
	for _, o := range []*unstructured.Unstructured{x, c} {
		s.Remove(o, "--wait=false")
	}
	s.Empty()
}
