package controller_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

// A machine that was freed is given to another project, or becomes a machine
// that is no firewall: the provider neither frees, changes nor shows it.
func TestMachineChangesProjectOrRole(t *testing.T) {
	t.Parallel()
	for name, reallocate := range map[string]func(w *world, f *v1alpha1.Firewall){
		"ToAnotherProject": func(w *world, f *v1alpha1.Firewall) {
			p := *f.Spec.ForProvider.DeepCopy()
			p.ProjectID = otherProject
			n, err := w.stack().AllocateNetwork(w.t.Context(), metal.NetworkOrder{
				NetworkParameters: v1alpha1.NetworkParameters{Partition: partition, ProjectID: otherProject}, Name: "theirs", Marks: metal.Marks{UID: "their-network"},
			})
			if err != nil {
				w.t.Fatal(err)
			}
			p.PrivateNetworkID = &n.ID
			w.somebodys(p, "33333333-0000-0000-0000-000000000001")
		},
		"ToAMachine": func(w *world, f *v1alpha1.Firewall) { w.machine(*f.Spec.ForProvider.PrivateNetworkID) },
	} {
		for _, deleted := range []bool{false, true} {
			t.Run(fmt.Sprint(name, deleted), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, func(o *simulator.Options) { o.Machines = 1 })
				_, f := w.networkAndFirewall()
				machine := meta.GetExternalName(f)
				edit(w, f, func(f *v1alpha1.Firewall) { f.Spec.ForProvider.Description = new("changed") })
				w.freed(machine)
				reallocate(w, f)
				w.sim.ClearJournal()
				if deleted {
					w.delete(f)
				}
				w.reconcile(f)
				w.reconcile(f)
				for _, what := range w.touched() {
					if !strings.HasPrefix(what, "allocateFirewall") {
						t.Errorf("want the other's untouched, got %s", what)
					}
				}
				if gone := w.gone(f); gone != deleted || !gone && (f.Status.AtProvider.MachineID != "" || meta.GetExternalName(f) != "" || ready(f)) {
					t.Errorf("want it gone %t, and nothing of the other's shown: %+v", deleted, f.Status.AtProvider)
				}
				if w.allocated() != 1 {
					t.Error("want the other's allocated")
				}
			})
		}
	}
}

// The same allocation shows as another role than a firewall's: it is neither
// shown nor freed nor changed, nor is another one made.
func TestRoleChangedUnderOneAllocation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, f := w.networkAndFirewall()
	edit(w, f, func(f *v1alpha1.Firewall) { f.Spec.ForProvider.Description = new("changed") })
	w.sim.ClearJournal()
	isFirewall := regexp.MustCompile(`"role":\s*"firewall"`)
	line := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		w.sim.ServeHTTP(answer, r)
		rw.Header().Set("Content-Type", answer.Header().Get("Content-Type"))
		rw.WriteHeader(answer.Code)
		_, _ = rw.Write(isFirewall.ReplaceAll(answer.Body.Bytes(), []byte(`"role": "machine"`)))
	}))
	t.Cleanup(line.Close)
	home := w.url
	w.url = line.URL + "/metal"
	w.reconcile(f)
	if got := f.Status.AtProvider.Message; !strings.Contains(got, "not a firewall") || ready(f) || f.Status.AtProvider.MachineID != "" {
		t.Errorf("want it refused and not shown, got %q", got)
	}
	w.delete(f)
	w.reconcile(f)
	if got := w.touched(); w.gone(f) || len(got) != 0 {
		t.Errorf("want it kept and nothing written, got %q", got)
	}
	w.url = home
	w.until("it is freed", func() bool { return w.gone(f) }, f)
}

// The machine is locked between observe and free, and given to nobody: it is
// not taken for gone.
func TestLockedBeforeFree(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, f := w.networkAndFirewall()
	machine := meta.GetExternalName(f)
	w.delete(f)
	w.between = func() {
		w.between = nil
		if err := w.sim.Lock(machine); err != nil {
			t.Error(err)
		}
	}
	w.reconcile(f)
	w.reconcile(f)
	if w.gone(f) || w.allocated() != 1 || !strings.Contains(f.Status.AtProvider.Message, "is locked") {
		t.Errorf("want it kept and said, got %q", f.Status.AtProvider.Message)
	}
}

// Somebody rewrites the tags of our firewall. Without any mark the recorded
// allocation proves that it is ours; with the mark of another it is that one's.
func TestMarksRewritten(t *testing.T) {
	t.Parallel()
	rewrite := func(w *world, f *v1alpha1.Firewall, tags ...string) {
		w.t.Helper()
		w.until("the tags are rewritten", func() bool {
			return w.stack().UpdateMachine(w.t.Context(), meta.GetExternalName(f), metal.MachineUpdate{Tags: tags}) == nil
		})
		w.sim.ClearJournal()
	}
	w := newWorld(t)
	_, f := w.networkAndFirewall()
	rewrite(w, f, "of=nobody")
	w.reconcile(f)
	if got, err := w.stack().Machine(t.Context(), meta.GetExternalName(f)); err != nil || got.Marks.UID != f.GetUID() || !slices.Contains(got.Tags, "of=nobody") {
		t.Errorf("want the marks written again, and the other's tag kept, got %+v, %v", got, err)
	}

	rewrite(w, f, metal.MarkUID+"=22222222-0000-0000-0000-000000000001")
	w.reconcile(f)
	w.delete(f)
	w.reconcile(f)
	if got := w.touched(); w.gone(f) || len(got) != 0 || !strings.Contains(f.Status.AtProvider.Message, "belongs to another managed resource") {
		t.Errorf("want it refused and nothing written, got %q, %q", got, f.Status.AtProvider.Message)
	}
}

// Somebody rewrites the tags of our firewall's address, which detaches it: it
// outlives the firewall, and the network waits for it by name.
func TestIPTagsRewritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n, f := w.networkAndFirewall()
	var ips []struct {
		Address string `json:"ipaddress"`
	}
	w.ask(http.MethodPost, "/v1/ip/find", fmt.Sprintf(`{"networkid":%q}`, n.Status.AtProvider.ID), &ips)
	if len(ips) == 0 {
		t.Fatal("want the firewall to have addresses in the network")
	}
	for _, ip := range ips {
		w.ask(http.MethodPost, "/v1/ip", fmt.Sprintf(`{"ipaddress":%q,"type":"static","tags":[]}`, ip.Address), nil)
	}
	w.delete(n)
	w.delete(f)
	w.until("the firewall is gone", func() bool { return w.gone(f) }, f)
	w.reconcile(n)
	got := n.Status.AtProvider.Message
	for _, ip := range ips {
		if !strings.Contains(got, ip.Address) {
			t.Errorf("want %s named, got %q", ip.Address, got)
		}
	}
	if w.writes("freeNetwork") != 0 {
		t.Error("want the network not freed under its addresses")
	}
}

// The client's time for an allocate is over while metal-api still works on it:
// what comes true afterwards is found, and nothing is made twice.
func TestAllocateTimesOut(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"Network", "Firewall"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			mg, operation := w.toCreate(kind)
			w.timeout = 100 * time.Millisecond
			w.restart()
			release := w.hold(kind)
			w.reconcile(mg)
			w.reconcile(mg)
			if got := w.message(mg); !strings.Contains(got, "did not answer in time") || !strings.Contains(got, "may have come true all the same") || w.writes(operation) != 0 {
				t.Errorf("want to wait for what may come true, got %q", got)
			}
			release()
			w.until("it came true", func() bool { return w.writes(operation) == 1 })
			w.timeout = controller.CreateTimeout
			w.restart()
			w.until("it is ready", func() bool { return ready(mg) }, mg)
			w.pass(2 * controller.DefaultHoldOff)
			w.reconcile(mg)
			if got := w.writes(operation); got != 1 {
				t.Errorf("want 1 %s, got %d", operation, got)
			}
		})
	}
}
