package controller_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/canonical"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

// ip allocated in the internet, as metalctl does it.
func (w *world) ip(address, projectID string, tags ...string) {
	w.t.Helper()
	w.ask(http.MethodPost, "/v1/ip/allocate/"+address, fmt.Sprintf(`{"networkid":%q,"projectid":%q,"type":"static","tags":["%s"]}`,
		internet, projectID, strings.Join(tags, `","`)), nil)
}

// Given addresses are read before a machine is taken: there, in the network, in
// the project, and nobody's. A typo costs no machine, no hold-off, and can be
// corrected.
func TestGivenIPs(t *testing.T) {
	t.Parallel()
	const address = "203.0.113.150"
	cases := map[string]struct {
		reason string
		is     func(w *world, networkID string)
		given  v1alpha1.IPAddress
		want   string
	}{
		"Unknown":      {"a typo", func(*world, string) {}, address, "there is no IP 203.0.113.150: have it allocated in network internet-mini-lab, or name another one or none"},
		"OtherProject": {"another project's", func(w *world, _ string) { w.ip(address, otherProject) }, address, "IP 203.0.113.150 is of project " + otherProject},
		"OtherNetwork": {"of the private network", func(w *world, id string) {
			w.ask(http.MethodPost, "/v1/ip/allocate/10.0.4.9", fmt.Sprintf(`{"networkid":%q,"projectid":%q,"type":"static"}`, id, project), nil)
		}, "10.0.4.9", "IP 10.0.4.9 is in network "},
		"Service": {"a load balancer's", func(w *world, _ string) {
			w.ip(address, project, "cluster.metal-stack.io/id/namespace/service=c/default/web")
		}, address, "IP 203.0.113.150 is that of a service in a cluster"},
		"Machine": {"another firewall's", func(w *world, id string) {
			w.ip(address, project)
			f := newFirewall("first", id, givenIP(address))
			w.create(f)
			w.until("the first is ready", func() bool { return ready(f) }, f)
		}, address, "IP 203.0.113.150 is that of machine "},
		"Free":     {"free", func(w *world, _ string) { w.ip(address, project) }, address, ""},
		"Spelling": {"free, in another spelling", func(w *world, _ string) { w.ip("2001:db8:0:113::5", project) }, "2001:DB8:0:113:0::5", ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(o *simulator.Options) { o.SuperPrefixes = []string{"10.0.4.0/22", "2001:db8:0:10::/64"} })
			n := w.network()
			tc.is(w, meta.GetExternalName(n))
			before := w.writes("allocateFirewall")
			f := newFirewall("f", meta.GetExternalName(n), givenIP(tc.given))
			w.create(f)
			w.reconcile(f)
			if tc.want == "" {
				w.until("the firewall is ready", func() bool { return ready(f) }, f)
				return
			}
			if got := w.message(f); !strings.Contains(got, tc.want) || w.writes("allocateFirewall") != before {
				t.Fatalf("%s: want %q, and nothing allocated, got %q", tc.reason, tc.want, got)
			}
			edit(w, f, func(f *v1alpha1.Firewall) {
				f.Spec.ForProvider.Networks[0].IPs, f.Spec.ForProvider.Networks[0].AddressFamilies = nil, nil
			})
			w.until("the corrected firewall is ready", func() bool { return ready(f) }, f)
		})
	}
}

// Of firewalls that are applied together and want one address, one gets it, and the
// next one when that is gone.
func TestOneAddressForOne(t *testing.T) {
	t.Parallel()
	const address, several = "203.0.113.150", 4
	w := newWorld(t, func(o *simulator.Options) { o.Machines = several })
	n := w.network()
	w.ip(address, project)
	w.sim.AddFault(simulator.Fault{Operation: "allocateFirewall", DelayBefore: simulator.Duration(50 * time.Millisecond)})
	var fs []*v1alpha1.Firewall
	for i := range several {
		f := newFirewall(fmt.Sprint("f-", i), meta.GetExternalName(n), givenIP(address))
		w.create(f)
		fs = append(fs, f)
	}
	var all sync.WaitGroup
	for _, f := range fs {
		all.Go(func() { w.reconcile(f) })
	}
	all.Wait()
	if got := w.allocated(); got != 1 {
		t.Errorf("want one firewall with the address, got %d", got)
	}
	for _, f := range fs {
		if meta.GetExternalName(f) == "" {
			w.reconcile(f) // It was another's turn, perhaps.
		}
		if got := w.message(f); meta.GetExternalName(f) == "" && !strings.Contains(got, "IP "+address+" is ") {
			t.Errorf("want it said why there is none, got %q", got)
		}
	}
}

func givenIP(address v1alpha1.IPAddress) func(*v1alpha1.Firewall) {
	return func(f *v1alpha1.Firewall) {
		n := &f.Spec.ForProvider.Networks[0]
		n.IPs, n.AddressFamilies = []v1alpha1.IPAddress{address}, canonical.Families([]v1alpha1.IPAddress{address})
	}
}

// A firewall in no network beside its private one is made only if somebody says
// that it is wanted.
func TestPrivateOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := w.network()
	f := newFirewall("f", meta.GetExternalName(n), func(f *v1alpha1.Firewall) { f.Spec.ForProvider.Networks = nil })
	w.create(f)
	w.reconcile(f)
	if got := w.message(f); !strings.Contains(got, v1alpha1.AnnotationPrivateOnly) || w.writes("allocateFirewall") != 0 {
		t.Errorf("want it refused, and the way out, got %q", got)
	}
	edit(w, f, func(f *v1alpha1.Firewall) {
		meta.AddAnnotations(f, map[string]string{v1alpha1.AnnotationPrivateOnly: "true"})
	})
	w.until("the firewall is ready", func() bool { return ready(f) }, f)
}

// An address that two machines have, as metalctl gives it, stays that of both when
// something is written to it.
func TestSharedAddressIsUpdated(t *testing.T) {
	t.Parallel()
	const address = "203.0.113.150"
	w := newWorld(t)
	i := newIP("i", func(i *v1alpha1.IP) {
		i.Spec.ForProvider.Address, i.Spec.ForProvider.Type = new(address), v1alpha1.IPTypeStatic
	})
	w.create(i)
	w.until("the address is ready", func() bool { return ready(i) }, i)
	ip, err := w.stack().IP(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	shared := []string{"machine.metal-stack.io/id=1", "machine.metal-stack.io/id=2"}
	if err := w.stack().UpdateIP(t.Context(), address, metal.IPUpdate{Type: ip.Type, Tags: append(shared, ip.Tags...)}); err != nil {
		t.Fatal(err)
	}
	edit(w, i, func(i *v1alpha1.IP) { i.Spec.ForProvider.Tags = v1alpha1.Tags{"team=storage"} })
	w.reconcile(i)
	if ip, err = w.stack().IP(t.Context(), address); err != nil || len(ip.Machines) != 2 || !slices.Contains(ip.Tags, "team=storage") {
		t.Errorf("want it tagged and of both machines, got %+v, %v", ip, err)
	}
}
