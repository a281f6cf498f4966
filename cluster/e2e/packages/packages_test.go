//go:build e2e

package packages

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crossplane-contrib/provider-metal-stack/cluster/images"
	"github.com/crossplane-contrib/provider-metal-stack/cluster/local"
	"github.com/crossplane-contrib/provider-metal-stack/cluster/local/packageruntime"
)

// soon bounds every wait: nothing here depends on anything but this machine.
const soon = 2 * time.Minute

// provider is the name of the installed object.
const provider = "crossplane-contrib-provider-metal-stack"

// c is the cluster of all tests. They run in the order of these files, the last one
// ends it.
var c *local.Cluster

func TestMain(m *testing.M) {
	code, err := withCluster(m)
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "packages:", err)
		code = 1
	}
	os.Exit(code)
}

func withCluster(m *testing.M) (code int, err error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	dir, err := os.MkdirTemp("", "provider-metal-stack-packages-")
	if err != nil {
		return 1, err
	}
	c, err = local.Start(ctx, local.Options{Dir: filepath.Join(dir, "cluster"), Out: os.Stdout})
	if err != nil {
		return 1, err
	}
	defer c.Stop()
	defer context.AfterFunc(ctx, c.Stop)()
	if code := m.Run(); code != 0 {
		_, _ = fmt.Fprintln(os.Stderr, "packages: logs are in", c.Logs())
		return code, nil
	}
	return 0, os.RemoveAll(dir)
}

// installed installs the provider unless it is, and returns its program.
func installed(t *testing.T) *packageruntime.Program {
	t.Helper()
	if c.Provider() == nil {
		install(t, "v0.1.0")
	}
	return c.Provider()
}

func install(t *testing.T, version string) {
	t.Helper()
	ref, err := c.PublishProvider(t.Context(), version)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Install(t.Context(), "provider", ref); err != nil {
		t.Fatal(err)
	}
}

func TestRunsWhatIsInstalled(t *testing.T) {
	p := installed(t)
	img, err := images.Pull(t.Context(), c.Registry()+"/crossplane-contrib/"+images.ProviderName+":v0.1.0", images.HostPlatform())
	if err != nil {
		t.Fatal(err)
	}
	published := filepath.Join(t.TempDir(), "program")
	if err := images.ExtractEntrypoint(img, published); err != nil {
		t.Fatal(err)
	}
	running := fmt.Sprintf("/proc/%d/exe", p.PID())
	if diff := cmp.Diff(sum(t, published), sum(t, running)); diff != "" {
		t.Errorf("the running program is not the package's: -published, +running:\n%s", diff)
	}
}

func TestHasCrossplanesRights(t *testing.T) {
	account := "--as=system:serviceaccount:crossplane-system:" + installed(t).Revision()
	cases := map[string]struct {
		reason string
		args   []string
		want   string
	}{
		"Update": {
			reason: "Crossplane lets a provider work on its own kinds.",
			args:   []string{"update", "networks.metal-stack.m.crossplane.io"}, want: "yes",
		},
		"Secrets": {
			reason: "And on Secrets.",
			args:   []string{"get", "secrets"}, want: "yes",
		},
		"Delete": {
			reason: "But not delete them.",
			args:   []string{"delete", "networks.metal-stack.m.crossplane.io"}, want: "no",
		},
		"Pods": {
			reason: "Nor touch what is none of its business.",
			args:   []string{"get", "pods"}, want: "no",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			// The answer no comes with a failure.
			got, _ := c.Kubectl(t.Context(), append([]string{"auth", "can-i", account, "--all-namespaces"}, tc.args...)...)
			if diff := cmp.Diff(tc.want, strings.TrimSpace(got)); diff != "" {
				t.Errorf("\n%s\ncan-i: -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestStartsAgain(t *testing.T) {
	p := installed(t)
	first := p.PID()
	p.Signal(syscall.SIGKILL)
	await(t, "the provider to start again", func() bool { return p.PID() != 0 && p.PID() != first })
	if err := c.AwaitHealthy(t.Context(), "provider", provider); err != nil {
		t.Error(err)
	}
}

// What make dev does. The upgrade after it ends what was put in its place.
func TestRunsAnotherProgramInPlace(t *testing.T) {
	p := installed(t)
	pid := p.PID()
	root, err := local.ProjectRoot()
	if err != nil {
		t.Fatal(err)
	}
	program, err := images.ProviderBinary(t.Context(), root, "v0.1.1-dev")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "provider")
	if err := os.WriteFile(file, program, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := c.ReplaceProvider(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	if alive(pid) {
		t.Errorf("the package's program (pid %d) still runs", pid)
	}
	log, err := os.ReadFile(p.Log())
	if err != nil || !strings.Contains(string(log), "v0.1.1-dev") {
		t.Errorf("the log: %v, want it to tell the version of the other program: %s", err, log)
	}
	if err := c.AwaitHealthy(t.Context(), "provider", provider); err != nil {
		t.Error(err)
	}
}

func TestUpgrade(t *testing.T) {
	old := installed(t)
	pid := old.PID()
	install(t, "v0.2.0")
	await(t, "the new revision's program", func() bool {
		p := c.Provider()
		return p != nil && p.Revision() != old.Revision() && p.PID() != 0
	})
	if alive(pid) {
		t.Errorf("the old revision's program (pid %d) still runs", pid)
	}
	if err := c.AwaitHealthy(t.Context(), "provider", provider); err != nil {
		t.Error(err)
	}
	log, err := os.ReadFile(c.Provider().Log())
	if err != nil || !strings.Contains(string(log), "v0.2.0") {
		t.Errorf("the new program's log: %v, want it to tell its version: %s", err, log)
	}
	await(t, "the old revision's Deployment to go", func() bool {
		_, err := c.Kubectl(t.Context(), "get", "deployment", "-n", "crossplane-system", old.Revision())
		return err != nil
	})
}

// Everything goes, in the order and by the commands that the README has.
func TestUninstall(t *testing.T) {
	pid := installed(t).PID()
	if _, err := c.PublishFunction(t.Context(), "v0.2.0"); err != nil {
		t.Fatal(err)
	}
	ref, err := c.PublishConfiguration(t.Context(), "v0.2.0")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Install(t.Context(), "configuration", ref); err != nil {
		t.Fatal(err)
	}
	root, err := local.ProjectRoot()
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"install/deploymentruntimeconfig.yaml", "install/deploymentruntimeconfig-function.yaml", "protection/provider.yaml", "providerconfig/secret.yaml", "providerconfig/clusterproviderconfig.yaml"} {
		if _, err := c.Kubectl(t.Context(), "apply", "-f", filepath.Join(root, "examples", file)); err != nil {
			t.Fatal(err)
		}
	}

	walk(t, root, "README.md", "## Uninstall")

	await(t, "its program to end", func() bool { return !alive(pid) && c.Provider() == nil })
	await(t, "all kinds to go", func() bool {
		out, err := c.Kubectl(t.Context(), "get", "crd,xrd,composition,mrap,provider.pkg.crossplane.io,configuration.pkg.crossplane.io,function.pkg.crossplane.io,deploymentruntimeconfig.pkg.crossplane.io,clusterusage", "-o", "name")
		return err == nil && !strings.Contains(out, "metal-stack") && !strings.Contains(out, "xcluster") && !strings.Contains(out, "function-xcluster")
	})
}

// walk through the commands of a section of a page.
func walk(t *testing.T, root, page, heading string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, page))
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(b), "\n"+heading+"\n")
	section, _, _ = strings.Cut(section, "\n## ")
	script := []string{"set -ex", `kubectl() { "$KUBECTL" "$@"; }`}
	for line := range strings.Lines(section) {
		if command, ok := strings.CutPrefix(line, "    "); ok {
			script = append(script, strings.TrimSpace(command))
		}
	}
	if !found || len(script) == 2 {
		t.Fatalf("%s has no commands under %s", page, heading)
	}
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-c", strings.Join(script, "\n"))
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "KUBECONFIG="+c.Kubeconfig(), "KUBECTL="+c.Tools().Kubectl)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("cannot walk through %s: %v\n%s", heading, err, out)
	}
}

func TestClusterEndsWithAProcess(t *testing.T) {
	processes := c.Processes()
	if err := syscall.Kill(processes["kube-apiserver"], syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	await(t, "the cluster to end", func() bool { return c.Context().Err() != nil })
	if got := fmt.Sprint(context.Cause(c.Context())); !strings.Contains(got, "kube-apiserver ended") {
		t.Errorf("cause: got %q, want the process that ended", got)
	}
	c.Stop()
	for name, pid := range processes {
		if alive(pid) {
			t.Errorf("%s (pid %d) was left behind", name, pid)
		}
	}
}

func alive(pid int) bool { return syscall.Kill(pid, 0) == nil }

func sum(t *testing.T, file string) string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

func await(t *testing.T, what string, is func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-ctx.Done():
			t.Fatalf("waited in vain for %s", what)
		case <-tick.C:
		}
	}
}
