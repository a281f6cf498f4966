package composition

import (
	"testing"

	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clusterv1alpha1 "github.com/crossplane-contrib/provider-metal-stack/apis/cluster/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// forgets parts, of which the composite has no references any more: all, if none is named.
func (c *cluster) forgets(keys ...string) {
	c.t.Helper()
	if len(keys) == 0 {
		keys = sortedKeys(c.parts)
	}
	for _, key := range keys {
		if c.parts[key] == nil {
			c.t.Fatalf("there is no %s among %v", key, sortedKeys(c.parts))
		}
		c.others = append(c.others, c.parts[key])
		delete(c.parts, key)
	}
}

// A manifest that takes references away, and says something else, leads to what it would
// have led to with them: kubectl replace takes all, and what was written before with the
// references of its time some. What is taken away with --cascade=orphan has no owner.
func TestFirewallForgotten(t *testing.T) {
	t.Parallel()
	for name, orphan := range map[string]bool{"Replaced": false, "Orphan": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGate(t)
			was := *g.firewall(KeyFirewall).Spec.DeepCopy()
			g.forgets()
			g.x.Spec.Size = "v1-large-x86"
			if orphan {
				g.others[0].SetOwnerReferences(nil)
				g.x.UID, g.x.Status = "after", clusterv1alpha1.XFirewallStatus{}
			}
			g.step()
			g.has(KeyFirewall, KeyFirewallB)
			if diff := cmp.Diff(was, g.firewall(KeyFirewall).Spec); diff != "" {
				t.Errorf("want it as it is until it is replaced: -was, +is:\n%s", diff)
			}
			if c := conditionOf(g.last.Conditions, TypeFirewallUpToDate); c.Status != "False" || c.Message != "size" {
				t.Errorf("want it said what differs, got %+v", c)
			}
			g.boots(KeyFirewallB)
			g.step()
			g.has(KeyFirewallB)
		})
	}
}

// In a roll both firewalls are known, whatever a manifest refers to.
func TestForgottenInARoll(t *testing.T) {
	t.Parallel()
	for name, forgotten := range map[string]string{"Next": KeyFirewallB, "Current": KeyFirewall} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGate(t)
			was := g.x.Spec.Size
			g.x.Spec.Size = "v1-large-x86"
			g.step()
			g.boots(KeyFirewallB)
			g.x.Spec.StableFor = "60s"
			g.step()
			g.has(KeyFirewall, KeyFirewallB)

			g.forgets(forgotten)
			g.x.Spec.Size = was // As it was written then.
			g.step()
			g.has(KeyFirewall, KeyFirewallB)
			g.step()
			g.has(KeyFirewall)
		})
	}
}

// Workers that a manifest does not refer to are workers.
func TestWorkersForgotten(t *testing.T) {
	t.Parallel()
	c := newCluster(t, pool("small", 3))
	c.rest()
	was := c.machines()
	c.forgets("worker-small-2", "worker-small-3")
	c.x.Spec.Workers[0].Replicas = 1
	is := c.rest()
	if diff := cmp.Diff(was, c.machines()); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
	if len(is.Workers) != 3 || is.Pools[0].Consent == "" {
		t.Errorf("want all of them shown, and asked for, got %+v", is)
	}
}

// A worker whose references are lost stays the machine that it is.
func TestWorkerForgottenStays(t *testing.T) {
	t.Parallel()
	c := newCluster(t, pool("small", 1))
	c.rest()
	c.forgets()
	c.parts[KeyNetwork], c.parts[KeyFirewall] = network(true, ""), xfirewall(true, "")
	c.x.Spec.Workers[0].Size = "v1-large-x86"
	if is := c.rest(); c.machine("x-cellent-small-1").Spec.ForProvider.Size != "v1-small-x86" || is.Pools[0].Outdated != 1 {
		t.Errorf("want it outdated, and as it is, got %+v", is.Pools)
	}
}

// Egress addresses that nothing wants any more are given back, also those that are not
// referred to.
func TestAddressesForgotten(t *testing.T) {
	t.Parallel()
	for name, orphan := range map[string]bool{"Replaced": false, "Orphan": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCluster(t)
			c.x.Spec.EgressIPs = []clusterv1alpha1.EgressIPs{{Network: internet, AddressFamily: "IPv4"}, {Network: internet, Addresses: []v1alpha1.IPAddress{"203.0.113.9"}}}
			c.rest()
			if len(c.ips()) != 2 {
				t.Fatalf("want two addresses, got %v", c.ips())
			}
			for _, key := range sortedKeys(c.parts) {
				if _, isIP := c.parts[key].(*v1alpha1.IP); isIP {
					c.forgets(key)
					if orphan {
						c.others[len(c.others)-1].SetOwnerReferences(nil)
					}
				}
			}
			if orphan {
				c.parts, c.x.Status = map[string]client.Object{}, clusterv1alpha1.XClusterStatus{}
			}
			copied := c.others[0].DeepCopyObject().(client.Object)
			copied.SetName("mine")
			copied.SetUID("mine")
			copied.SetOwnerReferences(nil)
			c.others = append([]client.Object{copied}, c.others...)
			c.x.Spec.EgressIPs = nil
			if c.compose(); len(c.ips()) != 2 {
				t.Errorf("want them taken back before they go, got %v", c.ips())
			}
			if c.rest(); len(c.ips()) != 0 || len(c.others) != 1 || c.others[0].GetName() != "mine" {
				t.Errorf("want them given back, and a person's copy left, got %v, %v", c.ips(), c.others)
			}
		})
	}
}

// Until there is a machine, a worker is what its pool says.
func TestWorkerCorrected(t *testing.T) {
	t.Parallel()
	c := newCluster(t, pool("small", 1))
	c.rest()
	m := c.machine("x-cellent-small-1")
	m.Status, m.Annotations["crossplane.io/external-name"] = v1alpha1.MachineStatus{}, ""
	m.Status.SetConditions(condition(false))
	c.x.Spec.Workers[0].Size, c.x.Spec.Workers[0].SSHPublicKeys = "v1-large-x86", []v1alpha1.SSHPublicKey{"ssh-ed25519 AAAA"}
	c.rest()
	if p := c.machine("x-cellent-small-1").Spec.ForProvider; p.Size != "v1-large-x86" || len(p.SSHPublicKeys) != 1 {
		t.Errorf("want it corrected, got %+v", p)
	}
	m.Annotations["crossplane.io/external-create-pending"] = metav1.Now().Format("2006-01-02T15:04:05Z07:00")
	c.x.Spec.Workers[0].Size = "v1-small-x86"
	c.rest()
	if p := c.machine("x-cellent-small-1").Spec.ForProvider; p.Size != "v1-large-x86" {
		t.Errorf("want it left while a create may come true, got %+v", p)
	}
}

func conditionOf(all []xpv2.Condition, t xpv2.ConditionType) xpv2.Condition {
	for _, c := range all {
		if c.Type == t {
			return c
		}
	}
	return xpv2.Condition{}
}
