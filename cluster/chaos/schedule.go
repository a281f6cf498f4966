package chaos

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/crossplane-contrib/provider-metal-stack/cluster/chaos/faultproxy"
)

// Times of a schedule. Together with Durations they keep the relations that a
// real installation has: an allocate comes true within delay and the wait for
// the mutex, and the hold-off is longer; a machine that was freed takes longer
// to be there again than a free can be late.
const (
	// HoldOff of the provider. A real one is 60 s, where a request may take
	// 30 s and wait 10 s for metal-api's mutex.
	HoldOff = 4 * time.Second

	// latest an allocate may reach metal-api after its caller has given up, or
	// died: later than the provider needs to start, and to try again.
	latest = 2500 * time.Millisecond

	// slowest delay of any other request.
	slowest = 250 * time.Millisecond

	// pause between two prefixes of a network that is cut in the middle: longer
	// than until the cut.
	pause = 200 * time.Millisecond

	// patience for a chosen point. If it does not come, the provider is killed
	// all the same.
	patience = 2500 * time.Millisecond
)

// Operations of metal-api that make something, and one that cannot resume either.
const (
	allocateNetwork  = "allocateNetwork"
	allocateFirewall = "allocateFirewall"
	freeNetwork      = "freeNetwork"
	freeMachine      = "freeMachine"
	allocateMachine  = "allocateMachine"
	allocateIP       = "allocateIP"
	freeIP           = "freeIP"
)

// A Side of the provider.
type Side string

// Sides.
const (
	Metal Side = "metal-api"
	Kube  Side = "kube-apiserver"
)

// A Kill of the provider by SIGKILL.
type Kill struct {
	// At is the side with the chosen point; none for a random moment.
	At Side

	// Operation, Nth and Moment are the chosen point.
	Operation string
	Nth       int
	Moment    faultproxy.Moment

	// After is the random moment, or the delay that Moment needs.
	After time.Duration
}

// String says when the provider is killed.
func (k Kill) String() string {
	if k.At == "" {
		return fmt.Sprintf("SIGKILL after %s", k.After)
	}
	by := ""
	if k.Moment == faultproxy.Late || k.Moment == faultproxy.Middle {
		by = fmt.Sprintf(" (by %s)", k.After)
	}
	return fmt.Sprintf("SIGKILL %s%s the %d. %q at %s", k.Moment, by, k.Nth, k.Operation, k.At)
}

// A Fault of one side.
type Fault struct {
	At Side

	// Rule of the proxy. Without an operation the side is cut, or, if Block is
	// set, metal-api's allocation mutex taken.
	Rule  faultproxy.Rule
	Block bool

	// For so long a side is cut or blocked.
	For time.Duration
}

// Name of the fault, to count it by.
func (f Fault) Name() string {
	switch {
	case f.Block:
		return string(f.At) + " mutex taken"
	case f.Rule.Operation == "":
		return string(f.At) + " cut"
	default:
		return f.Rule.Name
	}
}

// String says what happens.
func (f Fault) String() string {
	if f.Rule.Operation == "" {
		return fmt.Sprintf("%s for %s", f.Name(), f.For)
	}
	s := fmt.Sprintf("%s: %q", f.Name(), f.Rule.Operation)
	if f.Rule.Skip > 0 {
		s += fmt.Sprintf(" skip %d", f.Rule.Skip)
	}
	if f.Rule.Count > 0 {
		s += fmt.Sprintf(" times %d", f.Rule.Count)
	}
	return s
}

// A Step of a schedule: what people do, what goes wrong meanwhile, and how the
// provider is killed.
type Step struct {
	Acts   []Act
	Faults []Fault
	Kill   Kill
}

// String is one line.
func (s Step) String() string {
	var parts []string
	for _, a := range s.Acts {
		parts = append(parts, a.String())
	}
	for _, f := range s.Faults {
		parts = append(parts, f.String())
	}
	return strings.Join(append(parts, s.Kill.String()), "; ")
}

// Schedule of a batch. It depends on its arguments alone.
func Schedule(seed uint64, batch, kills int) []Step {
	dice := rand.New(rand.NewPCG(seed, uint64(batch))) //nolint:gosec // Chaos that can be repeated, and no secret.
	people := newPeople(dice)
	steps := make([]Step, kills)
	for i := range steps {
		acts := people.act(i, kills)
		steps[i] = Step{Acts: acts, Faults: faults(dice), Kill: kill(dice, acts)}
	}
	return steps
}

// A point is a write of the provider at which it can be killed.
type point struct {
	at        Side
	operation string
	moments   []faultproxy.Moment
	most      int // of Nth

	// after are the deeds that lead to such a write.
	after []Deed

	// weight among the points: it is most dangerous between an allocate and
	// the record of what it made.
	weight int
}

// points are all external and all kube writes of the provider.
func points() []point {
	all := []faultproxy.Moment{faultproxy.Before, faultproxy.Late, faultproxy.After}
	// Late ones are what the hold-off is for.
	often := []faultproxy.Moment{faultproxy.Before, faultproxy.Late, faultproxy.After, faultproxy.Late}
	cut := slices.Concat(often, []faultproxy.Moment{faultproxy.Middle})
	// metal-api takes and gives back the prefixes of a network one by one, and
	// ends in the middle when its caller goes away.
	allocates := slices.Concat(often, []faultproxy.Moment{faultproxy.Middle, faultproxy.Middle})
	frees := slices.Concat(all, []faultproxy.Moment{faultproxy.Middle, faultproxy.Middle, faultproxy.Middle})
	anew := []Deed{Create}
	firewall := []Deed{Create, Steal, Roll}
	gone, freed := []Deed{Delete}, []Deed{Delete, Roll}
	machine, address := []Deed{Hire, Dismiss, Scale}, []Deed{Create, Hire, Reserve, Rob}
	away := []Deed{Fire, Release}
	return []point{
		{Metal, allocateNetwork, allocates, 2, anew, 5},
		{Metal, allocateFirewall, cut, 2, firewall, 4},
		{Metal, "updateNetwork", all, 1, []Deed{Describe}, 1},
		{Metal, "updateMachine", all, 1, []Deed{Change}, 2},
		{Metal, freeMachine, all, 1, []Deed{Delete, Scale, Roll}, 3},
		{Metal, freeNetwork, frees, 1, gone, 5},
		{Metal, allocateMachine, often, 1, machine, 3},
		{Metal, allocateIP, often, 1, address, 3},
		{Metal, "updateIP", all, 1, []Deed{Scrub}, 1},
		{Metal, freeIP, all, 1, away, 2},
		{Kube, "create providerconfigusages", all, 2, anew, 2},
		{Kube, "update networks finalizer", all, 2, anew, 1},
		{Kube, "update networks pending", all, 2, anew, 2},
		{Kube, "patch networks identity", all, 2, anew, 3},
		{Kube, "patch networks outcome", all, 2, anew, 1},
		{Kube, "update networks/status", all, 3, []Deed{Create, Describe}, 1},
		{Kube, "update networks release", all, 1, gone, 1},
		{Kube, "patch firewalls references", all, 2, anew, 1},
		{Kube, "update firewalls finalizer", all, 2, anew, 1},
		{Kube, "update firewalls pending", all, 2, firewall, 1},
		{Kube, "patch firewalls identity", all, 2, firewall, 3},
		{Kube, "patch firewalls outcome", all, 2, firewall, 1},
		{Kube, "update firewalls/status", all, 3, []Deed{Create, Change, Steal}, 1},
		{Kube, "update firewalls release", all, 1, freed, 1},
		{Kube, "update machines pending", all, 1, machine, 1},
		{Kube, "patch machines identity", all, 1, machine, 2},
		{Kube, "update ips pending", all, 1, address, 1},
		{Kube, "patch ips identity", all, 1, address, 2},
		{Kube, "update ips release", all, 1, away, 1},
		{Kube, "patch providerconfigusages outcome", all, 1, gone, 1},
	}
}

// kill at a point that the acts lead to, mostly; what is still to do from
// earlier steps comes by as well.
func kill(dice *rand.Rand, acts []Act) Kill {
	if dice.IntN(4) == 0 {
		return Kill{After: millis(dice, 200, 7000)}
	}
	likely := points()
	if dice.IntN(4) > 0 {
		likely = slices.DeleteFunc(likely, func(p point) bool {
			return !slices.ContainsFunc(acts, func(a Act) bool { return slices.Contains(p.after, a.Deed) })
		})
	}
	if len(likely) == 0 {
		likely = points()
	}
	p := weighed(dice, likely)
	k := Kill{At: p.at, Operation: p.operation, Nth: 1 + dice.IntN(2)*dice.IntN(p.most), Moment: choose(dice, p.moments)}
	switch k.Moment {
	case faultproxy.Late:
		k.After = late(dice, p.operation)
	case faultproxy.Middle:
		k.After = middle(dice, p.operation)
	case faultproxy.Pass, faultproxy.Before, faultproxy.After:
	}
	return k
}

// late by how much a write may be carried out.
func late(dice *rand.Rand, operation string) time.Duration {
	if strings.HasPrefix(operation, "allocate") {
		return millis(dice, 1000, int(latest/time.Millisecond))
	}
	return millis(dice, 5, int(slowest/time.Millisecond))
}

// middle of an operation, after it was passed on: for networks between two
// prefixes.
func middle(dice *rand.Rand, operation string) time.Duration {
	if operation == allocateFirewall {
		return millis(dice, 1, 40)
	}
	return millis(dice, 20, 90)
}

func weighed(dice *rand.Rand, of []point) point {
	var all []point
	for _, p := range of {
		all = append(all, slices.Repeat([]point{p}, p.weight)...)
	}
	return choose(dice, all)
}

func choose[T any](dice *rand.Rand, of []T) T { return of[dice.IntN(len(of))] }

func millis(dice *rand.Rand, from, to int) time.Duration {
	return time.Duration(from+dice.IntN(to-from)) * time.Millisecond
}
