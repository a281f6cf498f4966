//go:build e2e

package composition

import (
	"context"
	"slices"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/crossplane-contrib/provider-metal-stack/cluster/e2e/story"
)

// XClusters may be made by a Composition that patches and transforms.
func TestPatched(t *testing.T) {
	story.Alone(t, story.Options{Name: "composition", Poll: 2 * time.Second, Machines: 2}, func(ctx context.Context, w *story.World) error {
		if err := w.Install(ctx, "v0.1.0"); err != nil {
			return err
		}
		ref, err := w.Cluster.PublishPatchAndTransform(ctx)
		if err != nil {
			return err
		}
		return w.Cluster.Install(ctx, "function", ref)
	}, func(s *story.Story) {
		composition := s.Example("composition/composition.yaml", func(u *unstructured.Unstructured) { u.SetNamespace("") })
		s.Apply(composition)
		x := s.Example("composition/xcluster.yaml")
		s.Apply(x)
		x = s.Ready(x)
		if by := story.Text(x, "spec", "crossplane", "compositionRef", "name"); by != composition.GetName() {
			s.Errorf("want it composed by %s, got %s", composition.GetName(), by)
		}
		s.Remove(x, "--wait=false")
		s.Empty()
		want := []string{"allocateNetwork", "allocateFirewall", "freeMachine", "freeNetwork"}
		if got := s.Wrote(); !slices.Equal(got, want) {
			s.Errorf("writes to metal-api: got %v, want %v", got, want)
		}
	})
}
