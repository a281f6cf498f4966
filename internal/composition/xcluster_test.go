package composition

import (
	"testing"
	"time"

	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clusterv1alpha1 "github.com/crossplane-contrib/provider-metal-stack/apis/cluster/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

func xcluster() *clusterv1alpha1.XCluster {
	x := &clusterv1alpha1.XCluster{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "x-cellent", UID: "us"}}
	x.Spec.Firewall.Networks = []clusterv1alpha1.NetworkAttachment{{Name: "internet", NetworkID: internet}}
	return x
}

func network(ready bool, says string) *v1alpha1.Network {
	n := &v1alpha1.Network{TypeMeta: typeOf(v1alpha1.NetworkGroupVersionKind), ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "network-1"}}
	n.Status.AtProvider.Message = says
	n.Status.SetConditions(condition(ready))
	return n
}

func xfirewall(ready bool, says string) *clusterv1alpha1.XFirewall {
	f := &clusterv1alpha1.XFirewall{TypeMeta: typeOf(clusterv1alpha1.XFirewallGroupVersionKind), ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "firewall-1"}}
	f.Spec.PrivateNetworkIDRef = &clusterv1alpha1.NetworkReference{Name: "network-1"}
	f.Status.Message = says
	f.Status.SetConditions(condition(ready))
	return f
}

func typeOf(gvk schema.GroupVersionKind) metav1.TypeMeta {
	version, kind := gvk.ToAPIVersionAndKind()
	return metav1.TypeMeta{APIVersion: version, Kind: kind}
}

func condition(ready bool) xpv2.Condition {
	if ready {
		return xpv2.Available()
	}
	return xpv2.Creating()
}

// answered is a request of parts that are there, in which all that was asked for is
// answered by nothing, until nothing more is asked.
func answered(x *clusterv1alpha1.XCluster, parts map[string]client.Object) Result {
	r := Request{Parts: parts, Found: map[Ask][]metav1.PartialObjectMetadata{}}
	for {
		out := XCluster(x, r)
		asked := len(r.Found)
		for _, a := range out.Asks {
			r.Found[a] = nil
		}
		if len(r.Found) == asked {
			return out
		}
	}
}

// What is there stays what it is, whatever else is not: Crossplane deletes what is no
// longer named by its key.
func TestPartsStay(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason  string
		parts   map[string]client.Object
		want    map[string]string
		leads   string
		ready   []string
		message string
	}{
		"New": {
			"all is composed at once", nil,
			map[string]string{KeyNetwork: "x-cellent-network", KeyFirewall: "x-cellent-firewall"},
			"x-cellent-network", nil, "",
		},
		"There": {
			"names stay",
			map[string]client.Object{KeyNetwork: network(true, ""), KeyFirewall: xfirewall(true, "")},
			map[string]string{KeyNetwork: "network-1", KeyFirewall: "firewall-1"},
			"network-1",
			[]string{KeyNetwork, KeyFirewall},
			"",
		},
		"NetworkGone": {
			"a network that is gone is made again, and the firewall leads to it",
			map[string]client.Object{KeyFirewall: xfirewall(true, "")},
			map[string]string{KeyNetwork: "x-cellent-network", KeyFirewall: "firewall-1"},
			"x-cellent-network",
			[]string{KeyFirewall},
			"",
		},
		"SayTheSame": {
			"a sentence is said once",
			map[string]client.Object{KeyNetwork: network(false, "metal-api is out of reach"), KeyFirewall: xfirewall(false, "metal-api is out of reach")},
			map[string]string{KeyNetwork: "network-1", KeyFirewall: "firewall-1"},
			"network-1", nil, "metal-api is out of reach",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, leads, ready := map[string]string{}, "", []string(nil)
			out := answered(xcluster(), tc.parts)
			for _, p := range out.Parts {
				got[p.Key] = p.Object.GetName()
				if p.Ready {
					ready = append(ready, p.Key)
				}
				if f, ok := p.Object.(*clusterv1alpha1.XFirewall); ok && f.Spec.PrivateNetworkIDRef != nil {
					leads = f.Spec.PrivateNetworkIDRef.Name
				}
			}
			status, _ := out.Status.(clusterv1alpha1.XClusterObservation)
			for what, diff := range map[string]string{
				"names": cmp.Diff(tc.want, got), "leads": cmp.Diff(tc.leads, leads), "ready": cmp.Diff(tc.ready, ready), "message": cmp.Diff(tc.message, status.Message),
			} {
				if diff != "" {
					t.Errorf("%s: %s: -want, +got:\n%s", tc.reason, what, diff)
				}
			}
			if out.Unready {
				t.Error("want all parts composed")
			}
		})
	}
}

// Before it is known which names are free, nothing new is composed; what is there stays.
func TestUndecided(t *testing.T) {
	t.Parallel()
	out := XCluster(xcluster(), Request{Parts: map[string]client.Object{KeyFirewall: xfirewall(true, "")}})
	if len(out.Parts) != 1 || out.Parts[0].Key != KeyFirewall || !out.Unready {
		t.Fatalf("want the firewall alone, and not ready, got %+v", out)
	}
	f, _ := out.Parts[0].Object.(*clusterv1alpha1.XFirewall)
	if diff := cmp.Diff(&clusterv1alpha1.NetworkReference{Name: "network-1"}, f.Spec.PrivateNetworkIDRef); diff != "" {
		t.Errorf("want it to lead where it does: -want, +got:\n%s", diff)
	}
	if out := XCluster(xcluster(), Request{}); len(out.Parts) != 0 || !out.Unready {
		t.Errorf("want nothing composed, got %+v", out)
	}
}

// Where all names are somebody's, that is said.
func TestNoName(t *testing.T) {
	t.Parallel()
	r := Request{Found: map[Ask][]metav1.PartialObjectMetadata{}}
	for _, a := range XCluster(xcluster(), r).Asks {
		r.Found[a] = []metav1.PartialObjectMetadata{{}}
	}
	out := XCluster(xcluster(), r)
	status, _ := out.Status.(clusterv1alpha1.XClusterObservation)
	const want = "waiting for a name for the Network: x-cellent-network, x-cellent-network-2, x-cellent-network-3, x-cellent-network-4, x-cellent-network-5 are others': delete them, or create this under another name"
	if diff := cmp.Diff(want, status.Message); diff != "" || !out.Unready {
		t.Errorf("-want, +got:\n%s", diff)
	}
}

// What is being born is silent: each word of a part makes Crossplane compose anew, and it
// stops when there are too many. What takes long says so.
func TestBirth(t *testing.T) {
	t.Parallel()
	born := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	young := network(false, "")
	young.SetCreationTimestamp(metav1.NewTime(born))
	young.Status.Conditions = nil
	recorded := []Reference{
		{Kind: v1alpha1.NetworkGroupVersionKind, Namespace: "default", Name: "network-1"},
		{Kind: clusterv1alpha1.XFirewallGroupVersionKind, Namespace: "default", Name: "firewall-1"},
	}
	const describe = ", which is not there yet: kubectl -n default describe xcl x-cellent says why"
	if out := XCluster(xcluster(), Request{Deaf: true}); out.Again != unheard {
		t.Errorf("want it looked at again while Crossplane hears nothing, got %s", out.Again)
	}
	cases := map[string]struct {
		reason   string
		recorded []Reference
		parts    map[string]client.Object
		after    time.Duration
		want     string
		again    time.Duration
	}{
		"First":   {"nothing is waited for before it was tried", nil, nil, 0, "", 0},
		"Refused": {"what was tried, and is not there, is", recorded, nil, 0, "waiting for the Network" + describe + "; waiting for the XFirewall" + describe, 0},
		"Young":   {"a provider needs a moment", recorded, map[string]client.Object{KeyNetwork: young, KeyFirewall: xfirewall(false, "")}, 3 * time.Second, "", 7 * time.Second},
		"Old":     {"and no more", recorded, map[string]client.Object{KeyNetwork: young, KeyFirewall: xfirewall(false, "")}, 10 * time.Second, "waiting for the provider to look at Network network-1: kubectl get providers.pkg.crossplane.io says whether it runs", 0},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out := XCluster(xcluster(), Request{Now: born.Add(tc.after), Recorded: tc.recorded, Parts: tc.parts})
			status, _ := out.Status.(clusterv1alpha1.XClusterObservation)
			if diff := cmp.Diff(tc.want, status.Message); diff != "" || out.Again != tc.again {
				t.Errorf("%s: again after %s: -want, +got:\n%s", tc.reason, out.Again, diff)
			}
		})
	}
}

// What is there under a key of ours and is something else is not lost: it is said.
func TestOtherPart(t *testing.T) {
	t.Parallel()
	out := XCluster(xcluster(), Request{Parts: map[string]client.Object{KeyNetwork: network(true, ""), KeyFirewall: network(true, "")}})
	if want := "the part firewall is the Network network-1, and shall be a XFirewall: it is left as it is"; out.Wrong != want {
		t.Errorf("want %q, got %q", want, out.Wrong)
	}
}

// A composite that cannot speak is spoken for. One that is paused is not ready; one that is
// not in sync may be so for a moment, while something is upgraded.
func TestSilent(t *testing.T) {
	t.Parallel()
	unsynced := func(reason xpv2.ConditionReason, message string) func(*clusterv1alpha1.XFirewall) {
		return func(f *clusterv1alpha1.XFirewall) {
			f.Status.SetConditions(xpv2.Condition{Type: xpv2.TypeSynced, Status: "False", Reason: reason, Message: message})
		}
	}
	now := metav1.Now()
	for name, tc := range map[string]struct {
		change func(*clusterv1alpha1.XFirewall)
		ready  bool
		want   string
	}{
		"Speaks":   {func(*clusterv1alpha1.XFirewall) {}, true, "its word"},
		"Deleted":  {func(f *clusterv1alpha1.XFirewall) { f.DeletionTimestamp = &now }, true, "XFirewall firewall-1 is being deleted: kubectl -n default get metalstack -l cluster.metal-stack.crossplane.io/name=firewall-1 says what it waits for"},
		"Paused":   {unsynced(xpv2.ReasonReconcilePaused, ""), false, "XFirewall firewall-1 is paused: remove its annotation crossplane.io/paused"},
		"Unsynced": {unsynced(xpv2.ReasonReconcileError, "cannot compose"), true, "XFirewall firewall-1 is not in sync: cannot compose"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := xfirewall(true, "its word")
			tc.change(f)
			out := answered(xcluster(), map[string]client.Object{KeyNetwork: network(true, ""), KeyFirewall: f})
			status, _ := out.Status.(clusterv1alpha1.XClusterObservation)
			if status.Message != tc.want {
				t.Errorf("want %q, got %q", tc.want, status.Message)
			}
			for _, p := range out.Parts {
				if p.Key == KeyFirewall && p.Ready != tc.ready {
					t.Errorf("want it ready: %t", tc.ready)
				}
			}
		})
	}
}

// A claim has one XCluster, whatever the composite behind it was called before: one that
// belongs to nobody is taken back, and one of another composite of the claim is waited for.
func TestClaimHasOne(t *testing.T) {
	t.Parallel()
	yes := true
	of := func(owner ...metav1.OwnerReference) []metav1.PartialObjectMetadata {
		return []metav1.PartialObjectMetadata{{ObjectMeta: metav1.ObjectMeta{
			Namespace: "default", Name: "x-claimed", OwnerReferences: owner,
			Labels:      map[string]string{LabelComposite: "x-claimed-before", clusterv1alpha1.LabelName: "x-claimed", clusterv1alpha1.LabelOf: "x-claimed-before"},
			Annotations: map[string]string{annotationKey: KeyXCluster},
		}}}
	}
	for name, tc := range map[string]struct {
		found []metav1.PartialObjectMetadata
		want  string
		says  string
	}{
		"Free":     {nil, "x-claimed", ""},
		"Restored": {of(), "x-claimed", ""},
		"Another": {
			of(metav1.OwnerReference{Kind: "ClaimedXCluster", Name: "x-claimed-before", UID: "them", Controller: &yes}), "",
			"waiting for the name x-claimed of the XCluster: it belongs to ClaimedXCluster x-claimed-before, which was made for a claim of this name as well: delete the one of the two that no claim refers to",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := &Claimed{Claim: types.NamespacedName{Namespace: "default", Name: "x-claimed"}}
			x.Name, x.UID = "x-claimed-after", "us"
			r := Request{Found: map[Ask][]metav1.PartialObjectMetadata{}}
			for _, a := range ClaimedXCluster(x, r).Asks {
				r.Found[a] = nil
				if a.Name == "x-claimed" {
					r.Found[a] = tc.found
				}
			}
			out := ClaimedXCluster(x, r)
			got := ""
			for _, p := range out.Parts {
				got = p.Object.GetName()
			}
			status, _ := out.Status.(clusterv1alpha1.XClusterObservation)
			if got != tc.want || status.Message != tc.says {
				t.Errorf("want %q and %q, got %q and %q", tc.want, tc.says, got, status.Message)
			}
		})
	}
}
