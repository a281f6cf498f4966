package quiet

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

// Of a managed resource metadata alone is written, in the version that was read,
// and what was found out in the meantime is kept.
func TestUpdate(t *testing.T) {
	t.Parallel()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{v1alpha1.AddToScheme, corev1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	var sent []map[string]any
	updates := 0
	server := interceptor.NewClient(fake.NewClientBuilder().WithScheme(scheme).WithObjects(network(nil)).Build(), interceptor.Funcs{
		Patch: func(ctx context.Context, c client.WithWatch, o client.Object, p client.Patch, opts ...client.PatchOption) error {
			b, err := p.Data(o)
			if err != nil {
				return err
			}
			body := map[string]any{}
			if err := json.Unmarshal(b, &body); err != nil {
				return err
			}
			sent = append(sent, body)
			return c.Patch(ctx, o, p, opts...)
		},
		Update: func(ctx context.Context, c client.WithWatch, o client.Object, opts ...client.UpdateOption) error {
			updates++
			return c.Update(ctx, o, opts...)
		},
	})
	c := New(server, server)

	n := &v1alpha1.Network{}
	if err := server.Get(t.Context(), client.ObjectKey{Namespace: "team-a", Name: "net"}, n); err != nil {
		t.Fatal(err)
	}
	version := n.GetResourceVersion()
	n.SetFinalizers([]string{"f"})
	n.SetAnnotations(map[string]string{"a": "1"})
	n.Spec.ForProvider.Partition = "resolved"
	n.Status.AtProvider.Message = "found out"
	if err := c.Update(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	want := []map[string]any{{"metadata": map[string]any{"resourceVersion": version, "finalizers": []any{"f"}, "annotations": map[string]any{"a": "1"}}}}
	if diff := cmp.Diff(want, sent); diff != "" {
		t.Errorf("want metadata and nothing else:\n%s", diff)
	}
	if n.GetResourceVersion() == version || n.Status.AtProvider.Message != "found out" || n.Spec.ForProvider.Partition != "resolved" {
		t.Errorf("want the new version, and the rest kept, got %+v", n)
	}
	n.SetFinalizers(nil)
	if err := c.Update(t.Context(), n); err != nil || len(n.GetFinalizers()) != 0 {
		t.Errorf("want no finalizer, got %v, %v", n.GetFinalizers(), err)
	}
	n.SetResourceVersion(version)
	if err := c.Update(t.Context(), n); err == nil {
		t.Error("want a conflict with a newer version")
	}

	s := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "team-a", Name: "s"}}
	if err := c.Create(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if err := c.Update(t.Context(), s); err != nil || updates != 1 {
		t.Errorf("want anything else updated as ever, got %d, %v", updates, err)
	}
}

func TestSpeak(t *testing.T) {
	t.Parallel()
	failed := func(message string) xpv2.Condition { return xpv2.ReconcileError(errors.New(message)) }
	cases := map[string]struct {
		reason     string
		said       string
		conditions []xpv2.Condition
		want       string
	}{
		"Good":    {"nothing to say", "", []xpv2.Condition{xpv2.Available(), xpv2.ReconcileSuccess()}, ""},
		"Ours":    {"the external client's own word is better", "no machine available", []xpv2.Condition{failed("create failed: no machine available")}, "no machine available"},
		"Theirs":  {"the runtime's reaches the message", "", []xpv2.Condition{failed("cannot publish: forbidden")}, "cannot publish: forbidden"},
		"Stale":   {"also over one that is about something else", "waiting for Network n to be Ready", []xpv2.Condition{failed("unsupported policies")}, "unsupported policies"},
		"Paused":  {"paused", "", []xpv2.Condition{xpv2.ReconcilePaused()}, "paused by an empty list in managementPolicies, and neither looked at nor changed: remove the field, or name what is allowed"},
		"Nothing": {"what to do about nothing is better than that there is nothing", "name one in the annotation", []xpv2.Condition{failed("observe failed: external resource does not exist")}, "name one in the annotation"},
		"Unready": {"what is not ready says why", "", []xpv2.Condition{xpv2.Creating(), xpv2.ReconcileSuccess()}, "being created"},
		"Going":   {"also when it goes", "", []xpv2.Condition{xpv2.Deleting(), xpv2.ReconcileSuccess()}, "being deleted"},
		"Words":   {"in the condition's words, if it has any", "", []xpv2.Condition{xpv2.Unavailable().WithMessage("gone")}, "gone"},
		"Waiting": {"what waits says so itself", "waiting", []xpv2.Condition{xpv2.Creating().WithMessage("waiting"), xpv2.ReconcileSuccess()}, "waiting"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := &v1alpha1.Network{}
			n.SetMessage(tc.said)
			n.SetConditions(tc.conditions...)
			if speak(n); n.GetMessage() != tc.want {
				t.Errorf("%s: want %q, got %q", tc.reason, tc.want, n.GetMessage())
			}
			paused := n.GetCondition(xpv2.TypeSynced).Reason == xpv2.ReasonReconcilePaused
			if c := n.GetCondition(xpv2.TypeReady); !paused && (c.Status == corev1.ConditionUnknown || c.Status == corev1.ConditionFalse && n.GetMessage() == "") {
				t.Errorf("%s: want it said whether it is ready, got %+v", tc.reason, c)
			}
		})
	}
}
