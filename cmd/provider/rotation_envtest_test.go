//go:build envtest

package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	corev1 "k8s.io/api/core/v1"
	kerrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/config"
)

// rotates a key to a wrong one and back. The configuration's controller watches
// its Secret: it does not wait for its next check.
func (b *bench) rotates(t *testing.T) {
	t.Helper()
	for _, step := range []struct {
		key  string
		want corev1.ConditionStatus
	}{
		{key: hmac + "-wrong", want: corev1.ConditionFalse},
		{key: hmac, want: corev1.ConditionTrue},
	} {
		s, _ := look(t, b, theSecret())
		s.StringData = map[string]string{"hmac": step.key}
		if err := b.kube.Update(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		eventually(t, func() string {
			c, _ := look(t, b, theConfig(""))
			n, _ := look(t, b, theNetwork())
			ready, synced := c.GetCondition(xpv2.TypeReady), n.GetCondition(xpv2.TypeSynced)
			if ready.Status != step.want || synced.Status != step.want {
				return fmt.Sprintf("want both %s, configuration is %s: %s, network is %s: %s", step.want, ready.Status, ready.Message, synced.Status, synced.Message)
			}
			return ""
		})
	}
}

func spareSecret(name string) *corev1.Secret {
	s := theSecret()
	s.Name = name
	return s
}

func spareConfig(url string) *v1alpha1.ProviderConfig {
	c := theConfig(url)
	c.Name, c.Spec.Credentials.SecretRef.Name = "spare", "spare"
	return c
}

// spareUsage keeps the spare configuration in use until it is deleted: there is
// no resource of its uid.
func spareUsage() *v1alpha1.ProviderConfigUsage {
	of := xpv2.TypedReference{APIVersion: v1alpha1.SchemeGroupVersion.String(), Kind: v1alpha1.NetworkKind, Name: "spare", UID: "spare"}
	return &v1alpha1.ProviderConfigUsage{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: team, Name: "spare", Finalizers: []string{config.InUse},
			OwnerReferences: []metav1.OwnerReference{meta.AsController(&of)},
		},
		TypedProviderConfigUsage: xpv2.TypedProviderConfigUsage{
			ProviderConfigReference: xpv2.ProviderConfigReference{Kind: v1alpha1.ProviderConfigKind, Name: "spare"},
			ResourceReference:       of,
		},
	}
}

// missesSecret of a configuration as soon as it is deleted, sooner than it would
// look by itself: while the configuration is used, and when it is not.
func (b *bench) missesSecret(t *testing.T) {
	t.Helper()
	for _, o := range []client.Object{spareSecret("spare"), spareConfig(b.url), spareUsage()} {
		b.create(t, o)
	}
	b.spareIs(t, corev1.ConditionTrue, "", spareSecret("spare"))

	b.delete(t, spareSecret("spare"))
	b.spareIs(t, corev1.ConditionTrue, "Secret default/spare is being deleted, and kept until nothing uses this configuration any more (still used by Network default/spare)", spareSecret("spare"))
	if err := b.kube.Create(t.Context(), spareSecret("spare")); !kerrors.IsAlreadyExists(err) {
		t.Fatalf("want the Secret to be in the way, got %v", err)
	}

	b.create(t, spareSecret("spare-2"))
	c, _ := look(t, b, spareConfig(""))
	c.Spec.Credentials.SecretRef.Name = "spare-2"
	if err := b.kube.Update(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	b.spareIs(t, corev1.ConditionTrue, "", spareSecret("spare-2"))
	b.gone(t, spareSecret("spare"))

	b.delete(t, spareUsage())
	b.gone(t, spareUsage())
	eventually(t, func() string {
		if s, _ := look(t, b, spareSecret("spare-2")); s.Labels[config.InUse] == "" || meta.FinalizerExists(s, config.InUse) {
			return fmt.Sprintf("want the Secret labelled, and not kept: %v, %v", s.Labels, s.Finalizers)
		}
		return ""
	})
	b.delete(t, spareSecret("spare-2"))
	b.spareIs(t, corev1.ConditionFalse, "Secret default/spare-2 does not exist", nil)

	b.delete(t, spareConfig(""))
	b.gone(t, spareConfig(""))
	b.warnedOnce(t, "SecretDeleted")
}

// spareIs waits until the spare configuration is Ready or not with a message,
// and keeps a Secret.
func (b *bench) spareIs(t *testing.T, want corev1.ConditionStatus, message string, kept *corev1.Secret) {
	t.Helper()
	eventually(t, func() string {
		c, _ := look(t, b, spareConfig(""))
		ready := c.GetCondition(xpv2.TypeReady)
		if ready.Status != want || !strings.HasPrefix(ready.Message, message) || message == "" && ready.Message != "" {
			return fmt.Sprintf("want Ready %s, %q; got %s, %q", want, message, ready.Status, ready.Message)
		}
		if kept == nil {
			return ""
		}
		if s, _ := look(t, b, kept); !meta.FinalizerExists(s, config.InUse) {
			return "want Secret " + kept.Name + " kept"
		}
		return ""
	})
}

// warnedOnce for a reason. Events are written behind our back.
func (b *bench) warnedOnce(t *testing.T, reason string) {
	t.Helper()
	eventually(t, func() string {
		events := &corev1.EventList{}
		if err := b.kube.List(t.Context(), events); err != nil {
			return err.Error()
		}
		warned := 0
		for i := range events.Items {
			if e := &events.Items[i]; e.Reason == reason {
				warned += int(max(1, e.Count))
			}
		}
		if warned != 1 {
			return fmt.Sprintf("want one warning %s, got %d", reason, warned)
		}
		return ""
	})
}
