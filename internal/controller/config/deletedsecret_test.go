package config

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/crossplane/crossplane-runtime/v2/pkg/logging"
	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	kerrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

const (
	msgGoes = "Secret team-a/metal-api is being deleted"
	msgKept = msgGoes + ", and kept until nothing uses this configuration any more (still used by Network team-a/net). Its key counts until then"
	msgWay  = ". This cannot be undone: create a Secret of another name, and name that in spec.credentials.secretRef. " +
		"To rotate a key, do not delete its Secret but change it in place: " +
		"kubectl create secret generic -n NAMESPACE NAME --from-file=hmac --dry-run=client -o yaml | kubectl apply -f -"
)

// A rotation that went wrong: the Secret of a configuration in use was deleted.
type rotation struct {
	*testing.T

	kube   client.WithWatch
	wrote  *int
	stack  *metalStack
	stacks *Stacks
	events *events
	unread error // Why Secrets cannot be read.
}

func rotate(t *testing.T, there ...client.Object) *rotation {
	t.Helper()
	r := &rotation{T: t, events: &events{}, stack: &metalStack{role: metal.RoleAdmin}}
	kube, wrote := writes(cluster(t, append(there, providerConfig(), secret(team, "metal-api", "hmac", "s"))...))
	r.wrote = wrote
	r.kube = interceptor.NewClient(kube, interceptor.Funcs{
		Get: func(ctx context.Context, c client.WithWatch, k client.ObjectKey, o client.Object, opts ...client.GetOption) error {
			if _, ok := o.(*corev1.Secret); ok && r.unread != nil {
				return r.unread
			}
			return c.Get(ctx, k, o, opts...)
		},
	})
	r.reconcile()
	return r
}

// reconcile all as a provider does that was just started.
func (r *rotation) reconcile() *v1alpha1.ProviderConfig {
	r.Helper()
	r.stacks = NewStacks(func(types.UID, metal.Config, Observer) (metal.Stack, error) { return r.stack, nil })
	configs := &reconciler{kind: v1alpha1.ProviderConfigKind, kube: r.kube, live: r.kube, stacks: r.stacks, record: r.events, log: logging.NewNopLogger()}
	secrets := &secretReconciler{kube: r.kube}
	for _, step := range []struct {
		of reconcile.Reconciler
		at types.NamespacedName
	}{
		{secrets, key(team, "metal-api")}, {secrets, key(team, "fresh")}, {configs, key(team, "metal")},
	} {
		if _, err := step.of.Reconcile(r.Context(), reconcile.Request{NamespacedName: step.at}); err != nil {
			r.Fatal(err)
		}
	}
	return get(r.T, r.kube, &v1alpha1.ProviderConfig{}, key(team, "metal"))
}

// says wants a configuration to be Ready or not with a message, and nothing
// written once that was said.
func (r *rotation) says(want corev1.ConditionStatus, message string) {
	r.Helper()
	ready := r.reconcile().GetCondition(xpv2.TypeReady)
	if ready.Status != want || ready.Message != message {
		r.Errorf("want Ready %s, %q\ngot %s, %q", want, message, ready.Status, ready.Message)
	}
	before := *r.wrote
	r.reconcile()
	if *r.wrote != before {
		r.Errorf("%d writes without news", *r.wrote-before)
	}
}

func (r *rotation) warned(want ...string) {
	r.Helper()
	if diff := cmp.Diff(want, r.events.messages); diff != "" {
		r.Errorf("events: -want, +got:\n%s", diff)
	}
}

func (r *rotation) delete(name string) {
	r.Helper()
	if err := r.kube.Delete(r.Context(), secret(team, name, "hmac", "")); err != nil {
		r.Fatal(err)
	}
}

func (r *rotation) follow(name string) {
	r.Helper()
	edit(r.T, r.kube, &v1alpha1.ProviderConfig{}, "metal", func(pc *v1alpha1.ProviderConfig) { pc.Spec.Credentials.SecretRef.Name = name })
}

// Who deletes a Secret to make it anew finds out what became of it, and that
// the way out is one.
func TestSecretDeletedToRotateIt(t *testing.T) {
	t.Parallel()
	r := rotate(t, usage(v1alpha1.ProviderConfigKind, "metal"))
	r.says(corev1.ConditionTrue, "")
	r.delete("metal-api")
	fresh := secret(team, "metal-api", "hmac", "fresh")
	if err := r.kube.Create(t.Context(), fresh); !kerrors.IsAlreadyExists(err) {
		t.Fatalf("want the Secret to be in the way, got %v", err)
	}
	r.says(corev1.ConditionTrue, msgKept+msgWay)
	r.warned("Warning SecretDeleted: " + msgKept + msgWay)

	// A configuration may as well name a Secret that is not there yet.
	r.follow("fresh")
	r.says(corev1.ConditionFalse, "Secret team-a/fresh does not exist: create it with the key hmac, or correct spec.credentials.secretRef of ProviderConfig team-a/metal")
	if err := r.kube.Create(t.Context(), secret(team, "fresh", "hmac", "fresh")); err != nil {
		t.Fatal(err)
	}
	r.says(corev1.ConditionTrue, "")
	if err := r.kube.Get(t.Context(), key(team, "metal-api"), &corev1.Secret{}); !kerrors.IsNotFound(err) {
		t.Errorf("want the old Secret gone, got %v", err)
	}
	if s := get(t, r.kube, &corev1.Secret{}, key(team, "fresh")); !meta.FinalizerExists(s, InUse) {
		t.Error("want the new Secret kept")
	}
	if cs := get(t, r.kube, &v1alpha1.ProviderConfig{}, key(team, "metal")).Status.Conditions; len(cs) != 1 {
		t.Errorf("want Ready only, got %v", cs)
	}

	// It can go wrong again.
	r.delete("fresh")
	r.reconcile()
	if got := len(r.events.messages); got != 2 {
		t.Errorf("want another warning for another Secret, got %v", r.events.messages)
	}
}

// The name may be used again as soon as another Secret has taken the place.
func TestSecretDeletedAndReplaced(t *testing.T) {
	t.Parallel()
	r := rotate(t, usage(v1alpha1.ProviderConfigKind, "metal"), secret(team, "fresh", "hmac", "fresh"))
	r.delete("metal-api")
	r.reconcile()
	r.follow("fresh")
	r.says(corev1.ConditionTrue, "")
	if err := r.kube.Create(t.Context(), secret(team, "metal-api", "hmac", "newest")); err != nil {
		t.Fatal(err)
	}
	r.follow("metal-api")
	r.says(corev1.ConditionTrue, "")
}

// Whatever else is wrong meanwhile, it is said, and the warning comes once.
func TestSecretDeletedAndMoreIsWrong(t *testing.T) {
	t.Parallel()
	r := rotate(t, usage(v1alpha1.ProviderConfigKind, "metal"))
	r.stack.err = &metal.Error{Kind: metal.Denied, Attempted: "read the user's role", Message: "wrong key"}
	r.delete("metal-api")
	r.says(corev1.ConditionFalse, "cannot read the user's role: wrong key; "+msgKept+msgWay)
	r.stack.err = nil
	r.says(corev1.ConditionTrue, msgKept+msgWay)
	r.unread = errors.New("boom")
	r.says(corev1.ConditionFalse, "cannot get Secret team-a/metal-api: boom; "+msgKept+msgWay)
	r.unread = nil
	r.says(corev1.ConditionTrue, msgKept+msgWay)
	r.warned("Warning SecretDeleted: " + msgKept + msgWay)
}

func TestSecretDeletedWithoutUsers(t *testing.T) {
	t.Parallel()
	r := rotate(t)
	edit(t, r.kube, &corev1.Secret{}, "metal-api", func(s *corev1.Secret) { s.Finalizers = append(s.Finalizers, "other/finalizer") })
	r.delete("metal-api")
	r.says(corev1.ConditionTrue, msgGoes+msgWay)
	r.warned("Warning SecretDeleted: " + msgGoes + msgWay)
	edit(t, r.kube, &corev1.Secret{}, "metal-api", func(s *corev1.Secret) { s.Finalizers = nil })
	r.says(corev1.ConditionFalse, "Secret team-a/metal-api does not exist: create it with the key hmac, or correct spec.credentials.secretRef of ProviderConfig team-a/metal")
}

// Where configuration and Secret are deleted together nobody wants to rotate.
func TestSecretDeletedWithItsConfiguration(t *testing.T) {
	t.Parallel()
	r := rotate(t, usage(v1alpha1.ProviderConfigKind, "metal"))
	if err := r.kube.Delete(t.Context(), providerConfig()); err != nil {
		t.Fatal(err)
	}
	r.delete("metal-api")
	r.says(corev1.ConditionTrue, "being deleted, "+msgUsed)
	if got := strings.Join(r.events.messages, "\n"); strings.Contains(got, "SecretDeleted") {
		t.Errorf("want no warning of the Secret, got %s", got)
	}
}
