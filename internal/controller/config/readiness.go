package config

import (
	"fmt"
	"slices"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/crossplane/crossplane-runtime/v2/pkg/reconciler/providerconfig"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// typeSecretTerminating is to a configuration's Secret what Terminating is to
// the configuration: it was deleted, and is kept.
const typeSecretTerminating xpv2.ConditionType = "SecretTerminating"

const (
	msgSecretGoes = "Secret %s is being deleted"
	msgSecretKept = "Secret %s is being deleted, and kept until nothing uses this configuration any more (%s). Its key counts until then"
	msgSecretNew  = ". This cannot be undone: create a Secret of another name, and name that in spec.credentials.secretRef. " +
		"To rotate a key, do not delete its Secret but change it in place: " +
		"kubectl create secret generic -n NAMESPACE NAME --from-file=%s --dry-run=client -o yaml | kubectl apply -f -"
)

// A finding about a configuration.
type finding struct {
	health

	err        error // Why its metal-stack cannot be used.
	secretGoes bool  // Its Secret was deleted, and is there still.
}

// say in the configuration's status what was found.
func (c *config) say(used []v1alpha1.ProviderConfigUsage, f finding) {
	c.status.Users = int64(len(used))
	// An answer that did not come says nothing about what it would have been.
	if f.err == nil || metal.KindOf(f.err) != metal.Transient {
		c.status.Role, c.status.Version = string(f.role), f.version
	}
	ready := readiness(f.err).WithObservedGeneration(c.GetGeneration())
	blocked := meta.WasDeleted(c)
	if blocked {
		msg := sentence(used)
		c.status.SetConditions(providerconfig.Terminating().WithMessage(msg))
		if f.err == nil {
			ready.Message = "being deleted, " + msg
		}
	}
	// What is being deleted itself needs no other Secret.
	if f.secretGoes && !blocked {
		msg := secretGoes(c, used)
		c.status.SetConditions(secretTerminating().WithMessage(msg))
		ready.Message = joined(ready.Message, msg)
	} else {
		c.status.Conditions = slices.DeleteFunc(c.status.Conditions, isSecretTerminating)
	}
	c.status.SetConditions(ready)
}

// readiness of a configuration, from what a check of it said.
func readiness(checked error) xpv2.Condition {
	if checked == nil {
		return xpv2.Available()
	}
	reason := xpv2.ConditionReason("NoCredentials")
	if e := (*metal.Error)(nil); errors.As(checked, &e) {
		reason = xpv2.ConditionReason(e.Kind)
	}
	return xpv2.Condition{
		Type:               xpv2.TypeReady,
		Status:             corev1.ConditionFalse,
		LastTransitionTime: metav1.Now(),
		Reason:             reason,
		Message:            checked.Error(),
	}
}

// secretGoes in words: that it was deleted, what keeps it, and the way out.
func secretGoes(c *config, used []v1alpha1.ProviderConfigUsage) string {
	// Without users somebody else keeps it, and may let it go at any time.
	msg := fmt.Sprintf(msgSecretGoes, c.secret)
	if len(used) > 0 {
		msg = fmt.Sprintf(msgSecretKept, c.secret, usersOf(used))
	}
	return msg + fmt.Sprintf(msgSecretNew, c.key)
}

func secretTerminating() xpv2.Condition {
	return xpv2.Condition{
		Type:               typeSecretTerminating,
		Status:             corev1.ConditionTrue,
		LastTransitionTime: metav1.Now(),
		Reason:             xpv2.ConditionReason(reasonSecretDeleted),
	}
}

func isSecretTerminating(c xpv2.Condition) bool { return c.Type == typeSecretTerminating }

// saidSecretGoes if a status says that the Secret was deleted.
func saidSecretGoes(s *v1alpha1.ProviderConfigStatus) bool {
	return slices.ContainsFunc(s.Conditions, isSecretTerminating)
}

// joined to what is said already, if anything is: a key that is refused is a
// reason to delete its Secret, and both must be known.
func joined(said, msg string) string {
	if said == "" {
		return msg
	}
	return said + "; " + msg
}
