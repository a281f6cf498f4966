//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clusterv1alpha1 "github.com/crossplane-contrib/provider-metal-stack/apis/cluster/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/cluster/e2e/story"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

const (
	internet = "internet-mini-lab"

	// bornEvery is how long it takes at least from a worker to the next.
	bornEvery = 35 * time.Second

	// protection is what who tries to delete workers reads.
	protection = "the disks of its workers would be wiped: set spec.deletionProtection to false first"
)

// pool of workers.
func pool(name string, replicas int64) any {
	return map[string]any{"name": name, "replicas": replicas, "size": "v1-small-x86", "image": "debian-13.0"}
}

func workers(pools ...any) story.Edit { return story.Set(pools, "spec", "workers") }

// A life of an XCluster with workers: they come, go one by one and as people say, and
// nothing goes that nobody consented to.
func TestWorkers(t *testing.T) {
	t.Parallel()
	s := begin(t)
	shall := func(edits ...story.Edit) *unstructured.Unstructured {
		x := s.Example("cluster/xcluster.yaml", edits...)
		s.Apply(x)
		return x
	}
	going := oneAtATime(s)
	x := works(s, shall(workers(pool("small", 2))), "2/2", "whole-small-1", "whole-small-2")
	if got := story.Text(x, "status", "message"); got != "" {
		t.Errorf("a ready XCluster has a message: %q", got)
	}
	seenAs(s, x)
	refusedToDelete(s, x)

	// The newest one would go.
	ages := byAge(s)
	newest, other := ages[1], ages[0]
	annotate(s, newest, clusterv1alpha1.AnnotationKeep+"=")
	shall(workers(pool("small", 1)))
	s.Gone(worker(s, other))
	works(s, x, "1/1", newest)
	freed(s, other)

	// There are three again, one of them of a name of before.
	shall(workers(pool("small", 3)))
	works(s, x, "3/3", "whole-small-1", "whole-small-2", "whole-small-3")

	// More than maxShrink, of which the oldest is to go first. While it does not, the
	// next one stays. The newest does, for its machine is locked.
	annotate(s, newest, clusterv1alpha1.AnnotationKeep+"-", clusterv1alpha1.AnnotationFreeNext+"=")
	ages = byAge(s)
	unlock := lock(s, ages[2])
	shall(workers(pool("small", 1)))
	consent := asksForConsent(s, x, "small")
	works(s, x, "3/1", "whole-small-1", "whole-small-2", "whole-small-3")
	freed(s, other)
	letGo := hold(s, ages[0])
	consents(s, consent)
	s.Await(ages[0]+" is being deleted", story.Soon, func(context.Context) (bool, string) {
		last := ""
		for _, m := range s.All(story.Machine) {
			if m.GetName() == ages[0] && m.GetDeletionTimestamp() != nil {
				return true, ""
			}
			last += string(story.YAML(m.Object["metadata"]))
		}
		return false, last
	})
	s.Settled()
	freed(s, other)
	letGo()
	s.Gone(worker(s, ages[0]))
	s.Gone(worker(s, ages[1]))
	works(s, x, "1/1", ages[2])
	freed(s, other, ages[0], ages[1])
	unlock()

	// A pool of another name is another pool.
	shall(workers(pool("large", 1)))
	consent = asksForConsent(s, x, "small")
	works(s, x, "1/1", ages[2], "whole-large-1")
	freed(s, other, ages[0], ages[1])
	consents(s, consent)
	s.Gone(worker(s, ages[2]))
	works(s, x, "1/1", "whole-large-1")
	freed(s, other, ages[0], ages[1], ages[2])
	going()

	refusedToDelete(s, x)
	release(s, x)
	s.End(x)
	gaveBack(s)
}

// Claims pass on what is said of workers, and what consents to their end.
func TestWorkersOfAClaim(t *testing.T) {
	t.Parallel()
	s := begin(t)
	shall := func(edits ...story.Edit) *unstructured.Unstructured {
		c := s.Example("claim/claim.yaml", edits...)
		s.Apply(c)
		return c
	}
	c := works(s, shall(workers(pool("small", 1))), "1/1", "x-claimed-small-1")
	refusedToDelete(s, c)
	refusedToDelete(s, &s.All(story.XCluster)[0])

	shall(workers(pool("large", 1)))
	consent := asksForConsent(s, c, "small")
	works(s, c, "1/1", "x-claimed-small-1", "x-claimed-large-1")
	freed(s)
	consents(s, consent)
	s.Gone(worker(s, "x-claimed-small-1"))
	works(s, c, "1/1", "x-claimed-large-1")
	freed(s, "x-claimed-small-1")

	release(s, c)
	s.Remove(c)
	s.Gone(c)
	s.Empty()
	gaveBack(s)
}

// twenty workers come some at a time, and go one at a time: longer than all else.
const twenty = 15 * time.Minute

// Crossplane goes on listening to what happens to an XCluster of many workers. It takes
// most of ten minutes, in which others run.
func TestPoolOfTwenty(t *testing.T) {
	t.Parallel()
	s := begin(t)
	heard := listen(s, map[schema.GroupVersionKind][]schema.GroupVersionKind{
		story.XCluster: {story.Network, story.XFirewall, story.Machine, story.Usage},
	})
	shall := func(replicas int64) *unstructured.Unstructured {
		x := s.Example("xcluster/xcluster.yaml", workers(pool("small", replicas)))
		s.Apply(x)
		return x
	}
	x := staffed(s, shall(1), "1/1", story.Soon)
	began := time.Now()
	shall(20)
	staffed(s, x, "20/20", twenty)
	t.Logf("from 1 to 20 workers in %.0f s", time.Since(began).Seconds())
	machines := s.All(story.Machine)
	slices.SortFunc(machines, older)
	for i := range machines[1:] {
		if d := machines[i+1].GetCreationTimestamp().Sub(machines[i].GetCreationTimestamp().Time); d < bornEvery {
			t.Errorf("two workers are made within %s, want one at most within %s", d, bornEvery)
		}
	}

	going := oneAtATime(s)
	began = time.Now()
	shall(1)
	consent := asksForConsent(s, x, "small")
	freed(s)
	consents(s, consent)
	s.Await("one worker is left", twenty, func(context.Context) (bool, string) {
		left := s.All(story.Machine)
		return len(left) == 1, fmt.Sprintf("%d are", len(left))
	})
	t.Logf("from 20 workers to 1 in %.0f s", time.Since(began).Seconds())
	going()
	works(s, x, "1/1", machines[0].GetName())
	heard.quiet(s)

	release(s, x)
	s.End(x)
	gaveBack(s)
	heard.end()
}

// staffed waits until an XCluster, or a claim, is Ready and has so many workers ready of
// those that it shall have; these workers, if some are named.
func staffed(s *story.Story, x *unstructured.Unstructured, ready string, until time.Duration, names ...string) *unstructured.Unstructured {
	s.Helper()
	is := story.Object(x.GroupVersionKind(), x.GetNamespace(), x.GetName())
	s.Await(fmt.Sprintf("%s %s has workers %s %v", x.GetKind(), x.GetName(), ready, names), until, func(ctx context.Context) (bool, string) {
		if err := s.Kube.Get(ctx, client.ObjectKeyFromObject(is), is); err != nil {
			return false, err.Error()
		}
		var there []string
		for _, o := range within(is, "workers") {
			there = append(there, story.Text(o, "name"))
		}
		slices.Sort(there)
		return story.ConditionOf(is, "Ready") == "True" && story.Text(is, "status", "workersReady") == ready && (len(names) == 0 || slices.Equal(there, names)), string(story.YAML(is.Object["status"]))
	})
	return is
}

// works waits until an XCluster, or a claim, is Ready and has so many workers ready of those
// that it shall have, and is of these workers. They are machines that phoned home under
// their names, in the private network.
func works(s *story.Story, x *unstructured.Unstructured, ready string, names ...string) *unstructured.Unstructured {
	s.Helper()
	slices.Sort(names)
	is := staffed(s, x, ready, story.Soon, names...)
	for _, o := range within(is, "workers") {
		name, id := story.Text(o, "name"), story.Text(o, "machineID")
		if m := s.Machine(id); m.Event != "Phoned Home" || m.Hostname != name || m.Role != string(metal.MachineRoleMachine) || m.Project != story.Project {
			s.Errorf("the machine of worker %s is %+v, want it phoned home as %s of project %s", name, m, name, story.Project)
		}
		m, err := asAdmin(s).Machine(s.Context(), id)
		if err != nil {
			s.Fatal(err)
		}
		if got, want := story.Text(o, "address"), addressesIn(m, story.Text(is, "status", "network", "id")); !slices.Contains(want, got) {
			s.Errorf("worker %s has the address %q, and its machine has %v in the private network", name, got, want)
		}
	}
	there := byAge(s)
	if slices.Sort(there); !slices.Equal(there, names) {
		s.Errorf("Machines: got %v, want %v", there, names)
	}
	return is
}

// within is a list of objects in a status.
func within(x *unstructured.Unstructured, field string) []*unstructured.Unstructured {
	all, _, _ := unstructured.NestedSlice(x.Object, "status", field)
	var out []*unstructured.Unstructured
	for _, o := range all {
		if m, ok := o.(map[string]any); ok {
			out = append(out, &unstructured.Unstructured{Object: m})
		}
	}
	return out
}

// seenAs one static address is what leaves an XCluster.
func seenAs(s *story.Story, x *unstructured.Unstructured) {
	s.Helper()
	all := within(x, "egressIPs")
	if len(all) != 1 {
		s.Fatalf("status.egressIPs: got %s, want one", story.YAML(all))
	}
	address, id := story.Text(all[0], "address"), story.Text(x, "status", "firewall", "machineID")
	if ips, _, _ := unstructured.NestedStringSlice(x.Object, "status", "firewall", "ips"); address == "" || !slices.Contains(ips, address) {
		s.Errorf("the firewall has the addresses %v, want %q among them", ips, address)
	}
	stack := asAdmin(s)
	m, err := stack.Machine(s.Context(), id)
	if err != nil {
		s.Fatal(err)
	}
	if got := addressesIn(m, internet); !slices.Equal(got, []string{address}) {
		s.Errorf("the firewall's machine has the addresses %v of %s, want %s alone", got, internet, address)
	}
	ip, err := stack.IP(s.Context(), address)
	if err != nil {
		s.Fatal(err)
	}
	if ip == nil || ip.Type != v1alpha1.IPTypeStatic || !slices.Equal(ip.Machines, []string{id}) {
		s.Errorf("want %s static and of machine %s, got %+v", address, id, ip)
	}
}

// addressesIn a network that a machine has.
func addressesIn(m *metal.Machine, id string) []string {
	if m == nil {
		return nil
	}
	for _, n := range m.Networks {
		if n.NetworkID == id {
			return n.IPs
		}
	}
	return nil
}

// refusedToDelete with a reason is what has workers.
func refusedToDelete(s *story.Story, x *unstructured.Unstructured) {
	s.Helper()
	said, err := s.Cluster.Kubectl(s.Context(), "delete", story.Resource(x.GroupVersionKind()), "-n", s.Namespace, x.GetName(), "--wait=false")
	if said += fmt.Sprint(err); err == nil || !strings.Contains(said, protection) {
		s.Errorf("want the deletion of the %s refused with the reason, got %s", x.GetKind(), said)
	}
	if is := s.Ready(x); is.GetDeletionTimestamp() != nil {
		s.Errorf("the %s is being deleted all the same", x.GetKind())
	}
}

// release what is protected, if it is.
func release(s *story.Story, x *unstructured.Unstructured) {
	s.Helper()
	if len(s.All(story.Usage)) > 0 {
		patch(s, x, `{"spec":{"deletionProtection":false}}`)
	}
	s.Await("nothing is protected", story.Soon, func(context.Context) (bool, string) {
		all := s.All(story.Usage)
		return len(all) == 0, string(story.YAML(all))
	})
}

func worker(s *story.Story, name string) *unstructured.Unstructured {
	return story.Object(story.Machine, s.Namespace, name)
}

// older comes first, and of what was made in the same second, the lower number.
func older(a, b unstructured.Unstructured) int {
	if n := a.GetCreationTimestamp().Compare(b.GetCreationTimestamp().Time); n != 0 {
		return n
	}
	if n := len(a.GetName()) - len(b.GetName()); n != 0 {
		return n
	}
	return strings.Compare(a.GetName(), b.GetName())
}

// byAge are the names of the workers, the oldest first.
func byAge(s *story.Story) []string {
	s.Helper()
	all := s.All(story.Machine)
	slices.SortFunc(all, older)
	var names []string
	for _, m := range all {
		names = append(names, m.GetName())
	}
	return names
}

// annotate a worker, with KEY=VALUE, or KEY- to take an annotation away.
func annotate(s *story.Story, name string, with ...string) {
	s.Helper()
	args := append([]string{"annotate", story.Resource(story.Machine), "-n", s.Namespace, name}, with...)
	if _, err := s.Cluster.Kubectl(s.Context(), args...); err != nil {
		s.Fatal(err)
	}
}

// hold a worker from going until what is returned is called.
func hold(s *story.Story, name string) (letGo func()) {
	s.Helper()
	const finalizer = "example.org/hold"
	u := worker(s, name)
	if err := s.Kube.Patch(s.Context(), u, client.RawPatch(types.JSONPatchType, []byte(`[{"op":"add","path":"/metadata/finalizers/-","value":"`+finalizer+`"}]`))); err != nil {
		s.Fatal(err)
	}
	return func() {
		s.Helper()
		s.Await(name+" is let go", story.Soon, func(ctx context.Context) (bool, string) {
			if err := s.Kube.Get(ctx, client.ObjectKeyFromObject(u), u); err != nil {
				return false, err.Error()
			}
			u.SetFinalizers(slices.DeleteFunc(u.GetFinalizers(), func(f string) bool { return f == finalizer }))
			err := s.Kube.Update(ctx, u)
			return err == nil, fmt.Sprint(err)
		})
	}
}

// lock the machine of a worker, until what is returned is called.
func lock(s *story.Story, name string) (unlock func()) {
	s.Helper()
	u := worker(s, name)
	locked := func(want bool, change func(id string) error) {
		s.Helper()
		id := story.Text(s.Ready(u), "status", "atProvider", "machineID")
		if err := change(id); err != nil {
			s.Fatal(err)
		}
		s.Await(fmt.Sprintf("%s locked: %t", name, want), story.Soon, func(ctx context.Context) (bool, string) {
			if err := s.Kube.Get(ctx, client.ObjectKeyFromObject(u), u); err != nil {
				return false, err.Error()
			}
			is, _, err := unstructured.NestedBool(u.Object, "status", "atProvider", "locked")
			return err == nil && is == want, string(story.YAML(u.Object["status"]))
		})
	}
	locked(true, s.Sim.Lock)
	return func() {
		s.Helper()
		locked(false, s.Sim.Unlock)
	}
}

// consenting is the command in a message.
var consenting = regexp.MustCompile(`you consent: kubectl (-n \S+ annotate \S+ \S+ \S+ [^\s;]+)`)

// asksForConsent waits until an XCluster, or a claim, asks for a consent to free workers of
// a pool, and returns the arguments of the command that consents. By then nothing is freed.
func asksForConsent(s *story.Story, x *unstructured.Unstructured, pool string) []string {
	s.Helper()
	var consent, command string
	is := story.Object(x.GroupVersionKind(), x.GetNamespace(), x.GetName())
	s.Await(x.GetKind()+" "+x.GetName()+" asks for consent", story.Soon, func(ctx context.Context) (bool, string) {
		if err := s.Kube.Get(ctx, client.ObjectKeyFromObject(is), is); err != nil {
			return false, err.Error()
		}
		for _, o := range within(is, "pools") {
			if story.Text(o, "name") == pool {
				consent = story.Text(o, "consent")
			}
		}
		if m := consenting.FindStringSubmatch(story.Text(is, "status", "message")); m != nil {
			command = m[1]
		}
		return consent != "" && command != "", string(story.YAML(is.Object["status"]))
	})
	if want := clusterv1alpha1.AnnotationFreeWorkers + "=" + consent; !strings.HasPrefix(consent, pool+"=") || !strings.HasSuffix(command, " "+want) {
		s.Errorf("the consent is %q, and the message says %q", consent, command)
	}
	s.Settled()
	return strings.Fields(command)
}

// consents by a command of a message.
func consents(s *story.Story, command []string) {
	s.Helper()
	if _, err := s.Cluster.Kubectl(s.Context(), command...); err != nil {
		s.Fatal(err)
	}
}

// freed are the machines of workers, in this order, and no others.
func freed(s *story.Story, names ...string) {
	s.Helper()
	var got []string
	for _, e := range s.Journal() {
		if e.Operation != "freeMachine" || e.Status >= 300 {
			continue
		}
		for _, m := range e.Marks {
			if name, ok := strings.CutPrefix(m, "metal-stack.crossplane.io/resource="+s.Namespace+"/"); ok {
				got = append(got, name)
			}
		}
	}
	if !slices.Equal(got, names) {
		s.Errorf("machines freed: got %v, want %v", got, names)
	}
}

// gaveBack is a story that has freed as much as it has allocated.
func gaveBack(s *story.Story) {
	s.Helper()
	n := map[string]int{}
	for _, op := range s.Wrote() {
		n[op]++
	}
	if n["allocateNetwork"] != n["freeNetwork"] || n["allocateFirewall"]+n["allocateMachine"] != n["freeMachine"] || n["allocateIP"] != n["freeIP"] {
		s.Errorf("want all freed that was allocated, got %v", n)
	}
}

// oneAtATime is how Machines go until what is returned is called.
func oneAtATime(s *story.Story) (until func()) {
	s.Helper()
	leaving, most := map[string]bool{}, 0
	stop := watching(s, func(e watch.Event, u *unstructured.Unstructured) {
		switch {
		case e.Type == watch.Deleted:
			delete(leaving, u.GetName())
		case u.GetDeletionTimestamp() != nil:
			leaving[u.GetName()] = true
		}
		most = max(most, len(leaving))
	}, story.Machine)
	return func() {
		s.Helper()
		stop()
		if most != 1 {
			s.Errorf("%d Machines are being deleted at a time, want one", most)
		}
	}
}
