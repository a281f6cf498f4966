//go:build envtest

package main

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

// Times of a failover, scaled down together.
const (
	leaseTime = 3 * time.Second
	holdOff   = 3 * time.Second
)

// A process of the provider, with a line of its own to the API server.
type process struct {
	cmd   *exec.Cmd
	line  *line
	logs  *logs
	ended chan struct{}
}

// process of the provider, started.
func (b *bench) process(t *testing.T, args ...string) *process {
	t.Helper()
	p := &process{logs: &logs{}, ended: make(chan struct{})}
	var kubeconfig string
	p.line, kubeconfig = b.newLine(t)
	p.cmd = exec.CommandContext(t.Context(), os.Args[0], append([]string{
		"--debug", "--poll=" + poll.String(), "--min-poll=" + poll.String(), "--create-hold-off=" + holdOff.String(),
		"--metrics-bind-address=127.0.0.1:0", "--health-probe-bind-address=127.0.0.1:0",
	}, args...)...)
	p.cmd.Env = append(os.Environ(), isProvider+"=true", "KUBECONFIG="+kubeconfig)
	p.cmd.Stderr = p.logs
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { _ = p.cmd.Wait(); close(p.ended) }()
	t.Cleanup(func() {
		p.kill(t)
		if t.Failed() {
			t.Log(p.logs.String())
		}
	})
	return p
}

// kill the process with SIGKILL.
func (p *process) kill(t *testing.T) {
	t.Helper()
	_ = p.cmd.Process.Kill() // It may have ended.
	p.awaitEnd(t)
}

func (p *process) awaitEnd(t *testing.T) {
	t.Helper()
	select {
	case <-p.ended:
	case <-time.After(patience):
		t.Error("the process does not end")
	}
}

// leads is true if somebody does who is not the one of before.
func (b *bench) leads(t *testing.T, before string) string {
	t.Helper()
	var who string
	eventually(t, func() string {
		l, _ := look(t, b, &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Namespace: team, Name: leaderElectionID}})
		if l.Spec.HolderIdentity == nil || *l.Spec.HolderIdentity == "" || *l.Spec.HolderIdentity == before {
			return "want another leader than " + before
		}
		who = *l.Spec.HolderIdentity
		return ""
	})
	return who
}

// allocates begun so far.
func (b *bench) allocates() int {
	n := 0
	for operation, count := range b.sim.Counters() {
		if strings.HasPrefix(operation, "allocate") {
			n += count
		}
	}
	return n
}

// newBenchWithElection is one on which several processes may work, with all kinds
// and a configuration, and their arguments.
func newBenchWithElection(t *testing.T, leaseTime time.Duration) (*bench, []string) {
	t.Helper()
	b := newBench(t, true)
	b.install(t, "providerconfigs", "clusterproviderconfigs", "providerconfigusages", "networks", "firewalls")
	b.create(t, theSecret())
	b.create(t, theConfig(b.url))
	return b, []string{"--leader-election", "--leader-election-namespace=" + team, "--lease-duration=" + leaseTime.String()}
}

// Of two processes the leader is killed, and the next one is cut from the API
// server, each in the middle of creates. The other one continues when the lease
// and the hold-off are over, and nothing is made twice.
func TestFailover(t *testing.T) {
	b, args := newBenchWithElection(t, leaseTime)
	first := b.process(t, args...)
	leader := b.leads(t, "")
	second := b.process(t, args...)

	// Allocates are carried out whatever becomes of their caller, and when the
	// next one leads already.
	const allocate = leaseTime + holdOff/3
	slow := func(n int) {
		for _, operation := range []string{"allocateNetwork", "allocateFirewall"} {
			b.sim.AddFault(simulator.Fault{Operation: operation, Count: n, DelayBefore: simulator.Duration(allocate)})
		}
	}
	story := func(t *testing.T, name string, end func()) {
		t.Helper()
		front := theNetwork()
		front.SetName(name)
		b.create(t, front)
		b.ready(t, front)
		var made []*v1alpha1.Network
		begun := b.allocates()
		slow(4)
		for i := range 3 {
			n := theNetwork()
			n.SetName(fmt.Sprint(name, "-", i))
			b.create(t, n)
			made = append(made, n)
		}
		f := theFirewall(name)
		f.SetName(name)
		b.create(t, f)
		eventually(t, func() string {
			if n := b.allocates() - begun; n < 4 {
				return fmt.Sprintf("want four allocates under way, got %d", n)
			}
			return ""
		})
		end()
		ended := time.Now()
		leader = b.leads(t, leader)
		for _, n := range made {
			b.ready(t, n)
		}
		b.ready(t, f)
		// Beyond the two times it is a matter of work, which is little.
		if took := time.Since(ended); took > leaseTime+holdOff+patience/3 {
			t.Errorf("want the other to continue within lease and hold-off, it took %s", took)
		}
		for _, n := range made {
			b.wrote(t, n, "allocateNetwork")
		}
		b.wrote(t, f, "allocateFirewall")
		b.sim.ClearFaults()
	}

	story(t, "killed", func() { first.kill(t) })
	if t.Failed() {
		return
	}
	third := b.process(t, args...)
	story(t, "cut", func() { second.line.cut(true) })
	second.awaitEnd(t)
	if !strings.Contains(second.logs.String(), "leader election lost") {
		t.Error("want who is cut off to end for want of the lease")
	}
	select {
	case <-third.ended:
		t.Error("want the new leader to work")
	default:
	}
}

// A leader that ends gracefully hands over at once, and not before its work is done.
func TestGracefulHandover(t *testing.T) {
	const leaseTime = 90 * time.Second // Longer than a test waits.
	b, args := newBenchWithElection(t, leaseTime)
	first := b.process(t, args...)
	leader := b.leads(t, "")
	b.process(t, args...)
	ahead := theNetwork()
	b.create(t, ahead)
	b.ready(t, ahead)

	n := theNetwork()
	n.SetName("under-way")
	b.sim.AddFault(simulator.Fault{Operation: "allocateNetwork", Count: 1, DelayBefore: simulator.Duration(holdOff)})
	begun := b.allocates()
	b.create(t, n)
	eventually(t, func() string {
		if b.allocates() == begun {
			return "want the allocate under way"
		}
		return ""
	})
	if err := first.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	ended := time.Now()
	b.leads(t, leader)
	took := time.Since(ended)
	first.awaitEnd(t)
	if took < holdOff/2 || took > leaseTime/3 {
		t.Errorf("want the other one to lead when the work of the first is done, and long before the lease has run out, it took %s", took)
	}
	b.ready(t, n)
	b.wrote(t, n, "allocateNetwork")
	t.Logf("handed over after %s, with an allocate of %s under way", took, holdOff)
}

// A leader that cannot renew its lease frees nothing, although it may go on until
// its deadline: such as one whose package is upgraded, and whose rights were taken.
func TestNothingIsFreedWithoutALease(t *testing.T) {
	const leaseTime = 4 * leaseTime
	b, args := newBenchWithElection(t, leaseTime)
	first := b.process(t, args...)
	leader := b.leads(t, "")
	b.process(t, args...)
	n := theNetwork()
	b.create(t, n)
	b.ready(t, n)
	f := theFirewall(n.GetName())
	b.create(t, f)
	b.ready(t, f)

	b.sim.AddFault(simulator.Fault{Operation: "freeMachine", Status: http.StatusInternalServerError})
	b.delete(t, f)
	eventually(t, func() string {
		if b.sim.Counters()["freeMachine"] == 0 {
			return "want a free tried"
		}
		return ""
	})
	b.mayLead(t, false)
	taken := time.Now()
	first.awaitEnd(t) // By its deadline, with time for some tries more.
	for _, e := range b.sim.Journal() {
		if late := e.Time.Sub(taken); e.Operation == "freeMachine" && late > leaseTime/6 {
			t.Errorf("want no free sent by who cannot renew its lease, got one after %s", late)
		}
	}
	if said, _ := look(t, b, f); strings.Contains(said.Status.AtProvider.Message, "nothing was sent") {
		t.Errorf("want nothing said by who may not lead any more, got %q", said.Status.AtProvider.Message)
	}
	b.sim.ClearFaults()
	b.mayLead(t, true)
	b.leads(t, leader)
	b.gone(t, f)
}

// mayLead grants the right to write leases, or takes it.
func (b *bench) mayLead(t *testing.T, may bool) {
	t.Helper()
	role := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: "provider"}}
	if err := b.kube.Get(t.Context(), client.ObjectKeyFromObject(role), role); err != nil {
		t.Fatal(err)
	}
	for i, rule := range role.Rules {
		if !slices.Contains(rule.Resources, "secrets") {
			continue
		}
		role.Rules[i].Resources = slices.DeleteFunc(rule.Resources, func(r string) bool { return r == "leases" })
		if may {
			role.Rules[i].Resources = append(role.Rules[i].Resources, "leases")
		}
	}
	if err := b.kube.Update(t.Context(), role); err != nil {
		t.Fatal(err)
	}
}

// The process is killed in the middle of allocates, and everything is deleted
// while it is down: the firewall that was made is freed first, then the network.
func TestKilledInAllocatesAndDeletedWhileDown(t *testing.T) {
	b := newBench(t, true)
	b.install(t, "providerconfigs", "clusterproviderconfigs", "providerconfigusages", "networks", "firewalls")
	b.create(t, theSecret())
	b.create(t, theConfig(b.url))
	n, alone := theNetwork(), theNetwork()
	alone.SetName("alone")
	first := b.process(t)
	b.create(t, n)
	b.ready(t, n)
	f := theFirewall(n.GetName())
	for _, operation := range []string{"allocateNetwork", "allocateFirewall"} {
		b.sim.AddFault(simulator.Fault{Operation: operation, Count: 1, DelayBefore: simulator.Duration(holdOff * 5 / 6)})
	}
	b.create(t, f)
	b.create(t, alone)
	eventually(t, func() string {
		if got := b.allocates(); got < 3 {
			return fmt.Sprintf("want two more allocates under way, got %d", got-1)
		}
		return ""
	})
	first.kill(t)
	b.delete(t, n)
	b.delete(t, f)
	b.delete(t, alone)
	b.process(t)
	b.gone(t, f)
	b.gone(t, n)
	b.gone(t, alone)
	b.wrote(t, f, "allocateFirewall", "freeMachine")
	b.wrote(t, n, "allocateNetwork", "freeNetwork")
	b.wrote(t, alone, "allocateNetwork", "freeNetwork")
}

// The API server is away from the moment of an allocate on, for a while: the
// same process writes the identity when it is back, and nothing is made twice.
func TestAPIServerAwayAfterAllocate(t *testing.T) {
	const away = 6 * time.Second
	b := newBench(t, true)
	b.install(t, "providerconfigs", "clusterproviderconfigs", "providerconfigusages", "networks")
	b.create(t, theSecret())
	b.create(t, theConfig(b.url))
	p := b.process(t)
	ahead := theNetwork()
	b.create(t, ahead)
	b.ready(t, ahead)

	n := theNetwork()
	n.SetName("away")
	b.sim.AddFault(simulator.Fault{Operation: "allocateNetwork", Count: 1, DelayAfter: simulator.Duration(time.Second / 2)})
	b.create(t, n)
	eventually(t, func() string {
		if got := b.allocates(); got < 2 {
			return "want the allocate under way"
		}
		return ""
	})
	p.line.cut(true)
	select {
	case <-time.After(away):
	case <-p.ended:
		t.Error("want the process to wait for the API server")
	}
	if n, _ := look(t, b, n); n.GetAnnotations()[v1alpha1.AnnotationAllocationUUID] != "" {
		t.Error("want nothing written while the API server is away")
	}
	p.line.cut(false)
	b.ready(t, n)
	b.wrote(t, n, "allocateNetwork")
	if b.sim.Counters()["allocateNetwork"] != 2 {
		t.Errorf("want one allocate each, got %v", b.sim.Counters())
	}
	// It was no find by mark that brought it back, but the patience of who
	// made it.
	if said := p.logs.String(); strings.Contains(said, "Adopted") || strings.Contains(said, "UnknownOutcome") {
		t.Error("want the identity written by who allocated")
	}
}
