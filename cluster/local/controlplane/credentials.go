package controlplane

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/crossplane-contrib/provider-metal-stack/cluster/local/pki"
)

// Users of the API with a fixed token. Package runtimes are none of them: they
// use their ServiceAccounts, with the rights that the RBAC manager gives these.
const (
	userAdmin             = "admin"
	userControllerManager = "kube-controller-manager"
	userCrossplane        = "crossplane"
)

// credentials are the files that prove who is who.
type credentials struct {
	ca                    *pki.Authority
	caFile                string
	serverCert, serverKey string
	serviceAccountKey     string
	tokenFile             string
	tokens                map[string]string
}

// makeCredentials writes an authority, the API server's certificate, the key
// that signs ServiceAccount tokens and the fixed tokens to a new folder.
func makeCredentials(dir string) (*credentials, error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, fmt.Errorf("cannot make the folder for credentials: %w", err)
	}
	ca, err := pki.NewAuthority("provider-metal-stack local control plane")
	if err != nil {
		return nil, err
	}
	server, err := ca.Server("kube-apiserver", "kubernetes.default.svc")
	if err != nil {
		return nil, err
	}
	signer, err := pki.NewAuthority("service accounts")
	if err != nil {
		return nil, err
	}

	c := &credentials{
		ca:                ca,
		caFile:            filepath.Join(dir, "ca.crt"),
		serverCert:        filepath.Join(dir, "server.crt"),
		serverKey:         filepath.Join(dir, "server.key"),
		serviceAccountKey: filepath.Join(dir, "service-accounts.key"),
		tokenFile:         filepath.Join(dir, "tokens.csv"),
		tokens:            map[string]string{},
	}
	var lines strings.Builder
	for _, user := range []string{userAdmin, userControllerManager, userCrossplane} {
		c.tokens[user] = rand.Text()
		_, _ = fmt.Fprintf(&lines, "%s,%s,%s,system:masters\n", c.tokens[user], user, user)
	}
	for file, content := range map[string][]byte{
		c.caFile:            ca.Cert(),
		c.serverCert:        server.Cert,
		c.serverKey:         server.Key,
		c.serviceAccountKey: signer.Key(),
		c.tokenFile:         []byte(lines.String()),
	} {
		if err := os.WriteFile(file, content, 0o600); err != nil {
			return nil, fmt.Errorf("cannot write credentials: %w", err)
		}
	}
	return c, nil
}

// kubeconfig for the bearer of a token.
func (c *credentials) kubeconfig(server, token string) clientcmdapi.Config {
	const name = "local"
	config := clientcmdapi.NewConfig()
	config.Clusters[name] = &clientcmdapi.Cluster{Server: server, CertificateAuthorityData: c.ca.Cert()}
	config.AuthInfos[name] = &clientcmdapi.AuthInfo{Token: token}
	config.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: name}
	config.CurrentContext = name
	return *config
}
