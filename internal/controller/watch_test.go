package controller_test

import (
	"bufio"
	"encoding/json"
	"testing"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/google/go-cmp/cmp"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller"
	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

// counted is what the process has counted of a kind, all but zeros.
func (w *world) counted(kind string) map[string]float64 {
	w.t.Helper()
	families, err := w.metrics.Gather()
	if err != nil {
		w.t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			labels := map[string]string{}
			for _, l := range m.GetLabel() {
				labels[l.GetName()] = l.GetValue()
			}
			if v := m.GetCounter().GetValue(); v != 0 && labels["kind"] == kind {
				got[f.GetName()+" "+labels["outcome"]+labels["reason"]] = v
			}
		}
	}
	return got
}

const (
	outcomes = "metal_stack_create_outcomes_total "
	refusals = "metal_stack_foreign_objects_refused_total "
)

// Each create has one outcome, each refused look one reason.
func TestCounted(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason string
		do     func(w *world)
		want   map[string]float64
	}{
		"Allocated": {
			reason: "What was allocated is known, however often it is looked at.",
			do:     func(w *world) { w.networkAndFirewall() },
			want:   map[string]float64{outcomes + "known": 1},
		},
		"Refused": {
			reason: "A create that a read refuses is counted each time.",
			do: func(w *world) {
				f, _ := w.toCreate("Firewall")
				edit(w, f.(*v1alpha1.Firewall), func(f *v1alpha1.Firewall) { f.Spec.ForProvider.Size = "nope" })
				w.reconcile(f)
				w.reconcile(f)
			},
			want: map[string]float64{outcomes + "refused": 2},
		},
		"FoundAgain": {
			reason: "What was made by a create without an answer is found.",
			do: func(w *world) {
				f, operation := w.toCreate("Firewall")
				w.sim.AddFault(simulator.Fault{Operation: operation, Count: 1, Drop: simulator.After})
				w.until("it is ready", func() bool { return ready(f) }, f)
			},
			want: map[string]float64{outcomes + "unknown": 1, outcomes + "found": 1},
		},
		"CreatedAnew": {
			reason: "What was not made is created anew.",
			do: func(w *world) {
				f, operation := w.toCreate("Firewall")
				w.sim.AddFault(simulator.Fault{Operation: operation, Count: 1, Drop: simulator.Before})
				w.reconcile(f)
				w.pass(2 * controller.DefaultHoldOff)
				w.until("it is ready", func() bool { return ready(f) }, f)
			},
			want: map[string]float64{outcomes + "unknown": 1, outcomes + "known": 1},
		},
		"Foreign": {
			reason: "An object of another resource is refused at each look.",
			do: func(w *world) {
				f, _ := w.toCreate("Firewall")
				theirs := w.somebodys(*newFirewall("f", w.anyNetwork()).Spec.ForProvider.DeepCopy(), "22222222-0000-0000-0000-000000000001")
				meta.SetExternalName(f, theirs.ID)
				if err := w.kube.Update(w.t.Context(), f); err != nil {
					w.t.Fatal(err)
				}
				w.reconcile(f)
				w.reconcile(f)
			},
			want: map[string]float64{refusals + "marked": 2},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			tc.do(w)
			if diff := cmp.Diff(tc.want, w.counted("Firewall")); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// anyNetwork is the id of a network of ours.
func (w *world) anyNetwork() string {
	w.t.Helper()
	for _, e := range w.sim.Journal() {
		if e.Operation == "allocateNetwork" {
			return e.ID
		}
	}
	w.t.Fatal("there is no network")
	return ""
}

// A line of the log, as far as it names things.
type line struct {
	Msg          string    `json:"msg"`
	Controller   string    `json:"controller"`
	Request      objectKey `json:"request"`
	ExternalName string    `json:"external-name"` //nolint:tagliatelle // As the log spells it.
	Reason       string    `json:"reason"`
}

type objectKey struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
}

// Each line of the log names the resource, and what happened to its object names
// that as well.
func TestLogged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, f := w.networkAndFirewall()
	want := line{
		Msg:          "Allocated firewall " + meta.GetExternalName(f),
		Controller:   "managed/firewall.metal-stack.m.crossplane.io",
		Request:      objectKey{Namespace: f.GetNamespace(), Name: f.GetName()},
		ExternalName: meta.GetExternalName(f),
		Reason:       "Allocated",
	}
	var got []line
	for s := bufio.NewScanner(w.log); s.Scan(); {
		l := line{}
		if err := json.Unmarshal(s.Bytes(), &l); err != nil {
			t.Fatalf("cannot read the line %s: %v", s.Bytes(), err)
		}
		if l.Controller == "" || l.Request.Namespace == "" || l.Request.Name == "" {
			t.Errorf("want the resource named in every line, got %s", s.Bytes())
		}
		if l.Reason == want.Reason && l.Controller == want.Controller {
			got = append(got, l)
		}
	}
	if diff := cmp.Diff([]line{want}, got); diff != "" {
		t.Errorf("want what happened in the log once: -want, +got:\n%s", diff)
	}
}
