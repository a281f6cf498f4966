//go:build envtest

package validation

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	projectcrds "github.com/crossplane-contrib/provider-metal-stack/internal/crds"
)

// What a mini-lab's authority looks like.
const authority = "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUMYPQ\n-----END CERTIFICATE-----\n"

// docs/mini-lab.md is walked as it is printed, with what make dev-env prints in a
// lab of v0.7 and in one before it. What there is no API server for is stood in
// for: git, make, docker, kind, helm, ssh, and waits for what a provider would do.
func TestMiniLabPage(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason   string
		env      map[string]string
		url, pem string
	}{
		"Today": {
			reason: "From v0.7 on, with a certificate of its own.",
			env: map[string]string{
				"METALCTL_API_URL":                    "https://api.172.42.0.42.nip.io/metal",
				"METALCTL_CERTIFICATE_AUTHORITY_DATA": base64.StdEncoding.EncodeToString([]byte(authority)),
				"METALCTL_HMAC":                       "metal-admin",
				"METAL_APIV2_URL":                     "https://v2.172.42.0.42.nip.io",
			},
			url: "https://api.172.42.0.42.nip.io/metal", pem: authority,
		},
		"Before": {
			reason: "Until v0.6, in plain http.",
			env: map[string]string{
				"METALCTL_API_URL": "http://api.172.17.0.1.nip.io:8080/metal",
				"METALCTL_HMAC":    "metal-admin",
				"METAL_APIV2_URL":  "http://v2.172.17.0.1.nip.io:8080",
			},
			url: "http://api.172.17.0.1.nip.io:8080/metal",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, tc.env)
			l.walk(t, "docs/mini-lab.md")

			c := &v1alpha1.ClusterProviderConfig{}
			l.get(t, c, "clusterproviderconfig.metal-stack.m.crossplane.io", "mini-lab")
			if c.Spec.URL != tc.url {
				t.Errorf("%s\nwant the URL %s, got %s", tc.reason, tc.url, c.Spec.URL)
			}
			pem, err := base64.StdEncoding.DecodeString(c.Spec.CABundle)
			if err != nil || string(pem) != tc.pem {
				t.Errorf("%s\nwant the authority %q, got %q, %v", tc.reason, tc.pem, c.Spec.CABundle, err)
			}
			var secret struct {
				Data map[string][]byte `json:"data"`
			}
			l.get(t, &secret, "secret", "metal-api", "-n", "metal-stack")
			if got := string(secret.Data["hmac"]); got != tc.env["METALCTL_HMAC"] {
				t.Errorf("%s\nwant the lab's key, got %q", tc.reason, got)
			}
		})
	}
}

// So is the README, from install to uninstall, with the lab of today.
func TestREADME(t *testing.T) {
	t.Parallel()
	l := newLab(t, map[string]string{
		"METALCTL_API_URL":                    "https://api.172.42.0.42.nip.io/metal",
		"METALCTL_CERTIFICATE_AUTHORITY_DATA": base64.StdEncoding.EncodeToString([]byte(authority)),
		"METALCTL_HMAC":                       "metal-admin",
	})
	l.walk(t, "README.md")
	if out, err := l.run(t, "kubectl", "get", "-o", "name", "mscpc,provider.pkg.crossplane.io,configuration.pkg.crossplane.io,function.pkg.crossplane.io,deploymentruntimeconfig.pkg.crossplane.io,clusterusage"); err != nil || len(out) > 0 {
		t.Errorf("want nothing left, got %v\n%s", err, out)
	}
}

// A miniLab is a shell on a machine with one, as far as its pages need it.
type miniLab struct {
	env []string
}

// newLab whose make dev-env prints these variables, and whose cluster has
// Crossplane's and our kinds.
func newLab(t *testing.T, env map[string]string) *miniLab {
	t.Helper()
	home, stubs := t.TempDir(), t.TempDir()
	config := apiServer(t)
	devEnv := "export KUBECONFIG=" + config + "\n"
	for k, v := range env {
		devEnv += "export " + k + "=" + v + "\n"
	}
	write(t, filepath.Join(stubs, "dev-env"), devEnv)
	write(t, filepath.Join(stubs, "make"), "#!/bin/sh\n[ \"$1\" != dev-env ] || cat "+filepath.Join(stubs, "dev-env")+"\n")
	write(t, filepath.Join(stubs, "kind"), "#!/bin/sh\n[ \"$1\" != get ] || echo \"$4-control-plane\"\n")
	write(t, filepath.Join(stubs, "docker"), "#!/bin/sh\n[ \"$2\" != -i ] || cat > /dev/null\n")
	for _, name := range []string{"git", "helm", "ssh", "crossplane"} {
		write(t, filepath.Join(stubs, name), "#!/bin/sh\n")
	}
	// Without KUBECONFIG kubectl looks here.
	if err := os.Mkdir(filepath.Join(home, ".kube"), 0o700); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(home, ".kube", "config"), string(b))
	return &miniLab{env: []string{"HOME=" + home, "PATH=" + stubs + ":" + os.Getenv("PATH"), "TERM=dumb"}}
}

// walk through the commands of a page.
func (l *miniLab) walk(t *testing.T, page string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, page))
	if err != nil {
		t.Fatal(err)
	}
	script := []string{
		`export METALCTL_HMAC=metal-admin`, // By hand, where there is no mini-lab.
		`cd() { :; }`,
		`kubectl() { case "$1" in wait) ;; delete) command kubectl "$@" --wait=false ;; *) command kubectl "$@" ;; esac; }`,
		`set -ex -o pipefail`,
	}
	commands := 0
	for line := range strings.Lines(string(b)) {
		if command, ok := strings.CutPrefix(line, "    "); ok {
			script = append(script, strings.TrimSuffix(command, "\n"))
			commands++
		}
	}
	if commands < 20 {
		t.Fatalf("%s has %d lines of commands, want more", page, commands)
	}
	if out, err := l.run(t, "bash", "-c", strings.Join(script, "\n")); err != nil {
		t.Fatalf("cannot walk through %s: %v\n%s", page, err, out)
	}
}

// get an object.
func (l *miniLab) get(t *testing.T, into any, args ...string) {
	t.Helper()
	out, err := l.run(t, "kubectl", append([]string{"get", "-o", "json"}, args...)...)
	if err != nil {
		t.Fatalf("cannot get %v: %v\n%s", args, err, out)
	}
	if err := json.Unmarshal(out, into); err != nil {
		t.Fatal(err)
	}
}

func (l *miniLab) run(t *testing.T, name string, args ...string) ([]byte, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = root
	cmd.Env = l.env
	return cmd.CombinedOutput()
}

// apiServer of its own, with Crossplane's and our kinds, and a kubeconfig for it.
func apiServer(t *testing.T) string {
	t.Helper()
	ours, err := projectcrds.Load(root)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := crossplaneCRDs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	env := &envtest.Environment{CRDs: append(ours, theirs...)}
	cfg, err := env.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := env.Stop(); err != nil {
			t.Error(err)
		}
	})
	user, err := env.AddUser(envtest.User{Name: "kubectl", Groups: []string{"system:masters"}}, cfg)
	if err != nil {
		t.Fatal(err)
	}
	b, err := user.KubeConfig()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "kubeconfig")
	write(t, file, string(b))
	return file
}

// write an executable file.
func write(t *testing.T, file, content string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(content), 0o700); err != nil {
		t.Fatal(err)
	}
}
