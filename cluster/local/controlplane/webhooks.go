package controlplane

import (
	"context"
	"fmt"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	kerrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/cluster/local/pki"
)

// webhookEnv lets core serve its webhooks, with a certificate that the API
// server trusts.
func (c *ControlPlane) webhookEnv() ([]string, error) {
	pair, err := c.creds.ca.Server("crossplane-webhooks")
	if err != nil {
		return nil, err
	}
	dir := c.path("core-webhooks")
	if err := pki.WriteSecret(dir, &corev1.Secret{Data: map[string][]byte{corev1.TLSCertKey: pair.Cert, corev1.TLSPrivateKeyKey: pair.Key}}); err != nil {
		return nil, err
	}
	return []string{"ENABLE_WEBHOOKS=true", "TLS_SERVER_CERTS_DIR=" + dir, fmt.Sprintf("WEBHOOK_PORT=%d", c.ports.coreWebhook)}, nil
}

// registerWebhooks makes the API server ask core before it deletes what a Usage
// protects. Crossplane's own configuration of it, which init would write, names
// a Service: here there is none.
func (c *ControlPlane) registerWebhooks(ctx context.Context) error {
	kube, err := client.New(c.Config, client.Options{})
	if err != nil {
		return fmt.Errorf("cannot make a client: %w", err)
	}
	hook := &admissionv1.ValidatingWebhookConfiguration{
		ObjectMeta: metav1.ObjectMeta{Name: "crossplane-no-usages"},
		Webhooks: []admissionv1.ValidatingWebhook{{
			Name: "nousages.protection.crossplane.io",
			ClientConfig: admissionv1.WebhookClientConfig{
				URL:      new(fmt.Sprintf("https://127.0.0.1:%d/validate-no-usages", c.ports.coreWebhook)),
				CABundle: c.creds.ca.Cert(),
			},
			Rules: []admissionv1.RuleWithOperations{{
				Operations: []admissionv1.OperationType{admissionv1.Delete},
				Rule:       admissionv1.Rule{APIGroups: []string{"*"}, APIVersions: []string{"*"}, Resources: []string{"*"}},
			}},
			ObjectSelector:          &metav1.LabelSelector{MatchLabels: map[string]string{"crossplane.io/in-use": "true"}},
			FailurePolicy:           new(admissionv1.Fail),
			SideEffects:             new(admissionv1.SideEffectClassNone),
			AdmissionReviewVersions: []string{"v1"},
		}},
	}
	if err := kube.Create(ctx, hook); err != nil && !kerrors.IsAlreadyExists(err) {
		return fmt.Errorf("cannot register Crossplane's webhooks: %w", err)
	}
	return nil
}
