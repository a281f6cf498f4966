package demo

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/fieldpath"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/cluster/local/process"
)

// kinds whose conditions the story follows.
func kinds() []schema.GroupVersionKind {
	parts := schema.GroupVersion{Group: "metal-stack.m.crossplane.io", Version: "v1alpha1"}
	wholes := schema.GroupVersion{Group: "cluster.metal-stack.crossplane.io", Version: "v1alpha1"}
	return []schema.GroupVersionKind{
		parts.WithKind("Network"), parts.WithKind("IP"), parts.WithKind("Firewall"), parts.WithKind("Machine"),
		wholes.WithKind("XFirewall"), wholes.WithKind("XCluster"), wholes.WithKind("XClusterClaim"),
	}
}

// A watcher tells what changes, a line each.
type watcher struct {
	stage *stage
	said  map[string]string
}

func newWatcher(s *stage) *watcher { return &watcher{stage: s, said: map[string]string{}} }

// untilReady tells what changes until all objects are Ready.
func (w *watcher) untilReady(ctx context.Context, objects []*unstructured.Unstructured, timeout time.Duration) error {
	return w.until(ctx, "all are ready", timeout, func(ready map[string]bool) (string, bool) {
		i := slices.IndexFunc(objects, func(o *unstructured.Unstructured) bool { return !ready[title(o)] })
		if i < 0 {
			return "", true
		}
		return title(objects[i]) + " is not: " + w.said[title(objects[i])+" Ready"], false
	})
}

// until something is so it tells what changes. What it looks at is given which objects are
// ready, by title, and says why it is not so.
func (w *watcher) until(ctx context.Context, what string, timeout time.Duration, so func(ready map[string]bool) (why string, so bool)) error {
	late := time.After(timeout)
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		ready, err := w.look(ctx)
		if err != nil {
			return err
		}
		why, ok := so(ready)
		if ok {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-w.stage.cluster.Context().Done():
			return context.Cause(w.stage.cluster.Context())
		case <-late:
			log := "none"
			if p := w.stage.cluster.Provider(); p != nil {
				log = p.Log() + " ends with:\n" + process.Tail(p.Log(), 15)
			}
			return fmt.Errorf("after %s it is not so that %s: %s; the provider's log: %s", timeout, what, why, log)
		case <-tick.C:
		}
	}
}

// look tells what has changed and returns which objects are Ready, by title.
func (w *watcher) look(ctx context.Context) (map[string]bool, error) {
	for _, m := range w.stage.sim.Machines() {
		w.tell("machine "+m.ID, strings.Join(slices.DeleteFunc([]string{m.Event, m.Hostname}, func(s string) bool { return s == "" }), ", "))
	}
	ready := map[string]bool{}
	for _, kind := range kinds() {
		list := &unstructured.UnstructuredList{}
		list.SetGroupVersionKind(kind)
		if err := w.stage.kube.List(ctx, list, client.InNamespace("default")); err != nil {
			return nil, fmt.Errorf("cannot list %s: %w", kind.Kind, err)
		}
		for i := range list.Items {
			o := &list.Items[i]
			conditions := xpv2.ConditionedStatus{}
			if err := fieldpath.Pave(o.Object).GetValueInto("status", &conditions); err != nil {
				continue // No status yet.
			}
			for _, c := range conditions.Conditions {
				text := string(c.Type) + " " + string(c.Status) + " " + string(c.Reason)
				if c.Message != "" {
					text += ": " + c.Message
				}
				w.tell(title(o)+" "+string(c.Type), text)
				ready[title(o)] = ready[title(o)] || c.Type == xpv2.TypeReady && c.Status == "True"
			}
		}
	}
	return ready, nil
}

// tell says something of a thing, unless that has been said last.
func (w *watcher) tell(thing, text string) {
	if w.said[thing] == text {
		return
	}
	w.said[thing] = text
	words := strings.Fields(thing)
	w.stage.sayf("%s: %s", strings.Join(words[:2], " "), text)
}
