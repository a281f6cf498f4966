package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	xpcontroller "github.com/crossplane/crossplane-runtime/v2/pkg/controller"
	"github.com/crossplane/crossplane-runtime/v2/pkg/gate"
	"github.com/google/go-cmp/cmp"
	authorizationv1 "k8s.io/api/authorization/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/klog/v2"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller"
)

func TestFlags(t *testing.T) {
	defaults := flags{
		Poll: 10 * time.Minute, MinPoll: 5 * time.Second, Sync: time.Hour, MaxReconcileRate: 100, MetalAPIInFlight: 16, MetalAPIRate: 400, SnapshotAge: 10 * time.Second, CreateHoldOff: time.Minute, LeaseDuration: time.Minute,
		MetricsBindAddress: ":8080", HealthProbeBindAddress: ":8081", PollStateMetric: time.Minute,
		ChangelogsSocketPath: "/var/run/changelogs/changelogs.sock",
	}
	with := func(change func(*flags)) flags {
		f := defaults
		change(&f)
		return f
	}
	cases := map[string]struct {
		reason string
		args   []string
		env    map[string]string
		want   flags
		fails  bool
	}{
		"None": {reason: "The defaults are those of Crossplane providers.", want: defaults},
		"Names": {reason: "Flags are spelled as Crossplane providers have them.", args: []string{"-d", "--leader-election", "--poll=1m", "--sync=2h", "--max-reconcile-rate=5", "--create-hold-off=3s", "--metrics-bind-address=:1", "--health-probe-bind-address=:2", "--enable-changelogs", "--changelogs-socket-path=/s"}, want: with(func(f *flags) {
			f.Debug, f.LeaderElection, f.Poll, f.Sync, f.MaxReconcileRate, f.CreateHoldOff = true, true, time.Minute, 2*time.Hour, 5, 3*time.Second
			f.MetricsBindAddress, f.HealthProbeBindAddress, f.EnableChangelogs, f.ChangelogsSocketPath = ":1", ":2", true, "/s"
		})},
		"Environment": {reason: "Crossplane's deployments set some by environment.", env: map[string]string{"LEADER_ELECTION": "true", "POD_NAMESPACE": "crossplane-system"}, want: with(func(f *flags) {
			f.LeaderElection, f.LeaderElectionNamespace = true, "crossplane-system"
		})},
		"NoPoll":    {reason: "An interval of nothing is a busy loop.", args: []string{"--poll=0s"}, fails: true},
		"NoRate":    {reason: "At a rate of nothing, nothing happens.", args: []string{"--max-reconcile-rate=0"}, fails: true},
		"NoPlaces":  {reason: "Without a place nothing is asked.", args: []string{"--metal-api-in-flight=0"}, fails: true},
		"NoTurns":   {reason: "At a rate of nothing, nothing is asked.", args: []string{"--metal-api-rate=0"}, fails: true},
		"Snapshots": {reason: "Of no age there are none.", args: []string{"--snapshot-age=0"}, want: with(func(f *flags) { f.SnapshotAge = 0 })},
		"Future":    {reason: "Nothing can be seen before it is so.", args: []string{"--snapshot-age=-1s"}, fails: true},
		"NoHoldOff": {reason: "Without a hold-off firewalls are allocated twice.", args: []string{"--create-hold-off=0s"}, fails: true},
		"Unknown":   {reason: "A flag that is not known is a mistake.", args: []string{"--pol=1m"}, fails: true},
		"Arguments": {reason: "There are no arguments.", args: []string{"start"}, fails: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			for k, v := range tc.env {
				t.Setenv(k, v)
			}
			got := flags{}
			_, err := parser(&got).Parse(tc.args)
			if (err != nil) != tc.fails {
				t.Fatalf("%s\nwant a failure: %t, got: %v", tc.reason, tc.fails, err)
			}
			if tc.fails {
				return
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// Each line of the log is JSON, also what client-go says through klog, where it
// tells of the lease.
func TestLogIsJSON(t *testing.T) {
	out := &bytes.Buffer{}
	t.Cleanup(klog.ClearLogger)
	log := newLogger(flags{}, out)
	log.Info("Starting")
	log.Debug("Not shown")
	klog.Infof("successfully acquired lease %s", "a/b")
	klog.Background().Error(errors.New("boom"), "Failed to update lease")
	klog.V(4).Info("Not shown")
	klog.Background().V(4).Info("Not shown")

	type line struct {
		Level  string `json:"level"`
		Logger string `json:"logger"`
		Msg    string `json:"msg"`
		Error  string `json:"error"`
	}
	var got []line
	for text := range strings.Lines(out.String()) {
		l := line{}
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			t.Fatalf("not JSON: %s", text)
		}
		got = append(got, l)
	}
	want := []line{
		{Level: "info", Logger: "provider-metal-stack", Msg: "Starting"},
		{Level: "info", Logger: "client-go", Msg: "successfully acquired lease a/b"},
		{Level: "error", Logger: "client-go", Msg: "Failed to update lease", Error: "boom"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}

func TestFailedSetupFailsTheProvider(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	kind := v1alpha1.NetworkGroupVersionKind
	served := &gate.Gate[schema.GroupVersionKind]{}
	served.Set(kind, true)

	cases := map[string]struct {
		reason string
		gate   xpcontroller.Gate
	}{
		"Gated": {reason: "A controller that cannot start when its kind is there would be missed by nobody.", gate: served},
		"Open":  {reason: "Where CRDs may not be watched, controllers start at once."},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, fail := context.WithCancelCause(t.Context())
			controller.WhenInstalled(tc.gate, fail, func() error { return boom }, kind)
			<-ctx.Done()
			if err := failure(ctx); !errors.Is(err, boom) {
				t.Errorf("%s\nfailure(ctx): want %v, got %v", tc.reason, boom, err)
			}
		})
	}
}

func TestSignalIsNoFailure(t *testing.T) {
	t.Parallel()
	signal, stop := context.WithCancel(t.Context())
	ctx, fail := context.WithCancelCause(signal)
	defer fail(nil)
	stop()
	if err := failure(ctx); err != nil {
		t.Errorf("failure(ctx): want none, got %v", err)
	}
}

func TestMayWatchCRDs(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	cases := map[string]struct {
		reason string
		denied string
		err    error
		want   bool
	}{
		"May":    {reason: "Whoever may get, list and watch them may.", want: true},
		"MayNot": {reason: "Each of these rights is needed.", denied: "watch"},
		"Fails":  {reason: "Not to know is not the same as not to be allowed to.", err: boom},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			scheme, err := newScheme()
			if err != nil {
				t.Fatal(err)
			}
			kube := interceptor.NewClient(fake.NewClientBuilder().WithScheme(scheme).Build(), interceptor.Funcs{
				Create: func(_ context.Context, _ client.WithWatch, o client.Object, _ ...client.CreateOption) error {
					if r, ok := o.(*authorizationv1.SelfSubjectAccessReview); ok {
						r.Status.Allowed = r.Spec.ResourceAttributes.Verb != tc.denied
					}
					return tc.err
				},
			})
			got, err := mayWatchCRDs(t.Context(), kube)
			if !errors.Is(err, tc.err) || got != tc.want {
				t.Errorf("%s\nwant %t and %v, got %t and %v", tc.reason, tc.want, tc.err, got, err)
			}
		})
	}
}
