package chaos

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

// mostFirewalls of an XCluster at a time: one, and one that replaces it.
const mostFirewalls = 2

// A wish is what people have asked for of the workers of an XCluster.
type wish struct {
	// workers that it shall have, and those that may be freed in all.
	workers, fewer int
}

// wishes for the XClusters that live, by name: nothing else may happen to what they have.
type wishes map[string]*wish

// hear of an act.
func (w wishes) hear(a Act) {
	switch a.Deed {
	case Create:
		w[a.Name] = &wish{}
	case Delete:
		delete(w, a.Name)
	case Scale:
		is, n := w[a.Name], 0
		if _, err := fmt.Sscanf(a.How, "to %d", &n); err != nil || is == nil {
			return
		}
		is.fewer += max(is.workers-n, 0)
		is.workers = n
	default:
	}
}

// of an XCluster alone.
func (w wishes) of(name string) wishes {
	if wish := w[name]; wish != nil {
		return wishes{name: wish}
	}
	return nil
}

// Unwished is what a journal tells of a caller, the provider, that nobody wanted of
// XClusters that live: to free workers of theirs beyond those that people had asked to, or
// an egress address, or to have more firewalls at a time than a replacement needs.
func (w wishes) Unwished(journal []simulator.JournalEntry, caller string) []string {
	var out []string
	freed, firewalls := map[string]int{}, map[string]map[string]bool{}
	for _, e := range journal {
		if e.Status >= http.StatusMultipleChoices {
			continue
		}
		name, part := partOf(e.Marks)
		wish := w[name]
		switch {
		case wish == nil:
		case e.Operation == allocateFirewall && e.Caller == caller:
			if firewalls[name] == nil {
				firewalls[name] = map[string]bool{}
			}
			firewalls[name][e.AllocationUUID] = true
			if n := len(firewalls[name]); n > mostFirewalls {
				out = append(out, touch(e, fmt.Sprintf("of %s, which has %d firewalls then", name, n)))
			}
		case e.Operation == freeMachine && strings.HasPrefix(part, "firewall"):
			delete(firewalls[name], e.AllocationUUID)
		case e.Caller != caller:
		case e.Operation == freeMachine:
			if freed[name]++; freed[name] > wish.fewer {
				out = append(out, touch(e, fmt.Sprintf("of %s, of which people wanted %d workers freed", name, wish.fewer)))
			}
		case e.Operation == freeIP:
			out = append(out, touch(e, "of "+name+", which has it for good"))
		}
	}
	return out
}

// partOf an XCluster is what was made for a resource that is called after it.
func partOf(marks []string) (xcluster, part string) {
	for _, m := range marks {
		if resource, ok := strings.CutPrefix(m, markResource+"="+namespace+"/"); ok {
			xcluster, part, _ = strings.Cut(resource, "-")
		}
	}
	return xcluster, part
}
