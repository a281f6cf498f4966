package snapshot

import (
	"context"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/types"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// Many look, write and free at once while the refresher runs.
func TestRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	r := w.open()
	const networks = 12
	var things []thing
	for range networks {
		things = append(things, w.make(r.Stack, config))
	}
	told := make(chan string, 10_000)
	w.shared = New(Options{Age: 20 * time.Millisecond, Wake: func(_ Kind, n types.NamespacedName, _ bool) { told <- n.Name }})
	s := w.wrap(r, config)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); w.shared.Run(ctx) }()

	waits := map[string]bool{}
	for _, n := range things {
		if _, _, err := w.look(s, n); metal.KindOf(err) == metal.Later && err != nil {
			waits[n.name] = true
		}
	}
	for len(waits) > 0 {
		delete(waits, <-told)
	}
	var all sync.WaitGroup
	for i, n := range things {
		all.Go(func() {
			for round := range 50 {
				l := &metal.Look{UID: n.uid}
				if got, err := s.Network(metal.WithLook(ctx, l), n.id); err != nil && metal.KindOf(err) != metal.Later || err == nil && got.ID != n.id {
					t.Errorf("want %s, got %v, %v", n.id, got, err)
				} else if got != nil {
					got.Labels["corrupt"] = "yes"
				}
				if round%25 == i%25 {
					if err := s.UpdateNetwork(ctx, n.id, metal.NetworkUpdate{Description: &n.name}); err != nil {
						t.Error(err)
					}
				}
			}
			if i%2 == 0 {
				return
			}
			if err := s.FreeNetwork(ctx, n.id); err != nil {
				t.Error(err)
			}
			if got, err := s.Network(metal.WithLook(ctx, &metal.Look{UID: n.uid}), n.id); got != nil || err != nil {
				t.Errorf("want it gone, got %v, %v", got, err)
			}
		})
	}
	all.Wait()
	if got := w.shared.Members(Networks); got != networks/2 {
		t.Errorf("want %d members, got %d", networks/2, got)
	}

	// By others, and nobody asks.
	text := "by others"
	if err := r.UpdateNetwork(ctx, things[0].id, metal.NetworkUpdate{Description: &text}); err != nil {
		t.Fatal(err)
	}
	for (<-told) != things[0].name {
		continue
	}
	cancel()
	<-done
}

// A clone is equal and shares no memory.
func TestClone(t *testing.T) {
	t.Parallel()
	n, f := filled[metal.Network](t), filled[metal.Machine](t)
	for name, pair := range map[string][2]any{"network": {n, cloneNetwork(n)}, "firewall": {f, cloneMachine(f)}} {
		if diff := cmp.Diff(pair[0], pair[1]); diff != "" {
			t.Errorf("%s\n-want, +got:\n%s", name, diff)
		}
		apart(t, name, reflect.ValueOf(pair[0]).Elem(), reflect.ValueOf(pair[1]).Elem())
	}
}

// filled is a value whose every list, map and pointer holds something.
func filled[T any](t *testing.T) *T {
	t.Helper()
	v := new(T)
	fill(reflect.ValueOf(v).Elem())
	return v
}

func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.Zero(v.Type().Key()), reflect.Zero(v.Type().Elem()))
	case reflect.Struct:
		for _, f := range v.Fields() {
			if f.CanSet() {
				fill(f)
			}
		}
	case reflect.String:
		v.SetString("x")
	default:
	}
}

func apart(t *testing.T, at string, a, b reflect.Value) {
	t.Helper()
	switch a.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		if a.IsNil() {
			return
		}
		if a.Pointer() == b.Pointer() {
			t.Errorf("%s is shared", at)
		}
		if a.Kind() == reflect.Pointer {
			apart(t, at, a.Elem(), b.Elem())
		}
		if a.Kind() == reflect.Slice {
			apart(t, at+"[0]", a.Index(0), b.Index(0))
		}
	case reflect.Struct:
		if a.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range a.NumField() {
			apart(t, at+"."+a.Type().Field(i).Name, a.Field(i), b.Field(i))
		}
	default:
	}
}

// Nothing that metal-api counts, rounds or spells in two ways is a change.
func TestSame(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 1, 10, 0, 0, 123456789, time.UTC)
	n := metal.Network{ID: "n", Created: at, Name: "n", Labels: map[string]string{}, Prefixes: []string{"10.0.0.0/22"}}
	f := metal.Machine{ID: "m", Created: at, LastEvent: "Phoned Home", LastEventTime: at, Tags: []string{}}
	networks := map[string]struct {
		change func(n *metal.Network)
		same   bool
	}{
		"Nothing": {func(*metal.Network) {}, true},
		"Counted": {func(n *metal.Network) { n.UsedIPs = map[v1alpha1.AddressFamily]int64{v1alpha1.IPv4: 3} }, true},
		"Rounded": {func(n *metal.Network) { n.Created = at.Round(time.Millisecond) }, true},
		"Spelled": {func(n *metal.Network) { n.Labels, n.DestinationPrefixes = nil, []string{} }, true},
		"Prefix":  {func(n *metal.Network) { n.Prefixes = nil }, false},
		"Label":   {func(n *metal.Network) { n.Labels = map[string]string{"a": ""} }, false},
	}
	for name, tc := range networks {
		o := *cloneNetwork(&n)
		tc.change(&o)
		if got := ofNetworks().same(&n, &o); got != tc.same {
			t.Errorf("%s: want same %t, got %t", name, tc.same, got)
		}
	}
	firewalls := map[string]struct {
		change func(f *metal.Machine)
		same   bool
	}{
		"Nothing": {func(*metal.Machine) {}, true},
		"Rounded": {func(f *metal.Machine) { f.Created = at.Round(time.Millisecond) }, true},
		"Zone":    {func(f *metal.Machine) { f.LastEventTime = at.In(time.FixedZone("", 3600)) }, true},
		"Spelled": {func(f *metal.Machine) { f.Tags, f.SSHPublicKeys = nil, []string{} }, true},
		"Event":   {func(f *metal.Machine) { f.LastEventTime = at.Add(time.Second) }, false},
		"Alive":   {func(f *metal.Machine) { f.Liveliness = "Unknown" }, false},
		"Rule":    {func(f *metal.Machine) { f.Rules.Egress = []v1alpha1.EgressRule{{}} }, false},
	}
	for name, tc := range firewalls {
		o := *cloneMachine(&f)
		tc.change(&o)
		if got := ofMachines().same(&f, &o); got != tc.same {
			t.Errorf("%s: want same %t, got %t", name, tc.same, got)
		}
	}
}
