package chaos

import (
	"testing"

	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

func TestUnwished(t *testing.T) {
	t.Parallel()
	const us, them = "provider@example.org", "metalctl@example.org"
	done := func(caller, operation, name, allocation string) simulator.JournalEntry {
		return simulator.JournalEntry{Operation: operation, Caller: caller, Status: 200, AllocationUUID: allocation, Marks: []string{markResource + "=" + namespace + "/" + name, markUID + "=u"}}
	}
	refused := func(e simulator.JournalEntry) simulator.JournalEntry { e.Status = 422; return e }
	for name, tc := range map[string]struct {
		reason  string
		acts    []Act
		journal []simulator.JournalEntry
		want    int
	}{
		"Shrunk":       {"people wanted it", []Act{{Scale, "x01", "to 2"}, {Scale, "x01", "to 1"}}, []simulator.JournalEntry{done(us, "freeMachine", "x01-small-2", "a")}, 0},
		"ShrunkMore":   {"but not two", []Act{{Scale, "x01", "to 2"}, {Scale, "x01", "to 1"}}, []simulator.JournalEntry{done(us, "freeMachine", "x01-small-2", "a"), done(us, "freeMachine", "x01-small-1", "b")}, 1},
		"Grown":        {"nor any", []Act{{Scale, "x01", "to 2"}}, []simulator.JournalEntry{done(us, "freeMachine", "x01-small-2", "a")}, 1},
		"Refused":      {"what was not done is none", nil, []simulator.JournalEntry{refused(done(us, "freeMachine", "x01-small-2", "a"))}, 0},
		"Stolen":       {"what others do is theirs", nil, []simulator.JournalEntry{done(them, "freeMachine", "x01-small-2", "a")}, 0},
		"Deleted":      {"with the XCluster all of it goes", []Act{{Delete, "x01", ""}}, []simulator.JournalEntry{done(us, "freeMachine", "x01-small-2", "a"), done(us, freeIP, "x01-egress-internet-ipv4-1", "b")}, 0},
		"Address":      {"an address stays", nil, []simulator.JournalEntry{done(us, freeIP, "x01-egress-internet-ipv4-1", "b")}, 1},
		"LooseAddress": {"one of its own does not", nil, []simulator.JournalEntry{done(us, freeIP, "i01", "b")}, 0},
		"Rolled": {
			"two firewalls at a time", nil, []simulator.JournalEntry{
				done(us, allocateFirewall, "x01-firewall", "a"), done(us, allocateFirewall, "x01-firewall-b", "b"), done(us, "freeMachine", "x01-firewall", "a"),
				done(us, allocateFirewall, "x01-firewall", "c"), done(them, "freeMachine", "x01-firewall-b", "b"), done(us, allocateFirewall, "x01-firewall-b", "d"),
			}, 0,
		},
		"Three": {
			"and not three", nil, []simulator.JournalEntry{
				done(us, allocateFirewall, "x01-firewall", "a"), done(us, allocateFirewall, "x01-firewall-b", "b"), done(us, allocateFirewall, "x01-firewall", "c"),
			}, 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := wishes{}
			for _, a := range append([]Act{{Create, "x01", ""}}, tc.acts...) {
				w.hear(a)
			}
			if got := w.Unwished(tc.journal, us); len(got) != tc.want {
				t.Errorf("%s: want %d, got %q", tc.reason, tc.want, got)
			}
		})
	}
}

// What is about to be deleted is judged by itself, and others later.
func TestUnwishedOf(t *testing.T) {
	t.Parallel()
	const us = "provider@example.org"
	w := wishes{}
	w.hear(Act{Create, "x01", ""})
	w.hear(Act{Create, "x02", ""})
	var journal []simulator.JournalEntry
	for _, name := range []string{"x01", "x02"} {
		journal = append(journal, simulator.JournalEntry{Operation: freeIP, Caller: us, Status: 200, Marks: []string{markResource + "=" + namespace + "/" + name + "-egress"}})
	}
	for name, want := range map[string]int{"x01": 1, "x03": 0} {
		if got := w.of(name).Unwished(journal, us); len(got) != want {
			t.Errorf("%s: want %d, got %q", name, want, got)
		}
	}
}
