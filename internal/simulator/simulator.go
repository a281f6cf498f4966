// Package simulator is a stand-in for metal-api v0.44.1 over HTTP: the same statuses, bodies, roles and side effects for
// the routes that docs/simulator.md lists, with a real HMAC check, real IPAM, machines that live through their
// provisioning events, and a control API to disturb all of it. It shares no code with the provider, so that one cannot
// inherit the mistakes of the other.
package simulator

import (
	"cmp"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"path"
	"strings"
	"sync/atomic"
	"time"
)

// Options say what is simulated. The zero value is a mini-lab with two machines under /metal.
type Options struct {
	// BasePath of metal-api's routes, default /metal.
	BasePath string
	// Machines is the number of machines, default 2.
	Machines int
	// SuperPrefixes are the prefixes of the partition's private super network, default mini-lab's 10.0.0.0/16 and
	// 2001:db8:0:10::/64. Children of an IPv4 prefix are /22, of an IPv6 prefix /96, or two bits longer than a prefix
	// that has no room for such a child.
	SuperPrefixes []string
	// VRFs is the size of the VRF pool, default 131072.
	VRFs int
	// Seed of all randomness. 0 takes a new one, which is logged.
	Seed uint64
	// Speed divides the durations of a machine's life cycle, default 1.
	Speed float64
	// Durations that differ from the defaults.
	Durations Durations
	// Costs of requests, none by default.
	Costs Costs
	// Keys that differ from mini-lab's.
	Keys Keys
	// Log takes one line per request at debug level. Default: nothing is logged.
	Log *slog.Logger
}

// Durations of what metal-api and the machines do; a zero field takes its default. Those of the life cycle are divided
// by Options.Speed.
type Durations struct {
	// Allocated is the time from an allocation to Installing (life cycle, default 60ms).
	Allocated time.Duration
	// Installing is the time from Installing to Booting New Kernel (life cycle, 2s).
	Installing time.Duration
	// Booting is the time from Booting New Kernel to Phoned Home (life cycle, 1s).
	Booting time.Duration
	// Rebooting is the time from a power cycle to PXE Booting (life cycle, 1s).
	Rebooting time.Duration
	// Preparing is the time between PXE Booting, Preparing, Registering and Waiting, each (life cycle, 350ms).
	Preparing time.Duration
	// IPRelease is the longest time from a free to the release of the machine's IPs; the shortest is a quarter of it
	// (life cycle, 230ms).
	IPRelease time.Duration
	// IPAMRelease is the time from the loss of the machine's tag to the removal of an IP's row, and from that to its
	// release in IPAM (life cycle, 15ms).
	IPAMRelease time.Duration
	// Beat is the time between two signs of life of a machine at rest (1m).
	Beat time.Duration
	// DeadAfter is the age of the last event beyond which liveliness turns Unknown (allocated) or Dead (5m).
	DeadAfter time.Duration
	// LivelinessCheck is the time between two evaluations of liveliness (1m).
	LivelinessCheck time.Duration
	// MutexWait is how long an allocate waits for the partition's mutex (10s).
	MutexWait time.Duration
	// MutexExpiry is the age at which a mutex may be swept (10s).
	MutexExpiry time.Duration
	// MutexSweep is the time between two sweeps of expired mutexes (30s).
	MutexSweep time.Duration
	// Validate is the time an allocate takes before it asks for the mutex (8ms).
	Validate time.Duration
	// Search is the time an allocate holds the mutex (8ms).
	Search time.Duration
	// IPAM is the time a change in IPAM takes (3ms).
	IPAM time.Duration
	// Removal is the time from the release of a network's last prefix to the removal of its row (3ms).
	Removal time.Duration
	// Window is the time between reading and writing an object in an update, in which a parallel update loses (20ms).
	Window time.Duration
}

// Keys are the HMAC keys of metal-api's three users, and one bearer token with the rights of the admin.
type Keys struct {
	View  string
	Edit  string
	Admin string
	Token string
}

func (k Keys) withDefaults() Keys {
	return Keys{
		View:  cmp.Or(k.View, "metal-view"),
		Edit:  cmp.Or(k.Edit, "metal-edit"),
		Admin: cmp.Or(k.Admin, "metal-admin"),
		Token: cmp.Or(k.Token, "metal-token"),
	}
}

func (d Durations) withDefaults(speed float64) Durations {
	cycle := func(set, preset time.Duration) time.Duration {
		return time.Duration(float64(cmp.Or(set, preset)) / speed)
	}
	return Durations{
		Allocated:       cycle(d.Allocated, 60*time.Millisecond),
		Installing:      cycle(d.Installing, 2*time.Second),
		Booting:         cycle(d.Booting, time.Second),
		Rebooting:       cycle(d.Rebooting, time.Second),
		Preparing:       cycle(d.Preparing, 350*time.Millisecond),
		IPRelease:       cycle(d.IPRelease, 230*time.Millisecond),
		IPAMRelease:     cycle(d.IPAMRelease, 15*time.Millisecond),
		Beat:            cmp.Or(d.Beat, time.Minute),
		DeadAfter:       cmp.Or(d.DeadAfter, 5*time.Minute),
		LivelinessCheck: cmp.Or(d.LivelinessCheck, time.Minute),
		MutexWait:       cmp.Or(d.MutexWait, 10*time.Second),
		MutexExpiry:     cmp.Or(d.MutexExpiry, 10*time.Second),
		MutexSweep:      cmp.Or(d.MutexSweep, 30*time.Second),
		Validate:        cmp.Or(d.Validate, 8*time.Millisecond),
		Search:          cmp.Or(d.Search, 8*time.Millisecond),
		IPAM:            cmp.Or(d.IPAM, 3*time.Millisecond),
		Removal:         cmp.Or(d.Removal, 3*time.Millisecond),
		Window:          cmp.Or(d.Window, 20*time.Millisecond),
	}
}

// A Simulator is an http.Handler that answers as metal-api under Options.BasePath and takes control calls under /control.
type Simulator struct {
	options  Options
	log      *slog.Logger
	auth     *authenticator
	dice     *dice
	routes   *http.ServeMux
	control  *http.ServeMux
	stack    atomic.Pointer[stack]
	faults   *faults
	meter    *meter
	counters *counters
	journal  *journal
}

var _ http.Handler = &Simulator{}

// New starts a simulator: its machines begin to live at once. It fails when Options.SuperPrefixes are not prefixes, or
// overlap one another, the internet or the underlay, and when a cost is negative.
func New(o Options) (*Simulator, error) {
	o.BasePath = strings.TrimSuffix(path.Clean("/"+cmp.Or(o.BasePath, "metal")), "/")
	o.Machines = cmp.Or(o.Machines, 2)
	o.VRFs = cmp.Or(o.VRFs, 131072)
	if len(o.SuperPrefixes) == 0 {
		o.SuperPrefixes = []string{"10.0.0.0/16", "2001:db8:0:10::/64"}
	}
	o.Seed = cmp.Or(o.Seed, rand.Uint64()) //nolint:gosec // nothing here is secret
	o.Speed = cmp.Or(o.Speed, 1)
	o.Durations = o.Durations.withDefaults(o.Speed)
	o.Keys = o.Keys.withDefaults()
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}

	if err := o.Costs.validate(); err != nil {
		return nil, err
	}
	s := &Simulator{
		options:  o,
		log:      o.Log,
		auth:     newAuthenticator(o.Keys),
		dice:     newDice(o.Seed),
		faults:   &faults{},
		meter:    newMeter(o.Costs),
		counters: newCounters(),
		journal:  &journal{},
	}
	s.log.Info("simulator starts", "seed", o.Seed)
	s.routes = s.metalRoutes()
	s.control = s.controlRoutes()
	return s, s.Reset()
}

// Reset puts another, empty metal-stack in place of the present one, with a new fingerprint (the partition's created),
// and empties faults, counters and journal. Requests under way end on the old one.
func (s *Simulator) Reset() error {
	next, err := newStack(s.options, s.dice)
	if err != nil {
		return err
	}
	if old := s.stack.Swap(next); old != nil {
		old.close()
	}
	s.faults.clear()
	s.counters.reset()
	s.journal.clear()
	return nil
}

// Close stops the machines and ends the delays of faults. Requests are still answered, but nothing happens any more by
// itself. A server should be closed after its simulator: it waits for delayed requests.
func (s *Simulator) Close() {
	s.stack.Load().close()
}
