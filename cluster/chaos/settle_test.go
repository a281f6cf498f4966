package chaos

import (
	"strings"
	"testing"

	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clusterv1alpha1 "github.com/crossplane-contrib/provider-metal-stack/apis/cluster/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

func TestUnsettled(t *testing.T) {
	t.Parallel()
	settled := func() *shape {
		s := &shape{clusters: make([]clusterv1alpha1.XCluster, 1), networks: make([]v1alpha1.Network, 1), firewalls: make([]v1alpha1.Firewall, 1)}
		s.machines, s.ips = make([]v1alpha1.Machine, 1), make([]v1alpha1.IP, 1)
		s.clusters[0].UID = "of-x"
		s.clusters[0].Spec.Workers, s.clusters[0].Spec.EgressIPs = workers(1), make([]clusterv1alpha1.EgressIPs, 1)
		for _, o := range []client.Object{&s.machines[0], &s.ips[0]} {
			o.SetLabels(map[string]string{clusterv1alpha1.LabelUID: "of-x"})
		}
		s.machines[0].SetConditions(xpv2.Available(), xpv2.ReconcileSuccess())
		s.ips[0].SetConditions(xpv2.Available(), xpv2.ReconcileSuccess())
		s.clusters[0].Status.SetConditions(xpv2.Available())
		s.networks[0].SetConditions(xpv2.Available(), xpv2.ReconcileSuccess())
		s.firewalls[0].SetConditions(xpv2.Available(), xpv2.ReconcileSuccess())
		return s
	}
	cases := map[string]struct {
		change func(*shape)
		says   string
	}{
		"Settled":      {func(*shape) {}, ""},
		"Empty":        {func(s *shape) { *s = shape{} }, ""},
		"NotReady":     {func(s *shape) { s.clusters[0].Status.SetConditions(xpv2.Creating()) }, "XCluster"},
		"BeingDeleted": {func(s *shape) { s.clusters[0].DeletionTimestamp = &metav1.Time{} }, "XCluster"},
		"NotSynced":    {func(s *shape) { s.networks[0].SetConditions(xpv2.ReconcilePaused()) }, "Network"},
		"NoFirewall":   {func(s *shape) { s.firewalls = nil }, "1 XClusters have 1 Networks and 0 Firewalls"},
		"NoWorker":     {func(s *shape) { s.machines = nil }, "has 0 workers and 1 egress addresses, and shall have 1 and 1"},
		"TooMany":      {func(s *shape) { s.clusters[0].Spec.Workers = nil }, "has 1 workers and 1 egress addresses, and shall have 0 and 1"},
		"OfAnother":    {func(s *shape) { s.machines[0].Labels = nil }, "has 0 workers"},
		"NoAddress":    {func(s *shape) { s.ips = nil }, "has 1 workers and 0 egress addresses, and shall have 1 and 1"},
		"LeftBehind":   {func(s *shape) { s.clusters = nil }, "0 XClusters have 1 Networks and 1 Firewalls"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := settled()
			tc.change(s)
			got := s.unsettled()
			if (tc.says == "") != (got == "") || !strings.Contains(got, tc.says) {
				t.Errorf("got %q, want %q", got, tc.says)
			}
		})
	}
}
