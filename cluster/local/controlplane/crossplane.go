package controlplane

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	kerrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/cluster/local/pki"
	"github.com/crossplane-contrib/provider-metal-stack/cluster/local/process"
)

// clientCerts names the Secret that init writes core's client certificate to.
const clientCerts = "crossplane-tls-client"

// serviceAccount is core's, where it looks for pull secrets.
const serviceAccount = "crossplane"

// crossplaneEnv configures core by environment: the spelling of its flags has
// changed more often.
func (c *ControlPlane) crossplaneEnv() []string {
	return []string{
		"KUBECONFIG=" + c.path("kubeconfig-"+userCrossplane),
		"POD_NAMESPACE=" + Namespace,
		"POD_SERVICE_ACCOUNT=" + serviceAccount,
		"CRDS_PATH=" + c.opts.Toolchain.CRDs,
		"TLS_CA_SECRET_NAME=" + RootCA,
		"TLS_CLIENT_SECRET_NAME=" + clientCerts,
		"TLS_CLIENT_CERTS_DIR=" + c.path("core-tls"),
		"PACKAGE_RUNTIME=External",
		"XPKG_CACHE_DIR=" + c.path("xpkg"),
		fmt.Sprintf("METRICS_PORT=%d", c.ports.coreMetrics),
		fmt.Sprintf("HEALTH_PROBE_PORT=%d", c.ports.coreProbe),
	}
}

func (c *ControlPlane) initCrossplane(ctx context.Context) error {
	kube, err := client.New(c.Config, client.Options{})
	if err != nil {
		return fmt.Errorf("cannot make a client: %w", err)
	}
	for _, o := range []client.Object{
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: Namespace}},
		&corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: Namespace, Name: serviceAccount}},
	} {
		if err := kube.Create(ctx, o); err != nil && !kerrors.IsAlreadyExists(err) {
			return fmt.Errorf("cannot create %T %s: %w", o, o.GetName(), err)
		}
	}

	args := []string{"core", "init"}
	if !c.opts.Inactive {
		args = append(args, "--activation", "*")
	}
	spec := c.spec("crossplane-init", c.opts.Toolchain.Crossplane, append(c.crossplaneEnv(), "ENABLE_WEBHOOKS=false"), args...)
	// Init may use a kind before its CRD is served; it can be repeated.
	const attempts = 3
	for i := range attempts {
		if err = process.Run(ctx, spec); err == nil || i == attempts-1 || ctx.Err() != nil {
			break
		}
	}
	if err != nil {
		return err
	}

	secret := &corev1.Secret{}
	if err := kube.Get(ctx, client.ObjectKey{Namespace: Namespace, Name: clientCerts}, secret); err != nil {
		return fmt.Errorf("cannot get core's client certificate: %w", err)
	}
	return pki.WriteSecret(c.path("core-tls"), secret)
}

func (c *ControlPlane) startCrossplane(ctx context.Context) error {
	webhooks, err := c.webhookEnv()
	if err != nil {
		return err
	}
	args := append([]string{"core", "start"}, c.opts.CoreArgs...)
	if _, err := c.group.Start(c.spec("crossplane", c.opts.Toolchain.Crossplane, append(c.crossplaneEnv(), webhooks...), args...)); err != nil {
		return err
	}
	if err := c.answers(ctx, fmt.Sprintf("http://127.0.0.1:%d/readyz", c.ports.coreProbe), ""); err != nil {
		return err
	}
	return c.registerWebhooks(ctx)
}

func (c *ControlPlane) startRBACManager(context.Context) error {
	_, err := c.group.Start(c.spec("crossplane-rbac", c.opts.Toolchain.Crossplane, c.crossplaneEnv(), "rbac", "start"))
	return err
}
