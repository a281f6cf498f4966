package toolchain

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

const (
	etcdVersion       = "v3.6.16"
	kubernetesVersion = "v1.35.8"
	crossplaneVersion = "v2.4.2"
	cliVersion        = "v2.5.0"
	functionVersion   = "v0.10.7"
)

// controlPlane is the module that most programs have in common.
const controlPlane = "controlplane"

// workPrefix begins the names of the folders that builds work in.
const workPrefix = "build-"

// modules holds a go.mod and go.sum per group of programs, under names that
// do not make them modules of this repository's tree. What has a module in common
// has packages in common, which are compiled once; the function needs older packages.
//
//go:embed modules
var modules embed.FS

// A recipe tells how one program is built.
type recipe struct {
	name    string // of the program
	version string
	module  string // modules/<module>.mod and .sum
	pkg     string // the main package

	// cost is how long it takes where nothing is compiled yet but what is
	// before it in the table: seconds of two cores.
	cost int

	ldflags string // besides -s -w

	// folder is copied from the module that holds pkg to a folder of this
	// name beside the program, if set.
	folder     string
	folderFrom string

	// assets says that envtest's folder provides this program too.
	assets bool
}

// patchAndTransform is not of the control plane: who wants it says so.
//
//nolint:gochecknoglobals // A constant in spirit.
var patchAndTransform = recipe{
	name: "function-patch-and-transform", version: functionVersion, module: "function",
	pkg: "github.com/crossplane-contrib/function-patch-and-transform", cost: 60,
	folder: "package", folderFrom: "package",
}

// programs is what a control plane needs. Versions are stamped where a program
// acts on its own: core compares it with a package's spec.crossplane.version.
//
//nolint:gochecknoglobals // A table.
var programs = []recipe{
	{name: "etcd", version: etcdVersion, module: controlPlane, pkg: "go.etcd.io/etcd/server/v3", cost: 40, assets: true},
	{
		name: "kube-apiserver", version: kubernetesVersion, module: controlPlane,
		pkg: "k8s.io/kubernetes/cmd/kube-apiserver", cost: 240,
		ldflags: "-X k8s.io/component-base/version.gitVersion=" + kubernetesVersion, assets: true,
	},
	{
		name: "kube-controller-manager", version: kubernetesVersion, module: controlPlane,
		pkg: "k8s.io/kubernetes/cmd/kube-controller-manager", cost: 70,
		ldflags: "-X k8s.io/component-base/version.gitVersion=" + kubernetesVersion,
	},
	{
		name: "crossplane", version: crossplaneVersion, module: controlPlane,
		pkg: "github.com/crossplane/crossplane/v2/cmd/crossplane", cost: 60,
		// The RBAC manager's metrics have no flag for their address, :8080.
		ldflags: "-X github.com/crossplane/crossplane-runtime/v2/pkg/version.version=" + crossplaneVersion +
			" -X sigs.k8s.io/controller-runtime/pkg/metrics/server.DefaultBindAddress=127.0.0.1:0",
		folder: "crds", folderFrom: "cluster/crds",
	},
	{
		name: "crossplane-cli", version: cliVersion, module: controlPlane,
		pkg: "github.com/crossplane/cli/v2/cmd/crossplane", cost: 50,
		ldflags: "-X github.com/crossplane/crossplane-runtime/v2/pkg/version.version=" + cliVersion,
	},
}

// key names the recipe's folder in the cache: two recipes that may build
// different programs have different keys.
func (r recipe) key() string {
	h := sha256.New()
	for _, s := range []string{runtime.GOOS, runtime.GOARCH, r.pkg, r.ldflags, r.folder, r.folderFrom} {
		_, _ = fmt.Fprintln(h, s)
	}
	for _, ext := range []string{".mod", ".sum"} {
		// A file that is missing here fails the build with a better message.
		b, _ := modules.ReadFile("modules/" + r.module + ext)
		_, _ = h.Write(b)
	}
	return fmt.Sprintf("%s-%s-%s", r.name, r.version, hex.EncodeToString(h.Sum(nil))[:12])
}

// build makes root/key, whole or not at all.
func (r recipe) build(ctx context.Context, root string) error {
	work, err := os.MkdirTemp(root, workPrefix)
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }()

	for from, to := range map[string]string{".mod": "go.mod", ".sum": "go.sum"} {
		b, err := modules.ReadFile("modules/" + r.module + from)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(work, to), b, 0o600); err != nil {
			return err
		}
	}

	out := filepath.Join(work, "out")
	if err := os.Mkdir(out, 0o755); err != nil {
		return err
	}
	if _, err := goTool(ctx, work, "build", "-trimpath", "-buildvcs=false",
		"-ldflags", strings.TrimSpace("-s -w "+r.ldflags), "-o", filepath.Join(out, r.name), r.pkg); err != nil {
		return err
	}
	if r.folder != "" {
		dir, err := goTool(ctx, work, "list", "-f", "{{.Module.Dir}}", r.pkg)
		if err != nil {
			return err
		}
		from := filepath.Join(strings.TrimSpace(dir), r.folderFrom)
		if err := os.CopyFS(filepath.Join(out, r.folder), os.DirFS(from)); err != nil {
			return fmt.Errorf("cannot copy %s: %w", from, err)
		}
	}
	return os.Rename(out, filepath.Join(root, r.key()))
}

// goTool runs the go tool in dir, unaffected by the caller's settings that
// would change what is built, and returns what it prints. When ctx ends, the
// compilers it started end too.
func goTool(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-mod=readonly", "GOWORK=off")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return "", fmt.Errorf("go %s: %w\n%s", args[0], err, lastLines(stderr.String(), 20))
	}
	return stdout.String(), nil
}

func lastLines(s string, n int) string {
	lines := strings.Split(strings.TrimRight(s, "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
