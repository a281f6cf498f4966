package snapshot

import (
	"context"
	"fmt"
	"maps"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal/rest"
	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

const (
	projectID = "00000000-0000-0000-0000-000000000001"
	age       = 10 * time.Second
	config    = types.UID("c0ffee00-0000-4000-8000-000000000000")
)

// A world is a metal-stack with a snapshot, of which the test is the clock and the
// refresher.
type world struct {
	*testing.T

	sim    *simulator.Simulator
	url    string
	shared *Shared

	mu   sync.Mutex
	time time.Time
	told map[string]int
	n    int
}

func newWorld(t *testing.T, count int) *world {
	t.Helper()
	const moment = time.Nanosecond
	sim, err := simulator.New(simulator.Options{
		Speed: 1000, Machines: 4, SuperPrefixes: []string{"10.128.0.0/9"},
		Durations: simulator.Durations{IPAM: moment, Removal: moment, Validate: moment, Search: moment, Window: moment},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sim.Close)
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	w := &world{T: t, sim: sim, url: server.URL + "/metal", time: time.Now(), told: map[string]int{}}
	w.shared = New(Options{Age: age, Now: w.now, Wake: w.changed, Count: func(Kind) int { return count }})
	return w
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.time
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.time = w.time.Add(d)
}

func (w *world) changed(k Kind, resource types.NamespacedName, _ bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told[string(k)+" "+resource.String()]++
}

// wasTold since it was asked for last.
func (w *world) wasTold() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	told := slices.Sorted(maps.Keys(w.told))
	w.told = map[string]int{}
	return told
}

// work off what there is to do now, and what comes within a time.
func (w *world) work(within time.Duration) {
	w.Helper()
	for range 10_000 {
		idle := w.shared.step(w.Context())
		switch {
		case idle == 0:
		case idle > within:
			w.pass(within)
			return
		default:
			w.pass(idle)
			within -= idle
		}
	}
	w.Fatal("the refresher does not come to rest")
}

// A wire stands between a snapshot and a client of metal-api: it counts, and
// disturbs.
type wire struct {
	metal.Stack

	w      *world
	mu     sync.Mutex
	finds  []string // By marks.
	single int      // By id.
	denied bool

	// found is called when a find by marks has its answer, freeing before a free.
	found   func()
	freeing func()
}

func (r *wire) count(marks map[string]string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.denied {
		return &metal.Error{Kind: metal.Denied, Attempted: "find", Message: "denied"}
	}
	if marks == nil {
		r.single++
		return nil
	}
	var spelled []string
	for _, k := range slices.Sorted(maps.Keys(marks)) {
		spelled = append(spelled, strings.TrimPrefix(k, metal.MarkPrefix)+"="+marks[k])
	}
	r.finds = append(r.finds, strings.Join(spelled, " "))
	return nil
}

func (r *wire) deny(denied bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.denied = denied
}

// asked since it was asked for last.
func (r *wire) asked() (finds []string, single int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	finds, single = r.finds, r.single
	r.finds, r.single = nil, 0
	slices.Sort(finds)
	return finds, single
}

func (r *wire) NetworksMarked(ctx context.Context, marks map[string]string) ([]metal.Network, error) {
	if err := r.count(marks); err != nil {
		return nil, err
	}
	ns, err := r.Stack.NetworksMarked(ctx, marks)
	r.takes(ctx)
	return ns, err
}

// takes time, as the test wants, in which metal-api works.
func (r *wire) takes(ctx context.Context) {
	if r.found == nil {
		return
	}
	began := r.w.now()
	r.found()
	if took := metal.CallerOf(ctx).Took; took != nil {
		*took = r.w.now().Sub(began)
	}
}

func (r *wire) MachinesMarked(ctx context.Context, marks map[string]string) ([]metal.Machine, error) {
	if err := r.count(marks); err != nil {
		return nil, err
	}
	fs, err := r.Stack.MachinesMarked(ctx, marks)
	r.takes(ctx)
	return fs, err
}

func (r *wire) Network(ctx context.Context, id string) (*metal.Network, error) {
	if err := r.count(nil); err != nil {
		return nil, err
	}
	return r.Stack.Network(ctx, id)
}

func (r *wire) Machine(ctx context.Context, id string) (*metal.Machine, error) {
	if err := r.count(nil); err != nil {
		return nil, err
	}
	return r.Stack.Machine(ctx, id)
}

func (r *wire) FreeNetwork(ctx context.Context, id string) error {
	if r.freeing != nil {
		r.freeing()
	}
	return r.Stack.FreeNetwork(ctx, id)
}

// open a client of the metal-stack.
func (w *world) open() *wire {
	w.Helper()
	s, err := rest.New(metal.Config{URL: w.url, Type: v1alpha1.CredentialsHMAC, HMACAuthType: v1alpha1.HMACAuthTypeAdmin, Secret: "metal-admin"})
	if err != nil {
		w.Fatal(err)
	}
	return &wire{Stack: s, w: w}
}

// wrap a client. metal-api has answered it.
func (w *world) wrap(r metal.Stack, pc types.UID) metal.Stack {
	w.Helper()
	s := w.shared.Wrap(r, pc)
	if _, err := s.Role(w.Context()); err != nil {
		w.Fatal(err)
	}
	return s
}

// A thing is a managed resource with an object.
type thing struct {
	name string
	uid  types.UID
	id   string
}

func (t thing) told() string { return "Network default/" + t.name }

func (w *world) order(pc types.UID) metal.NetworkOrder {
	w.n++
	name := fmt.Sprintf("n%d", w.n)
	return metal.NetworkOrder{
		Name:              name,
		Marks:             metal.Marks{UID: types.UID(fmt.Sprintf("6a1f0e5c-3d0b-4c55-9d1e-%012x", w.n)), Resource: "default/" + name, ProviderConfig: pc},
		NetworkParameters: v1alpha1.NetworkParameters{Partition: "mini-lab", ProjectID: projectID},
	}
}

// make a network through a client.
func (w *world) make(s metal.Stack, pc types.UID) thing {
	w.Helper()
	o := w.order(pc)
	n, err := s.AllocateNetwork(w.Context(), o)
	if err != nil {
		w.Fatal(err)
	}
	return thing{name: o.Name, uid: o.Marks.UID, id: n.ID}
}

// look at a network, as its managed resource.
func (w *world) look(s metal.Stack, t thing) (*metal.Network, metal.Source, error) {
	l := &metal.Look{UID: t.uid, Kind: "Network", Resource: types.NamespacedName{Namespace: "default", Name: t.name}}
	n, err := s.Network(metal.WithLook(w.Context(), l), t.id)
	return n, l.From, err
}

// wants a look to be served from a source.
func (w *world) wants(s metal.Stack, t thing, from metal.Source) *metal.Network {
	w.Helper()
	n, got, err := w.look(s, t)
	if err != nil || n == nil || got != from {
		w.Fatalf("look at %s: want it from %d, got %v from %d, %v", t.name, from, n, got, err)
	}
	return n
}

// wantsLater that a look waits.
func (w *world) wantsLater(s metal.Stack, t thing) {
	w.Helper()
	if n, _, err := w.look(s, t); n != nil || metal.KindOf(err) != metal.Later {
		w.Fatalf("look at %s: want it to wait, got %v, %v", t.name, n, err)
	}
}

// wantsTold managed resources and no others.
func (w *world) wantsTold(things ...thing) {
	w.Helper()
	var want []string
	for _, t := range things {
		want = append(want, t.told())
	}
	slices.Sort(want)
	if got := w.wasTold(); !slices.Equal(got, want) {
		w.Errorf("want told %v, got %v", want, got)
	}
}
