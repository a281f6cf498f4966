package packageruntime

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
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
		p.address = fmt.Sprintf("127.0.0.1:%d", port)
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

	c := d.Spec.Template.Spec.Containers[0]
	args, env := arguments(config.Config, c), slices.Clone(config.Config.Env)
	for _, e := range c.Env {
		env = append(env, e.Name+"="+e.Value)
	}
	certs := filepath.Join(dir, "tls-server")
	if err := pki.WriteSecret(certs, s.server); err != nil {
		return err
	}
	env = append(env, "REVISION_NAME="+pr.GetName(), "REVISION_UID="+string(pr.GetUID()), "TLS_SERVER_CERTS_DIR="+certs)

	if isFunction(pr) {
		args = append(args, "--address", p.address)
		env = append(env, "FUNCTION_NAME="+p.pkg)
	} else {
		more, err := r.providerEnv(ctx, dir, p, d, s)
		if err != nil {
			return err
		}
		args = append(args, r.opts.ProviderArgs...)
		env = append(env, more...)
	}
	return p.start(process.Spec{
		Name: pr.GetName(), Path: binary, Args: args, Env: env, Dir: dir,
		Log: filepath.Join(r.opts.Logs, pr.GetName()+".log"),
	})
}

// providerEnv is the environment that only providers have, and what it names.
func (r *Runtime) providerEnv(ctx context.Context, dir string, p *Program, d *appsv1.Deployment, s *secrets) ([]string, error) {
	kubeconfig, certs := filepath.Join(dir, "kubeconfig"), filepath.Join(dir, "tls-client")
	if err := r.writeKubeconfig(ctx, kubeconfig, d); err != nil {
		return nil, err
	}
	if err := pki.WriteSecret(certs, s.client); err != nil {
		return nil, err
	}
	return append([]string{
		"KUBECONFIG=" + kubeconfig,
		"POD_NAMESPACE=" + r.opts.Namespace,
		"PROVIDER_NAME=" + p.pkg,
		"WEBHOOK_TLS_CERT_DIR=" + filepath.Join(dir, "tls-server"),
		"TLS_CLIENT_CERTS_DIR=" + certs,
		"HOME=" + dir,
	}, r.opts.ProviderEnv...), nil
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
