package controller_test

import (
	"strings"
	"testing"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

// Until something exists anything may be corrected, and nothing is remembered of
// what was not made.
func TestCorrected(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason  string
		name    string
		spoil   func(p *v1alpha1.FirewallParameters)
		message string
		mend    func(p *v1alpha1.FirewallParameters)
	}{
		"Image": {
			"a typo", "f",
			func(p *v1alpha1.FirewallParameters) { p.Image = "firewal-ubuntu-3.0" }, "firewal-ubuntu-3.0",
			func(p *v1alpha1.FirewallParameters) { p.Image = image },
		},
		"Hostname": {
			"a name that is no hostname", "f.example",
			func(*v1alpha1.FirewallParameters) {}, "set hostname",
			func(p *v1alpha1.FirewallParameters) { p.Hostname = new("f") },
		},
		"Project": {
			"another project", "f",
			func(p *v1alpha1.FirewallParameters) { p.ProjectID = otherProject }, "of project",
			func(p *v1alpha1.FirewallParameters) { p.ProjectID = project },
		},
		"Network": {
			"a network that is not there", "f",
			func(p *v1alpha1.FirewallParameters) { p.Networks[0].NetworkID = new("internett") }, "there is no network internett",
			func(p *v1alpha1.FirewallParameters) { p.Networks[0].NetworkID = new(internet) },
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			n := w.network()
			f := newFirewall(tc.name, meta.GetExternalName(n), func(f *v1alpha1.Firewall) { tc.spoil(&f.Spec.ForProvider) })
			w.create(f)
			w.reconcile(f)
			if got := w.message(f); !strings.Contains(got, tc.message) {
				t.Errorf("%s: want %q said, got %q", tc.reason, tc.message, got)
			}
			if _, ok := f.GetAnnotations()[v1alpha1.AnnotationAsked]; ok {
				t.Error("want nothing remembered of what was not made")
			}
			edit(w, f, func(f *v1alpha1.Firewall) { tc.mend(&f.Spec.ForProvider) })
			w.until("it is ready", func() bool { return ready(f) }, f)
			if c := f.GetCondition(xpv2.TypeUpToDate); c.Status != corev1.ConditionTrue {
				t.Errorf("want it up to date, got %+v", c)
			}
		})
	}
}

// While it is not known whether something exists, a change shows as one of
// something that does; and what then is found is compared as it was asked for.
func TestChangedWhileUnknown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mg, operation := w.toCreate("Firewall")
	f, ok := mg.(*v1alpha1.Firewall)
	if !ok {
		t.Fatal("want a Firewall")
	}
	w.sim.AddFault(simulator.Fault{Operation: operation, Count: 1, Drop: simulator.Before})
	w.reconcile(f)
	asked := f.Spec.ForProvider.DeepCopy()
	edit(w, f, func(f *v1alpha1.Firewall) { f.Spec.ForProvider.PlacementTags = []v1alpha1.Tag{"a"} })
	w.reconcile(f)
	if c := f.GetCondition(xpv2.TypeUpToDate); c.Reason != "Fixed" || !strings.Contains(c.Message, "placementTags") {
		t.Errorf("want that said, got %+v", c)
	}
	// It lands late.
	order := firewallOrder(*asked, "f", metal.Marks{UID: f.GetUID()})
	if _, err := w.stack().AllocateMachine(t.Context(), order); err != nil {
		t.Fatal(err)
	}
	w.sim.ClearJournal()
	w.until("it is found by its mark", func() bool { return ready(f) }, f)
	if got := w.message(f); !strings.Contains(got, "placementTags: not what the machine was created with: set it back, or create another Firewall") {
		t.Errorf("want it compared with what was asked for, got %q", got)
	}
	edit(w, f, func(f *v1alpha1.Firewall) { f.Spec.ForProvider.PlacementTags = nil })
	w.reconcile(f)
	if got := w.message(f); got != "" || w.writes(operation) != 0 {
		t.Errorf("want it set back, and not made again, got %q", got)
	}
}

// References are resolved in no spec, also where an id is next to a reference.
func TestSpecIsThePersons(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := newNetwork("n")
	w.create(n)
	f := newFirewall("f", "", func(f *v1alpha1.Firewall) {
		f.Spec.ForProvider.PrivateNetworkIDRef = &v1alpha1.Reference{Name: "n"}
	})
	w.create(f)
	want := f.Spec.DeepCopy()
	w.onWrite(func(verb string, o client.Object) error {
		if _, ok := o.(controller.Resource); ok && verb == "update" {
			t.Errorf("want no update of a managed resource, got one of %s", o.GetName())
		}
		return nil
	})
	w.until("both are ready", func() bool { return ready(n) && ready(f) }, n, f)
	w.onWrite(nil)
	if got := f.Spec.ForProvider; got.PrivateNetworkID != nil || !equalJSON(t, want, &f.Spec) {
		t.Errorf("want the spec as it was, got %+v", got)
	}
	if got := f.Status.AtProvider.PrivateNetworkID; got != meta.GetExternalName(n) {
		t.Errorf("want what the reference led to in the status, got %q", got)
	}
	edit(w, f, func(f *v1alpha1.Firewall) { f.Spec.ForProvider.PrivateNetworkIDRef.Name = "another" })
	w.reconcile(f)
	if got := w.message(f); !strings.Contains(got, "privateNetworkID leads nowhere (waiting for Network another: there is none in namespace default)") || !ready(f) {
		t.Errorf("want the changed reference said, got %q", got)
	}
	edit(w, f, func(f *v1alpha1.Firewall) { f.Spec.ForProvider.PrivateNetworkIDRef.Name = "n" })
	w.reconcile(f)
	if got := w.message(f); got != "" {
		t.Errorf("want it set back, got %q", got)
	}
}
