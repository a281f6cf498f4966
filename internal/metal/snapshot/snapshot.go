// Package snapshot is a metal.Stack around another one that answers looks from
// what few finds show of many objects: each find of a metal-api scans all its
// networks, or machines, so that to look at N of them one by one costs N².
//
// What is ours of a kind is found in slices, by marks: everything of a
// ProviderConfig while there is little, else a tenth or a hundredth. A refresher
// does that one slice after the other, and tells which managed resources see
// something else now. Whoever writes asks metal-stack itself, and what was written
// is never served as it was before. A find runs to its end while others look, and
// nobody waits for it: who has to is told when to look again.
package snapshot

import (
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

const (
	// share of metal-api's time that finds are: less than a twentieth, for there is
	// more that is asked for at rest.
	share = 22

	// mostAge that finds which take long can make of a shorter one.
	mostAge = 15 * time.Minute
)

// A Kind of managed resource.
type Kind string

// Kinds of managed resources whose objects are looked at.
const (
	Networks  Kind = "Network"
	Firewalls Kind = "Firewall"
	Machines  Kind = "Machine"
	IPs       Kind = "IP"
)

// Options of a snapshot.
type Options struct {
	// Age that an answer has at least before it is asked for anew; 10s if zero. It
	// is served until it is twice as old.
	Age time.Duration

	// Now is the time; time.Now if nil.
	Now func() time.Time

	// Wake is told which managed resource should look: its object has changed or
	// vanished, or, if not, it had to wait for an answer, which is there now. It is
	// called by Run, and must not block for long. Nil: nobody is told.
	Wake func(kind Kind, resource types.NamespacedName, changed bool)

	// Count says how many managed resources of a kind there are, as far as is known
	// before they have all looked: a start then begins with slices of the right
	// size. It is called with a lock held, and must neither block nor call back. Nil:
	// those count that have looked.
	Count func(kind Kind) int
}

// Shared is what several clients of one metal-stack know together. It is safe for
// concurrent use.
type Shared struct {
	options Options
	poke    chan struct{}

	mu       sync.Mutex
	sequence uint64
	age      time.Duration
	began    time.Time // The last find of a slice.
	views    []*view
	news     map[news]bool // Something new, or only what was waited for.
	networks *store[metal.Network]
	machines *store[metal.Machine]
	ips      *store[metal.IP]
}

// news is that there is some for a managed resource.
type news struct {
	kind     Kind
	resource types.NamespacedName
}

// A moment orders what was asked, answered and written.
type moment struct {
	sequence uint64
	at       time.Time
}

// New snapshot of a metal-stack, of which nothing is known yet. Run must run for
// it to be of use.
func New(o Options) *Shared {
	if o.Age <= 0 {
		o.Age = 10 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Wake == nil {
		o.Wake = func(Kind, types.NamespacedName, bool) {}
	}
	if o.Count == nil {
		o.Count = func(Kind) int { return 0 }
	}
	s := &Shared{options: o, age: o.Age, poke: make(chan struct{}, 1), news: map[news]bool{}}
	s.networks = newStore(s, ofNetworks())
	s.machines = newStore(s, ofMachines())
	s.ips = newStore(s, ofIPs())
	return s
}

// Age after which an answer is asked for anew: that of the options, or so
// many times what the last find of each slice took together.
func (s *Shared) Age() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.age
}

// Members of a kind: managed resources that look.
func (s *Shared) Members(k Kind) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.networks.count(k) + s.machines.count(k) + s.ips.count(k)
}

// moment that has come.
func (s *Shared) moment() moment {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tick()
}

// tick is moment with the lock held.
func (s *Shared) tick() moment {
	s.sequence++
	return moment{sequence: s.sequence, at: s.options.Now()}
}

// rouse the refresher: there may be something to do.
func (s *Shared) rouse() {
	select {
	case s.poke <- struct{}{}:
	default: // It is roused already.
	}
}

// measure the age. The lock is held.
func (s *Shared) measure() {
	took := s.networks.took() + s.machines.took() + s.ips.took()
	s.age = max(s.options.Age, min(share*took, mostAge))
}
