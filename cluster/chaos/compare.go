package chaos

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

// Marks of the provider, spelled out: a comparison must not inherit its
// mistakes.
const (
	markUID      = "metal-stack.crossplane.io/uid"
	markResource = "metal-stack.crossplane.io/resource"
)

// A Resource is a managed resource in Kubernetes.
type Resource struct {
	Kind string
	Name string
	UID  string

	// ID and Allocation that it remembers.
	ID         string
	Allocation string
}

// String names the resource.
func (r Resource) String() string { return fmt.Sprintf("%s %s (uid %s)", r.Kind, r.Name, r.UID) }

// An Object is a network or a machine's allocation at metal-stack.
type Object struct {
	Kind       string
	ID         string
	Allocation string

	// UID of the resource whose mark it carries.
	UID string
}

// String names the object.
func (o Object) String() string { return fmt.Sprintf("%s %s marked %s", o.Kind, o.ID, o.UID) }

// Findings of a comparison, in words.
type Findings struct {
	// Leaks are marked objects without a resource, and what remains at
	// metal-api when everything was deleted.
	Leaks []string

	// Duplicates are resources with more than one object.
	Duplicates []string

	// Touches are writes of the provider to what was not its own.
	Touches []string

	// Missing are resources without their object, and what metal-api lacks that
	// it had before.
	Missing []string
}

// Add findings to others.
func (f *Findings) Add(more Findings) {
	f.Leaks = append(f.Leaks, more.Leaks...)
	f.Duplicates = append(f.Duplicates, more.Duplicates...)
	f.Touches = append(f.Touches, more.Touches...)
	f.Missing = append(f.Missing, more.Missing...)
}

// Lines of all findings.
func (f *Findings) Lines() []string {
	var out []string
	for _, k := range []struct {
		word string
		are  []string
	}{{"leak", f.Leaks}, {"duplicate", f.Duplicates}, {"foreign touch", f.Touches}, {"missing", f.Missing}} {
		for _, s := range k.are {
			out = append(out, k.word+": "+s)
		}
	}
	return out
}

// Compare both worlds: each resource has exactly the one object that it
// remembers and that carries its mark, each marked object is a resource's.
func Compare(resources []Resource, objects []Object) Findings {
	var f Findings
	by := map[string][]Object{}
	for _, o := range objects {
		if o.UID != "" {
			by[o.UID] = append(by[o.UID], o)
		}
	}
	known := map[string]bool{}
	for _, r := range resources {
		known[r.UID] = true
		switch own := by[r.UID]; {
		case len(own) == 0:
			f.Missing = append(f.Missing, fmt.Sprintf("%s has no object", r))
		case len(own) > 1:
			f.Duplicates = append(f.Duplicates, fmt.Sprintf("%s has %d objects: %v", r, len(own), own))
		case own[0].ID != r.ID || own[0].Allocation != r.Allocation || !strings.EqualFold(own[0].Kind, r.Kind):
			f.Missing = append(f.Missing, fmt.Sprintf("%s remembers %s (allocation %s), and %s (allocation %s) is marked", r, r.ID, r.Allocation, own[0], own[0].Allocation))
		}
	}
	for _, o := range objects {
		if o.UID != "" && !known[o.UID] {
			f.Leaks = append(f.Leaks, fmt.Sprintf("%s has no resource", o))
		}
	}
	slices.Sort(f.Leaks)
	return f
}

// CompareInventories of a metal-stack before anything was made in it and after
// everything was deleted, as lines.
func CompareInventories(before, after []string) Findings {
	var f Findings
	for _, line := range after {
		if !slices.Contains(before, line) {
			f.Leaks = append(f.Leaks, "metal-api did not show before: "+line)
		}
	}
	for _, line := range before {
		if !slices.Contains(after, line) {
			f.Missing = append(f.Missing, "metal-api does not show any more: "+line)
		}
	}
	return f
}

// Written is what a journal tells of the provider.
type Written struct {
	// Made and Freed count what succeeded, by operation.
	Made  map[string]int
	Freed map[string]int

	// Others counts what others did, in words.
	Others map[string]int

	// Touches are writes that the provider had no right to.
	Touches []string

	// Broke is what metal-api broke.
	Broke Broke
}

// Read a journal whose first entries were read before: what did caller, the
// provider, write? Whatever it changes or frees must carry the mark of a
// resource, or be what it has allocated: anybody rewrites the tags of an IP. It never frees what belongs to a resource that lives, never names a
// thing of another project, and never gives back a prefix that another network
// has got.
func Read(journal []simulator.JournalEntry, read int, caller, project string, living []Resource) Written {
	w := Written{Made: map[string]int{}, Freed: map[string]int{}, Others: map[string]int{}}
	uids := map[string]string{}
	for _, r := range living {
		uids[r.UID] = r.String()
	}
	networks := map[string]string{}
	for _, e := range journal {
		if e.Operation == allocateNetwork && e.ID != "" {
			networks[e.ID] = fmt.Sprintf("network %s %q of project %s", e.ID, e.Name, e.Project)
		}
	}
	ours, allocations := map[string]bool{}, map[string]bool{}
	for _, e := range journal {
		if e.Caller == caller && strings.HasPrefix(e.Operation, "allocate") && e.AllocationUUID != "" {
			allocations[e.AllocationUUID] = true
		}
	}
	for _, e := range journal[read:] {
		done := e.Status < http.StatusMultipleChoices
		uid := uidOf(e.Marks)
		w.Broke = w.Broke.Plus(brokenBy(e))
		if e.Caller != caller {
			if what := deed(e, uid, ours[e.ID]); done && what != "" {
				w.Others[what]++
			}
			continue
		}
		for _, id := range e.TakenFrom {
			// An allocate that failed had no network yet.
			if networks[id] != "" {
				w.Touches = append(w.Touches, touch(e, fmt.Sprintf("took a prefix (of %v) from %s", e.Prefixes, networks[id])))
			}
		}
		switch {
		case e.Project != "" && e.Project != project:
			w.Touches = append(w.Touches, touch(e, "of project "+e.Project))
		case done && uid == "" && !allocations[e.AllocationUUID]:
			w.Touches = append(w.Touches, touch(e, "without a mark"))
		case (done || len(e.Prefixes) > 0) && strings.HasPrefix(e.Operation, "free") && uids[uid] != "":
			w.Touches = append(w.Touches, touch(e, "of "+uids[uid]+", which lives"))
		case !done && !unanswered(e):
		case strings.HasPrefix(e.Operation, "allocate"):
			w.Made[e.Operation]++
			ours[e.ID] = true
		case strings.HasPrefix(e.Operation, "free"):
			w.Freed[e.Operation]++
		}
	}
	return w
}

// unanswered is an allocate of a network that was made, and metal-api could not
// say so any more.
func unanswered(e simulator.JournalEntry) bool {
	return e.Operation == allocateNetwork && e.ID != ""
}

// brokenBy an operation that failed in the middle.
func brokenBy(e simulator.JournalEntry) Broke {
	switch {
	case e.Status < http.StatusMultipleChoices || len(e.Prefixes) == 0 || unanswered(e):
		return Broke{}
	case e.Operation == allocateNetwork:
		return Broke{Taken: len(e.Prefixes)}
	case e.Operation == freeIP:
		return Broke{Lost: 1}
	default:
		return Broke{HalfFreed: 1}
	}
}

// deed of others, in words: none if it is of no interest.
func deed(e simulator.JournalEntry, uid string, wasOurs bool) string {
	switch {
	case e.Operation == freeMachine && uid != "":
		return "somebody frees a machine of ours"
	case e.Operation == freeIP:
		return "somebody frees an IP of ours"
	case e.Operation == "updateIP":
		return "somebody rewrites the tags of an IP of ours"
	case e.Operation == allocateFirewall && wasOurs:
		return "a stranger's firewall, on a machine that was ours"
	case e.Operation == allocateFirewall:
		return "a stranger's firewall"
	default:
		return ""
	}
}

func touch(e simulator.JournalEntry, why string) string {
	return fmt.Sprintf("%s %s of %s %q (allocation %s) %s, answered %d", e.Time.Format("15:04:05.000"), e.Operation, e.ID, e.Name, e.AllocationUUID, why, e.Status)
}

func uidOf(marks []string) string {
	for _, m := range marks {
		if uid, ok := strings.CutPrefix(m, markUID+"="); ok {
			return uid
		}
	}
	return ""
}
