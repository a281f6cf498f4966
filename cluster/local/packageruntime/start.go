package packageruntime

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	pkgv1 "github.com/crossplane/crossplane/apis/v2/pkg/v1"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	appsv1 "k8s.io/api/apps/v1"
	authv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/crossplane-contrib/provider-metal-stack/cluster/images"
	"github.com/crossplane-contrib/provider-metal-stack/cluster/local/freeport"
	"github.com/crossplane-contrib/provider-metal-stack/cluster/local/pki"
	"github.com/crossplane-contrib/provider-metal-stack/cluster/local/process"
)

// tokenLife is longer than a control plane of this kind lives: nothing renews
// the token of a program that is no pod.
const tokenLife = 30 * 24 * time.Hour

// program returns the revision's program, not yet started if it is new.
func (r *Runtime) program(ctx context.Context, pr pkgv1.PackageRevisionWithRuntime) (*Program, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p, ok := r.programs[pr.GetUID()]; ok {
		return p, nil
	}
	p := &Program{pkg: parent(pr), revision: pr.GetName(), out: r.opts.Out, pause: r.opts.RestartPause}
	if isFunction(pr) {
		// Core connects to where the status says: the port is chosen before
		// the program starts.
		port, err := freeport.Choose(ctx)
		if err != nil {
			return nil, err
		}
		p.address = fmt.Sprintf("localhost:%d", port)
	}
	r.programs[pr.GetUID()] = p
	return p, nil
}

// start takes the program out of the package's image and starts it.
func (r *Runtime) start(ctx context.Context, pr pkgv1.PackageRevisionWithRuntime, p *Program, d *appsv1.Deployment, s *secrets) error {
	dir := filepath.Join(r.opts.Dir, pr.GetName())
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("cannot make the program's folder: %w", err)
	}
	img, err := images.Pull(ctx, pr.GetResolvedSource(), images.HostPlatform())
	if err != nil {
		return err
	}
	binary := filepath.Join(dir, "program")
	if err := images.ExtractEntrypoint(img, binary); err != nil {
		return err
	}
	config, err := img.ConfigFile()
	if err != nil {
		return fmt.Errorf("cannot read the image's configuration: %w", err)
	}

	env := append(config.Config.Env, "TLS_SERVER_CERTS_DIR="+filepath.Join(dir, "tls-server")) //nolint:gocritic // A new list on purpose.
	if err := pki.WriteSecret(filepath.Join(dir, "tls-server"), s.server); err != nil {
		return err
	}
	c := d.Spec.Template.Spec.Containers[0]
	args := arguments(config.Config, c)
	for _, e := range c.Env {
		env = append(env, e.Name+"="+e.Value)
	}
	env = append(env, "REVISION_NAME="+pr.GetName(), "REVISION_UID="+string(pr.GetUID()))

	if p.address != "" {
		_, port, _ := net.SplitHostPort(p.address)
		args = append(args, "--address", net.JoinHostPort("127.0.0.1", port))
		env = append(env, "FUNCTION_NAME="+p.pkg)
	} else {
		kubeconfig := filepath.Join(dir, "kubeconfig")
		if err := r.writeKubeconfig(ctx, kubeconfig, d); err != nil {
			return err
		}
		if s.client != nil {
			if err := pki.WriteSecret(filepath.Join(dir, "tls-client"), s.client); err != nil {
				return err
			}
		}
		args = append(args, r.opts.ProviderArgs...)
		env = append(env,
			"KUBECONFIG="+kubeconfig,
			"POD_NAMESPACE="+r.opts.Namespace,
			"PROVIDER_NAME="+p.pkg,
			"WEBHOOK_TLS_CERT_DIR="+filepath.Join(dir, "tls-server"),
			"TLS_CLIENT_CERTS_DIR="+filepath.Join(dir, "tls-client"),
			"HOME="+dir,
		)
		env = append(env, r.opts.ProviderEnv...)
	}

	return p.start(process.Spec{
		Name: pr.GetName(), Path: binary, Args: args, Env: env, Dir: dir,
		Log: filepath.Join(r.opts.Logs, pr.GetName()+".log"),
	})
}

// arguments of the program, as a container runtime would put them together.
func arguments(image v1.Config, c corev1.Container) []string {
	var args []string
	if len(image.Entrypoint) > 1 {
		args = append(args, image.Entrypoint[1:]...)
	}
	if len(c.Args) > 0 {
		return append(args, c.Args...)
	}
	return append(args, image.Cmd...)
}

// writeKubeconfig writes a kubeconfig with a token of the Deployment's
// ServiceAccount: the program has the rights that the RBAC manager gave it.
func (r *Runtime) writeKubeconfig(ctx context.Context, path string, d *appsv1.Deployment) error {
	seconds := int64(tokenLife / time.Second)
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{
		Namespace: d.Namespace, Name: d.Spec.Template.Spec.ServiceAccountName,
	}}
	token := &authv1.TokenRequest{Spec: authv1.TokenRequestSpec{ExpirationSeconds: &seconds}}
	if err := r.kube.SubResource("token").Create(ctx, account, token); err != nil {
		return fmt.Errorf("cannot get a token of the service account %s: %w", account.Name, err)
	}
	const name = "local"
	config := clientcmdapi.NewConfig()
	config.Clusters[name] = &clientcmdapi.Cluster{
		Server: r.opts.ProviderAPI.Host, CertificateAuthorityData: r.opts.ProviderAPI.CAData, CertificateAuthority: r.opts.ProviderAPI.CAFile,
	}
	config.AuthInfos[name] = &clientcmdapi.AuthInfo{Token: token.Status.Token}
	config.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: name, Namespace: d.Namespace}
	config.CurrentContext = name
	if err := clientcmd.WriteToFile(*config, path); err != nil {
		return fmt.Errorf("cannot write the program's kubeconfig: %w", err)
	}
	return nil
}
