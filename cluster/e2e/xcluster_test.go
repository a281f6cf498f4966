//go:build e2e

package e2e

import (
	"context"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	kerrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/cluster/e2e/story"
)

func TestXClusterAppearsAndDisappears(t *testing.T) {
	t.Parallel()
	s := begin(t)
	x := s.Example("xcluster/xcluster.yaml")
	s.Apply(x)
	x = s.Ready(x)

	id := story.Text(x, "status", "firewall", "machineID")
	m := s.Machine(id)
	if m.Event != "Phoned Home" || m.Hostname != "x-cellent-firewall" || m.Project != story.Project {
		t.Errorf("the firewall's machine is %+v, want it phoned home as x-cellent-firewall of project %s", m, story.Project)
	}
	if got := story.Text(x, "status", "firewall", "lastEvent"); got != "Phoned Home" {
		t.Errorf("status.firewall.lastEvent: got %q, want Phoned Home", got)
	}
	if story.Text(x, "status", "network", "id") == "" {
		t.Error("status.network.id is empty")
	}
	if got := story.Text(x, "status", "firewall", "message") + story.Text(x, "status", "network", "message"); got != "" {
		t.Errorf("a ready XCluster has a message: %q", got)
	}
	s.Ready(&s.All(story.XFirewall)[0])

	s.End(x)
	wroteInOrder(s)
	if m := s.Machine(id); m.Allocated && m.Hostname == "x-cellent-firewall" && strings.HasPrefix(m.Name, s.Namespace) {
		t.Errorf("the machine is still allocated: %+v", m)
	}
}

func TestXClusterDeletedInBackground(t *testing.T) {
	t.Parallel()
	s := begin(t)
	x := s.Example("xcluster/xcluster.yaml")
	s.Apply(x)
	s.Ready(x)
	s.Remove(x)
	s.Empty()
	wroteInOrder(s)
}

func TestClaim(t *testing.T) {
	t.Parallel()
	s := begin(t)
	c := s.Example("claim/claim.yaml")
	s.Apply(c)
	c = s.Ready(c)
	id := story.Text(c, "status", "firewall", "machineID")
	if m := s.Machine(id); m.Event != "Phoned Home" || m.Hostname != "x-claimed-firewall" {
		t.Errorf("the firewall's machine is %+v, want it phoned home as x-claimed-firewall", m)
	}
	s.Remove(c)
	s.Gone(c)
	s.Empty()
	wroteInOrder(s)
}

func TestXFirewallAlone(t *testing.T) {
	t.Parallel()
	s := begin(t)
	n, x := s.Example("xfirewall/network.yaml"), s.Example("xfirewall/xfirewall.yaml")
	s.Apply(n)
	s.Apply(x)
	x = s.Ready(x)
	if m := s.Machine(story.Text(x, "status", "machineID")); m.Event != "Phoned Home" || m.Hostname != "alone" {
		t.Errorf("the firewall's machine is %+v, want it phoned home as alone", m)
	}
	// The network goes first, and waits.
	s.Remove(n, "--wait=false")
	s.Message(n, "alone", "atProvider", "message")
	s.Remove(x, "--cascade=foreground", "--timeout="+story.Soon.String())
	s.Gone(n)
	s.Empty()
	wroteInOrder(s)
}

func TestNetworkAndFirewall(t *testing.T) {
	t.Parallel()
	s := begin(t)
	n, f := s.Example("network/network.yaml"), s.Example("firewall/firewall.yaml")
	// The firewall first: it waits for its network.
	s.Apply(f)
	s.Apply(n)
	s.Ready(n)
	f = s.Ready(f)
	details := &corev1.Secret{}
	s.Await("the connection secret", story.Soon, func(ctx context.Context) (bool, string) {
		err := s.Kube.Get(ctx, client.ObjectKey{Namespace: s.Namespace, Name: "edge"}, details)
		return err == nil && len(details.Data) > 0, "nothing"
	})
	found := false
	for _, v := range details.Data {
		found = found || string(v) == story.Text(f, "status", "atProvider", "machineID")
	}
	if !found {
		t.Errorf("the connection secret does not hold the machine's id: keys %v", keys(details.Data))
	}
	s.Remove(f)
	s.Remove(n)
	s.Empty()
}

func TestImport(t *testing.T) {
	t.Parallel()
	s := begin(t)
	n := s.Example("network/network.yaml")
	s.Apply(n)
	n = s.Ready(n)
	id := story.Text(n, "status", "atProvider", "id")

	// Somebody else only looks at it.
	look := s.Example("import/network.yaml")
	look.SetAnnotations(map[string]string{"crossplane.io/external-name": id})
	s.Apply(look)
	look = s.Ready(look)
	if got := story.Text(look, "status", "atProvider", "id"); got != id {
		t.Errorf("the imported network is %q, want %q", got, id)
	}
	// Deleting what only looks frees nothing.
	s.Remove(look)
	s.Gone(look)
	s.Ready(n)

	// Who wants to own what another resource made is refused.
	thief := s.Example("network/network.yaml", story.Named("thief"))
	thief.SetAnnotations(map[string]string{"crossplane.io/external-name": id})
	s.Apply(thief)
	s.Message(thief, "belongs to another managed resource", "atProvider", "message")
	s.Remove(thief)
	s.Gone(thief)
	s.Ready(n)
	s.Remove(n)
	s.Empty()
	if got, want := s.Wrote(), []string{"allocateNetwork", "freeNetwork"}; !slices.Equal(got, want) {
		t.Errorf("writes to metal-api: got %v, want %v", got, want)
	}
}

func TestXClusterAgainUnderItsNameWhileTheOldOneIsGoing(t *testing.T) {
	t.Parallel()
	s := begin(t)
	x := s.Example("xcluster/xcluster.yaml")
	s.Apply(x)
	first := story.Text(s.Ready(x), "status", "network", "id")
	s.Remove(x)
	s.Gone(x)
	s.Apply(x)
	second := story.Text(s.Ready(x), "status", "network", "id")
	if first == second {
		t.Errorf("the new XCluster has the old one's network %s", first)
	}
	s.Await("the old parts are gone", story.Soon, func(context.Context) (bool, string) {
		return len(s.All(story.Network)) == 1 && len(s.All(story.Firewall)) == 1, string(story.YAML(s.All(story.Network)))
	})
	s.Ready(x)
	s.End(x)
}

func TestTwoXClustersOfOneNameInTwoNamespaces(t *testing.T) {
	t.Parallel()
	s := begin(t)
	other := &corev1.Namespace{}
	other.SetName(s.Namespace + "-2")
	if err := s.Kube.Create(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	one, two := s.Example("xcluster/xcluster.yaml"), s.Example("xcluster/xcluster.yaml")
	two.SetNamespace(other.GetName())
	s.Apply(one)
	s.Apply(two)
	a, b := s.Ready(one), s.Ready(two)
	if story.Text(a, "status", "network", "id") == story.Text(b, "status", "network", "id") ||
		story.Text(a, "status", "firewall", "machineID") == story.Text(b, "status", "firewall", "machineID") {
		t.Errorf("two XClusters share what they are made of:\n%s\n%s", story.YAML(a.Object["status"]), story.YAML(b.Object["status"]))
	}
	s.Remove(one, "--cascade=foreground", "--timeout="+story.Soon.String())
	if b = s.Ready(two); story.ConditionOf(b, "Ready") != "True" {
		t.Error("the one's deletion touched the other")
	}
	// A namespace takes with it what is in it.
	if _, err := s.Cluster.Kubectl(t.Context(), "delete", "namespace", other.GetName(), "--timeout="+story.Soon.String()); err != nil {
		t.Error(err)
	}
	if err := s.Kube.Get(t.Context(), client.ObjectKeyFromObject(other), other); !kerrors.IsNotFound(err) {
		t.Errorf("the namespace is still there: %v", err)
	}
	s.Empty()
}

func TestXClusterIsNotReadyWhileItsFirewallIsNot(t *testing.T) {
	t.Parallel()
	s := begin(t)
	x := s.Example("xcluster/xcluster.yaml")
	s.Apply(x)
	x = s.Ready(x)
	id := story.Text(x, "status", "firewall", "machineID")
	if err := s.Sim.Crash(id); err != nil {
		t.Fatal(err)
	}
	if err := s.Sim.Hold(id); err != nil {
		t.Fatal(err)
	}
	x = s.Condition(x, "Ready", "False")
	s.Message(x, "crash loop", "firewall", "message")
	if err := s.Sim.Release(id); err != nil {
		t.Fatal(err)
	}
	s.Ready(x)
	s.End(x)
}

func TestDeletedWhileCreating(t *testing.T) {
	t.Parallel()
	s := begin(t)
	x := s.Example("xcluster/xcluster.yaml")
	s.Apply(x)
	s.Await("the firewall is being made", story.Soon, func(context.Context) (bool, string) {
		for _, e := range s.Journal() {
			if e.Operation == "allocateFirewall" {
				return true, ""
			}
		}
		return false, "no allocate"
	})
	s.End(x)
	wroteInOrder(s)
}

func keys(m map[string][]byte) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
