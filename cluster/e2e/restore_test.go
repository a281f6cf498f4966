//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/google/go-cmp/cmp"
	kerrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/cluster/e2e/story"
)

var claimedXCluster = story.XCluster.GroupVersion().WithKind("ClaimedXCluster")

// A backup of all that an XCluster or a claim is made of, in the order in which it is
// restored.
type backup []*unstructured.Unstructured

// An order of a restore, and how long each object takes.
type order struct {
	kinds []schema.GroupVersionKind
	pause time.Duration

	// manifest that people keep of a claim is applied in the end: its backup is not
	// restored.
	manifest bool
}

// orders of a restore: as Velero is told to, parts before what is made of them; by the
// alphabet of the resources' names, as it does by itself, and slowly, so that Crossplane
// composes what is not restored yet; and what is made of parts first.
var orders = map[string]order{
	"parts":    {kinds: []schema.GroupVersionKind{story.Network, story.IP, story.Firewall, story.Machine, story.Usage, story.XFirewall, story.XCluster, claimedXCluster, story.XClusterClaim}},
	"manifest": {kinds: []schema.GroupVersionKind{story.Network, story.Firewall, story.XFirewall, story.XCluster}, manifest: true},
	"alphabet": {kinds: []schema.GroupVersionKind{claimedXCluster, story.Firewall, story.IP, story.Machine, story.Network, story.Usage, story.XClusterClaim, story.XCluster, story.XFirewall}, pause: time.Second},
	"wholes":   {kinds: []schema.GroupVersionKind{story.XClusterClaim, claimedXCluster, story.XCluster, story.XFirewall, story.Firewall, story.Machine, story.IP, story.Network, story.Usage}, pause: time.Second},
}

// wholes that people keep manifests of: their examples.
var wholes = map[string][]string{
	"xcluster":  {"xcluster/xcluster.yaml"},
	"cluster":   {"cluster/xcluster.yaml"},
	"claim":     {"claim/claim.yaml"},
	"xfirewall": {"xfirewall/network.yaml", "xfirewall/xfirewall.yaml"},
}

// Whatever is restored first, and however slowly, nothing is allocated twice, and after a
// take-over all is as it was.
func TestRestored(t *testing.T) {
	t.Parallel()
	for name, o := range orders {
		for what, files := range wholes {
			if o.manifest && what != "claim" {
				continue
			}
			t.Run(what+"-"+name, func(t *testing.T) {
				t.Parallel()
				s := begin(t)
				l := live(s, files)
				b := back(s, o.kinds)
				if o.manifest {
					lose(s, back(s, orders["parts"].kinds))
				} else {
					lose(s, b)
				}
				restore(s, b, o.pause)
				if o.manifest {
					apply(s, files)
				}
				l.comesBack(s)
			})
		}
	}
}

// Another control plane with the same metal-stack is given a backup, or the manifests
// alone, while the old one is down: it becomes as it was there.
func TestMoved(t *testing.T) {
	t.Parallel()
	from, err := shared.Beside(t.Context(), "old")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(from.Cluster.Stop)
	if err := from.Install(t.Context(), "v0.1.0"); err != nil {
		t.Fatal(err)
	}
	moves := map[string]*move{
		"xcluster":    {what: "xcluster"},
		"cluster":     {what: "cluster"},
		"claim":       {what: "claim"},
		"xfirewall":   {what: "xfirewall"},
		"with-backup": {what: "claim", backedUp: true},
	}
	for name, m := range moves {
		m.old = &story.Story{T: t, World: from, Namespace: "testmoved-" + name}
		if _, err := from.Cluster.Kubectl(t.Context(), "create", "namespace", m.old.Namespace); err != nil {
			t.Fatal(err)
		}
		apply(m.old, wholes[m.what])
	}
	o := orders["alphabet"]
	for _, m := range moves {
		m.live = live(m.old, wholes[m.what])
		if m.backedUp {
			m.back = back(m.old, o.kinds)
		}
	}
	from.Cluster.Stop()
	for name, m := range moves {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := begin(t)
			if m.backedUp {
				restore(s, m.back, o.pause)
			} else {
				apply(s, wholes[m.what])
			}
			m.live.comesBack(s)
		})
	}
}

// A move of what lives at an old place, with a backup or without.
type move struct {
	what     string
	old      *story.Story
	live     *lives
	backedUp bool
	back     backup
}

// apply examples.
func apply(s *story.Story, files []string) []*unstructured.Unstructured {
	s.Helper()
	var all []*unstructured.Unstructured
	for _, file := range files {
		u := s.Example(file)
		s.Apply(u)
		all = append(all, u)
	}
	return all
}

// managed kinds of what can be restored.
var managed = []schema.GroupVersionKind{story.Network, story.IP, story.Firewall, story.Machine}

// What lives has managed resources, by kind and name, that stand for something, and a
// number of objects of each kind.
type lives struct {
	applied []*unstructured.Unstructured
	uids    map[string]types.UID
	has     map[string]string
	number  map[schema.GroupVersionKind]int
	wrote   int
}

// live are the examples when they are Ready.
func live(s *story.Story, files []string) *lives {
	s.Helper()
	l := &lives{applied: apply(s, files)}
	for _, u := range l.applied {
		s.Ready(u)
	}
	l.uids, l.has, l.number, l.wrote = uids(s), has(s), number(s), len(s.Wrote())
	return l
}

// comesBack what lived, when its parts are told whose they are, and goes as it does.
func (l *lives) comesBack(s *story.Story) {
	s.Helper()
	s.Await("the parts say whose their objects are", story.Soon, func(context.Context) (bool, string) {
		return refused(s, l.uids)
	})
	s.Settled()
	if got := s.Wrote()[l.wrote:]; len(got) != 0 {
		s.Errorf("want nothing written to metal-api, got %v", got)
	}
	takeOver(s, l.uids)
	for _, u := range l.applied {
		s.Ready(u)
	}
	if got := s.Wrote()[l.wrote:]; slices.ContainsFunc(got, func(op string) bool { return !strings.HasPrefix(op, "update") }) {
		s.Errorf("want nothing but marks written, got %v", got)
	}
	if diff := cmp.Diff(l.has, has(s)); diff != "" {
		s.Errorf("want the resources to stand for the same as before:\n-before, +after:\n%s", diff)
	}
	if diff := cmp.Diff(l.number, number(s)); diff != "" {
		s.Errorf("want as many objects as before:\n-before, +after:\n%s", diff)
	}
	for _, u := range slices.Backward(l.applied) {
		release(s, u)
		s.Remove(u, "--cascade=foreground", "--timeout="+story.Soon.String())
	}
	s.Empty()
	gaveBack(s)
}

// number of objects of each kind.
func number(s *story.Story) map[schema.GroupVersionKind]int {
	s.Helper()
	n := map[schema.GroupVersionKind]int{}
	for _, gvk := range append([]schema.GroupVersionKind{story.XCluster, story.XFirewall, story.Usage}, managed...) {
		n[gvk] = len(s.All(gvk))
	}
	return n
}

// has is what each managed resource stands for, by kind and name.
func has(s *story.Story) map[string]string {
	s.Helper()
	out := map[string]string{}
	for _, gvk := range managed {
		for _, u := range s.All(gvk) {
			out[u.GetKind()+" "+u.GetName()] = meta.GetExternalName(&u) + " " + u.GetAnnotations()[v1alpha1.AnnotationAllocationUUID]
		}
	}
	return out
}

// uids of the managed resources, by kind and name.
func uids(s *story.Story) map[string]types.UID {
	s.Helper()
	out := map[string]types.UID{}
	for _, gvk := range managed {
		for _, u := range s.All(gvk) {
			out[u.GetKind()+" "+u.GetName()] = u.GetUID()
		}
	}
	return out
}

// back up what there is, as Velero does: without what a cluster gives and takes.
func back(s *story.Story, order []schema.GroupVersionKind) backup {
	s.Helper()
	var all backup
	for _, gvk := range order {
		for _, u := range objects(s, gvk) {
			is := u.DeepCopy()
			for _, field := range []string{"uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "ownerReferences", "generateName"} {
				unstructured.RemoveNestedField(is.Object, "metadata", field)
			}
			delete(is.Object, "status")
			all = append(all, is)
		}
	}
	return all
}

// objects are the objects of the story of a kind, which may be of no namespace.
func objects(s *story.Story, gvk schema.GroupVersionKind) []unstructured.Unstructured {
	s.Helper()
	if gvk != claimedXCluster {
		return s.All(gvk)
	}
	l := &unstructured.UnstructuredList{}
	l.SetGroupVersionKind(gvk.GroupVersion().WithKind(gvk.Kind + "List"))
	if err := s.Kube.List(s.Context(), l); err != nil {
		s.Fatal(err)
	}
	return slices.DeleteFunc(l.Items, func(u unstructured.Unstructured) bool {
		return namespaceOf(&u) != s.Namespace
	})
}

// lose all objects of a backup, as with their cluster: nothing is freed. What protects
// them goes first.
func lose(s *story.Story, b backup) {
	s.Helper()
	protects := func(u *unstructured.Unstructured) bool { return u.GroupVersionKind() == story.Usage }
	rest := slices.DeleteFunc(slices.Clone(b), protects)
	for _, u := range rest {
		patch(s, u, fmt.Sprintf(`{"metadata":{"annotations":{%q:"true"}}}`, meta.AnnotationKeyReconciliationPaused))
	}
	for _, u := range rest {
		s.Await(u.GetKind()+" paused", story.Soon, func(ctx context.Context) (bool, string) {
			is := story.Object(u.GroupVersionKind(), u.GetNamespace(), u.GetName())
			if err := s.Kube.Get(ctx, client.ObjectKeyFromObject(is), is); err != nil {
				return false, err.Error()
			}
			return story.ReasonOf(is, "Synced") == "ReconcilePaused", string(story.YAML(is.Object["status"]))
		})
	}
	for _, u := range b {
		if protects(u) {
			s.Remove(u)
		}
	}
	for _, u := range rest {
		patch(s, u, `{"metadata":{"finalizers":null}}`)
		s.Remove(u, "--cascade=orphan")
	}
	for _, u := range rest {
		s.Gone(u)
	}
}

// restore a backup, with a pause after each object. What is there already stays as it is.
func restore(s *story.Story, b backup, pause time.Duration) {
	s.Helper()
	for _, u := range b {
		if err := s.Kube.Create(s.Context(), u.DeepCopy()); err != nil && !kerrors.IsAlreadyExists(err) {
			s.Fatal(err)
		}
		select {
		case <-s.Context().Done():
		case <-time.After(pause): // That is how fast it goes.
		}
	}
}

// refused are all managed resources, with the words for a take-over, and there are no
// more of them than there were.
func refused(s *story.Story, was map[string]types.UID) (bool, string) {
	s.Helper()
	says, there := "", 0
	for _, gvk := range managed {
		for _, u := range s.All(gvk) {
			name := u.GetKind() + " " + u.GetName()
			message := story.Text(&u, "status", "atProvider", "message")
			says += fmt.Sprintf("%s: %q\n", name, message)
			// What joins a network may wait for it.
			waits := strings.Contains(message, "waiting for Network") || strings.Contains(message, "waiting for IP")
			if uid, ok := was[name]; !ok || !waits && !strings.Contains(message, v1alpha1.AnnotationTakeOver+"="+string(uid)) {
				return false, says
			}
			there++
		}
	}
	return there == len(was), says
}

// takeOver what the resources of before have.
func takeOver(s *story.Story, was map[string]types.UID) {
	s.Helper()
	for _, gvk := range managed {
		for _, u := range s.All(gvk) {
			patch(s, &u, fmt.Sprintf(`{"metadata":{"annotations":{%q:%q}}}`, v1alpha1.AnnotationTakeOver, was[u.GetKind()+" "+u.GetName()]))
		}
	}
}

func patch(s *story.Story, u *unstructured.Unstructured, with string) {
	s.Helper()
	is := story.Object(u.GroupVersionKind(), u.GetNamespace(), u.GetName())
	if err := s.Kube.Patch(s.Context(), is, client.RawPatch(types.MergePatchType, []byte(with))); err != nil {
		s.Fatal(err)
	}
}
