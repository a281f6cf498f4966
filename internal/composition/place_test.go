package composition

import (
	"testing"

	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clusterv1alpha1 "github.com/crossplane-contrib/provider-metal-stack/apis/cluster/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// What is made stays where it was made, whatever the API server let through while the
// status was late, and what else was changed still reaches it.
func TestStays(t *testing.T) {
	t.Parallel()
	config := clusterv1alpha1.ProviderConfigReference{Kind: "ProviderConfig", Name: "tenant"}
	here := clusterv1alpha1.Ownership{Partition: "here", ProjectID: "ours", ProviderConfigRef: config}
	elsewhere := clusterv1alpha1.Ownership{Partition: "elsewhere", ProjectID: "theirs", ProviderConfigRef: clusterv1alpha1.ProviderConfigReference{Kind: "ClusterProviderConfig", Name: "default"}}
	made := network(true, "")
	made.Status.AtProvider.ID = "n1"
	made.Spec.ForProvider.Partition, made.Spec.ForProvider.ProjectID = "here", "ours"
	made.Spec.ProviderConfigReference = &xpv2.ProviderConfigReference{Kind: config.Kind, Name: config.Name}
	unmade := made.DeepCopy()
	unmade.Status.AtProvider.ID = ""
	const back = "what is made cannot move: set partition back to here, and projectID back to ours, and providerConfigRef back to ProviderConfig tenant, or delete this and create another"
	for name, tc := range map[string]struct {
		wants clusterv1alpha1.Ownership
		is    *v1alpha1.Network
		want  clusterv1alpha1.Ownership
		place bool
		says  string
	}{
		"Same":      {here, made, here, true, ""},
		"Moved":     {elsewhere, made, here, true, back},
		"Corrected": {elsewhere, unmade, elsewhere, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := xcluster()
			x.Spec.Ownership, x.Spec.Firewall.Tags = tc.wants, v1alpha1.Tags{"new"}
			out := answered(x, map[string]client.Object{KeyNetwork: tc.is, KeyFirewall: xfirewall(true, "")})
			for _, p := range out.Parts {
				if f, ok := p.Object.(*clusterv1alpha1.XFirewall); ok {
					if diff := cmp.Diff(tc.want, f.Spec.Ownership); diff != "" || len(f.Spec.Tags) != 1 {
						t.Errorf("tags %v: -want, +got:\n%s", f.Spec.Tags, diff)
					}
				}
			}
			status, _ := out.Status.(clusterv1alpha1.XClusterObservation)
			var place *clusterv1alpha1.Place
			if tc.place {
				place = &clusterv1alpha1.Place{Partition: "here", ProjectID: "ours", ProviderConfigRef: clusterv1alpha1.PlaceConfig{Kind: "ProviderConfig", Name: "tenant"}}
			}
			if diff := cmp.Diff(place, status.Place); diff != "" || status.Message != tc.says {
				t.Errorf("says %q: place: -want, +got:\n%s", status.Message, diff)
			}
			if x.Spec.Ownership != tc.wants {
				t.Error("want the composite itself untouched")
			}
		})
	}
}
