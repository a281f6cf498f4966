package composition

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"time"

	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clusterv1alpha1 "github.com/crossplane-contrib/provider-metal-stack/apis/cluster/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/canonical"
)

// Machines are made and freed one after the other, the first of them a while after the
// network: each word of a part makes Crossplane compose anew, and it stops to listen when
// there are too many.
const (
	// bornEvery is how long it takes at least from a machine that is made to the next, and
	// bornAfter from the network to the first.
	bornEvery = 35 * time.Second
	bornAfter = time.Minute

	// freedEvery is how long it takes at least from a machine that is freed to the next.
	freedEvery = 15 * time.Second

	// freedIn is how often is looked whether something is freed.
	freedIn = 5 * time.Second
)

// A worker is a machine of a pool, as it is, which is nil if it is not there.
type worker struct {
	n  int
	is *v1alpha1.Machine
}

func workerKey(pool string, n int) string { return fmt.Sprintf("%s%s-%d", keyWorker, pool, n) }

// parseWorker of a key: its pool, and its number.
func parseWorker(key string) (pool string, n int, ok bool) {
	rest, ok := strings.CutPrefix(key, keyWorker)
	i := strings.LastIndex(rest, "-")
	if !ok || i < 0 {
		return "", 0, false
	}
	n, err := strconv.Atoi(rest[i+1:])
	return rest[:i], n, err == nil && n > 0 && workerKey(rest[:i], n) == key
}

// workforce is what becomes of the workers of an XCluster.
type workforce struct {
	*composer

	x       *clusterv1alpha1.XCluster
	network string

	// found are all Machines that the XCluster has composed, and that may be on their
	// way out; nothing is made or freed before they are known.
	found []metav1.PartialObjectMetadata
	known bool

	// settled is true a while after the network is there; it settles for so long yet.
	settled bool
	settles time.Duration

	// born is when the last one was made.
	born time.Time

	out clusterv1alpha1.XClusterObservation
	say []string
}

// workersOf an XCluster, in a network of a name, which may have none yet.
func (c *composer) workersOf(x *clusterv1alpha1.XCluster, network string) (clusterv1alpha1.XClusterObservation, []string) {
	w := &workforce{composer: c, x: x, network: network}
	if n, ok := c.Parts[KeyNetwork].(*v1alpha1.Network); ok {
		w.settles = bornAfter - c.Now.Sub(n.GetCreationTimestamp().Time)
		w.settled = w.settles <= 0
	}
	if w.misses() {
		w.recover(v1alpha1.MachineGroupVersionKind, newMachine(x, &clusterv1alpha1.WorkerPool{}), func(key string, _ client.Object) (naming, bool) {
			pool, n, ok := parseWorker(key)
			return w.naming(pool, n), ok
		})
	}
	pools := map[string][]worker{}
	for _, key := range c.keys(keyWorker) {
		pool, n, ok := parseWorker(key)
		m, isMachine := c.Parts[key].(*v1alpha1.Machine)
		if !ok || !isMachine {
			continue // Not ours: it is refused to lose it.
		}
		pools[pool] = append(pools[pool], worker{n, m})
		if at := m.GetCreationTimestamp().Time; at.After(w.born) {
			w.born = at
		}
	}
	var wanted, ready int32
	for _, p := range x.Spec.Workers {
		o := w.pool(p, pools[p.Name])
		wanted, ready = wanted+o.Replicas, ready+o.Ready
		delete(pools, p.Name)
	}
	for _, name := range sortedKeys(pools) {
		w.pool(clusterv1alpha1.WorkerPool{Name: name, MaxShrink: new(int32(0))}, pools[name])
	}
	if wanted > 0 || len(w.out.Workers) > 0 {
		w.out.WorkersReady = fmt.Sprintf("%d/%d", ready, wanted)
	}
	return w.out, w.say
}

// misses is true for an XCluster that has lost workers, or has fewer than it shall have.
func (w *workforce) misses() bool {
	var named []string
	for _, o := range w.x.Status.Workers {
		named = append(named, o.Name)
	}
	have, shall := len(w.keys(keyWorker)), 0
	for _, p := range w.x.Spec.Workers {
		shall += int(p.Replicas)
	}
	return have < shall || w.lost(v1alpha1.MachineGroupVersionKind, named...)
}

// pool of workers, and those that there are.
func (w *workforce) pool(p clusterv1alpha1.WorkerPool, have []worker) clusterv1alpha1.PoolObservation {
	slices.SortFunc(have, func(a, b worker) int { return cmp.Compare(a.n, b.n) })
	o := clusterv1alpha1.PoolObservation{Name: p.Name, Replicas: p.Replicas, LastFreed: w.lastFreed(p.Name)}
	switch shall := int(p.Replicas); {
	case len(have) < shall:
		have = w.grow(p, have)
	case len(have) > shall:
		have = w.shrink(p, have, &o)
	}
	said, silent := "", 0
	for _, m := range have {
		is, says := w.worker(p, m)
		o.Machines++
		if is.Ready {
			o.Ready++
		}
		if m.is != nil && outdated(&p, m.is) {
			o.Outdated++
		}
		if says != "" && said == "" {
			said = fmt.Sprintf("worker %s: %s", is.Name, says)
		} else if says != "" {
			silent++
		}
		if is.Name != "" {
			w.out.Workers = append(w.out.Workers, is)
		}
	}
	if silent > 0 {
		said += fmt.Sprintf(" (and %d more of pool %s)", silent, p.Name)
	}
	w.say = append(w.say, said)
	if o.Machines < p.Replicas {
		w.composer.out.Unready = true
	}
	w.out.Pools = append(w.out.Pools, o)
	return o
}

// look for all Machines of the XCluster, also those that are on their way out.
func (w *workforce) look() bool {
	w.found, w.known = w.all(v1alpha1.MachineGroupVersionKind)
	return w.known
}

// grow a pool: by what was about to be made, then by some new ones.
func (w *workforce) grow(p clusterv1alpha1.WorkerPool, have []worker) []worker {
	if !w.look() || w.network == "" {
		w.composer.out.Unready = true
		return have
	}
	add := func(n int) {
		if len(have) < int(p.Replicas) && !slices.ContainsFunc(have, func(m worker) bool { return m.n == n }) {
			have = append(have, worker{n: n})
		}
	}
	for n := 1; n <= int(p.Replicas)+len(w.Recorded); n++ {
		if w.recorded(w.naming(p.Name, n)) {
			add(n)
		}
	}
	if len(have) < int(p.Replicas) && !w.settled {
		if w.settles > 0 {
			w.again(w.settles)
		}
		w.grows(p, have)
		return have
	}
	for n := 1; len(have) < int(p.Replicas); n++ {
		if w.goes(workerKey(p.Name, n), w.foundNamed(w.naming(p.Name, n).nth(0))) || slices.ContainsFunc(have, func(m worker) bool { return m.n == n }) {
			continue
		}
		if left := bornEvery - w.Now.Sub(w.born); left > 0 {
			w.again(left)
			w.grows(p, have)
			break
		}
		w.born = w.Now
		add(n)
	}
	return have
}

// grows says of a pool that it will have more machines by itself.
func (w *workforce) grows(p clusterv1alpha1.WorkerPool, have []worker) {
	w.say = append(w.say, fmt.Sprintf("pool %s has %s and shall have %d: a new one is made every %s", p.Name, counted(len(have)), p.Replicas, bornEvery))
}

// counted machines.
func counted(n int) string {
	if n == 1 {
		return "1 machine"
	}
	return fmt.Sprintf("%d machines", n)
}

// recorded is true for a Machine of a name that was about to be made, or is not restored.
func (w *workforce) recorded(n naming) bool {
	return slices.ContainsFunc(w.Recorded, func(r Reference) bool {
		return r.Kind == v1alpha1.MachineGroupVersionKind && r.Name == n.nth(0) && !w.has(r)
	})
}

func (w *workforce) foundNamed(name string) *metav1.PartialObjectMetadata {
	for i := range w.found {
		if w.found[i].GetName() == name {
			return &w.found[i]
		}
	}
	return &metav1.PartialObjectMetadata{}
}

// shrink a pool, one machine at a time. What goes already goes first. More than a person
// is likely to want waits for consent.
func (w *workforce) shrink(p clusterv1alpha1.WorkerPool, have []worker, o *clusterv1alpha1.PoolObservation) []worker {
	shall := int(p.Replicas)
	stay := slices.Clone(have)
	leave := func(m worker) {
		stay = slices.DeleteFunc(stay, func(s worker) bool { return s.n == m.n })
		w.composer.out.Left = append(w.composer.out.Left, workerKey(p.Name, m.n))
	}
	if slices.ContainsFunc(have, func(m worker) bool { return !w.owns(workerKey(p.Name, m.n)) }) {
		w.again(freedIn)
		return stay
	}
	for _, m := range have {
		if m.is.GetDeletionTimestamp() != nil && len(stay) > shall {
			leave(m)
		}
	}
	if len(stay) == shall {
		return stay
	}
	if !w.consented(&p, stay, o) {
		return stay
	}
	if !w.look() {
		return stay
	}
	shrinks := fmt.Sprintf("pool %s has %s and shall have %d: one is freed after the other", p.Name, counted(len(stay)), shall)
	if w.going(p.Name) {
		w.say = append(w.say, shrinks)
		w.again(freedIn)
		return stay
	}
	if o.LastFreed != nil {
		w.say = append(w.say, shrinks)
		w.again(freedEvery - w.Now.Sub(o.LastFreed.Time))
		return stay
	}
	may := slices.DeleteFunc(slices.Clone(stay), func(m worker) bool { return kept(m.is) })
	if len(may) == 0 {
		w.say = append(w.say, fmt.Sprintf("pool %s has %s and shall have %d: all of them are locked or have the annotation %s", p.Name, counted(len(stay)), shall, clusterv1alpha1.AnnotationKeep))
		return stay
	}
	leave(slices.MinFunc(may, w.first))
	o.LastFreed = new(metav1.NewTime(w.Now))
	w.again(freedIn)
	return stay
}

// lastFreed is when the last machine of a pool was freed, as long as the next one waits for
// that.
func (w *workforce) lastFreed(pool string) *metav1.Time {
	for _, was := range w.x.Status.Pools {
		if was.Name == pool && was.LastFreed != nil && w.Now.Sub(was.LastFreed.Time) < freedEvery {
			return was.LastFreed
		}
	}
	return nil
}

// going is true while a machine of a pool is being freed.
func (w *workforce) going(pool string) bool {
	return slices.ContainsFunc(w.found, func(o metav1.PartialObjectMetadata) bool {
		p, _, ok := parseWorker(o.GetAnnotations()[annotationKey])
		return ok && p == pool && o.GetDeletionTimestamp() != nil && o.GetLabels()[clusterv1alpha1.LabelName] == nameOf(w.owner)
	})
}

// kept is true for what a person keeps, or has locked.
func kept(m *v1alpha1.Machine) bool {
	_, keep := m.GetAnnotations()[clusterv1alpha1.AnnotationKeep]
	return keep || m.Status.AtProvider.Locked
}

// first is what a person names, then what never phoned home, then the newest.
func (w *workforce) first(a, b worker) int {
	last := func(yes bool) int {
		if yes {
			return 0
		}
		return 1
	}
	next := func(m worker) int {
		_, yes := m.is.GetAnnotations()[clusterv1alpha1.AnnotationFreeNext]
		return last(yes)
	}
	return cmp.Or(
		cmp.Compare(next(a), next(b)),
		cmp.Compare(last(!w.phonedHome(a.is)), last(!w.phonedHome(b.is))),
		b.is.GetCreationTimestamp().Compare(a.is.GetCreationTimestamp().Time),
		cmp.Compare(b.n, a.n),
	)
}

// phonedHome is true once a machine has.
func (w *workforce) phonedHome(m *v1alpha1.Machine) bool {
	at := m.Status.AtProvider
	return ready(m) || at.LastEvent == "Phoned Home" || slices.ContainsFunc(w.x.Status.Workers, func(o clusterv1alpha1.WorkerObservation) bool {
		return o.PhonedHome && o.MachineID == at.MachineID && o.MachineID != ""
	})
}

// consented is true if as many machines may be freed as there are too many.
func (w *workforce) consented(p *clusterv1alpha1.WorkerPool, have []worker, o *clusterv1alpha1.PoolObservation) bool {
	excess := len(have) - int(p.Replicas)
	if excess <= int(ptr.Deref(p.MaxShrink, 1)) {
		return true
	}
	asked := metav1.NewTime(w.Now.Truncate(time.Second))
	waits := false
	for _, was := range w.x.Status.Pools {
		if was.Name == p.Name && was.FreeingTo != nil && *was.FreeingTo <= p.Replicas {
			o.FreeingTo = new(p.Replicas)
			return true
		}
		if was.Name == p.Name && was.ConsentAsked != nil {
			asked, waits = *was.ConsentAsked, true
		}
	}
	consent := fmt.Sprintf("%s=%d/%s", p.Name, p.Replicas, token(asked.Time, have))
	if waits && slices.ContainsFunc(strings.Split(w.x.GetAnnotations()[clusterv1alpha1.AnnotationFreeWorkers], ","), func(s string) bool { return strings.TrimSpace(s) == consent }) {
		o.FreeingTo = new(p.Replicas)
		return true
	}
	o.Consent, o.ConsentAsked = consent, &asked
	w.say = append(w.say, fmt.Sprintf("pool %s has %s and shall have %d: to free %s wipes their disks, and is done once you consent: kubectl -n %s annotate --overwrite %s %s=%s",
		p.Name, counted(len(have)), p.Replicas, counted(excess), w.x.GetNamespace(), w.applied(), clusterv1alpha1.AnnotationFreeWorkers, consent))
	return false
}

// applied is what a person applied: the XCluster, or its claim.
func (w *workforce) applied() string {
	if owner := metav1.GetControllerOf(w.x); owner != nil && owner.Kind == clusterv1alpha1.ClaimedXClusterKind {
		return "xclc " + nameOf(w.x)
	}
	return "xcl " + w.x.GetName()
}

// token of the machines that there are, and of when it was asked: who consents, does so
// once, and to nothing else.
func token(asked time.Time, have []worker) string {
	h := fnv.New32a()
	_, _ = fmt.Fprintln(h, asked.Unix())
	for _, m := range have {
		_, _ = h.Write([]byte(string(m.is.GetUID()) + " " + m.is.GetName() + "\n")) // A hash takes everything.
	}
	return fmt.Sprintf("%08x", h.Sum32())
}

// worker that shall be there, and what it says.
func (w *workforce) worker(p clusterv1alpha1.WorkerPool, m worker) (o clusterv1alpha1.WorkerObservation, says string) {
	shall := newMachine(w.x, &p)
	shall.Spec.ForProvider.PrivateNetworkIDRef = &v1alpha1.Reference{Name: w.network}
	if m.is != nil {
		// What is being deleted may be gone already: what is made then is new, as is what
		// stands for nothing yet. Of a pool that is removed nothing is.
		if p.Size == "" || m.is.GetDeletionTimestamp() == nil && standsFor(m.is, m.is.Status.AtProvider.MachineID) {
			stayAs(shall, m.is, p.Image)
		}
		if w.network == "" {
			shall.Spec.ForProvider.PrivateNetworkIDRef = m.is.Spec.ForProvider.PrivateNetworkIDRef
		}
	}
	key := workerKey(p.Name, m.n)
	is, _ := w.part(key, v1alpha1.MachineGroupVersionKind, shall, w.naming(p.Name, m.n)).(*v1alpha1.Machine)
	o = clusterv1alpha1.WorkerObservation{Pool: p.Name, Name: shall.GetName()}
	if is == nil && !w.recorded(w.naming(p.Name, m.n)) {
		return o, w.nameless[key]
	}
	if is == nil {
		return o, w.notThere(key, "it is not there yet", "-n "+w.x.GetNamespace()+" describe xcl "+w.x.GetName())
	}
	at := is.Status.AtProvider
	// Whether all are ready is said of all together: each word of one costs.
	w.quiet(key)
	if w.boots(is) {
		return o, ""
	}
	o.MachineID, o.LastEvent, o.Rack, o.Ready, o.PhonedHome = at.MachineID, at.LastEvent, at.Rack, ready(is), w.phonedHome(is)
	for _, n := range at.Networks {
		if n.NetworkID == at.PrivateNetworkID && len(n.IPs) > 0 {
			o.Address = n.IPs[0]
		}
	}
	return o, w.saidBy("waiting for the provider to look at Machine", is, len(is.Status.Conditions), at.Message)
}

// quiet has a worker that is not ready make the XCluster so, without a word of Crossplane's
// for each.
func (w *workforce) quiet(key string) {
	for i := range w.composer.out.Parts {
		if p := &w.composer.out.Parts[i]; p.Key == key && !p.Ready {
			p.Ready, w.composer.out.Unready = true, true
		}
	}
}

// boots is true for a machine that boots for the first time, for a while: what it does shows
// its Machine.
func (w *workforce) boots(m *v1alpha1.Machine) bool {
	if m.Status.AtProvider.MachineID == "" || w.phonedHome(m) || m.Status.GetCondition(xpv2.TypeReady).Reason != xpv2.ReasonCreating {
		return false
	}
	left := createTimeout - w.Now.Sub(m.GetCreationTimestamp().Time)
	if left > 0 {
		w.again(left)
	}
	return left > 0
}

func (w *workforce) naming(pool string, n int) naming {
	return naming{of: w.x.GetName(), as: fmt.Sprintf("%s-%d", pool, n), most: longest}
}

// newMachine of a pool.
func newMachine(x *clusterv1alpha1.XCluster, p *clusterv1alpha1.WorkerPool) *v1alpha1.Machine {
	l := labels(x.GetName(), nameOf(x), x.GetUID())
	l[clusterv1alpha1.LabelPool] = p.Name
	m := &v1alpha1.Machine{ObjectMeta: metav1.ObjectMeta{Namespace: x.GetNamespace(), Labels: l}}
	m.Spec.ProviderConfigReference = configuration(x.Spec.ProviderConfigRef)
	m.Spec.ForProvider = v1alpha1.MachineParameters{
		Image: p.Image,
		AllocationParameters: v1alpha1.AllocationParameters{
			Partition:         x.Spec.Partition,
			ProjectID:         x.Spec.ProjectID,
			Size:              p.Size,
			SSHPublicKeys:     p.SSHPublicKeys,
			UserDataSecretRef: p.UserDataSecretRef,
		},
	}
	for _, id := range p.Networks {
		m.Spec.ForProvider.Networks = append(m.Spec.ForProvider.Networks, v1alpha1.AllocationNetwork{Name: slug(string(id)), NetworkID: new(string(id))})
	}
	if ptr.Deref(p.Spread, true) {
		m.Spec.ForProvider.PlacementTags = []v1alpha1.Tag{v1alpha1.Tag(fmt.Sprintf("%s=%s/%s/%s", clusterv1alpha1.LabelPool, x.GetNamespace(), nameOf(x), p.Name))}
	}
	return m
}

// stayAs it is does a machine that is there, whatever its pool says now, but for the
// image: to be reinstalled takes consent.
func stayAs(shall, is *v1alpha1.Machine, image string) {
	p, was := &shall.Spec.ForProvider, is.Spec.ForProvider
	p.Size, p.SSHPublicKeys, p.UserDataSecretRef, p.Networks, p.PlacementTags = was.Size, was.SSHPublicKeys, was.UserDataSecretRef, was.Networks, was.PlacementTags
	p.Image = cmp.Or(image, was.Image)
}

// outdated is a machine that would be another one if it were made now.
func outdated(p *clusterv1alpha1.WorkerPool, m *v1alpha1.Machine) bool {
	if p.Size == "" {
		return false // Its pool is removed.
	}
	was := m.Spec.ForProvider
	var networks []clusterv1alpha1.NetworkID
	for _, n := range was.Networks {
		networks = append(networks, clusterv1alpha1.NetworkID(ptr.Deref(n.NetworkID, "")))
	}
	return m.Status.GetCondition(xpv2.TypeUpToDate).Status == corev1.ConditionFalse ||
		was.Size != p.Size || was.Image != p.Image || !slices.Equal(canonical.Set(was.SSHPublicKeys), canonical.Set(p.SSHPublicKeys)) || !ptr.Equal(was.UserDataSecretRef, p.UserDataSecretRef) || !slices.Equal(canonical.Set(networks), canonical.Set(p.Networks))
}
