package controlplane

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"time"
)

func (c *ControlPlane) startEtcd(ctx context.Context) error {
	client := fmt.Sprintf("http://127.0.0.1:%d", c.ports.etcd)
	peer := fmt.Sprintf("http://127.0.0.1:%d", c.ports.etcdPeer)
	_, err := c.group.Start(c.spec("etcd", c.opts.Toolchain.Etcd, nil,
		"--data-dir="+c.path("etcd"),
		"--listen-client-urls="+client, "--advertise-client-urls="+client,
		"--listen-peer-urls="+peer, "--initial-advertise-peer-urls="+peer,
		"--initial-cluster=default="+peer,
		// The state does not outlive the processes.
		"--unsafe-no-fsync",
	))
	if err != nil {
		return err
	}
	return c.answers(ctx, client+"/readyz", "")
}

func (c *ControlPlane) startAPIServer(ctx context.Context) error {
	_, err := c.group.Start(c.spec("kube-apiserver", c.opts.Toolchain.APIServer, nil,
		fmt.Sprintf("--etcd-servers=http://127.0.0.1:%d", c.ports.etcd),
		"--bind-address=127.0.0.1",
		fmt.Sprintf("--secure-port=%d", c.ports.apiServer),
		"--advertise-address=127.0.0.1", "--endpoint-reconciler-type=none",
		"--tls-cert-file="+c.creds.serverCert, "--tls-private-key-file="+c.creds.serverKey,
		"--cert-dir="+c.path("pki"),
		"--token-auth-file="+c.creds.tokenFile,
		"--authorization-mode=RBAC",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file="+c.creds.serviceAccountKey,
		"--service-account-signing-key-file="+c.creds.serviceAccountKey,
		"--service-cluster-ip-range=10.0.0.0/24",
		"--disable-admission-plugins=ServiceAccount",
	))
	if err != nil {
		return err
	}
	return c.answers(ctx, c.server()+"/readyz", c.creds.tokens[userAdmin])
}

// startControllerManager starts the controllers that Crossplane relies on:
// without garbage collection no composed resource is ever deleted.
func (c *ControlPlane) startControllerManager(context.Context) error {
	_, err := c.group.Start(c.spec("kube-controller-manager", c.opts.Toolchain.ControllerManager, nil,
		"--kubeconfig="+c.path("kubeconfig-"+userControllerManager),
		"--controllers=garbage-collector-controller,namespace-controller,serviceaccount-controller,"+
			"serviceaccount-token-controller,root-ca-certificate-publisher-controller",
		"--service-account-private-key-file="+c.creds.serviceAccountKey,
		"--root-ca-file="+c.creds.caFile,
		"--leader-elect=false",
		"--secure-port=0",
		"--kube-api-qps=200", "--kube-api-burst=400",
	))
	return err
}

// answers waits until a GET of the URL is answered with 200.
func (c *ControlPlane) answers(ctx context.Context, url, token string) error {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(c.creds.ca.Cert())
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: 5 * time.Second}

	last := "no answer yet"
	return poll(ctx, func() (bool, string) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return false, err.Error()
		}
		if token != "" {
			req.Header.Set("Authorization", "Bearer "+token)
		}
		resp, err := client.Do(req)
		if err != nil {
			if ctx.Err() == nil {
				last = err.Error()
			}
			return false, last
		}
		_ = resp.Body.Close()
		last = url + " answers " + resp.Status
		return resp.StatusCode == http.StatusOK, last
	})
}

// poll asks until the answer is yes. When ctx ends first, the error carries
// what was said last.
func poll(ctx context.Context, ask func() (bool, string)) error {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		yes, said := ask()
		if yes {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %s", ctx.Err(), said)
		case <-tick.C:
		}
	}
}
