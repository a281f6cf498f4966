package composition

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clusterv1alpha1 "github.com/crossplane-contrib/provider-metal-stack/apis/cluster/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// Names are legible, and the same for the same XCluster, before a restore and after it.
func TestNaming(t *testing.T) {
	t.Parallel()
	x := func(n int) string { return strings.Repeat("x", n) }
	cases := map[string]struct {
		reason string
		n      naming
		i      int
		want   string
	}{
		"First":     {"as a person would call it", naming{of: "x-cellent", as: "network", most: 63}, 0, "x-cellent-network"},
		"Second":    {"another one, where that is somebody's", naming{of: "x-cellent", as: "network", most: 63}, 1, "x-cellent-network-2"},
		"Plain":     {"a part of its own name", naming{of: "edge", most: 63}, 0, "edge"},
		"PlainNext": {"and the next", naming{of: "edge", most: 63}, 2, "edge-3"},
		"Fits":      {"nothing is cut that fits", naming{of: x(55), as: "network", most: 63}, 0, x(55) + "-network"},
		"Cut":       {"what is cut is told from its like", naming{of: x(56), as: "network", most: 63}, 0, x(46) + "-93264ea5-network"},
		"CutAtDot":  {"a part of a name ends with a letter", naming{of: x(45) + ".-" + x(20), as: "network", most: 63}, 0, x(45) + "-e3d21002-network"},
		"CutNext":   {"the next has room, too", naming{of: x(56), as: "network", most: 63}, 9, x(43) + "-93264ea5-network-10"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := tc.n.nth(tc.i)
			if diff := cmp.Diff(tc.want, got); diff != "" || len(got) > tc.n.most {
				t.Errorf("%s: -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// A name is taken if nobody has it, or what has it is this very part, restored. What is
// anybody else's is never taken: Crossplane would make it its own.
func TestChoose(t *testing.T) {
	t.Parallel()
	const first, second = "x-cellent-network", "x-cellent-network-2"
	mine := func(change ...func(*metav1.PartialObjectMetadata)) *metav1.PartialObjectMetadata {
		o := &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{
			Labels:      map[string]string{"crossplane.io/composite": "x-cellent", clusterv1alpha1.LabelName: "x-cellent", clusterv1alpha1.LabelUID: "of-before"},
			Annotations: map[string]string{"crossplane.io/composition-resource-name": "network"},
		}}
		for _, c := range change {
			c(o)
		}
		return o
	}
	controlledBy := func(uid string) func(*metav1.PartialObjectMetadata) {
		return func(o *metav1.PartialObjectMetadata) {
			yes := true
			o.OwnerReferences = []metav1.OwnerReference{{UID: "an-owner"}, {UID: "us", Controller: &yes}}
			o.OwnerReferences[1].UID = "us"
			switch uid {
			case "us":
			case "namesake":
				o.OwnerReferences[1].UID, o.OwnerReferences[1].Name = "them", "x-cellent"
			default:
				o.OwnerReferences[1].UID = "them"
			}
		}
	}
	leaving := metav1.Now()
	cases := map[string]struct {
		reason   string
		found    map[string]*metav1.PartialObjectMetadata
		recorded string
		want     string
		why      string
	}{
		"Free":      {"nobody has it", nil, "", first, ""},
		"Restored":  {"a part that belongs to nobody is taken back", map[string]*metav1.PartialObjectMetadata{first: mine()}, "", first, ""},
		"Ours":      {"one of ours that was not seen yet is ours", map[string]*metav1.PartialObjectMetadata{first: mine(controlledBy("us"))}, "", first, ""},
		"Theirs":    {"another XCluster's is not", map[string]*metav1.PartialObjectMetadata{first: mine(controlledBy("them"))}, "", second, ""},
		"Leaving":   {"nothing is taken back that goes", map[string]*metav1.PartialObjectMetadata{first: mine(func(o *metav1.PartialObjectMetadata) { o.DeletionTimestamp = &leaving })}, "", "", "waiting for the name"},
		"Namesakes": {"nor what a composite of this name had, and that will go with it", map[string]*metav1.PartialObjectMetadata{first: mine(controlledBy("namesake"))}, "", "", "waiting for the name"},
		"Somebodys": {"an object that a person made is a person's", map[string]*metav1.PartialObjectMetadata{first: {}}, "", second, ""},
		"OtherPart": {"nor is it another part", map[string]*metav1.PartialObjectMetadata{first: mine(func(o *metav1.PartialObjectMetadata) {
			o.Annotations["crossplane.io/composition-resource-name"] = "other"
		})}, "", second, ""},
		"OtherOne":  {"or another XCluster's that has gone", map[string]*metav1.PartialObjectMetadata{first: mine(func(o *metav1.PartialObjectMetadata) { o.Labels["crossplane.io/composite"] = "other" })}, "", second, ""},
		"OtherName": {"or one of another name", map[string]*metav1.PartialObjectMetadata{first: mine(func(o *metav1.PartialObjectMetadata) { o.Labels[clusterv1alpha1.LabelName] = "other" })}, "", second, ""},
		"Recorded":  {"the recorded name comes first: it may be restored yet", nil, "x-cellent-0123456789ab", "x-cellent-0123456789ab", ""},
		"RecordedTheirs": {
			"but not if it is somebody's",
			map[string]*metav1.PartialObjectMetadata{"x-cellent-0123456789ab": mine(controlledBy("them"))},
			"x-cellent-0123456789ab", first, "",
		},
		"RestoredElse": {
			"a restored part may have a name of before",
			map[string]*metav1.PartialObjectMetadata{"x-cellent-0123456789ab": mine()},
			"", "x-cellent-0123456789ab", "",
		},
		"Copied": {
			"a person's copy of a part is a person's", map[string]*metav1.PartialObjectMetadata{"edge": mine()}, "", first, "",
		},
		"CopiedAlike": {
			"whatever its name", map[string]*metav1.PartialObjectMetadata{"x-cellent-network-edge": mine()}, "", first, "",
		},
		"Siblings": {
			"or of another composite in the same XCluster", map[string]*metav1.PartialObjectMetadata{first: mine(func(o *metav1.PartialObjectMetadata) { o.Labels[clusterv1alpha1.LabelOf] = "sibling" })}, "", second, "",
		},
		"RestoredAlone": {
			"what was no part of an XCluster is none now", map[string]*metav1.PartialObjectMetadata{first: mine(func(o *metav1.PartialObjectMetadata) { delete(o.Labels, clusterv1alpha1.LabelUID) })}, "", second, "",
		},
		"All": {
			"there is an end to it",
			map[string]*metav1.PartialObjectMetadata{first: {}, second: {}, "x-cellent-network-3": {}, "x-cellent-network-4": {}, "x-cellent-network-5": {}},
			"", "", "are others'",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := &clusterv1alpha1.XCluster{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "x-cellent", UID: "us"}}
			r := Request{Parts: map[string]client.Object{}, Found: map[Ask][]metav1.PartialObjectMetadata{}}
			if tc.recorded != "" {
				r.Recorded = []Reference{
					{Kind: clusterv1alpha1.XFirewallGroupVersionKind, Namespace: "default", Name: "another-kind"},
					{Kind: v1alpha1.NetworkGroupVersionKind, Namespace: "default", Name: tc.recorded},
				}
			}
			n := naming{of: "x-cellent", as: KeyNetwork, most: longest}
			choose := func() (string, string, []Ask) {
				c := newComposer(x, r)
				name, why := c.choose(KeyNetwork, v1alpha1.NetworkGroupVersionKind, newNetwork(x), n)
				return name, why, c.out.Asks
			}
			name, why, asks := choose()
			if name != "" || why != "" || len(asks) == 0 {
				t.Fatalf("want nothing chosen before it was asked, got %q, %q, %v", name, why, asks)
			}
			for _, a := range asks {
				r.Found[a] = nil
				for at, o := range tc.found {
					o.SetName(at)
					if a.Name == at || a.Name == "" && o.GetLabels()[a.Label] == a.Value {
						r.Found[a] = append(r.Found[a], *o)
					}
				}
			}
			name, why, again := choose()
			if diff := cmp.Diff(tc.want, name); diff != "" || !strings.Contains(why, tc.why) || (why == "") != (tc.why == "") {
				t.Errorf("%s: -want, +got:\n%s, why: %q", tc.reason, diff, why)
			}
			if diff := cmp.Diff(asks, again); diff != "" {
				t.Errorf("want the same asked for until it is there: -want, +got:\n%s", diff)
			}
		})
	}
}
