package chaos

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

func TestCompare(t *testing.T) {
	t.Parallel()
	var (
		network  = Resource{Kind: "Network", Name: "chaos/n", UID: "u1", ID: "n1", Allocation: "n1"}
		firewall = Resource{Kind: "Firewall", Name: "chaos/f", UID: "u2", ID: "m1", Allocation: "a1"}
		theirs   = Object{Kind: "Network", ID: "n1", Allocation: "n1", UID: "u1"}
		machine  = Object{Kind: "Firewall", ID: "m1", Allocation: "a1", UID: "u2"}
		again    = Object{Kind: "Firewall", ID: "m2", Allocation: "a2", UID: "u2"}
		strange  = Object{Kind: "Firewall", ID: "m3", Allocation: "a3"}
		orphan   = Object{Kind: "Network", ID: "n9", Allocation: "n9", UID: "u9"}
	)
	type counts struct{ Leaks, Duplicates, Missing int }
	cases := map[string]struct {
		reason    string
		resources []Resource
		objects   []Object
		want      counts
	}{
		"Equal":     {"One for one; what has no mark is nobody's.", []Resource{network, firewall}, []Object{theirs, machine, strange}, counts{}},
		"Leak":      {"A mark without a resource.", []Resource{network}, []Object{theirs, orphan, machine}, counts{Leaks: 2}},
		"Duplicate": {"Made again without a look.", []Resource{firewall}, []Object{machine, again}, counts{Duplicates: 1}},
		"Missing":   {"A resource without an object.", []Resource{network, firewall}, []Object{theirs}, counts{Missing: 1}},
		"Forgotten": {"The resource remembers another one.", []Resource{firewall}, []Object{again}, counts{Missing: 1}},
		"Reused":    {"The machine's id is the same, its allocation is not.", []Resource{firewall}, []Object{{Kind: "Firewall", ID: "m1", Allocation: "a7", UID: "u2"}}, counts{Missing: 1}},
		"Confused":  {"A firewall is no network.", []Resource{network}, []Object{{Kind: "Firewall", ID: "n1", Allocation: "n1", UID: "u1"}}, counts{Missing: 1}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := Compare(tc.resources, tc.objects)
			got := counts{len(f.Leaks), len(f.Duplicates), len(f.Missing)}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("\n%s\n-want, +got:\n%s\n%v", tc.reason, diff, f.Lines())
			}
		})
	}
}

func TestCompareInventories(t *testing.T) {
	t.Parallel()
	before := []string{"machine 1, allocated: false", "super network, 0 prefixes used"}
	after := []string{"machine 1, allocated: false", "super network, 1 prefixes used"}
	f := CompareInventories(before, after)
	if len(f.Leaks) != 1 || len(f.Missing) != 1 {
		t.Errorf("A prefix that was never given back: got %v", f.Lines())
	}
	if f := CompareInventories(before, before); len(f.Lines()) != 0 {
		t.Errorf("Nothing has changed: got %v", f.Lines())
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	const us, them = "provider@example.org", "metalctl@example.org"
	ours := []string{"a=b", markUID + "=u1"}
	living := []Resource{{Kind: "Firewall", Name: "chaos/f", UID: "u1"}}
	entry := func(operation, caller, project string, status int, marks ...string) simulator.JournalEntry {
		return simulator.JournalEntry{Operation: operation, Caller: caller, Project: project, Status: status, Marks: marks, ID: "m1"}
	}
	cases := map[string]struct {
		reason  string
		entry   simulator.JournalEntry
		living  []Resource
		touches int
		made    map[string]int
		freed   map[string]int
	}{
		"Allocate":      {"Made with a mark.", entry("allocateFirewall", us, "p", 200, ours...), living, 0, map[string]int{"allocateFirewall": 1}, nil},
		"Free":          {"Freed, and its resource is gone.", entry("freeMachine", us, "p", 200, ours...), nil, 0, nil, map[string]int{"freeMachine": 1}},
		"FreeOfLiving":  {"Freed under a resource that lives.", entry("freeMachine", us, "p", 200, ours...), living, 1, nil, nil},
		"Update":        {"Ours.", entry("updateMachine", us, "p", 200, ours...), living, 0, nil, nil},
		"UpdateForeign": {"Nobody's mark: somebody else's.", entry("updateMachine", us, "p", 200, "tag"), living, 1, nil, nil},
		"FreeForeign":   {"Of another project.", entry("freeMachine", us, "other", 200), living, 1, nil, nil},
		"TryForeign":    {"The attempt is what counts.", entry("freeMachine", us, "other", 422), living, 1, nil, nil},
		"FreeFree":      {"A machine that nobody has is power-cycled.", entry("freeMachine", us, "", 200), living, 1, nil, nil},
		"Refused":       {"What is not there cannot be touched.", entry("freeNetwork", us, "", 404), living, 0, nil, nil},
		"Reinstall":     {"We never reinstall.", entry("reinstallMachine", us, "p", 200), living, 1, nil, nil},
		"Theirs":        {"Others may do as they like.", entry("freeMachine", them, "other", 200), living, 0, nil, nil},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := Read([]simulator.JournalEntry{tc.entry}, 0, us, "p", tc.living)
			if len(got.Touches) != tc.touches {
				t.Errorf("\n%s\ngot touches %v, want %d", tc.reason, got.Touches, tc.touches)
			}
			for what, d := range map[string]string{
				"made":  cmp.Diff(orEmpty(tc.made), got.Made),
				"freed": cmp.Diff(orEmpty(tc.freed), got.Freed),
			} {
				if d != "" {
					t.Errorf("\n%s\n%s: -want, +got:\n%s", tc.reason, what, d)
				}
			}
		})
	}
}

func TestReadOthers(t *testing.T) {
	t.Parallel()
	const us, them = "provider@example.org", "metalctl@example.org"
	done := func(caller, operation, id string, marks ...string) simulator.JournalEntry {
		return simulator.JournalEntry{Caller: caller, Operation: operation, ID: id, Project: "p", Status: 200, Marks: marks}
	}
	mark := markUID + "=u1"
	got := Read([]simulator.JournalEntry{
		done(them, allocateFirewall, "m1"),
		done(them, "freeMachine", "m1"),
		done(us, allocateFirewall, "m1", mark),
		done(them, "freeMachine", "m1", mark),
		done(them, allocateFirewall, "m1"),
	}, 0, us, "p", nil).Others
	want := map[string]int{"a stranger's firewall": 1, "somebody frees a machine of ours": 1, "a stranger's firewall, on a machine that was ours": 1}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}

func TestReadPrefixes(t *testing.T) {
	t.Parallel()
	const us, them = "provider@example.org", "metalctl@example.org"
	network := func(caller, operation, id string, status int, prefixes, from []string) simulator.JournalEntry {
		return simulator.JournalEntry{
			Caller: caller, Operation: operation, ID: id, Project: "p", Status: status, Marks: []string{markUID + "=" + id},
			Prefixes: prefixes, TakenFrom: from,
		}
	}
	one, two, other := []string{"10.0.0.0/22"}, []string{"10.0.0.0/22", "2001:db8::/96"}, []string{"other"}
	before := []simulator.JournalEntry{network(them, allocateNetwork, "other", 201, one, nil)}
	cases := map[string]struct {
		reason  string
		entry   simulator.JournalEntry
		living  []Resource
		touches int
		broke   Broke
		made    map[string]int
		freed   map[string]int
	}{
		"Allocated":   {reason: "All is well.", entry: network(us, allocateNetwork, "n", 201, two, nil), made: map[string]int{allocateNetwork: 1}},
		"Unanswered":  {reason: "The row is there, only the answer failed.", entry: network(us, allocateNetwork, "n", 422, two, nil), made: map[string]int{allocateNetwork: 1}},
		"AllocateCut": {reason: "A prefix without a network is nobody's.", entry: network(us, allocateNetwork, "", 422, one, nil), broke: Broke{Taken: 1}},
		"Freed":       {reason: "All is well.", entry: network(us, freeNetwork, "n", 200, two, nil), freed: map[string]int{freeNetwork: 1}},
		"FreeIPCut":   {reason: "An address without a row is nobody's.", entry: network(us, freeIP, "203.0.113.129", 422, one, nil), broke: Broke{Lost: 1}},
		"FreeCut":     {reason: "metal-api cannot resume.", entry: network(us, freeNetwork, "n", 422, one, nil), broke: Broke{HalfFreed: 1}},
		"FreeFailed":  {reason: "Nothing was given back.", entry: network(us, freeNetwork, "n", 422, nil, nil)},
		"CutUnderLiving": {
			reason: "Repaired, nobody would see it.", entry: network(us, freeNetwork, "n", 422, one, nil), living: []Resource{{UID: "n"}},
			touches: 1, broke: Broke{HalfFreed: 1},
		},
		"TakenFromOther": {
			reason: "metal-api answers 200, and the other network is broken.", entry: network(us, freeNetwork, "n", 200, two, other),
			touches: 1, freed: map[string]int{freeNetwork: 1},
		},
		"TakenByOther":  {reason: "Others may do as they like.", entry: network(them, freeNetwork, "n", 200, two, other)},
		"TakenFromNone": {reason: "Its allocate was cut in the middle.", entry: network(us, freeNetwork, "n", 200, two, []string{"none"}), freed: map[string]int{freeNetwork: 1}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := Read(append(slices.Clone(before), tc.entry), len(before), us, "p", tc.living)
			if len(got.Touches) != tc.touches {
				t.Errorf("\n%s\ngot touches %v, want %d", tc.reason, got.Touches, tc.touches)
			}
			for what, d := range map[string]string{
				"broke": cmp.Diff(tc.broke, got.Broke),
				"made":  cmp.Diff(orEmpty(tc.made), got.Made),
				"freed": cmp.Diff(orEmpty(tc.freed), got.Freed),
			} {
				if d != "" {
					t.Errorf("\n%s\n%s: -want, +got:\n%s", tc.reason, what, d)
				}
			}
		})
	}
}

func orEmpty(m map[string]int) map[string]int {
	if m == nil {
		return map[string]int{}
	}
	return m
}
