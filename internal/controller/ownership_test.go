package controller

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/types"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

func TestJudge(t *testing.T) {
	t.Parallel()
	const project = "p1"
	facts := func(uid, allocation string) *Facts {
		return &Facts{ID: "m1", AllocationUUID: allocation, Marks: metal.Marks{UID: types.UID(uid)}, PartitionID: "mini-lab", ProjectID: project}
	}
	recorded := Record{UID: "us", ExternalName: "m1", AllocationUUID: "a1", PartitionCreated: "then", Taken: true}
	looked := Record{UID: "us", ExternalName: "m1", AllocationUUID: "a1", PartitionCreated: "then"}
	named := Record{UID: "us", ExternalName: "m1"}

	cases := map[string]struct {
		reason string
		record Record
		facts  *Facts
		want   Verdict
		says   string
	}{
		"Gone":                   {"an empty find", recorded, nil, Nothing, ""},
		"OurMark":                {"what carries our mark is ours", recorded, facts("us", "a1"), Ours, ""},
		"OurMarkNotRecorded":     {"a lost annotation does not make it somebody's", named, facts("us", "a1"), Ours, ""},
		"OurMarkAnotherUUID":     {"our own create of unknown outcome got the same machine again", recorded, facts("us", "a2"), Ours, ""},
		"MarkLost":               {"the allocation is the recorded one", recorded, facts("", "a1"), Ours, ""},
		"Reallocated":            {"metal-stack reuses machine ids", recorded, facts("", "a2"), Another, ""},
		"ReallocatedToOurs":      {"to another resource of ours", recorded, facts("them", "a2"), Another, ""},
		"ReallocatedAndTakeOver": {"what was given to us was freed and allocated anew", with(recorded, "them", false), facts("them", "a2"), Another, ""},
		"ReallocatedOtherRole":   {"as a machine", recorded, facts("", "a2").unfit("machine m1 is not a firewall"), Another, ""},
		"RoleChanged":            {"the same allocation in another role is nothing that we know", recorded, facts("us", "a1").unfit("machine m1 is not a firewall"), Refused, "not a firewall"},
		"Import":                 {"a person named what is nobody's", named, facts("", "a1"), Import, ""},
		"ImportOtherProject":     {"the project is always compared", named, facts("", "a1").of("p2"), Refused, "of project p2, not of p1"},
		"OurMarkOtherProject":    {"a mark can be written by others", recorded, facts("us", "a1").of("p2"), Refused, "of project p2"},
		"ImportOfAnothers":       {"what is another managed resource's is refused", named, facts("them", "a1"), Refused, "metal-stack.crossplane.io/take-over=them"},
		"TakenByAnother":         {"also if it was ours", recorded, facts("them", "a1"), Refused, "metal-stack.crossplane.io/take-over=them"},
		"TakeOver":               {"a person gave it to us", with(named, "them", false), facts("them", "a1"), TakeOver, ""},
		"TakeOverRestored":       {"a backup keeps the annotations and not the uid", with(recorded, "them", false), facts("them", "a1"), TakeOver, ""},
		"TakeOverOfSomebodyElse": {"and only that", with(named, "others", false), facts("them", "a1"), Refused, "uid them"},
		"TakeOverOfNobody":       {"no mark is no uid", named, facts("", "a1"), Import, ""},
		"Look":                   {"who only observes may look at what is another's", with(named, "", true), facts("them", "a1"), Look, ""},
		"LookRecorded":           {"again and again", with(recorded, "", true), facts("them", "a1"), Look, ""},
		"LookReallocated":        {"at what was ours, until it is another allocation", with(recorded, "", true), facts("them", "a2"), Another, ""},
		"LookAtAnother":          {"who only ever looked sees what is there now", with(looked, "", true), facts("", "a2"), Import, ""},
		"LookAtAnothers":         {"whoever's it is", with(looked, "", true), facts("them", "a2"), Look, ""},
		"LookedThenImport":       {"what was only looked at is imported as if it had not been", looked, facts("", "a1"), Import, ""},
		"LookedThenReallocated":  {"if it still is what was looked at", looked, facts("", "a2"), Another, ""},
		"LookedThenOtherProject": {"and of the project", looked, facts("", "a1").of("p2"), Refused, "of project p2"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := Judge("firewall", tc.record, Place{PartitionID: "mini-lab", ProjectID: project}, tc.facts)
			if diff := cmp.Diff(tc.want, got.Verdict); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
			if !strings.Contains(got.Reason, tc.says) || (tc.want == Refused) != (got.Reason != "") {
				t.Errorf("%s: want a reason with %q, got %q", tc.reason, tc.says, got.Reason)
			}
			if touch := tc.want == Ours || tc.want == TakeOver; got.Touchable() != touch {
				t.Errorf("%s: want touchable %t", tc.reason, touch)
			}
		})
	}
}

func (f *Facts) unfit(why string) *Facts {
	f.Unfit = why
	return f
}

func (f *Facts) of(project string) *Facts {
	f.ProjectID = project
	return f
}

func with(r Record, takeOver string, onlyObserved bool) Record {
	r.TakeOver = types.UID(takeOver)
	r.OnlyObserved = onlyObserved
	return r
}

func TestOtherStack(t *testing.T) {
	t.Parallel()
	record := Record{ExternalName: "m1", PartitionCreated: "then"}
	cases := map[string]struct {
		reason  string
		record  Record
		created string
		want    []string
	}{
		"Same":        {"the fingerprint is the recorded one", record, "then", nil},
		"Other":       {"another metal-stack with a partition of that name", record, "now", []string{"the ProviderConfig points at another metal-stack", "firewall m1", "created at then", "created at now", "nothing is created and nothing forgotten"}},
		"NoPartition": {"another metal-stack without it", record, "", []string{"there is none of that name"}},
		"NotRecorded": {"without a record nothing is proved", Record{ExternalName: "m1"}, "now", []string{"not recorded"}},
		"NoName":      {"a create was begun there", Record{PartitionCreated: "then"}, "now", []string{"a firewall that may have been created"}},
		"BothUnknown": {"nothing equals nothing, which proves nothing", Record{ExternalName: "m1"}, "", []string{"another metal-stack"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := otherStack("firewall", tc.record, "mini-lab", tc.created)
			if (got == "") != (len(tc.want) == 0) {
				t.Fatalf("%s: got %q", tc.reason, got)
			}
			for _, w := range tc.want {
				if !strings.Contains(got, w) {
					t.Errorf("%s: want %q in %q", tc.reason, w, got)
				}
			}
		})
	}
}
