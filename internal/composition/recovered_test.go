package composition

import (
	"strings"
	"testing"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
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
	for name, forgotten := range map[string]string{"Next": KeyFirewallB, "Current": KeyFirewall, "WithoutMachine": KeyFirewallB} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGate(t)
			was := g.x.Spec.Size
			g.x.Spec.Size = "v1-large-x86"
			is := g.step()
			if len(is.Firewalls) != 2 || is.Firewalls[1].Name != "edge-b" || is.Firewalls[1].Replaces != "edge" {
				t.Errorf("want both shown from the beginning, got %+v", is.Firewalls)
			}
			if name != "WithoutMachine" {
				g.boots(KeyFirewallB)
				g.x.Spec.StableFor = "60s"
				g.step()
			}
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

// What is given up is not named any more: it would be looked for, and taken back.
func TestAbandonedIsNotShown(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	was := g.x.Spec.Size
	g.x.Spec.Size = "v1-large-x86"
	g.step()
	g.x.Spec.Size = was
	if is := g.step(); len(is.Firewalls) != 1 {
		t.Errorf("want one shown, got %+v", is.Firewalls)
	}
	g.has(KeyFirewall)
}

// Crossplane looks again a tenth sooner or later than it is asked.
func TestNoLaterThan(t *testing.T) {
	t.Parallel()
	for _, d := range []time.Duration{time.Minute, time.Hour, 24 * time.Hour} {
		if late := noLaterThan(d) * 11 / 10; late > d || late < d-time.Minute {
			t.Errorf("want it looked at no later than in %s, got %s", d, late)
		}
	}
	if noLaterThan(0) != 0 || noLaterThan(time.Millisecond) != time.Second {
		t.Error("want nothing for nothing, and a second at least")
	}
}

// A Usage that nobody wants any more goes, also if nothing but it was forgotten.
func TestUsageForgotten(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.x.Spec.DeletionProtection = new(true)
	c.rest()
	c.forgets(KeyProtection)
	c.x.Spec.DeletionProtection = new(false)
	if c.compose(); c.parts[KeyProtection] == nil || c.last.Again == 0 {
		t.Fatal("want it taken back before it goes")
	}
	if c.rest(); c.parts[KeyProtection] != nil || len(c.others) != 0 {
		t.Error("want no protection any more")
	}
}

// A key that only looks like that of a worker is none.
func TestKeyOfNoWorker(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]bool{"worker-small-1": true, "worker-a-1-2": true, "worker-small-01": false, "worker-small-+1": false, "worker-small-0": false, "worker-small": false, "workers-small-1": false} {
		if pool, n, ok := parseWorker(key); ok != want {
			t.Errorf("%s: want it a worker: %t, got %s, %d", key, want, pool, n)
		}
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

// An address that is there already is the one that is meant when somebody names it.
func TestAddressPinned(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	byFamily := clusterv1alpha1.EgressIPs{Network: internet, AddressFamily: "IPv4"}
	byAddress := clusterv1alpha1.EgressIPs{Network: internet, Addresses: []v1alpha1.IPAddress{"203.0.113.9"}}
	c.x.Spec.EgressIPs = []clusterv1alpha1.EgressIPs{byFamily}
	c.rest()
	was := c.ips()
	for _, o := range c.parts {
		if ip, ok := o.(*v1alpha1.IP); ok {
			meta.SetExternalName(ip, "203.0.113.9")
		}
	}
	c.x.Spec.EgressIPs = []clusterv1alpha1.EgressIPs{byAddress}
	c.rest()
	if diff := cmp.Diff(was, c.ips()); diff != "" || len(was) != 1 {
		t.Errorf("want the same IP: -want, +got:\n%s", diff)
	}
	c.x.Spec.EgressIPs = []clusterv1alpha1.EgressIPs{byAddress, byFamily}
	if c.rest(); len(c.ips()) != 2 {
		t.Errorf("want one more where both are wanted, got %v", c.ips())
	}
}

// What was allocated is not something that is only looked at, whatever a person lets go of.
func TestLetGo(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	n := c.parts[KeyNetwork].(*v1alpha1.Network)
	meta.SetExternalName(n, "n1")
	meta.SetExternalCreateSucceeded(n, c.now)
	n.Spec.ManagementPolicies = xpv2.ManagementPolicies{xpv2.ManagementActionObserve}
	if is := c.rest(); is.Message != "" {
		t.Errorf("want nothing said of a field that nobody set, got %q", is.Message)
	}
	delete(c.parts, KeyNetwork)
	c.rest()
	if n := c.parts[KeyNetwork].(*v1alpha1.Network); meta.GetExternalName(n) != "" || len(n.Spec.ManagementPolicies) != 0 {
		t.Errorf("want another one allocated, got %+v", n)
	}
}

// Without a firewall none is as the spec says.
func TestFirewallNotThere(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	g.x.Status.SetConditions(g.last.Conditions...)
	delete(g.parts, KeyFirewall)
	g.step()
	if c := conditionOf(g.last.Conditions, TypeFirewallUpToDate); c.Status != "False" || c.Message != "there is no firewall yet" {
		t.Errorf("want it said, got %+v", c)
	}
}

// A pool that grows says so for as long as machines are missing.
func TestSaysThatItGrows(t *testing.T) {
	t.Parallel()
	c := newCluster(t, pool("small", 2))
	const want = "pool small has 1 machine and shall have 2: a new one is made every 35s"
	if is := c.compose(); is.Message != want {
		t.Errorf("want %q, got %q", want, is.Message)
	}
	if is := c.rest(); is.Message != "" {
		t.Errorf("want nothing said at the end, got %q", is.Message)
	}
}

// A claim whose composite was deleted says how what is protected is its own again.
func TestClaimsXClusterLeft(t *testing.T) {
	t.Parallel()
	x := &Claimed{Claim: types.NamespacedName{Namespace: "default", Name: "x-claimed"}}
	x.Name, x.UID = "x-claimed-1", "after"
	found := metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{
		Namespace: "default", Name: "x-claimed", Annotations: map[string]string{annotationKey: KeyXCluster}, Labels: labels("x-claimed-1", "x-claimed", ""),
		OwnerReferences: []metav1.OwnerReference{{Kind: clusterv1alpha1.ClaimedXClusterKind, Name: "x-claimed-1", UID: "before", Controller: new(true)}},
	}}
	r := Request{Found: map[Ask][]metav1.PartialObjectMetadata{}}
	for _, a := range ClaimedXCluster(x, r).Asks {
		r.Found[a] = nil
		if a.Name == "x-claimed" {
			r.Found[a] = []metav1.PartialObjectMetadata{found}
		}
	}
	const want = `kubectl -n default patch xcluster x-claimed --type=json -p '[{"op":"remove","path":"/metadata/ownerReferences"}]'`
	if got := ClaimedXCluster(x, r).Status.(clusterv1alpha1.XClusterObservation).Message; !strings.HasSuffix(got, want) {
		t.Errorf("want the command that takes it back, got %q", got)
	}
	found.OwnerReferences = nil
	for a := range r.Found {
		if a.Name == "x-claimed" {
			r.Found[a] = []metav1.PartialObjectMetadata{found}
		}
	}
	if parts := ClaimedXCluster(x, r).Parts; len(parts) == 0 || parts[0].Object.GetName() != "x-claimed" {
		t.Errorf("want it taken back, got %v", parts)
	}
}
