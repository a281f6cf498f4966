package rest_test

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

// simulated is a metal-stack of its own, as its admin sees it.
func simulated(t *testing.T) (*simulator.Simulator, metal.Config) {
	t.Helper()
	sim, err := simulator.New(simulator.Options{Speed: 100, Durations: simulator.Durations{MutexWait: 50 * time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sim.Close)
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	return sim, metal.Config{URL: server.URL + "/metal", Type: v1alpha1.CredentialsHMAC, HMACAuthType: v1alpha1.HMACAuthTypeAdmin, Secret: "metal-admin"}
}

// eventually waits for what metal-api does by itself.
func eventually(t *testing.T, what string, done func(ctx context.Context) (bool, error)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		ok, err := done(ctx)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if ok {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s: not within a minute", what)
		case <-tick.C:
		}
	}
}

func wantKind(t *testing.T, what string, err error, kind metal.Kind, refused bool) {
	t.Helper()
	if e := asError(t, err); e.Kind != kind || e.Refused != refused {
		t.Errorf("%s: want %s, refused %t; got %s, %t: %v", what, kind, refused, e.Kind, e.Refused, err)
	}
}

func must[T any](t *testing.T) func(v T, err error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestCatalogueOfSimulator(t *testing.T) {
	t.Parallel()
	sim, cfg := simulated(t)
	s := open(t, cfg)

	if v := must[string](t)(s.Version(t.Context())); v == "" {
		t.Error("want a version")
	}
	for _, tc := range []struct {
		auth v1alpha1.HMACAuthType
		key  string
		want metal.Role
	}{{v1alpha1.HMACAuthTypeView, "metal-view", metal.RoleView}, {v1alpha1.HMACAuthTypeEdit, "metal-edit", metal.RoleEdit}, {"", "metal-admin", metal.RoleAdmin}} {
		c := cfg
		c.HMACAuthType, c.Secret = tc.auth, tc.key
		if got := must[metal.Role](t)(open(t, c).Role(t.Context())); got != tc.want {
			t.Errorf("%s: want role %s, got %s", tc.auth, tc.want, got)
		}
	}
	token := cfg
	token.Type, token.HMACAuthType, token.Secret = v1alpha1.CredentialsToken, "", "metal-token"
	if got := must[metal.Role](t)(open(t, token).Role(t.Context())); got != metal.RoleAdmin {
		t.Errorf("want the token to be an admin's, got %s", got)
	}

	before := must[*metal.Partition](t)(s.Partition(t.Context(), "mini-lab"))
	if again := must[*metal.Partition](t)(s.Partition(t.Context(), "mini-lab")); before.Created == "" || *again != *before {
		t.Errorf("the fingerprint must be stable: %v, %v", before, again)
	}
	for _, id := range []string{"firewall-ubuntu-3.0", "firewall-ubuntu-3"} {
		i := must[*metal.Image](t)(s.Image(t.Context(), id))
		if full := must[*metal.Image](t)(s.Image(t.Context(), i.ID)); full.ID != i.ID || !cmp.Equal(i.Features, []string{"firewall"}) {
			t.Errorf("%s: got %v, and for its full id %v", id, i, full)
		}
	}
	if err := s.SizeExists(t.Context(), "v1-small-x86"); err != nil {
		t.Error(err)
	}
	if p := must[*metal.Project](t)(s.Project(t.Context(), projectID)); p.ID != projectID || p.TenantID != "metal-stack" {
		t.Errorf("want the project, got %+v", p)
	}
	if p, err := s.Project(t.Context(), "nope"); p != nil || err != nil {
		t.Errorf("want the proof that there is none, got %+v, %v", p, err)
	}
	if l := must[*metal.FileSystemLayout](t)(s.FileSystemLayout(t.Context(), "default")); l.ID != "default" || !l.Wipes {
		t.Errorf("want the layout, which wipes on a reinstallation, got %+v", l)
	}
	_, partition := s.Partition(t.Context(), "nope")
	_, layout := s.FileSystemLayout(t.Context(), "nope")
	_, image := s.Image(t.Context(), "nope-1.0")
	for name, err := range map[string]error{
		"partition": partition, "image": image,
		"size":   s.SizeExists(t.Context(), "nope"),
		"layout": layout,
	} {
		wantKind(t, name, err, metal.NotFound, false)
	}

	if err := sim.Reset(); err != nil {
		t.Fatal(err)
	}
	if after := must[*metal.Partition](t)(s.Partition(t.Context(), "mini-lab")); after.Created == before.Created {
		t.Error("another metal-stack must have another fingerprint")
	}
}

func TestLifeOnSimulator(t *testing.T) {
	t.Parallel()
	sim, cfg := simulated(t)
	s := open(t, cfg)
	ctx := t.Context()

	n := must[*metal.Network](t)(s.AllocateNetwork(ctx, networkOrder()))
	if len(n.Prefixes) != 2 || !n.Child || n.VRF == nil || n.PartitionID != "mini-lab" {
		t.Errorf("want a dual stack child network, got %+v", n)
	}
	if diff := cmp.Diff([]metal.Network{*n}, must[[]metal.Network](t)(s.NetworksOf(ctx, uid)), cmpopts.IgnoreFields(metal.Network{}, "Created")); diff != "" {
		t.Errorf("-allocated, +found:\n%s", diff)
	}

	empty, labels := "", marks.Labels()
	labels["a"] = "b"
	if err := s.UpdateNetwork(ctx, n.ID, metal.NetworkUpdate{Description: &empty, Labels: labels}); err != nil {
		t.Error(err)
	}
	if got := must[*metal.Network](t)(s.Network(ctx, n.ID)); !cmp.Equal(got.Labels, labels) || !cmp.Equal(got.Prefixes, n.Prefixes) {
		t.Errorf("want labels %v and the same prefixes, got %+v", labels, got)
	}

	o := firewallOrder()
	o.PrivateNetworkID = &n.ID
	f := must[*metal.Machine](t)(s.AllocateMachine(ctx, o))
	if f.Role != metal.MachineRoleFirewall || f.AllocationUUID == "" || f.Marks != marks || f.Hostname != "x-cellent-firewall" {
		t.Errorf("want our firewall, got %+v", f)
	}
	eventually(t, "phoned home", func(ctx context.Context) (bool, error) {
		got, err := s.Machine(ctx, f.ID)
		return got != nil && got.LastEvent == "Phoned Home" && got.LastEventTime.After(got.Created) && got.Liveliness == "Alive", err
	})
	found := must[[]metal.Machine](t)(s.MachinesOf(ctx, uid))
	volatile := cmpopts.IgnoreFields(metal.Machine{}, "Created", "LastEvent", "LastEventTime", "SSHPublicKeys")
	if diff := cmp.Diff([]metal.Machine{*f}, found, volatile); diff != "" {
		t.Errorf("-allocated, +found:\n%s", diff)
	}

	text, tags := "d", append(marks.Tags(), "a=b")
	if err := s.UpdateMachine(ctx, f.ID, metal.MachineUpdate{Description: &text, Tags: tags, SSHPublicKeys: []string{"ssh-ed25519 AAAA"}}); err != nil {
		t.Error(err)
	}
	got := must[*metal.Machine](t)(s.Machine(ctx, f.ID))
	if got.Description != "d" || len(got.SSHPublicKeys) != 1 || got.Marks != marks || len(got.Tags) != len(f.Tags)+1 {
		t.Errorf("want the changes and metal-api's own tags, got %+v", got)
	}

	use := must[*metal.NetworkUse](t)(s.NetworkUse(ctx, n))
	if !cmp.Equal(use.Machines, []metal.Use{{ID: f.ID, ProjectID: f.ProjectID}}) || len(use.IPs) != 2 || use.LeakedIPs != nil {
		t.Errorf("want the firewall and its two IPs, got %+v", use)
	}
	if err := sim.Lock(f.ID); err != nil {
		t.Fatal(err)
	}
	wantKind(t, "free a locked machine", s.FreeMachine(ctx, f.ID), metal.Conflict, false)
	if err := sim.Unlock(f.ID); err != nil {
		t.Fatal(err)
	}
	if err := s.FreeMachine(ctx, f.ID); err != nil {
		t.Error(err)
	}
	if f := must[*metal.Machine](t)(s.Machine(ctx, f.ID)); f != nil {
		t.Errorf("a machine that is free is no firewall: %+v", f)
	}
	eventually(t, "released", func(ctx context.Context) (bool, error) {
		use, err := s.NetworkUse(ctx, n)
		return err == nil && cmp.Equal(use, &metal.NetworkUse{}), err
	})
	if err := s.FreeNetwork(ctx, n.ID); err != nil {
		t.Error(err)
	}
	if n := must[*metal.Network](t)(s.Network(ctx, n.ID)); n != nil {
		t.Errorf("the network is gone: %+v", n)
	}
	wantKind(t, "free what is gone", s.FreeNetwork(ctx, n.ID), metal.NotFound, false)
}

func TestDamagedNetworkOnSimulator(t *testing.T) {
	t.Parallel()
	sim, cfg := simulated(t)
	s := open(t, cfg)
	ctx := t.Context()

	o := networkOrder()
	o.AddressFamilies = []v1alpha1.AddressFamily{v1alpha1.IPv4}
	leaking := must[*metal.Network](t)(s.AllocateNetwork(ctx, o))
	if err := sim.LeakIP(leaking.ID); err != nil {
		t.Fatal(err)
	}
	use := must[*metal.NetworkUse](t)(s.NetworkUse(ctx, leaking))
	if diff := cmp.Diff(&metal.NetworkUse{LeakedIPs: map[v1alpha1.AddressFamily]int64{v1alpha1.IPv4: 1}}, use); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
	wantKind(t, "free with a leak", s.FreeNetwork(ctx, leaking.ID), metal.Conflict, false)

	n := must[*metal.Network](t)(s.AllocateNetwork(ctx, networkOrder()))
	if err := sim.HalfFree(n.ID); err != nil {
		t.Fatal(err)
	}
	_, err := s.Network(ctx, n.ID)
	wantKind(t, "find a half-freed network", err, metal.Broken, false)
	wantKind(t, "free a half-freed network", s.FreeNetwork(ctx, n.ID), metal.Broken, false)
}

func TestRefusalsOfSimulator(t *testing.T) {
	t.Parallel()
	sim, cfg := simulated(t)
	s := open(t, cfg)
	ctx := t.Context()
	n := must[*metal.Network](t)(s.AllocateNetwork(ctx, networkOrder()))

	id := func(s string) *string { return &s }
	cases := map[string]struct {
		reason  string
		change  func(o *metal.MachineOrder)
		kind    metal.Kind
		refused bool
	}{
		"Size":         {"read before any write", func(o *metal.MachineOrder) { o.Size = "nope" }, metal.Invalid, true},
		"Image":        {"read before any write", func(o *metal.MachineOrder) { o.Image = "ubuntu-26.4" }, metal.Invalid, true},
		"Project":      {"read before any write", func(o *metal.MachineOrder) { o.ProjectID = "nope" }, metal.NotFound, true},
		"Layout":       {"read before any write", func(o *metal.MachineOrder) { o.FileSystemLayout = id("nope") }, metal.NotFound, true},
		"Key":          {"checked before any write", func(o *metal.MachineOrder) { o.SSHPublicKeys = []v1alpha1.SSHPublicKey{"nope"} }, metal.Invalid, true},
		"Network":      {"rolled back", func(o *metal.MachineOrder) { o.PrivateNetworkID = id("nope") }, metal.NotFound, false},
		"OtherProject": {"rolled back", func(o *metal.MachineOrder) { o.ProjectID = "00000000-0000-0000-0000-000000000000" }, metal.Invalid, false},
	}
	for name, tc := range cases {
		o := firewallOrder()
		o.PrivateNetworkID = &n.ID
		tc.change(&o)
		_, err := s.AllocateMachine(ctx, o)
		wantKind(t, name+": "+tc.reason, err, tc.kind, tc.refused)
	}

	if err := sim.Block("mini-lab"); err != nil {
		t.Fatal(err)
	}
	o := firewallOrder()
	o.PrivateNetworkID = &n.ID
	_, err := s.AllocateMachine(ctx, o)
	wantKind(t, "mutex", err, metal.Throttled, true)
	if err := sim.Unblock("mini-lab"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		must[*metal.Machine](t)(s.AllocateMachine(ctx, o))
	}
	_, err = s.AllocateMachine(ctx, o)
	wantKind(t, "no third machine", err, metal.Exhausted, true)

	view := cfg
	view.HMACAuthType, view.Secret = v1alpha1.HMACAuthTypeView, "metal-view"
	_, err = open(t, view).AllocateNetwork(ctx, networkOrder())
	wantKind(t, "role", err, metal.Denied, true)
	wrong := cfg
	wrong.Secret = "metal-view"
	_, err = open(t, wrong).AllocateNetwork(ctx, networkOrder())
	wantKind(t, "key", err, metal.Denied, true)
	wrong.HMACAuthType = "Metal-Nobody"
	_, err = open(t, wrong).AllocateNetwork(ctx, networkOrder())
	wantKind(t, "user", err, metal.Denied, true)
	lost := cfg
	lost.URL = cfg.URL + "/other"
	_, err = open(t, lost).Network(ctx, n.ID)
	wantKind(t, "base path", err, metal.Misdirected, false)
}

func TestExhaustedSimulator(t *testing.T) {
	t.Parallel()
	sim, err := simulator.New(simulator.Options{SuperPrefixes: []string{"10.0.0.0/24"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sim.Close)
	s := open(t, metal.Config{URL: serve(t, sim.ServeHTTP) + "/metal", Secret: "metal-admin"})
	for range 4 {
		must[*metal.Network](t)(s.AllocateNetwork(t.Context(), networkOrder()))
	}
	_, err = s.AllocateNetwork(t.Context(), networkOrder())
	wantKind(t, "a VRF was taken before", err, metal.Exhausted, false)
	want := "no prefix is left in 10.0.0.0/24: free networks of the partition, ask for a smaller prefix, or have the super network extended"
	if e := asError(t, err); e.Message != want {
		t.Errorf("want %q, got %q", want, e.Message)
	}
}
