package relation

import (
	"testing"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/memory"
)

func TestReferences(t *testing.T) {
	t.Parallel()
	from := &v1alpha1.Firewall{ObjectMeta: metav1.ObjectMeta{Namespace: "a", Name: "f", OwnerReferences: []metav1.OwnerReference{{UID: "xr", Controller: new(true)}}}}
	network := func(namespace, name, id string, change ...func(*v1alpha1.Network)) resource.Managed {
		n := &v1alpha1.Network{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: map[string]string{"of": name}}}
		if id != "" {
			meta.SetExternalName(n, id)
			n.SetConditions(xpv2.Available())
		}
		for _, c := range change {
			c(n)
		}
		return n
	}
	all := []resource.Managed{
		network("a", "n", "id-n"),
		network("a", "new", ""),
		network("a", "refused", "id-r", func(n *v1alpha1.Network) { n.SetConditions(xpv2.Unavailable()) }),
		network("a", "leaving", "id-l", func(n *v1alpha1.Network) { n.SetDeletionTimestamp(&metav1.Time{}) }),
		network("a", "twin-1", "id-1", func(n *v1alpha1.Network) { n.SetLabels(map[string]string{"of": "twins"}) }),
		network("a", "twin-2", "id-2", func(n *v1alpha1.Network) { n.SetLabels(map[string]string{"of": "twins"}) }),
		network("a", "ours", "id-o", func(n *v1alpha1.Network) { n.SetOwnerReferences(from.GetOwnerReferences()) }),
		network("b", "n", "id-b"),
	}
	gone := network("a", "gone", "id-g")
	gone.SetConditions(xpv2.Condition{Type: xpv2.TypeReady, Status: corev1.ConditionFalse, Reason: ReasonGone, Message: "it went: delete it"})
	all = append(all, gone)
	leaving := metav1.Now()
	all[3].SetDeletionTimestamp(&leaving)
	const to = "Network"
	named := func(name, namespace string) Reference {
		return Reference{Field: "privateNetworkID", To: to, Ref: &v1alpha1.Reference{Name: name, Namespace: namespace}}
	}
	selected := func(s v1alpha1.Selector) Reference { return Reference{Field: "privateNetworkID", To: to, Selector: &s} }
	cases := map[string]struct {
		reason string
		r      Reference
		want   lead
	}{
		"Named":     {"in the namespace of who refers", named("n", ""), lead{id: "id-n"}},
		"Elsewhere": {"or in the one that is named", named("n", "b"), lead{id: "id-b"}},
		"None":      {"what is not there is waited for", named("later", ""), lead{why: "waiting for Network later: there is none in namespace a"}},
		"NoneThere": {"in the other namespace", named("later", "b"), lead{why: "waiting for Network later in namespace b: there is none"}},
		"New":       {"what has no id is waited for", named("new", ""), lead{why: "waiting for Network new to be Ready"}},
		"Refused":   {"an id alone proves nothing", named("refused", ""), lead{id: "id-r", why: "waiting for Network refused to be Ready"}},
		"Gone":      {"what does not come again is not waited for without a word", named("gone", ""), lead{id: "id-g", why: "waiting for Network gone to be Ready, and it went: delete it"}},
		"Leaving":   {"nothing joins what goes", named("leaving", ""), lead{id: "id-l", why: "Network leaving is being deleted: name another by privateNetworkID"}},
		"Selected":  {"by label", selected(v1alpha1.Selector{MatchLabels: map[string]string{"of": "n"}}), lead{id: "id-n"}},
		"Several":   {"no one of several is chosen", selected(v1alpha1.Selector{MatchLabels: map[string]string{"of": "twins"}}), lead{why: "2 Networks match where one is meant (twin-1, twin-2, by a Network labelled of=twins): name one by privateNetworkIDRef"}},
		"Owner":     {"of the same composite", selected(v1alpha1.Selector{MatchControllerRef: new(true)}), lead{id: "id-o"}},
		"NoOwner":   {"and no other", selected(v1alpha1.Selector{MatchLabels: map[string]string{"of": "n"}, MatchControllerRef: new(true)}), lead{why: "waiting for a Network labelled of=n of the same composite: there is none in namespace a"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, tc.r.follow(from, all), cmp.AllowUnexported(lead{})); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
	for name, s := range map[string]*v1alpha1.Selector{"nil": nil, "empty": {}, "no labels": {MatchLabels: map[string]string{}}, "false": {MatchControllerRef: new(false)}} {
		if r := (Reference{Selector: s}); r.refers() || r.Matches(from, all[0]) {
			t.Errorf("%s: want a selector of nothing to select nothing", name)
		}
	}
}

// What a resolution does with where a reference leads to.
func TestResolution(t *testing.T) {
	t.Parallel()
	optional := &v1alpha1.ReferencePolicy{Resolution: v1alpha1.ResolutionOptional}
	ref := func(id string, p *v1alpha1.ReferencePolicy) Reference {
		return Reference{Field: "networks[x].networkID", Of: "networks", ID: id, To: "Network", Ref: &v1alpha1.Reference{Name: "n", Policy: p}}
	}
	followed := func(name, id string) *memory.Asked {
		return &memory.Asked{Followed: map[string]memory.Followed{"networks[x].networkID": {Reference: memory.Digest("Network " + name), ID: id}}}
	}
	ready, unready, none := lead{id: "id"}, lead{id: "id", why: "unready"}, lead{why: "none"}
	type want struct {
		Set                string
		Waits, Wrong, Lost bool
	}
	cases := map[string]struct {
		reason string
		r      Reference
		to     lead
		asked  *memory.Asked
		exists bool
		want   want
	}{
		"Create":             {"it leads to an id", ref("", nil), ready, nil, false, want{Set: "id"}},
		"CreateUnready":      {"which must be usable", ref("", nil), unready, nil, false, want{Waits: true}},
		"CreateNone":         {"or is waited for", ref("", nil), none, nil, false, want{Waits: true}},
		"CreateOptional":     {"an optional one is used where it can be", ref("", optional), ready, nil, false, want{Set: "id"}},
		"CreateOptionalBad":  {"and left out where it cannot", ref("", optional), unready, nil, false, want{}},
		"CreateOptionalNone": {"or is not there", ref("", optional), none, nil, false, want{}},
		"CreateAgain":        {"what was asked for once counts for nothing that exists", ref("", nil), none, followed("n", "old"), false, want{Waits: true}},
		"Both":               {"an id beside it", ref("id", nil), ready, nil, false, want{Set: "id"}},
		"BothOther":          {"must be the same", ref("x", nil), ready, nil, false, want{Wrong: true}},
		"BothNone":           {"so it is waited for", ref("x", nil), none, nil, false, want{Waits: true}},
		"BothNoneOptional":   {"if it must be there", ref("x", optional), none, nil, false, want{}},
		"Exists":             {"of what exists it is compared, usable or not", ref("", nil), unready, nil, true, want{Set: "id"}},
		"ExistsNone":         {"where it leads nowhere any more, it is what it was", ref("", nil), none, followed("n", "old"), true, want{Set: "old"}},
		"ExistsChanged":      {"unless it was changed", ref("", nil), none, followed("m", "old"), true, want{Lost: true}},
		"ExistsBothChanged":  {"also beside an id", ref("old", nil), none, followed("m", "old"), true, want{Lost: true}},
		"ExistsOptional":     {"an optional one may lead nowhere", ref("", optional), none, nil, true, want{}},
		"ExistsUnknown":      {"and another may not", ref("", nil), none, nil, true, want{Lost: true}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got want
			tc.r.Set = func(id string) { got.Set = id }
			out := Resolution{Followed: map[string]memory.Followed{}, Lost: map[string]string{}}
			out.add(tc.r, tc.to, tc.asked, tc.exists)
			got.Waits, got.Wrong, got.Lost = len(out.Waits) > 0, len(out.Wrong) > 0, out.Lost["networks"] != ""
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
			if id := out.Followed["networks[x].networkID"].ID; id != tc.want.Set {
				t.Errorf("want %q remembered, got %q", tc.want.Set, id)
			}
		})
	}
}
