package controller_test

import (
	"strings"
	"testing"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

// A machine whose events come in is changed by them between metal-api's read and
// its write: what was asked for then is asked for again at once, a few times.
func TestChangedMeanwhile(t *testing.T) {
	t.Parallel()
	for operation, change := range map[string]func(w *world, f *v1alpha1.Firewall){
		"freeMachine": func(w *world, f *v1alpha1.Firewall) { w.delete(f) },
		"updateMachine": func(w *world, f *v1alpha1.Firewall) {
			edit(w, f, func(f *v1alpha1.Firewall) { f.Spec.ForProvider.Description = new("changed") })
		},
	} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			_, f := w.networkAndFirewall()
			before := w.writes(operation)
			w.sim.AddFault(simulator.Fault{Operation: operation, Count: 2, Conflict: true})
			change(w, f)
			w.reconcile(f)
			if got := w.writes(operation) - before; got != 3 || strings.Contains(w.message(f), "changed from another") {
				t.Errorf("want it done at the third try, got %d, %q", got, w.message(f))
			}
		})
	}
	t.Run("Always", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		_, f := w.networkAndFirewall()
		w.sim.AddFault(simulator.Fault{Operation: "freeMachine", Conflict: true})
		w.delete(f)
		w.reconcile(f)
		if got := w.writes("freeMachine"); got != 5 || !strings.Contains(w.message(f), "changed from another") {
			t.Errorf("want five tries, and then a word, got %d, %q", got, w.message(f))
		}
	})
}
