//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"syscall"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clusterv1alpha1 "github.com/crossplane-contrib/provider-metal-stack/apis/cluster/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/cluster/e2e/story"
	"github.com/crossplane-contrib/provider-metal-stack/cluster/local/packageruntime"
	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

// fixedEgress is one static address for the firewall.
func fixedEgress(u *unstructured.Unstructured) {
	story.Set([]any{map[string]any{"network": internet, "addressFamily": "IPv4"}}, "spec", "egressIPs")(u)
}

// A changed rule rolls the firewall: the new one is there before the old one goes, with
// the same public address, and the XCluster is Ready all the while.
func TestRoll(t *testing.T) {
	t.Parallel()
	s := begin(t)
	shall := func(edits ...story.Edit) *unstructured.Unstructured {
		x := s.Example("xcluster/xcluster.yaml", append([]story.Edit{fixedEgress}, edits...)...)
		s.Apply(x)
		return x
	}
	x := s.Condition(s.Ready(shall()), "EgressStable", "True")
	seenAs(s, x)
	s.Settled()
	address, first := firewallIPs(x), story.Text(x, "status", "firewall", "machineID")
	ends := rolling(s)

	shall(story.Set([]any{}, "spec", "firewall", "rules", "egress"))
	second := rolled(s, x, first)
	shall(story.Set([]any{}, "spec", "firewall", "rules", "egress"), story.Set("2026-11", "spec", "firewall", "rollToken"))
	third := rolled(s, x, second)
	if third == "" || first == second || second == third {
		t.Errorf("want another machine each time, got %s, %s, %s", first, second, third)
	}
	ends()
	x = s.Ready(x)
	seenAs(s, x)
	if got := firewallIPs(x); !slices.Equal(got, address) {
		t.Errorf("want the address %v kept, got %v", address, got)
	}
	if got, want := s.Wrote(), []string{"allocateNetwork", "allocateIP", "allocateFirewall", "allocateFirewall", "freeMachine", "allocateFirewall", "freeMachine"}; !sameWrites(got, want) {
		t.Errorf("writes to metal-api: got %v, want %v", got, want)
	}

	// Nothing rolls by itself.
	s.Settled()
	s.Apply(s.Example("xcluster/xcluster.yaml", fixedEgress, story.Set([]any{}, "spec", "firewall", "rules", "egress"), story.Set("2026-11", "spec", "firewall", "rollToken")))
	s.Settled()
	if got := story.Text(s.Ready(x), "status", "firewall", "machineID"); got != third {
		t.Errorf("want the firewall to stay, got %s", got)
	}
	s.End(x)
	gaveBack(s)
}

// A new firewall that does not phone home in time is freed, the old one stays, and it is
// not tried again before a person says so.
func TestRollFails(t *testing.T) {
	t.Parallel()
	s := begin(t)
	shall := func(edits ...story.Edit) *unstructured.Unstructured {
		x := s.Example("xcluster/xcluster.yaml", edits...)
		s.Apply(x)
		return x
	}
	x := s.Condition(s.Ready(shall()), "EgressStable", "False")
	first := story.Text(x, "status", "firewall", "machineID")
	late := story.Set("5s", "spec", "firewall", "createTimeout")
	token := func(t string) story.Edit { return story.Set(t, "spec", "firewall", "rollToken") }
	shall(late, token("one"))
	held := ""
	s.Await("the new one is allocated, and goes no further", story.Soon, func(context.Context) (bool, string) {
		for _, f := range s.All(story.Firewall) {
			if id := story.Text(&f, "metadata", "annotations", "crossplane.io/external-name"); id != first {
				held = id
			}
		}
		return held != "" && s.Sim.Hold(held) == nil, held
	})
	s.Message(x, "the new one did not phone home in time, and was freed", "message")
	s.Await("the new one is freed", story.Soon, func(context.Context) (bool, string) {
		all := s.All(story.Firewall)
		return len(all) == 1, string(story.YAML(all))
	})
	if err := s.Sim.Release(held); err != nil {
		t.Error(err)
	}
	s.Settled()
	is := s.Condition(s.Ready(x), "FirewallUpToDate", "False")
	if got := story.Text(is, "status", "firewall", "machineID"); got != first {
		t.Errorf("want the old one to stay, got %s", got)
	}
	if got, want := s.Wrote(), []string{"allocateNetwork", "allocateFirewall", "allocateFirewall", "freeMachine"}; !slices.Equal(got, want) {
		t.Errorf("writes to metal-api: got %v, want %v", got, want)
	}
	// It shares no address with the new one, so that both may stay for a while.
	shall(token("two"), story.Set("15s", "spec", "firewall", "stableFor"))
	s.Message(x, "is being replaced: the new one is ready", "message")
	rolled(s, x, first)
	s.Condition(x, "FirewallUpToDate", "True")
	s.End(x)
	gaveBack(s)
}

// Who replaces firewalls by hand is told what differs, and who holds replacements is told
// that; what is deleted by hand comes again as it should be.
func TestReplacedByHand(t *testing.T) {
	t.Parallel()
	s := begin(t)
	shall := func(edits ...story.Edit) *unstructured.Unstructured {
		x := s.Example("xcluster/xcluster.yaml", edits...)
		s.Apply(x)
		return x
	}
	onDelete := story.Set("OnDelete", "spec", "firewall", "updateStrategy")
	rules := story.Set([]any{}, "spec", "firewall", "rules", "egress")
	x := s.Ready(shall(onDelete))
	first := story.Text(x, "status", "firewall", "machineID")
	shall(onDelete, rules)
	s.Message(x, "shall be another one (rules), and is replaced when its Firewall is deleted: updateStrategy is OnDelete", "message")
	s.Condition(x, "FirewallUpToDate", "False")
	shall(rules, story.Set(true, "spec", "firewall", "paused"))
	s.Message(x, "paused is true", "message")
	now := time.Now().UTC()
	shall(rules, story.Set(map[string]any{"begin": now.Add(11 * time.Hour).Format("15:04"), "end": now.Add(12 * time.Hour).Format("15:04")}, "spec", "firewall", "maintenanceWindow"))
	s.Message(x, "and is when the maintenance window begins", "message")
	s.Settled()
	if got := s.All(story.Firewall); len(got) != 1 || story.Text(&got[0], "status", "atProvider", "machineID") != first {
		t.Errorf("want the firewall to stay, got %s", story.YAML(got))
	}
	shall(onDelete, rules)
	s.Remove(&s.All(story.Firewall)[0], "--wait=false")
	second := rolled(s, x, first)
	s.Condition(x, "FirewallUpToDate", "True")

	t.Log("A window that begins within two minutes, for what the old one had.")
	opens := time.Now().UTC().Truncate(time.Minute).Add(2 * time.Minute)
	shall(story.Set(map[string]any{"begin": opens.Format("15:04"), "end": opens.Add(time.Hour).Format("15:04")}, "spec", "firewall", "maintenanceWindow"))
	s.Message(x, "and is when the maintenance window begins", "message")
	rolled(s, x, second)
	if now := time.Now(); now.Before(opens) {
		t.Errorf("replaced at %s, want it when the window begins at %s", now, opens)
	}
	s.Condition(x, "FirewallUpToDate", "True")
	s.End(x)
	gaveBack(s)
}

// A firewall in a crash loop is replaced, where that is wanted.
func TestHealth(t *testing.T) {
	t.Parallel()
	s := begin(t)
	x := s.Example("xcluster/xcluster.yaml", story.Set("1s", "spec", "firewall", "healthTimeout"))
	s.Apply(x)
	first := story.Text(s.Ready(x), "status", "firewall", "machineID")
	// It does not come back.
	if err := errors.Join(s.Sim.Hold(first), s.Sim.Crash(first)); err != nil {
		t.Fatal(err)
	}
	rolled(s, x, first)
	if err := s.Sim.Release(first); err != nil {
		t.Fatal(err)
	}
	s.End(x)
	gaveBack(s)
}

// The provider and the function are killed at each turn of a roll, and it ends as it would
// have. Not parallel: it takes them from everybody.
func TestRollKilled(t *testing.T) {
	s := begin(t)
	ip, n := s.Example("ip/ip.yaml"), s.Example("xfirewall/network.yaml")
	s.Apply(ip)
	s.Apply(n)
	shall := func(token string) *unstructured.Unstructured {
		x := s.Example("xfirewall/xfirewall.yaml", story.Set(token, "spec", "rollToken"), story.Set([]any{
			map[string]any{"name": "internet", "networkID": internet, "ipRefs": []any{map[string]any{"name": ip.GetName()}}, "addressFamilies": []any{"IPv4"}},
		}, "spec", "networks"))
		s.Apply(x)
		return x
	}
	x := s.Ready(shall(""))
	address, machine := firewallIPs(x), story.Text(x, "status", "machineID")
	kill := func(programs ...*packageruntime.Program) {
		for _, p := range programs {
			p.Pause(syscall.SIGKILL)
			defer p.Resume()
		}
	}
	allocated := func() (n int) {
		for _, f := range s.All(story.Firewall) {
			if story.Text(&f, "status", "atProvider", "machineID") != "" {
				n++
			}
		}
		return n
	}
	under := func(operation string) func() bool { return func() bool { return s.Sim.Counters()[operation] > 0 } }
	for _, turn := range []struct {
		token, at string
		// held is an operation of the provider that takes long this time: where there is
		// none it is the function's turn as well.
		held string
		so   func() bool
	}{
		{"one", "the new one is about to be made", "", func() bool { return len(s.All(story.Firewall)) == 2 }},
		{"two", "it is being allocated", "allocateFirewall", under("allocateFirewall")},
		{"three", "both are allocated", "", func() bool { return allocated() == 2 }},
		{"four", "the old one is being freed", "freeMachine", under("freeMachine")},
	} {
		s.Sim.ResetCounters()
		if turn.held != "" {
			s.Sim.AddFault(simulator.Fault{Operation: turn.held, Count: 1, DelayBefore: simulator.Duration(2 * time.Second)})
		}
		shall(turn.token)
		s.Await(turn.at, story.Soon, func(context.Context) (bool, string) { return turn.so(), string(story.YAML(s.All(story.Firewall))) })
		if kill(s.Cluster.Provider()); turn.held == "" {
			kill(s.Cluster.Function())
		}
		began := time.Now()
		next := rolled(s, x, machine)
		t.Logf("killed when %s: it went on for %.0f s", turn.at, time.Since(began).Seconds())
		if got := firewallIPs(s.Ready(x)); !slices.Equal(got, address) {
			t.Errorf("killed when %s: want the address %v kept, got %v", turn.at, address, got)
		}
		machine = next
	}
	wrote := map[string]int{}
	for _, w := range s.Wrote() {
		wrote[w]++
	}
	if wrote["allocateFirewall"] != 5 || wrote["freeMachine"] != 4 || wrote["freeIP"] != 0 {
		t.Errorf("want each roll to take one machine and free one, got %v", wrote)
	}
	s.End(x, ip, n)
	gaveBack(s)
}

// Where no machine is spare a roll waits, and says so; who asks for Recreate has the old one
// freed first. It is a metal-stack of its own, with one machine.
func TestRecreate(t *testing.T) {
	t.Parallel()
	s := begin(t)
	ownStack(s, 1)
	shall := func(edits ...story.Edit) *unstructured.Unstructured {
		x := s.Example("xcluster/xcluster.yaml", append([]story.Edit{fixedEgress, ofTenant()}, edits...)...)
		s.Apply(x)
		return x
	}
	x := s.Ready(shall())
	address, uuid := firewallIPs(x), allocationOf(s)
	rules := story.Set([]any{}, "spec", "firewall", "rules", "egress")
	shall(rules)
	s.Message(x, "no machine available: of 1 of size v1-small-x86 in partition mini-lab 0 are free", "message")
	s.Settled()
	if got := allocationOf(s); got != uuid || story.ConditionOf(s.Ready(x), "FirewallUpToDate") != "False" {
		t.Errorf("want the old one to stay, got %s", got)
	}
	shall(rules, story.Set("Recreate", "spec", "firewall", "updateStrategy"))
	s.Await("the firewall is another one", 2*story.Soon, func(context.Context) (bool, string) {
		is := allocationOf(s)
		return is != uuid && is != "" && len(s.All(story.Firewall)) == 1, string(story.YAML(s.All(story.Firewall)))
	})
	x = s.Condition(s.Ready(x), "FirewallUpToDate", "True")
	if got := firewallIPs(x); !slices.Equal(got, address) {
		t.Errorf("want the address %v kept, got %v", address, got)
	}
	s.End(x)
}

// One edit of many XClusters replaces their firewalls one after the other, and none while too
// many of the partition are ill. It is a metal-stack of its own, with spare machines for all.
func TestFleet(t *testing.T) {
	t.Parallel()
	s := begin(t)
	sim := ownStack(s, 8)
	shall := func(name string, edits ...story.Edit) *unstructured.Unstructured {
		x := s.Example("xcluster/xcluster.yaml", append([]story.Edit{ofTenant(), story.Named(name)}, edits...)...)
		s.Apply(x)
		return x
	}
	ill := shall("ill")
	var fleet []*unstructured.Unstructured
	for _, name := range []string{"one", "two", "three"} {
		fleet = append(fleet, shall(name))
	}
	machine := story.Text(s.Ready(ill), "status", "firewall", "machineID")
	before := map[string]string{}
	for _, x := range fleet {
		before[x.GetName()] = story.Text(s.Ready(x), "status", "firewall", "machineID")
	}
	if err := errors.Join(sim.Hold(machine), sim.Crash(machine)); err != nil {
		t.Fatal(err)
	}
	s.Condition(ill, "Ready", "False")
	sim.ClearJournal()

	for _, x := range fleet {
		shall(x.GetName(), story.Set("2026-11", "spec", "firewall", "rollToken"))
	}
	for _, x := range fleet {
		s.Message(x, "1 of 3 other firewalls in partition mini-lab are not healthy", "message")
	}
	if got := sim.Journal(); len(got) > 0 {
		t.Errorf("want nothing done while a firewall of four is ill, got %v", got)
	}
	if err := sim.Release(machine); err != nil {
		t.Fatal(err)
	}
	for _, x := range fleet {
		rolled(s, x, before[x.GetName()])
	}
	var wrote []string
	for _, e := range sim.Journal() {
		if e.Status < 300 {
			wrote = append(wrote, e.Operation)
		}
	}
	if want := slices.Repeat([]string{"allocateFirewall", "freeMachine"}, len(fleet)); !slices.Equal(wrote, want) {
		t.Errorf("writes to metal-api: got %v, want one after the other: %v", wrote, want)
	}
	s.End(append(fleet, ill)...)
}

// allocationOf the one firewall that there is: machines are used again.
func allocationOf(s *story.Story) string {
	s.Helper()
	for _, f := range s.All(story.Firewall) {
		if f.GetDeletionTimestamp() == nil {
			return f.GetAnnotations()["metal-stack.crossplane.io/allocation-uuid"]
		}
	}
	return ""
}

// rolled waits until the firewall of an XCluster is another machine than before, and the
// only one. It is that machine.
func rolled(s *story.Story, x *unstructured.Unstructured, before string) string {
	s.Helper()
	is := story.Object(x.GroupVersionKind(), x.GetNamespace(), x.GetName())
	s.Await("the firewall is another one", 2*story.Soon, func(ctx context.Context) (bool, string) {
		if err := s.Kube.Get(ctx, client.ObjectKeyFromObject(is), is); err != nil {
			return false, err.Error()
		}
		id := story.Text(is, ofFirewall(is, "machineID")...)
		firewalls := slices.DeleteFunc(s.All(story.Firewall), func(f unstructured.Unstructured) bool {
			return f.GetLabels()[clusterv1alpha1.LabelName] != x.GetName()
		})
		return id != "" && id != before && story.ConditionOf(is, "Ready") == "True" && story.Text(is, "status", "message") == "" && len(firewalls) == 1, string(story.YAML(is.Object["status"]))
	})
	return story.Text(is, ofFirewall(is, "machineID")...)
}

// ofFirewall is where an XCluster, or an XFirewall, shows a field of its firewall.
func ofFirewall(x *unstructured.Unstructured, field string) []string {
	if x.GetKind() == story.XFirewall.Kind {
		return []string{"status", field}
	}
	return []string{"status", "firewall", field}
}

func firewallIPs(x *unstructured.Unstructured) []string {
	ips, _, _ := unstructured.NestedStringSlice(x.Object, ofFirewall(x, "ips")...)
	return ips
}

// sameWrites in any order of what comes first: addresses and networks are made together.
func sameWrites(got, want []string) bool {
	if len(got) < 2 {
		return false
	}
	got = slices.Clone(got)
	slices.Sort(got[:2])
	want = slices.Clone(want)
	slices.Sort(want[:2])
	return slices.Equal(got, want)
}

// rolling is what firewalls are until what is returned is called: one that is ready, always,
// and never more than two.
func rolling(s *story.Story) (until func()) {
	s.Helper()
	there, most, unready := map[string]bool{}, 0, []string(nil)
	for _, f := range s.All(story.Firewall) {
		there[f.GetName()] = true
	}
	stop := watching(s, func(e watch.Event, u *unstructured.Unstructured) {
		switch {
		case u.GetKind() == story.XCluster.Kind && story.ConditionOf(u, "Ready") != "True":
			unready = append(unready, string(story.YAML(u.Object["status"])))
		case u.GetKind() != story.Firewall.Kind:
		case e.Type == watch.Deleted:
			delete(there, u.GetName())
		default:
			there[u.GetName()] = true
		}
		most = max(most, len(there))
	}, story.Firewall, story.XCluster)
	return func() {
		s.Helper()
		stop()
		if most != 2 || len(unready) > 0 {
			s.Errorf("want two firewalls at most and the XCluster ready, got %d, and %s", most, fmt.Sprint(unready))
		}
	}
}
