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
)

func TestXClusterAppearsAndDisappears(t *testing.T) {
	t.Parallel()
	s := begin(t)
	x := s.example("xcluster/xcluster.yaml")
	s.apply(x)
	x = s.ready(x)

	id := text(x, "status", "firewall", "machineID")
	m := s.machine(id)
	if m.Event != "Phoned Home" || m.Hostname != "x-cellent-firewall" || m.Project != project {
		t.Errorf("the firewall's machine is %+v, want it phoned home as x-cellent-firewall of project %s", m, project)
	}
	if got := text(x, "status", "firewall", "lastEvent"); got != "Phoned Home" {
		t.Errorf("status.firewall.lastEvent: got %q, want Phoned Home", got)
	}
	if text(x, "status", "network", "id") == "" {
		t.Error("status.network.id is empty")
	}
	if got := text(x, "status", "firewall", "message") + text(x, "status", "network", "message"); got != "" {
		t.Errorf("a ready XCluster has a message: %q", got)
	}
	s.ready(&s.all(xfirewall)[0])

	s.remove(x, "--cascade=foreground", "--timeout="+soon.String())
	s.gone(x)
	s.empty()
	want := []string{"allocateNetwork", "allocateFirewall", "freeMachine", "freeNetwork"}
	if got := s.wrote(); !slices.Equal(got, want) {
		t.Errorf("writes to metal-api: got %v, want %v", got, want)
	}
	if m := s.machine(id); m.Allocated && m.Hostname == "x-cellent-firewall" && strings.HasPrefix(m.Name, s.namespace) {
		t.Errorf("the machine is still allocated: %+v", m)
	}
}

func TestXClusterDeletedInBackground(t *testing.T) {
	t.Parallel()
	s := begin(t)
	x := s.example("xcluster/xcluster.yaml")
	s.apply(x)
	s.ready(x)
	s.remove(x)
	s.empty()
	want := []string{"allocateNetwork", "allocateFirewall", "freeMachine", "freeNetwork"}
	if got := s.wrote(); !slices.Equal(got, want) {
		t.Errorf("writes to metal-api: got %v, want %v", got, want)
	}
}

func TestClaim(t *testing.T) {
	t.Parallel()
	s := begin(t)
	c := s.example("claim/claim.yaml")
	s.apply(c)
	c = s.ready(c)
	id := text(c, "status", "firewall", "machineID")
	if m := s.machine(id); m.Event != "Phoned Home" || m.Hostname != "x-claimed-firewall" {
		t.Errorf("the firewall's machine is %+v, want it phoned home as x-claimed-firewall", m)
	}
	s.remove(c)
	s.gone(c)
	s.empty()
	want := []string{"allocateNetwork", "allocateFirewall", "freeMachine", "freeNetwork"}
	if got := s.wrote(); !slices.Equal(got, want) {
		t.Errorf("writes to metal-api: got %v, want %v", got, want)
	}
}

func TestXFirewallAlone(t *testing.T) {
	t.Parallel()
	s := begin(t)
	n, x := s.example("xfirewall/network.yaml"), s.example("xfirewall/xfirewall.yaml")
	s.apply(n)
	s.apply(x)
	x = s.ready(x)
	if m := s.machine(text(x, "status", "machineID")); m.Event != "Phoned Home" || m.Hostname != "alone" {
		t.Errorf("the firewall's machine is %+v, want it phoned home as alone", m)
	}
	// The network goes first, and waits.
	s.remove(n, "--wait=false")
	s.message(n, "alone", "atProvider", "message")
	s.remove(x, "--cascade=foreground", "--timeout="+soon.String())
	s.gone(n)
	s.empty()
	want := []string{"allocateNetwork", "allocateFirewall", "freeMachine", "freeNetwork"}
	if got := s.wrote(); !slices.Equal(got, want) {
		t.Errorf("writes to metal-api: got %v, want %v", got, want)
	}
}

func TestNetworkAndFirewall(t *testing.T) {
	t.Parallel()
	s := begin(t)
	n, f := s.example("network/network.yaml"), s.example("firewall/firewall.yaml")
	// The firewall first: it waits for its network.
	s.apply(f)
	s.apply(n)
	s.ready(n)
	f = s.ready(f)
	details := &corev1.Secret{}
	s.await("the connection secret", soon, func(ctx context.Context) (bool, string) {
		err := s.kube.Get(ctx, client.ObjectKey{Namespace: s.namespace, Name: "edge"}, details)
		return err == nil && len(details.Data) > 0, "nothing"
	})
	found := false
	for _, v := range details.Data {
		found = found || string(v) == text(f, "status", "atProvider", "machineID")
	}
	if !found {
		t.Errorf("the connection secret does not hold the machine's id: keys %v", keys(details.Data))
	}
	s.remove(f)
	s.remove(n)
	s.empty()
}

func TestImport(t *testing.T) {
	t.Parallel()
	s := begin(t)
	n := s.example("network/network.yaml")
	s.apply(n)
	n = s.ready(n)
	id := text(n, "status", "atProvider", "id")

	// Somebody else only looks at it.
	look := s.example("import/network.yaml")
	look.SetAnnotations(map[string]string{"crossplane.io/external-name": id})
	s.apply(look)
	look = s.ready(look)
	if got := text(look, "status", "atProvider", "id"); got != id {
		t.Errorf("the imported network is %q, want %q", got, id)
	}
	// Deleting what only looks frees nothing.
	s.remove(look)
	s.gone(look)
	s.ready(n)

	// Who wants to own what another resource made is refused.
	thief := s.example("network/network.yaml", named("thief"))
	thief.SetAnnotations(map[string]string{"crossplane.io/external-name": id})
	s.apply(thief)
	s.message(thief, "belongs to another managed resource", "atProvider", "message")
	s.remove(thief)
	s.gone(thief)
	s.ready(n)
	s.remove(n)
	s.empty()
	if got, want := s.wrote(), []string{"allocateNetwork", "freeNetwork"}; !slices.Equal(got, want) {
		t.Errorf("writes to metal-api: got %v, want %v", got, want)
	}
}

func TestXClusterAgainUnderItsNameWhileTheOldOneIsGoing(t *testing.T) {
	t.Parallel()
	s := begin(t)
	x := s.example("xcluster/xcluster.yaml")
	s.apply(x)
	first := text(s.ready(x), "status", "network", "id")
	s.remove(x)
	s.gone(x)
	s.apply(x)
	second := text(s.ready(x), "status", "network", "id")
	if first == second {
		t.Errorf("the new XCluster has the old one's network %s", first)
	}
	s.await("the old parts are gone", soon, func(context.Context) (bool, string) {
		return len(s.all(network)) == 1 && len(s.all(firewall)) == 1, string(mustYAML(s.all(network)))
	})
	s.ready(x)
	s.remove(x, "--cascade=foreground", "--timeout="+soon.String())
	s.empty()
}

func TestTwoXClustersOfOneNameInTwoNamespaces(t *testing.T) {
	t.Parallel()
	s := begin(t)
	other := &corev1.Namespace{}
	other.SetName(s.namespace + "-2")
	if err := s.kube.Create(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	one, two := s.example("xcluster/xcluster.yaml"), s.example("xcluster/xcluster.yaml")
	two.SetNamespace(other.GetName())
	s.apply(one)
	s.apply(two)
	a, b := s.ready(one), s.ready(two)
	if text(a, "status", "network", "id") == text(b, "status", "network", "id") ||
		text(a, "status", "firewall", "machineID") == text(b, "status", "firewall", "machineID") {
		t.Errorf("two XClusters share what they are made of:\n%s\n%s", mustYAML(a.Object["status"]), mustYAML(b.Object["status"]))
	}
	s.remove(one, "--cascade=foreground", "--timeout="+soon.String())
	if b = s.ready(two); conditionOf(b, "Ready") != "True" {
		t.Error("the one's deletion touched the other")
	}
	// A namespace takes with it what is in it.
	if _, err := s.cluster.Kubectl(t.Context(), "delete", "namespace", other.GetName(), "--timeout="+soon.String()); err != nil {
		t.Error(err)
	}
	if err := s.kube.Get(t.Context(), client.ObjectKeyFromObject(other), other); !kerrors.IsNotFound(err) {
		t.Errorf("the namespace is still there: %v", err)
	}
	s.empty()
}

func TestXClusterIsNotReadyWhileItsFirewallIsNot(t *testing.T) {
	t.Parallel()
	s := begin(t)
	x := s.example("xcluster/xcluster.yaml")
	s.apply(x)
	x = s.ready(x)
	id := text(x, "status", "firewall", "machineID")
	if err := s.sim.Crash(id); err != nil {
		t.Fatal(err)
	}
	if err := s.sim.Hold(id); err != nil {
		t.Fatal(err)
	}
	x = s.condition(x, "Ready", "False")
	s.message(x, "crash loop", "firewall", "message")
	if err := s.sim.Release(id); err != nil {
		t.Fatal(err)
	}
	s.ready(x)
	s.remove(x, "--cascade=foreground", "--timeout="+soon.String())
	s.empty()
}

func TestDeletedWhileCreating(t *testing.T) {
	t.Parallel()
	s := begin(t)
	x := s.example("xcluster/xcluster.yaml")
	s.apply(x)
	s.await("the firewall is being made", soon, func(context.Context) (bool, string) {
		for _, e := range s.journal() {
			if e.Operation == "allocateFirewall" {
				return true, ""
			}
		}
		return false, "no allocate"
	})
	s.remove(x, "--cascade=foreground", "--timeout="+soon.String())
	s.empty()
	want := []string{"allocateNetwork", "allocateFirewall", "freeMachine", "freeNetwork"}
	if got := s.wrote(); !slices.Equal(got, want) {
		t.Errorf("writes to metal-api: got %v, want %v", got, want)
	}
}

func keys(m map[string][]byte) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
