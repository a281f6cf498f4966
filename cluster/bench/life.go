package bench

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// A Life is what was measured of a provider with so many resources, from their
// creation to their end.
type Life struct {
	Variant   string `json:"variant"`
	Networks  int    `json:"networks"`
	Firewalls int    `json:"firewalls"`

	// Create is the creation of all networks, CreateFirewalls then of all firewalls.
	Create          Phase `json:"create"`
	CreateFirewalls Phase `json:"createFirewalls"`
	// PhonedHome is from a firewall's event Phoned Home to Ready.
	PhonedHome Latency `json:"phonedHome"`
	// Rest is a while in which nothing is asked for, with Poll.
	Rest Phase         `json:"rest"`
	Poll time.Duration `json:"poll"`
	// WhileResting, WhileCreating and AfterRestart tell of new networks: while all
	// others rest, while another project creates a tenth of them, and right after a
	// restart of the provider.
	WhileResting  Welcome `json:"whileResting"`
	WhileCreating Welcome `json:"whileCreating"`
	AfterRestart  Welcome `json:"afterRestart"`
	// WhileDeleting is what happens while a tenth of them are deleted.
	WhileDeleting Phase `json:"whileDeleting"`
	// Stale is how long it took at most until a resource at rest showed what had
	// changed at metal-stack while others were deleted, and Age how old an answer may
	// be then: what a look at all costs, twenty times.
	Stale float64 `json:"stale"`
	Age   float64 `json:"age"`
	// Restart is the seconds from the start of a provider to its last first look.
	Restart float64 `json:"restart"`
	// DeleteFirewalls and Delete are the end of all.
	DeleteFirewalls Phase `json:"deleteFirewalls"`
	Delete          Phase `json:"delete"`
}

// A variant is a way to run the provider.
type variant struct {
	name string
	args []string
	// shared looks need no request each.
	shared bool
}

// Polls: that of a provider that nobody has told otherwise, and one that is short
// enough for a minute of rest to show each resource.
const (
	defaultPoll = 10 * time.Minute
	restPoll    = time.Minute
)

func ours() variant { return variant{name: "ours", shared: true} }

// runtimeLimiter is the way of other providers.
func runtimeLimiter(rate int) variant {
	return variant{name: fmt.Sprintf("crossplane-runtime's limiter, rate %d", rate), args: []string{
		"--runtime-limiter", "--snapshot-age=0", fmt.Sprintf("--max-reconcile-rate=%d", rate),
	}}
}

func (v variant) with(poll time.Duration) []string {
	return append([]string{"--poll=" + poll.String()}, v.args...)
}

// patience for something that is done to so many resources.
func patience(n int) time.Duration { return 5*time.Minute + time.Duration(n)*400*time.Millisecond }

// live a life in a world of its own.
func live(ctx context.Context, o Options, v variant, n int) (*Life, error) {
	l := &Life{Variant: v.name, Networks: n, Firewalls: n / 10, Poll: restPoll}
	w, err := newWorld(ctx, o, fmt.Sprintf("life-%d", n), n, l.Firewalls)
	if err != nil {
		return l, err
	}
	defer w.close()
	if err := w.metal.setCosts(ctx, o.Costs); err != nil {
		return l, err
	}
	for _, part := range []struct {
		name string
		do   func(context.Context, *world, variant) error
	}{
		{"create networks", l.create},
		{"create firewalls", l.createFirewalls},
		{"rest", l.rest},
		{"new networks while the others rest", l.welcomeResting},
		{"new networks while another project creates", l.welcomeCreating},
		{"looks while networks are deleted", l.lookWhileDeleting},
		{"restart", l.restart},
		{"delete firewalls", l.deleteFirewalls},
		{"delete networks", l.deleteNetworks},
	} {
		began := time.Now()
		if err := part.do(ctx, w, v); err != nil {
			return l, fmt.Errorf("%s, %d networks, %s: %w", v.name, n, part.name, err)
		}
		if err := write(filepath.Join(w.dir, "figures.json"), l); err != nil { // Should a later part fail.
			return l, err
		}
		o.sayf("%s, %d networks: %s took %.1f s", v.name, n, part.name, time.Since(began).Seconds())
	}
	return l, nil
}

// bring a group about, and say when the last was ready.
func (w *world) bring(ctx context.Context, kind string, all []client.Object) (time.Time, error) {
	g := group{kind: kind, namespace: all[0].GetNamespace()}
	if _, err := w.apply(ctx, plural(kind), all); err != nil {
		return time.Time{}, err
	}
	err := w.await(ctx, patience(len(all)), plural(kind)+" to be ready", func(context.Context) (string, error) {
		return w.tracks.allReady(g, len(all)), nil
	})
	return w.tracks.tally(g).lastReady, err
}

// end all of a kind that rest, and say when the last was gone.
func (w *world) end(ctx context.Context, kind string) (time.Time, error) {
	g := group{kind: kind, namespace: atRest}
	err := w.clear(ctx, kind, atRest, patience(w.tracks.tally(g).present))
	return w.tracks.tally(g).lastGone, err
}

func (l *Life) create(ctx context.Context, w *world, v variant) error {
	if err := w.startProvider(ctx, v.with(defaultPoll)...); err != nil {
		return err
	}
	if err := w.awaitPace(ctx, startTimeout, 0); err != nil {
		return err
	}
	var err error
	l.Create, err = w.measure(ctx, func(ctx context.Context) (time.Time, error) {
		return w.bring(ctx, v1alpha1.NetworkKind, networks(atRest, ourProject, 0, l.Networks))
	})
	return err
}

func (l *Life) createFirewalls(ctx context.Context, w *world, _ variant) error {
	var err error
	l.CreateFirewalls, err = w.measure(ctx, func(ctx context.Context) (time.Time, error) {
		return w.bring(ctx, v1alpha1.FirewallKind, firewalls(atRest, l.Firewalls))
	})
	if err != nil {
		return err
	}
	l.PhonedHome, err = w.phonedHome(ctx)
	return err
}

// rest with a poll that is short, so that a minute shows every resource once.
func (l *Life) rest(ctx context.Context, w *world, v variant) error {
	if err := w.stopProvider(); err != nil {
		return err
	}
	if err := w.startProvider(ctx, v.with(l.Poll)...); err != nil {
		return err
	}
	resting := w.tracks.total()
	nothing := func(context.Context) (string, error) { return "", nil }
	if _, err := w.awaitLooks(ctx, patience(resting), resting, nothing); err != nil {
		return err
	}
	var err error
	l.Rest, err = w.measure(ctx, func(ctx context.Context) (time.Time, error) {
		err := w.rest(ctx, w.opts.Rest)
		return time.Now(), err
	})
	return err
}

func (l *Life) deleteFirewalls(ctx context.Context, w *world, _ variant) error {
	var err error
	l.DeleteFirewalls, err = w.measure(ctx, func(ctx context.Context) (time.Time, error) { return w.end(ctx, v1alpha1.FirewallKind) })
	return err
}

func (l *Life) deleteNetworks(ctx context.Context, w *world, _ variant) error {
	var err error
	l.Delete, err = w.measure(ctx, func(ctx context.Context) (time.Time, error) { return w.end(ctx, v1alpha1.NetworkKind) })
	return err
}
