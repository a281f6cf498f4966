package controller_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// readyIP is there.
func (w *world) readyIP(i *v1alpha1.IP) *v1alpha1.IP {
	w.t.Helper()
	w.create(i)
	w.until("the IP is ready", func() bool { return ready(i) }, i)
	return i
}

// An IP is allocated once, changed in place, and freed.
func TestIP(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.role = v1alpha1.HMACAuthTypeEdit
	i := w.readyIP(newIP("i", func(i *v1alpha1.IP) { i.Spec.ForProvider.Tags = v1alpha1.Tags{"team=storage"} }))
	seen := i.Status.AtProvider
	if seen.Address == "" || seen.Address != meta.GetExternalName(i) || seen.NetworkID != internet || seen.Type != string(v1alpha1.IPTypeEphemeral) {
		t.Errorf("want an ephemeral address of the internet, got %+v", seen)
	}
	if _, err := w.stack().Machine(t.Context(), "none"); err != nil {
		t.Fatal(err)
	}
	if err := w.stack().UpdateIP(t.Context(), seen.Address, metal.IPUpdate{Type: v1alpha1.IPType(seen.Type), Tags: []string{"theirs"}}); err != nil {
		t.Fatal(err)
	}
	edit(w, i, func(i *v1alpha1.IP) {
		i.Spec.ForProvider.Tags, i.Spec.ForProvider.Description, i.Spec.ForProvider.Type = v1alpha1.Tags{"team=web"}, new("egress"), v1alpha1.IPTypeStatic
	})
	w.until("it is changed", func() bool { return i.Status.AtProvider.Type == string(v1alpha1.IPTypeStatic) }, i)
	got, err := w.stack().IP(t.Context(), seen.Address)
	if err != nil {
		t.Fatal(err)
	}
	if got.Description != "egress" || got.Marks.UID != i.GetUID() || !slices.Contains(got.Tags, "team=web") || !slices.Contains(got.Tags, "theirs") || slices.Contains(got.Tags, "team=storage") {
		t.Errorf("want it as the spec says, and theirs kept, got %+v", got)
	}
	edit(w, i, func(i *v1alpha1.IP) { i.Spec.ForProvider.Type = v1alpha1.IPTypeEphemeral })
	w.reconcile(i)
	if c := i.GetCondition(xpv2.TypeUpToDate); c.Reason != "Fixed" || !strings.Contains(c.Message, "cannot be taken back") {
		t.Errorf("want it said that static is for good, got %+v", c)
	}
	w.delete(i)
	w.until("it is gone", func() bool { return w.gone(i) }, i)
	if got := w.writes("freeIP"); got != 1 {
		t.Errorf("want it freed once, got %d", got)
	}
}

// Each order that cannot be is refused before anything is asked for, with a way out.
func TestIPRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	taken := w.readyIP(newIP("first"))
	theirs, err := w.stack().AllocateNetwork(t.Context(), metal.NetworkOrder{
		NetworkParameters: v1alpha1.NetworkParameters{Partition: partition, ProjectID: otherProject}, Name: "theirs", Marks: metal.Marks{UID: "their-network"},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.sim.ClearJournal()
	for name, tc := range map[string]struct {
		change func(p *v1alpha1.IPParameters)
		want   string
	}{
		"NoNetwork":  {func(p *v1alpha1.IPParameters) { p.NetworkID = new("internett") }, "there is no network internett"},
		"NoProject":  {func(p *v1alpha1.IPParameters) { p.ProjectID = "nope" }, "project"},
		"Super":      {func(p *v1alpha1.IPParameters) { p.NetworkID = new("tenant-super-network-mini-lab") }, "is a super or underlay network"},
		"Theirs":     {func(p *v1alpha1.IPParameters) { p.NetworkID = &theirs.ID }, "and not shared"},
		"Taken":      {func(p *v1alpha1.IPParameters) { p.Address = new(taken.Status.AtProvider.Address) }, "is allocated already, for project " + project},
		"Outside":    {func(p *v1alpha1.IPParameters) { p.Address = new("198.51.100.1") }, "address 198.51.100.1 is not in network internet-mini-lab"},
		"Unresolved": {func(p *v1alpha1.IPParameters) { p.NetworkID, p.NetworkIDRef = nil, &v1alpha1.Reference{Name: "later"} }, "waiting for Network later: there is none"},
	} {
		i := newIP(strings.ToLower(name))
		tc.change(&i.Spec.ForProvider)
		w.create(i)
		w.reconcile(i)
		if got := w.message(i); !strings.Contains(got, tc.want) || ready(i) {
			t.Errorf("%s: want %q, got %q", name, tc.want, got)
		}
	}
	if got := w.touched(); len(got) != 0 {
		t.Errorf("want nothing asked for, got %q", got)
	}
}

// Whoever may edit rewrites an IP's tags: without our mark, or with that of another,
// the allocation that was recorded tells whose it is, and an address that was given
// again is not ours although it carries our mark.
func TestIPMarksAreWeak(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	i := w.readyIP(newIP("i", static(v1alpha1.IPv4)))
	address := meta.GetExternalName(i)
	mark := metal.MarkUID + "=" + string(i.GetUID())
	if err := w.stack().UpdateIP(t.Context(), address, metal.IPUpdate{Type: v1alpha1.IPTypeStatic, Tags: []string{"of=nobody"}}); err != nil {
		t.Fatal(err)
	}
	w.reconcile(i)
	if got, err := w.stack().IP(t.Context(), address); err != nil || got.Marks.UID != i.GetUID() || !slices.Contains(got.Tags, "of=nobody") {
		t.Errorf("want the marks written again, and the other's tag kept, got %+v, %v", got, err)
	}

	if err := w.stack().FreeIP(t.Context(), address); err != nil {
		t.Fatal(err)
	}
	w.ask(http.MethodPost, "/v1/ip/allocate/"+address, `{"networkid":"`+internet+`","projectid":"`+otherProject+`","type":"static","tags":["`+mark+`"]}`, nil)
	w.sim.ClearJournal()
	w.delete(i)
	for range 3 {
		w.reconcile(i)
	}
	if got := w.touched(); len(got) != 0 {
		t.Errorf("want the other's untouched, got %q", got)
	}
}

// An ephemeral IP that went with its machine is not made again, until it is made static.
func TestEphemeralIPGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	i := w.readyIP(newIP("i"))
	address := meta.GetExternalName(i)
	if err := w.stack().FreeIP(t.Context(), address); err != nil {
		t.Fatal(err)
	}
	w.sim.ClearJournal()
	for range 2 {
		w.reconcile(i)
	}
	if c := i.GetCondition(xpv2.TypeReady); ready(i) || c.Reason != "Gone" || !strings.Contains(w.message(i), "set type: static") || len(w.touched()) != 0 {
		t.Errorf("want it said to be gone and nothing made, got %+v, %q", c, w.touched())
	}
	edit(w, i, func(i *v1alpha1.IP) { i.Spec.ForProvider.Type = v1alpha1.IPTypeStatic })
	w.until("another one is made", func() bool { return ready(i) }, i)
	if got := i.Status.AtProvider.Type; got != string(v1alpha1.IPTypeStatic) {
		t.Errorf("want it static, got %s", got)
	}
}

// A person may write another name over that of an ephemeral one: it is found by its mark.
func TestEphemeralIPRenamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	i := w.readyIP(newIP("i"))
	address := meta.GetExternalName(i)
	w.sim.ClearJournal()
	edit(w, i, func(i *v1alpha1.IP) { meta.SetExternalName(i, "203.0.113.199") })
	w.until("it has its name again", func() bool { return ready(i) && meta.GetExternalName(i) == address && w.message(i) == "" }, i)
	if got := w.touched(); len(got) != 0 {
		t.Errorf("want nothing written, got %q", got)
	}
}

// An IP waits for the machine that has it, and says which.
func TestIPFreedAfterItsMachine(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n, i := w.network(), w.readyIP(newIP("i", static(v1alpha1.IPv4)))
	f := newFirewall("f", n.Status.AtProvider.ID, func(f *v1alpha1.Firewall) {
		f.Spec.ForProvider.Networks[0].IPRefs = []v1alpha1.Reference{{Name: "i"}}
	})
	w.create(f)
	w.reconcile(f)
	if got := w.message(f); !strings.Contains(got, "where addresses are given metal-api takes none by itself") || !strings.Contains(got, "addressFamilies: [IPv4]") {
		t.Errorf("want it said that no IPv6 would come, got %q", got)
	}
	edit(w, f, func(f *v1alpha1.Firewall) {
		f.Spec.ForProvider.Networks[0].AddressFamilies = []v1alpha1.AddressFamily{v1alpha1.IPv4}
	})
	w.until("the firewall is ready", func() bool { return ready(f) }, f)
	if got := f.Status.AtProvider.IPs; !slices.Equal(got, []string{i.Status.AtProvider.Address}) {
		t.Errorf("want the address, got %v", got)
	}
	if c := f.GetCondition(xpv2.TypeUpToDate); c.Status != "True" {
		t.Errorf("want no drift, got %+v", c)
	}
	w.reconcile(i)
	if got := i.Status.AtProvider.Machines; !slices.Equal(got, []string{f.Status.AtProvider.MachineID}) {
		t.Errorf("want the machine shown, got %v", got)
	}

	w.delete(i)
	w.reconcile(i)
	if got := w.message(i); !strings.Contains(got, "waits for Firewall default/f, which was made for it") {
		t.Errorf("want the Firewall named, got %q", got)
	}
	// A second one gets no address that is being deleted.
	late := newFirewall("late", n.Status.AtProvider.ID, func(f *v1alpha1.Firewall) {
		f.Spec.ForProvider.Networks[0].IPRefs = []v1alpha1.Reference{{Name: "i"}}
	})
	w.create(late)
	w.reconcile(late)
	if got := w.message(late); !strings.Contains(got, "IP i is being deleted") {
		t.Errorf("want that said, got %q", got)
	}
	w.delete(late)
	w.delete(f)
	w.until("all are gone", func() bool { return w.gone(f) && w.gone(i) && w.gone(late) }, f, i, late)
}

// Two metal-stacks may have the same address: what one frees waits for nobody of the other,
// and holds up nobody there.
func TestAddressOfAnotherStack(t *testing.T) {
	t.Parallel()
	elsewhere := map[string]string{
		meta.AnnotationKeyExternalName: "of-another", v1alpha1.AnnotationAllocationUUID: "of-another", v1alpha1.AnnotationPartitionCreated: "2001-01-01T00:00:00Z",
	}
	w := newWorld(t)
	i := w.readyIP(newIP("i", static(v1alpha1.IPv4)))
	address := i.Status.AtProvider.Address
	has := func(f *v1alpha1.Firewall) {
		f.Spec.ForProvider.Networks[0].AddressFamilies = []v1alpha1.AddressFamily{v1alpha1.IPv4}
		f.Spec.ForProvider.Networks[0].IPs = []v1alpha1.IPAddress{v1alpha1.IPAddress(address)}
	}
	f := newFirewall("of-another", "n", has)
	f.SetAnnotations(elsewhere)
	w.create(f)
	other := newIP("of-another", static(v1alpha1.IPv4), func(i *v1alpha1.IP) {
		i.SetAnnotations(elsewhere)
		meta.SetExternalName(i, address)
		i.SetFinalizers([]string{"example.org/hold"})
	})
	w.create(other)
	w.delete(other)

	n := w.network()
	mine := newFirewall("mine", n.Status.AtProvider.ID, has)
	w.create(mine)
	w.until("the firewall has the address", func() bool { return ready(mine) }, mine)
	w.delete(i)
	w.reconcile(i)
	if got := w.message(i); !strings.Contains(got, "waits for Firewall default/mine, which") {
		t.Errorf("want it to wait for the one, got %q", got)
	}
	w.delete(mine)
	w.until("both are gone", func() bool { return w.gone(mine) && w.gone(i) }, mine, i)
}

// An IP that stands for an address of another metal-stack gives nobody the one that is
// called so here.
func TestAddressOfAnotherStackIsNotGiven(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	i := w.readyIP(newIP("i", static(v1alpha1.IPv4)))
	n := w.network()
	f := newFirewall("f", n.Status.AtProvider.ID, func(f *v1alpha1.Firewall) {
		f.Spec.ForProvider.Networks[0].AddressFamilies = []v1alpha1.AddressFamily{v1alpha1.IPv4}
		f.Spec.ForProvider.Networks[0].IPRefs = []v1alpha1.Reference{{Name: "i"}}
	})
	meta.AddAnnotations(i, map[string]string{v1alpha1.AnnotationAllocationUUID: "of-another"})
	if err := w.kube.Update(t.Context(), i); err != nil {
		t.Fatal(err)
	}
	w.create(f)
	w.reconcile(f)
	w.reconcile(f)
	if got := w.message(f); !strings.Contains(got, "IP "+i.Status.AtProvider.Address+" is not that of IP default/i, which names it") || meta.GetExternalName(f) != "" {
		t.Errorf("want it refused, got %q", got)
	}
}

// All that a selector matches at the creation is given, and what it matches later is
// no drift.
func TestIPsSelected(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	labelled := func(i *v1alpha1.IP) { i.SetLabels(map[string]string{"egress": "x"}) }
	four, six := w.readyIP(newIP("four", static(v1alpha1.IPv4), labelled)), w.readyIP(newIP("six", static(v1alpha1.IPv6), labelled))
	n := w.network()
	f := newFirewall("f", n.Status.AtProvider.ID, func(f *v1alpha1.Firewall) {
		f.Spec.ForProvider.Networks[0].IPSelector = &v1alpha1.Selector{MatchLabels: map[string]string{"egress": "x"}}
	})
	w.create(f)
	w.until("the firewall is ready", func() bool { return ready(f) }, f)
	if got, want := f.Status.AtProvider.IPs, []string{four.Status.AtProvider.Address, six.Status.AtProvider.Address}; !slices.Equal(got, want) {
		t.Errorf("want both addresses, got %v of %v", got, want)
	}
	w.readyIP(newIP("later", static(v1alpha1.IPv4), labelled))
	w.reconcile(f)
	if c := f.GetCondition(xpv2.TypeUpToDate); c.Status != "True" || !ready(f) {
		t.Errorf("want no drift, got %+v", c)
	}
}
