//go:build e2e

package e2e

import (
	"context"
	"testing"

	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	kerrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/cluster/e2e/story"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/config"
)

// restoredUsage is what a backup brings back: named by the uid that a resource
// had, and owned by nobody.
func restoredUsage(s *story.Story, oldUID, of string, finalizers ...string) *v1alpha1.ProviderConfigUsage {
	return &v1alpha1.ProviderConfigUsage{
		ObjectMeta: metav1.ObjectMeta{Namespace: s.Namespace, Name: oldUID, Finalizers: finalizers},
		TypedProviderConfigUsage: xpv2.TypedProviderConfigUsage{
			ProviderConfigReference: xpv2.ProviderConfigReference{Kind: v1alpha1.ProviderConfigKind, Name: "tenant"},
			ResourceReference:       xpv2.TypedReference{APIVersion: v1alpha1.SchemeGroupVersion.String(), Kind: v1alpha1.NetworkKind, Name: of},
		},
	}
}

// After a restore the usages of old uids go: the provider may not delete them,
// Kubernetes' garbage collector does. The usage of the resource that is there
// stays.
func TestRestoredUsagesGo(t *testing.T) {
	t.Parallel()
	s := begin(t)
	tenant(s)
	n := s.Example("network/network.yaml", ofTenant())
	s.Apply(n)
	is := s.Ready(n)

	for _, old := range []*v1alpha1.ProviderConfigUsage{
		restoredUsage(s, "6b0f2c1e-0000-4000-8000-000000000001", n.GetName(), config.InUse),
		restoredUsage(s, "6b0f2c1e-0000-4000-8000-000000000002", "nowhere", config.InUse),
		// One that a former version of the provider released.
		restoredUsage(s, "6b0f2c1e-0000-4000-8000-000000000003", n.GetName()),
	} {
		if err := s.Kube.Create(t.Context(), old); err != nil {
			t.Fatal(err)
		}
		s.Await("usage "+old.Name+" gone", story.Soon, func(ctx context.Context) (bool, string) {
			err := s.Kube.Get(ctx, client.ObjectKeyFromObject(old), old)
			return kerrors.IsNotFound(err), string(story.YAML(old.ObjectMeta))
		})
	}
	u := &v1alpha1.ProviderConfigUsage{}
	if err := s.Kube.Get(t.Context(), client.ObjectKey{Namespace: s.Namespace, Name: string(is.GetUID())}, u); err != nil || u.DeletionTimestamp != nil {
		t.Errorf("want the usage of the living network to stay, got %v, deleted %v", err, u.DeletionTimestamp)
	}
	s.Remove(n)
	s.Empty()
}
