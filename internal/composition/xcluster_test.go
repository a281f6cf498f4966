package composition

import (
	"testing"
	"time"

	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clusterv1alpha1 "github.com/crossplane-contrib/provider-metal-stack/apis/cluster/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

func xcluster() *clusterv1alpha1.XCluster {
	return &clusterv1alpha1.XCluster{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "x-cellent", UID: "us"}}
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
	if out := XCluster(xcluster(), Request{Deaf: true}); out.Again != 30*time.Second {
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
