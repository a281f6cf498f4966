package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/metal-stack/metal-go/api/client/machine"
	"github.com/metal-stack/metal-go/api/client/network"
	"github.com/metal-stack/metal-go/api/models"
	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// newcomerLimit is how long a single new network is waited for.
const newcomerLimit = 2 * time.Minute

// canaries are networks at rest that are changed at metal-stack, and canaryPoll is
// how often they are looked at.
const (
	canaries   = 20
	canaryPoll = 5 * time.Second
)

func (l *Life) welcomeResting(ctx context.Context, w *world, _ variant) error {
	var err error
	if l.WhileResting, err = w.oneByOne(ctx, w.opts.Samples, newcomerLimit); err != nil {
		return err
	}
	return w.dismiss(ctx, patience(w.opts.Samples))
}

// welcomeCreating while another project creates a tenth of what rests, in a
// namespace of its own.
func (l *Life) welcomeCreating(ctx context.Context, w *world, _ variant) error {
	theirs := networks(another, w.metal.theirs, 0, l.Networks/10)
	g, creating := errgroup.WithContext(ctx)
	g.Go(func() error {
		_, err := w.bring(creating, v1alpha1.NetworkKind, theirs)
		return err
	})
	g.Go(func() error {
		some := min(len(theirs), hands)
		err := w.await(creating, newcomerLimit, "others to be there", func(context.Context) (string, error) {
			if is := w.tracks.tally(group{kind: v1alpha1.NetworkKind, namespace: another}).present; is < some {
				return fmt.Sprintf("%d are", is), nil
			}
			return "", nil
		})
		if err != nil {
			return err
		}
		l.WhileCreating, err = w.oneByOne(creating, w.opts.Samples, newcomerLimit)
		return err
	})
	if err := g.Wait(); err != nil {
		return err //nolint:wrapcheck // Of the functions above.
	}
	return w.dismiss(ctx, patience(w.opts.Samples))
}

// lookWhileDeleting deletes what another project has created, over as long as it
// takes to look at all. Some networks that rest are changed at metal-stack when that
// begins.
func (l *Life) lookWhileDeleting(ctx context.Context, w *world, v variant) error {
	var err error
	if l.Age, err = w.age(ctx); err != nil {
		return err
	}
	// It is read over and over, for what comes next.
	if err := w.metal.control(ctx, http.MethodDelete, "journal", nil, nil); err != nil {
		return err
	}
	names, err := w.perch(ctx, min(canaries, l.Networks/10), v)
	if err != nil {
		return err
	}
	var touched map[string]time.Time
	l.WhileDeleting, err = w.measure(ctx, func(ctx context.Context) (time.Time, error) {
		all, err := w.list(ctx, v1alpha1.NetworkKind, another)
		if err != nil {
			return time.Time{}, err
		}
		if touched, err = w.touch(ctx, names); err != nil {
			return time.Time{}, err
		}
		if err := w.removeOver(ctx, restPoll, "networks", all); err != nil {
			return time.Time{}, err
		}
		g := group{kind: v1alpha1.NetworkKind, namespace: another}
		err = w.await(ctx, patience(len(all)), "networks of others to be gone", func(context.Context) (string, error) {
			return w.tracks.allGone(g), nil
		})
		return w.tracks.tally(g).lastGone, err
	})
	if err != nil {
		return err
	}
	if l.Stale, err = w.repaired(ctx, touched, time.Duration(2*l.Age*float64(time.Second))); err != nil {
		return err
	}
	if now, err := w.age(ctx); err == nil {
		l.Age = max(l.Age, now)
	}
	if v.shared {
		return nil
	}
	return w.annotate(ctx, names, nil)
}

// perch canaries: the last networks that rest. Where each look asks metal-api, they
// are looked at more often from now on.
func (w *world) perch(ctx context.Context, n int, v variant) ([]client.Object, error) {
	all, err := w.list(ctx, v1alpha1.NetworkKind, atRest)
	if err != nil {
		return nil, err
	}
	all = all[len(all)-n:]
	if v.shared {
		return all, nil
	}
	return all, w.annotate(ctx, all, new(canaryPoll.String()))
}

// annotate resources with a poll interval, or with none.
func (w *world) annotate(ctx context.Context, all []client.Object, poll *string) error {
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"annotations": map[string]any{meta.AnnotationKeyPollInterval: poll}}})
	if err != nil {
		return fmt.Errorf("cannot encode a patch: %w", err)
	}
	for _, o := range all {
		if err := w.kube.Patch(ctx, o, client.RawPatch(types.MergePatchType, patch)); err != nil {
			return fmt.Errorf("cannot annotate %s: %w", o.GetName(), err)
		}
		w.own.add("PATCH networks")
	}
	return nil
}

// touch networks: somebody else changes their descriptions at metal-stack. It
// returns when, by id.
func (w *world) touch(ctx context.Context, all []client.Object) (map[string]time.Time, error) {
	touched := map[string]time.Time{}
	for _, o := range all {
		id := w.tracks.sight(o.GetUID()).external
		request := &models.V1NetworkUpdateRequest{ID: &id, Description: "changed by somebody else"}
		if _, err := w.metal.api.Network().UpdateNetwork(network.NewUpdateNetworkParamsWithContext(ctx).WithBody(request), nil); err != nil {
			return nil, fmt.Errorf("cannot change network %s: %w", id, err)
		}
		touched[id] = time.Now()
	}
	return touched, nil
}

// repaired waits until the provider has seen that networks were changed, which
// it answers by a repair, and returns the longest time that it took.
func (w *world) repaired(ctx context.Context, touched map[string]time.Time, old time.Duration) (float64, error) {
	longest := 0.0
	err := w.await(ctx, patience(0)+restPoll+old, "changed networks to be repaired", func(ctx context.Context) (string, error) {
		journal, err := w.metal.journal(ctx)
		if err != nil {
			return "", err
		}
		repaired := map[string]float64{}
		for _, e := range journal {
			if at, ok := touched[e.ID]; ok && e.Operation == "updateNetwork" && e.Status == http.StatusOK && e.Time.After(at) && repaired[e.ID] == 0 {
				repaired[e.ID] = e.Time.Sub(at).Seconds()
			}
		}
		for _, took := range repaired {
			longest = max(longest, took)
		}
		if len(repaired) < len(touched) {
			return fmt.Sprintf("%d of %d are", len(repaired), len(touched)), nil
		}
		return "", nil
	})
	return longest, err
}

// restart the provider as it runs by default, and apply new networks a second
// later.
func (l *Life) restart(ctx context.Context, w *world, v variant) error {
	if err := w.stopProvider(); err != nil {
		return err
	}
	before, err := w.metal.requests(ctx)
	if err != nil {
		return err
	}
	resting := w.tracks.total()
	if err := w.startProvider(ctx, v.with(defaultPoll)...); err != nil {
		return err
	}
	if err := w.rest(ctx, time.Second); err != nil {
		return err
	}
	if l.AfterRestart, err = w.atOnce(ctx, w.opts.Samples, newcomerLimit); err != nil {
		return err
	}
	wanted := 0
	if !v.shared {
		wanted = resting
	}
	done, err := w.awaitLooks(ctx, patience(resting), resting, func(ctx context.Context) (string, error) {
		now, err := w.metal.requests(ctx)
		if err != nil {
			return "", err
		}
		n := 0
		for operation, r := range now {
			n += finds(map[string]int{operation: r.Count - before[operation].Count})
		}
		if n < wanted {
			return fmt.Sprintf("%d of %d were looked at", n, wanted), nil
		}
		return "", nil
	})
	if err != nil {
		return err
	}
	l.Restart = done.Sub(w.provider.started).Seconds()
	return w.dismiss(ctx, patience(w.opts.Samples))
}

// phonedHome is the time from each firewall's last event to Ready.
func (w *world) phonedHome(ctx context.Context) (Latency, error) {
	events, err := w.events(ctx)
	if err != nil {
		return Latency{}, err
	}
	var samples []time.Duration
	all, err := w.list(ctx, v1alpha1.FirewallKind, atRest)
	if err != nil {
		return Latency{}, err
	}
	for _, o := range all {
		s := w.tracks.sight(o.GetUID())
		if at, ok := events[s.external]; ok && !s.ready.IsZero() {
			samples = append(samples, max(0, s.ready.Sub(at)))
		}
	}
	return latency(samples, len(all)-len(samples)), nil
}

// events Phoned Home, by machine.
func (w *world) events(ctx context.Context) (map[string]time.Time, error) {
	ok, err := w.metal.api.Machine().ListMachines(machine.NewListMachinesParamsWithContext(ctx).WithTimeout(patience(0)), nil)
	if err != nil {
		return nil, fmt.Errorf("cannot list all machines: %w", err)
	}
	events := map[string]time.Time{}
	for _, m := range ok.Payload {
		if m.ID == nil || m.Events == nil {
			continue
		}
		for _, e := range m.Events.Log {
			if e.Event != nil && *e.Event == "Phoned Home" {
				events[*m.ID] = time.Time(e.Time)
				break
			}
		}
	}
	return events, nil
}
