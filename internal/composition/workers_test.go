package composition

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	protectionv1beta1 "github.com/crossplane/crossplane/apis/v2/protection/v1beta1"
	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clusterv1alpha1 "github.com/crossplane-contrib/provider-metal-stack/apis/cluster/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// A cluster is an XCluster whose parts are made and deleted as Crossplane does it, with a
// clock of its own.
type cluster struct {
	t *testing.T
	x *clusterv1alpha1.XCluster

	// owner of the parts, and how it is composed: the XCluster, if nothing else is said.
	owner client.Object
	run   func(Request) Result

	now   time.Time
	parts map[string]client.Object

	// leaving are parts that are being freed, and others what a person has made.
	leaving, others []client.Object

	last Result
	made int
}

func newCluster(t *testing.T, pools ...clusterv1alpha1.WorkerPool) *cluster {
	t.Helper()
	c := &cluster{t: t, x: xcluster(), now: time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC), parts: map[string]client.Object{KeyNetwork: network(true, ""), KeyFirewall: xfirewall(true, "")}}
	c.parts[KeyNetwork].(*v1alpha1.Network).Status.AtProvider.ID = "n1"
	c.x.Spec.Workers = pools
	c.owner, c.run = c.x, func(r Request) Result { return XCluster(c.x, r) }
	return c
}

func kindOf(o client.Object) schema.GroupVersionKind {
	switch o.(type) {
	case *v1alpha1.Machine:
		return v1alpha1.MachineGroupVersionKind
	case *v1alpha1.IP:
		return v1alpha1.IPGroupVersionKind
	case *v1alpha1.Network:
		return v1alpha1.NetworkGroupVersionKind
	case *v1alpha1.Firewall:
		return v1alpha1.FirewallGroupVersionKind
	case *clusterv1alpha1.XFirewall:
		return clusterv1alpha1.XFirewallGroupVersionKind
	default:
		return protectionv1beta1.UsageGroupVersionKind
	}
}

// differs is the provider's condition of what is other than it shall be.
func differs() xpv2.Condition {
	return xpv2.Condition{Type: xpv2.TypeUpToDate, Status: "False", Reason: "ReinstallNeeded"}
}

func pool(name string, replicas int32, change ...func(*clusterv1alpha1.WorkerPool)) clusterv1alpha1.WorkerPool {
	p := clusterv1alpha1.WorkerPool{Name: name, Replicas: replicas, Size: "v1-small-x86", Image: "ubuntu-26.4"}
	for _, c := range change {
		c(&p)
	}
	return p
}

// compose as Crossplane does: all that is asked for is answered, what shall be there is
// made, and what is not named any more is deleted.
func (c *cluster) compose() clusterv1alpha1.XClusterObservation {
	c.t.Helper()
	r := Request{Now: c.now, Parts: c.parts, Found: map[Ask][]metav1.PartialObjectMetadata{}}
	for _, key := range sortedKeys(c.parts) {
		o := c.parts[key]
		r.Recorded = append(r.Recorded, Reference{Kind: o.GetObjectKind().GroupVersionKind(), Namespace: o.GetNamespace(), Name: o.GetName()})
	}
	r.Full = map[types.UID]client.Object{}
	for _, o := range slices.Concat(slices.Collect(maps.Values(c.parts)), c.leaving, c.others) {
		r.Full[o.GetUID()] = o
	}
	for asked := -1; asked < len(r.Found); {
		asked = len(r.Found)
		c.last = c.run(r)
		for _, a := range c.last.Asks {
			r.Found[a] = c.find(a)
		}
	}
	for _, key := range sortedKeys(c.parts) {
		if slices.ContainsFunc(c.last.Parts, func(p Part) bool { return p.Key == key }) {
			continue
		}
		if !slices.Contains(c.last.Left, key) {
			c.t.Fatalf("%s is neither named nor left out", key)
		}
		if metav1.GetControllerOf(c.parts[key]) == nil {
			c.t.Fatalf("%s is left out, and Crossplane forgets it: it is not its own", key)
		}
		now := metav1.NewTime(c.now)
		c.parts[key].SetDeletionTimestamp(&now)
		l := c.parts[key].GetLabels()
		delete(l, LabelComposite) // As Crossplane does.
		c.parts[key].SetLabels(l)
		c.leaving = append(c.leaving, c.parts[key])
		delete(c.parts, key)
	}
	for _, p := range c.last.Parts {
		c.make(p)
	}
	status, ok := c.last.Status.(clusterv1alpha1.XClusterObservation)
	if ok {
		c.x.Status.XClusterObservation = status
	}
	return status
}

func (c *cluster) make(p Part) {
	is, there := c.parts[p.Key]
	shall := p.Object.DeepCopyObject().(client.Object)
	if there {
		if is.GetName() != shall.GetName() {
			c.t.Fatalf("%s was %s and is %s now", p.Key, is.GetName(), shall.GetName())
		}
		c.owns(is)
		switch o := is.(type) {
		case *v1alpha1.Machine:
			o.Spec = shall.(*v1alpha1.Machine).Spec
		case *v1alpha1.Network:
			o.Spec = shall.(*v1alpha1.Network).Spec
			if name := meta.GetExternalName(shall); name != "" {
				meta.SetExternalName(o, name)
			}
		case *clusterv1alpha1.XFirewall:
			o.Spec = shall.(*clusterv1alpha1.XFirewall).Spec
		case *v1alpha1.Firewall:
			policies := o.Spec.ManagementPolicies // Nothing is ever said of them.
			o.Spec = shall.(*v1alpha1.Firewall).Spec
			o.Spec.ManagementPolicies = policies
			for _, a := range []string{v1alpha1.AnnotationReplaces, v1alpha1.AnnotationRecreate, v1alpha1.AnnotationReplacesFor, clusterv1alpha1.AnnotationRollToken} {
				delete(o.Annotations, a)
				if v, ok := shall.GetAnnotations()[a]; ok {
					o.Annotations[a] = v
				}
			}
		}
		return
	}
	if i := slices.IndexFunc(c.others, func(o client.Object) bool { return o.GetName() == shall.GetName() && kindOf(o) == kindOf(shall) }); i >= 0 {
		// What is there is taken, and keeps what nobody has said anything about.
		is := c.others[i]
		c.others = slices.Delete(c.others, i, i+1)
		meta.AddAnnotations(is, map[string]string{annotationKey: p.Key})
		meta.AddLabels(is, shall.GetLabels())
		c.parts[p.Key] = is
		c.make(p)
		return
	}
	c.made++
	shall.SetUID(types.UID(fmt.Sprint("uid-", c.made)))
	shall.SetCreationTimestamp(metav1.NewTime(c.now))
	annotations := maps.Clone(shall.GetAnnotations())
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[annotationKey] = p.Key
	shall.SetAnnotations(annotations)
	shall.GetObjectKind().SetGroupVersionKind(kindOf(shall))
	l := shall.GetLabels()
	l[LabelComposite] = c.owner.GetName()
	shall.SetLabels(l)
	c.owns(shall)
	switch o := shall.(type) {
	case *protectionv1beta1.Usage:
		o.Status.SetConditions(condition(true))
	case *v1alpha1.IP:
		o.Status.SetConditions(condition(true))
	}
	if m, ok := shall.(*v1alpha1.Machine); ok {
		m.Status.AtProvider.MachineID = "m-" + string(m.UID)
		meta.SetExternalName(m, m.Status.AtProvider.MachineID)
		m.Status.AtProvider.LastEvent = "Phoned Home"
		m.Status.SetConditions(condition(true))
	}
	c.parts[p.Key] = shall
}

// owns what it has composed.
func (c *cluster) owns(o client.Object) {
	o.SetOwnerReferences([]metav1.OwnerReference{{UID: c.owner.GetUID(), Name: c.owner.GetName(), Controller: new(true)}})
}

// restored from a backup: what is there has neither an owner nor a status.
func (c *cluster) restored() {
	for _, o := range c.parts {
		o.SetOwnerReferences(nil)
		o.SetCreationTimestamp(metav1.NewTime(c.now))
		switch o := o.(type) {
		case *v1alpha1.Machine:
			o.Status = v1alpha1.MachineStatus{}
		case *v1alpha1.IP:
			o.Status = v1alpha1.IPStatus{}
		case *v1alpha1.Firewall:
			o.Status = v1alpha1.FirewallStatus{}
		}
	}
	c.x.Status = clusterv1alpha1.XClusterStatus{}
}

func (c *cluster) find(a Ask) []metav1.PartialObjectMetadata {
	var out []metav1.PartialObjectMetadata
	add := func(o client.Object) {
		if o.GetObjectKind().GroupVersionKind() == a.Kind && (a.Name == o.GetName() || a.Name == "" && o.GetLabels()[a.Label] == a.Value) {
			m := metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{
				Namespace: o.GetNamespace(), Name: o.GetName(), UID: o.GetUID(), Labels: o.GetLabels(), Annotations: o.GetAnnotations(),
				OwnerReferences: o.GetOwnerReferences(), DeletionTimestamp: o.GetDeletionTimestamp(),
			}}
			out = append(out, m)
		}
	}
	for _, key := range sortedKeys(c.parts) {
		add(c.parts[key])
	}
	for _, o := range slices.Concat(c.leaving, c.others) {
		add(o)
	}
	return out
}

// machines by name, sorted.
func (c *cluster) machines() []string {
	var out []string
	for _, o := range c.parts {
		if m, ok := o.(*v1alpha1.Machine); ok {
			out = append(out, m.GetName())
		}
	}
	slices.Sort(out)
	return out
}

func (c *cluster) machine(name string) *v1alpha1.Machine {
	c.t.Helper()
	for _, o := range c.parts {
		if m, ok := o.(*v1alpha1.Machine); ok && m.GetName() == name {
			return m
		}
	}
	c.t.Fatalf("there is no Machine %s", name)
	return nil
}

// rest composes until nothing is to be done any more. What is freed is gone next time.
func (c *cluster) rest() clusterv1alpha1.XClusterObservation {
	c.t.Helper()
	for range 200 {
		is := c.compose()
		if c.last.Again == 0 {
			return is
		}
		c.now = c.now.Add(c.last.Again)
		c.leaving = nil
	}
	c.t.Fatal("want an end to it")
	return clusterv1alpha1.XClusterObservation{}
}

func (c *cluster) want(names ...string) {
	c.t.Helper()
	if diff := cmp.Diff(names, c.machines()); diff != "" {
		c.t.Errorf("machines: -want, +got:\n%s", diff)
	}
}

func numbered(from, to int) []string {
	var out []string
	for n := from; n <= to; n++ {
		out = append(out, fmt.Sprintf("x-cellent-small-%d", n))
	}
	slices.Sort(out)
	return out
}

// A pool grows by some machines at a time, and each is made once.
func TestGrows(t *testing.T) {
	t.Parallel()
	c := newCluster(t, pool("small", 20))
	var births []time.Time
	for len(c.machines()) < 20 {
		before := len(c.machines())
		is := c.compose()
		for range len(c.machines()) - before {
			births = append(births, c.now)
		}
		if len(c.machines()) < 20 && (!c.last.Unready || c.last.Again == 0) {
			t.Fatalf("want it unready and looked at again with %d machines", len(c.machines()))
		}
		if before > 0 && is.WorkersReady != fmt.Sprintf("%d/20", before) {
			t.Errorf("want %d/20 ready, got %s", before, is.WorkersReady)
		}
		c.now = c.now.Add(time.Second)
	}
	c.want(numbered(1, 20)...)
	for i := 1; i < len(births); i++ {
		if births[i].Sub(births[i-1]) < bornEvery {
			t.Errorf("want at most one made in %s, got one more at %s", bornEvery, births[i])
		}
	}
	if is := c.rest(); is.WorkersReady != "20/20" || is.Message != "" || c.last.Unready {
		t.Errorf("want 20/20, and no word, got %s, %q", is.WorkersReady, is.Message)
	}
}

// What nobody asked for is not freed: a shrink of more than maxShrink, and a pool that is
// removed or renamed, wait for a consent, which names the pool, the number that is left
// and the very machines that there are.
func TestShrinks(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		reason string
		from   int32
		pools  []clusterv1alpha1.WorkerPool
		want   int
		asks   bool
	}{
		"One":          {"one machine is freed by one edit", 3, []clusterv1alpha1.WorkerPool{pool("small", 2)}, 2, false},
		"Typo":         {"a typo frees nothing", 20, []clusterv1alpha1.WorkerPool{pool("small", 2)}, 20, true},
		"ToNone":       {"not by a zero either", 3, []clusterv1alpha1.WorkerPool{pool("small", 0)}, 3, true},
		"More":         {"who often shrinks says so", 3, []clusterv1alpha1.WorkerPool{pool("small", 1, func(p *clusterv1alpha1.WorkerPool) { p.MaxShrink = new(int32(2)) })}, 1, false},
		"Never":        {"or who never does", 2, []clusterv1alpha1.WorkerPool{pool("small", 1, func(p *clusterv1alpha1.WorkerPool) { p.MaxShrink = new(int32(0)) })}, 2, true},
		"Removed":      {"a pool that is removed stays", 1, nil, 1, true},
		"RemovedEmpty": {"one without machines is gone", 0, nil, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCluster(t, pool("small", tc.from))
			c.rest()
			c.x.Spec.Workers = tc.pools
			is := c.rest()
			if got := len(c.machines()); got != tc.want {
				t.Fatalf("%s: want %d machines, got %d", tc.reason, tc.want, got)
			}
			if !tc.asks {
				if is.Message != "" {
					t.Errorf("want no word, got %q", is.Message)
				}
				return
			}
			consent := is.Pools[0].Consent
			const word = "kubectl -n default annotate --overwrite xcl x-cellent cluster.metal-stack.crossplane.io/free-workers="
			if consent == "" || !strings.Contains(is.Message, word+consent) {
				t.Fatalf("want the consent %q in the message, got %q", consent, is.Message)
			}

			// A consent to other machines is none, nor is one to fewer.
			for _, other := range []string{consent + "0", strings.Replace(consent, "small=", "other=", 1), strings.Replace(consent, "=", "=1", 1), "true", ""} {
				c.x.Annotations = map[string]string{clusterv1alpha1.AnnotationFreeWorkers: other}
				if c.rest(); len(c.machines()) != tc.want {
					t.Fatalf("want nothing freed by %q, got %v", other, c.machines())
				}
			}
			c.x.Annotations = map[string]string{clusterv1alpha1.AnnotationFreeWorkers: "big=0/1234, " + consent}
			shall := 0
			for _, p := range tc.pools {
				shall += int(p.Replicas)
			}
			for before := len(c.machines()); before > shall; before = len(c.machines()) {
				c.compose()
				if got := len(c.machines()); got != before-1 {
					t.Fatalf("want one freed at a time, got %d of %d left", got, before)
				}
				if c.compose(); len(c.machines()) != before-1 {
					t.Fatal("want no other freed meanwhile")
				}
				c.leaving = nil
				if c.compose(); before-1 > shall && (len(c.machines()) != before-1 || c.last.Again != freedEvery) {
					t.Fatalf("want the next one freed %s later, got %d left, and %s", freedEvery, len(c.machines()), c.last.Again)
				}
				c.now = c.now.Add(freedEvery)
			}
			if c.rest(); len(c.machines()) != shall {
				t.Errorf("want %d left, got %v", shall, c.machines())
			}

			// It was for once: who grows and shrinks again consents again.
			c.x.Spec.Workers = []clusterv1alpha1.WorkerPool{pool("small", tc.from)}
			c.rest()
			c.x.Spec.Workers = tc.pools
			if c.rest(); len(c.machines()) != int(tc.from) {
				t.Errorf("want nothing freed by the consent of before, got %v", c.machines())
			}
		})
	}
}

// A consent that was not used is none later: each time it is asked anew.
func TestConsentIsForOnce(t *testing.T) {
	t.Parallel()
	for name, unused := range map[string]func(c *cluster) clusterv1alpha1.XClusterObservation{
		"SetBackBefore": func(c *cluster) clusterv1alpha1.XClusterObservation { return c.rest() },
		"AllKept": func(c *cluster) clusterv1alpha1.XClusterObservation {
			for _, n := range c.machines() {
				c.machine(n).Annotations[clusterv1alpha1.AnnotationKeep] = ""
			}
			return c.rest()
		},
		"OneGoes": func(c *cluster) clusterv1alpha1.XClusterObservation {
			key := workerKey("small", 4)
			c.parts[key].SetDeletionTimestamp(&metav1.Time{Time: c.now})
			c.leaving = append(c.leaving, c.parts[key])
			delete(c.parts, key)
			return c.compose()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCluster(t, pool("small", 4))
			c.rest()
			c.x.Spec.Workers[0].Replicas = 0
			is := unused(c)
			left := len(c.machines())
			c.x.Annotations = map[string]string{clusterv1alpha1.AnnotationFreeWorkers: is.Pools[0].Consent}
			if name != "SetBackBefore" {
				if is := c.compose(); is.Pools[0].FreeingTo == nil || len(c.machines()) != left {
					t.Fatalf("want the consent heard, and nothing freed, got %+v, %v", is.Pools, c.machines())
				}
			}
			c.x.Spec.Workers[0].Replicas = int32(left)
			c.leaving = nil
			c.rest()
			for _, n := range c.machines() {
				delete(c.machine(n).Annotations, clusterv1alpha1.AnnotationKeep)
			}
			for _, pools := range [][]clusterv1alpha1.WorkerPool{{pool("small", 0)}, nil} {
				c.now = c.now.Add(30 * 24 * time.Hour)
				c.x.Spec.Workers = pools
				if is := c.rest(); len(c.machines()) != left || is.Pools[0].Consent == "" {
					t.Fatalf("want it asked, and nothing freed, got %+v, %v", is.Pools, c.machines())
				}
			}
		})
	}
}

// kubectl replace takes the references away: all machines are taken back before anything of
// it goes, as many machines as the manifest wants.
func TestReplacedByFewer(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		pools []clusterv1alpha1.WorkerPool
		left  int
	}{
		"Same":    {[]clusterv1alpha1.WorkerPool{pool("small", 3)}, 3},
		"Fewer":   {[]clusterv1alpha1.WorkerPool{pool("small", 2)}, 2},
		"Typo":    {[]clusterv1alpha1.WorkerPool{pool("small", 0)}, 3},
		"Removed": {nil, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCluster(t, pool("small", 3))
			c.rest()
			was := c.machines()
			for _, key := range sortedKeys(c.parts) {
				c.others = append(c.others, c.parts[key])
			}
			c.parts, c.x.Spec.Workers = map[string]client.Object{}, tc.pools
			c.compose()
			if diff := cmp.Diff(was, c.machines()); diff != "" || c.parts[KeyProtection] == nil {
				t.Fatalf("want all of them taken back: -want, +got:\n%s", diff)
			}
			is := c.rest()
			if asks := is.Pools[0].Consent != ""; len(c.machines()) != tc.left || asks != (tc.left == 3 && name != "Same") {
				t.Errorf("want %d, got %v, %+v", tc.left, c.machines(), is.Pools)
			}
		})
	}
}

// What protects it is taken away even if kubectl replace took its reference away with the
// last wish for it.
func TestReplacedUnprotected(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	c.x.Spec.DeletionProtection = new(true)
	c.rest()
	c.others = append(c.others, c.parts[KeyProtection])
	c.parts, c.x.Spec.DeletionProtection = map[string]client.Object{}, new(false)
	if c.compose(); c.parts[KeyProtection] == nil || c.last.Again == 0 {
		t.Fatal("want it taken back before it goes")
	}
	if c.rest(); c.parts[KeyProtection] != nil {
		t.Error("want no protection any more")
	}
}

// What a backup brought back is Crossplane's own before anything of it goes.
func TestRestoredAndSmaller(t *testing.T) {
	t.Parallel()
	c := newCluster(t, pool("small", 3))
	c.x.Spec.EgressIPs = []clusterv1alpha1.EgressIPs{{Network: internet, AddressFamily: "IPv4", Count: new(int32(2))}}
	c.rest()
	c.x.Spec.Workers[0].Replicas, c.x.Spec.EgressIPs[0].Count, c.x.Spec.DeletionProtection = 2, nil, new(false)
	c.restored()
	c.compose()
	if len(c.machines()) != 3 || len(c.ips()) != 2 || c.parts[KeyProtection] == nil || c.last.Again == 0 {
		t.Errorf("want all of it taken back first, got %v", sortedKeys(c.parts))
	}
	if c.rest(); len(c.machines()) != 2 || len(c.ips()) != 1 || c.parts[KeyProtection] != nil {
		t.Errorf("want what is too much gone then, got %v", sortedKeys(c.parts))
	}
}

// Of all machines those are freed first that a person names, then those that never phoned
// home, then the newest; and those never that a person keeps or has locked.
func TestFreedFirst(t *testing.T) {
	t.Parallel()
	annotated := func(annotation string) func(*v1alpha1.Machine) {
		return func(m *v1alpha1.Machine) { m.Annotations[annotation] = "" }
	}
	for name, tc := range map[string]struct {
		reason string
		change map[int]func(*v1alpha1.Machine)
		was    map[int]bool
		freed  int
		says   string
	}{
		"Newest": {"the newest", nil, nil, 3, ""},
		"Named":  {"before it one that is named", map[int]func(*v1alpha1.Machine){1: annotated(clusterv1alpha1.AnnotationFreeNext)}, nil, 1, ""},
		"Silent": {"or one that never phoned home", map[int]func(*v1alpha1.Machine){2: func(m *v1alpha1.Machine) {
			m.Status.AtProvider.LastEvent = "Installing"
			m.Status.SetConditions(condition(false))
		}}, nil, 2, ""},
		"Rebooted": {"but one that did, and boots again, is not among those", map[int]func(*v1alpha1.Machine){2: func(m *v1alpha1.Machine) {
			m.Status.AtProvider.LastEvent = "PXE Booting"
			m.Status.SetConditions(condition(false))
		}}, map[int]bool{2: true}, 3, ""},
		"Kept":   {"a kept one stays", map[int]func(*v1alpha1.Machine){3: annotated(clusterv1alpha1.AnnotationKeep)}, nil, 2, ""},
		"Locked": {"and a locked one", map[int]func(*v1alpha1.Machine){3: func(m *v1alpha1.Machine) { m.Status.AtProvider.Locked = true }}, nil, 2, ""},
		"KeptAndNamed": {"to keep is stronger", map[int]func(*v1alpha1.Machine){
			1: func(m *v1alpha1.Machine) {
				annotated(clusterv1alpha1.AnnotationKeep)(m)
				annotated(clusterv1alpha1.AnnotationFreeNext)(m)
			},
		}, nil, 3, ""},
		"AllKept": {"where all are kept, none is freed", map[int]func(*v1alpha1.Machine){
			1: annotated(clusterv1alpha1.AnnotationKeep), 2: annotated(clusterv1alpha1.AnnotationKeep), 3: annotated(clusterv1alpha1.AnnotationKeep),
		}, nil, 0, "pool small has 3 machines and shall have 2: all of them are locked or have the annotation"},
		"Leaving": {"one that somebody deletes counts", map[int]func(*v1alpha1.Machine){1: func(m *v1alpha1.Machine) {
			now := metav1.Now()
			m.DeletionTimestamp = &now
		}}, nil, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCluster(t, pool("small", 3))
			c.rest()
			for n, change := range tc.change {
				change(c.machine(fmt.Sprint("x-cellent-small-", n)))
			}
			for i := range c.x.Status.Workers {
				c.x.Status.Workers[i].PhonedHome = tc.was[i+1]
			}
			c.x.Spec.Workers[0].Replicas = 2
			is := c.rest()
			want := numbered(1, 3)
			if tc.freed > 0 {
				want = slices.Delete(want, tc.freed-1, tc.freed)
			}
			c.want(want...)
			if !strings.Contains(is.Message, tc.says) || tc.says == "" && is.Message != "" {
				t.Errorf("%s: want %q, got %q", tc.reason, tc.says, is.Message)
			}
		})
	}
}

// An existing machine stays as it is when its pool is changed, and counts as outdated: but
// for its image, for which its own consent is asked.
func TestOutdated(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(*clusterv1alpha1.WorkerPool)
		want   int32
		image  string
	}{
		"Same": {func(*clusterv1alpha1.WorkerPool) {}, 0, "ubuntu-26.4"},
		"Size": {func(p *clusterv1alpha1.WorkerPool) { p.Size = "v1-large-x86" }, 1, "ubuntu-26.4"},
		"Keys": {func(p *clusterv1alpha1.WorkerPool) { p.SSHPublicKeys = []v1alpha1.SSHPublicKey{"ssh-ed25519 AAAA"} }, 1, "ubuntu-26.4"},
		"UserData": {func(p *clusterv1alpha1.WorkerPool) {
			p.UserDataSecretRef = &v1alpha1.LocalSecretKey{Name: "join", Key: "data"}
		}, 1, "ubuntu-26.4"},
		"Networks": {func(p *clusterv1alpha1.WorkerPool) { p.Networks = []clusterv1alpha1.NetworkID{"internet-mini-lab"} }, 1, "ubuntu-26.4"},
		"Image":    {func(p *clusterv1alpha1.WorkerPool) { p.Image = "ubuntu-28.4" }, 1, "ubuntu-28.4"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCluster(t, pool("small", 1))
			c.rest()
			was := c.machine("x-cellent-small-1").DeepCopy()
			tc.change(&c.x.Spec.Workers[0])
			is := c.compose()
			if is.Pools[0].Outdated != tc.want {
				t.Errorf("want %d outdated, got %d", tc.want, is.Pools[0].Outdated)
			}
			if name == "Image" {
				// Not before the machine has it is it as its pool.
				c.machine("x-cellent-small-1").Status.SetConditions(differs())
				if is := c.compose(); is.Pools[0].Outdated != 1 {
					t.Error("want it outdated until it is reinstalled")
				}
			}
			was.Spec.ForProvider.Image = tc.image
			if diff := cmp.Diff(was.Spec, c.machine("x-cellent-small-1").Spec); diff != "" {
				t.Errorf("-want, +got:\n%s", diff)
			}
		})
	}
}

// A machine that is gone is made again; who frees one before there is another grows first.
func TestReplaces(t *testing.T) {
	t.Parallel()
	c := newCluster(t, pool("small", 3))
	c.rest()
	delete(c.parts, workerKey("small", 2))
	c.rest()
	c.want(numbered(1, 3)...)

	// As long as the one of before is being freed its name is its own.
	c.leaving = append(c.leaving, c.machine("x-cellent-small-2"))
	now := metav1.Now()
	c.leaving[0].SetDeletionTimestamp(&now)
	delete(c.parts, workerKey("small", 2))
	c.now = c.now.Add(bornEvery)
	c.compose()
	c.want("x-cellent-small-1", "x-cellent-small-3", "x-cellent-small-4")
}

// What a backup brought back is of its pool again, whatever its number, and whoever was
// made before what records it; what was recorded is made by its number.
func TestTakenBack(t *testing.T) {
	t.Parallel()
	c := newCluster(t, pool("small", 4))
	c.rest()
	c.x.Spec.Workers[0].Replicas = 3
	c.machine("x-cellent-small-2").Annotations[clusterv1alpha1.AnnotationFreeNext] = ""
	c.rest()
	c.want("x-cellent-small-1", "x-cellent-small-3", "x-cellent-small-4")

	restored := newCluster(t, pool("small", 3))
	restored.x.UID = "after"
	for _, name := range c.machines() {
		m := c.machine(name)
		m.OwnerReferences = nil
		restored.leaving = append(restored.leaving, m)
	}
	for range 3 {
		restored.compose()
	}
	restored.want("x-cellent-small-1", "x-cellent-small-3", "x-cellent-small-4")
}

// What nobody of ours made is no worker.
func TestOthersMachines(t *testing.T) {
	t.Parallel()
	for key, ok := range map[string]bool{"worker-small-1": true, "worker-a-b-12": true, "worker-small-0": false, "worker-small": false, "worker-small-x": false, "small-1": false} {
		if _, _, got := parseWorker(key); got != ok {
			t.Errorf("%s: want a worker's key: %t", key, ok)
		}
		if Ours(key) != strings.HasPrefix(key, "worker-") {
			t.Errorf("%s: want it ours if it begins so", key)
		}
	}
}

// An XCluster with workers is protected, until its owner says otherwise; so is a claim.
func TestProtected(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	for name, tc := range map[string]struct {
		pools  []clusterv1alpha1.WorkerPool
		wanted *bool
		want   bool
	}{
		"None":         {nil, nil, false},
		"NoneWanted":   {nil, &yes, true},
		"Workers":      {[]clusterv1alpha1.WorkerPool{pool("small", 1)}, nil, true},
		"Empty":        {[]clusterv1alpha1.WorkerPool{pool("small", 0)}, nil, false},
		"WorkersAsked": {[]clusterv1alpha1.WorkerPool{pool("small", 1)}, &no, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCluster(t, tc.pools...)
			c.x.Spec.DeletionProtection = tc.wanted
			c.rest()
			if _, is := c.parts[KeyProtection]; is != tc.want {
				t.Errorf("want it protected: %t", tc.want)
			}
			if tc.want {
				c.x.Spec.DeletionProtection = &no
				if c.rest(); c.parts[KeyProtection] != nil {
					t.Error("want no protection any more")
				}
			}

			claim := &Claimed{Claim: types.NamespacedName{Namespace: "default", Name: "x-claimed"}}
			claim.Name, claim.UID, claim.Spec = "x-claimed-1", "us", *c.x.Spec.DeepCopy()
			claim.Spec.DeletionProtection = tc.wanted
			r := Request{Found: map[Ask][]metav1.PartialObjectMetadata{}}
			for _, a := range ClaimedXCluster(claim, r).Asks {
				r.Found[a] = nil
			}
			is := slices.ContainsFunc(ClaimedXCluster(claim, r).Parts, func(p Part) bool {
				return p.Key == KeyProtection && p.Object.GetName() == "x-claimed-claim-protection" && p.Object.GetNamespace() == "default"
			})
			if is != tc.want {
				t.Errorf("want the claim protected: %t", tc.want)
			}
		})
	}
}

// Where Crossplane runs without Usages, that is said.
func TestUnprotected(t *testing.T) {
	t.Parallel()
	c := newCluster(t, pool("small", 1))
	c.rest()
	c.parts[KeyProtection].(*protectionv1beta1.Usage).Status.SetConditions(condition(false))
	const want = "waiting for Usage x-cellent-protection, which forbids to delete this: where Crossplane runs without Usages, set deletionProtection to false"
	if got := c.rest().Message; got != want {
		t.Errorf("want %q, got %q", want, got)
	}
}

// A pool that is removed protects until its machines are gone.
func TestRemovedProtects(t *testing.T) {
	t.Parallel()
	c := newCluster(t, pool("small", 1))
	c.rest()
	c.x.Spec.Workers = nil
	if c.rest(); c.parts[KeyProtection] == nil {
		t.Error("want it protected as long as there is a machine")
	}
}

// A consent is to a number: who wants fewer later consents to that.
func TestConsentIsToANumber(t *testing.T) {
	t.Parallel()
	c := newCluster(t, pool("small", 10))
	c.rest()
	c.x.Spec.Workers[0].Replicas = 5
	c.x.Annotations = map[string]string{clusterv1alpha1.AnnotationFreeWorkers: c.rest().Pools[0].Consent}
	c.compose()
	c.leaving, c.now = nil, c.now.Add(freedEvery)
	c.compose()
	if got := len(c.machines()); got != 8 {
		t.Fatalf("want two freed, got %d left", got)
	}
	c.x.Spec.Workers[0].Replicas = 2
	if is := c.rest(); len(c.machines()) != 8 || is.Pools[0].Consent == "" {
		t.Errorf("want it asked for, got %d left, %+v", len(c.machines()), is.Pools[0])
	}
	c.x.Spec.Workers[0].Replicas = 6
	if c.rest(); len(c.machines()) != 8 {
		t.Errorf("want what was consented to forgotten, got %d left", len(c.machines()))
	}
}

// What was about to be made is made by its number, also where many are at once: it may be
// restored yet.
func TestRecordedWorkers(t *testing.T) {
	t.Parallel()
	c := newCluster(t, pool("small", 4))
	r := Request{Now: c.now, Parts: c.parts, Found: map[Ask][]metav1.PartialObjectMetadata{}}
	for _, n := range []int{2, 5, 6, 7} {
		r.Recorded = append(r.Recorded, Reference{Kind: v1alpha1.MachineGroupVersionKind, Namespace: "default", Name: fmt.Sprint("x-cellent-small-", n)})
	}
	var got []string
	for range 3 {
		got = nil
		out := XCluster(c.x, r)
		for _, a := range out.Asks {
			r.Found[a] = nil
		}
		for _, p := range out.Parts {
			if _, _, ok := parseWorker(p.Key); ok {
				got = append(got, p.Key+" "+p.Object.GetName())
			}
		}
	}
	if diff := cmp.Diff([]string{"worker-small-2 x-cellent-small-2", "worker-small-5 x-cellent-small-5", "worker-small-6 x-cellent-small-6", "worker-small-7 x-cellent-small-7"}, got); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}

// A consent to a claim is one to its XCluster, which names the claim where it asks.
func TestClaimConsents(t *testing.T) {
	t.Parallel()
	x := &Claimed{Claim: types.NamespacedName{Namespace: "default", Name: "x-claimed"}}
	x.Annotations = map[string]string{clusterv1alpha1.AnnotationFreeWorkers: "small=0/1", "other": "one"}
	if diff := cmp.Diff(map[string]string{clusterv1alpha1.AnnotationFreeWorkers: "small=0/1"}, newXCluster(x).GetAnnotations()); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
	c := newCluster(t, pool("small", 1))
	yes := true
	c.x.Labels = map[string]string{clusterv1alpha1.LabelName: "x-claimed"}
	c.x.OwnerReferences = []metav1.OwnerReference{{Kind: clusterv1alpha1.ClaimedXClusterKind, Name: "x-claimed-abcde", Controller: &yes}}
	c.rest()
	c.x.Spec.Workers = nil
	if got := c.rest().Message; !strings.Contains(got, "annotate --overwrite xclc x-claimed ") {
		t.Errorf("want the claim named, got %q", got)
	}
}
