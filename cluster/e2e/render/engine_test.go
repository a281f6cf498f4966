//go:build e2e

package render

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/yaml"

	"github.com/crossplane-contrib/provider-metal-stack/cluster/local/process"
	"github.com/crossplane-contrib/provider-metal-stack/cluster/local/toolchain"
	"github.com/crossplane-contrib/provider-metal-stack/internal/crds"
)

const (
	root = "../../.."

	// annotationResource names a composed resource in its composition.
	annotationResource = "crossplane.io/composition-resource-name"
)

// engine renders for all tests.
var engine struct {
	tools     *toolchain.Toolchain
	functions string
}

// kube talks to an API server without controllers, which says what is accepted.
var kube client.Client

func TestMain(m *testing.M) {
	code, err := withEngine(context.Background(), m)
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "render:", err)
		code = 1
	}
	os.Exit(code)
}

func withEngine(ctx context.Context, m *testing.M) (code int, err error) {
	if engine.tools, err = toolchain.Ensure(ctx, os.Stderr); err != nil {
		return 1, err
	}
	dir, err := os.MkdirTemp("", "provider-metal-stack-render-")
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	stop, err := startAPIServer(ctx)
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, stop()) }()

	address, err := freeAddress(ctx)
	if err != nil {
		return 1, err
	}
	program := filepath.Join(dir, "function")
	if out, err := exec.CommandContext(ctx, "go", "build", "-race", "-o", program, "../../../cmd/function").CombinedOutput(); err != nil {
		return 1, fmt.Errorf("cannot build the function: %w\n%s", err, out)
	}
	p, err := process.Start(process.Spec{
		Name: "function-xcluster",
		Path: program,
		Args: []string{"--insecure", "--address", address},
		Log:  filepath.Join(dir, "function.log"),
	})
	if err != nil {
		return 1, err
	}
	defer p.Stop()
	if err := listening(ctx, p, address); err != nil {
		return 1, err
	}

	engine.functions = filepath.Join(dir, "functions.yaml")
	if err := os.WriteFile(engine.functions, fmt.Appendf(nil, `apiVersion: pkg.crossplane.io/v1
kind: Function
metadata:
  name: crossplane-contrib-function-xcluster
  annotations:
    render.crossplane.io/runtime: Development
    render.crossplane.io/runtime-development-target: dns:///%s
`, address), 0o600); err != nil {
		return 1, err
	}
	return m.Run(), nil
}

// startAPIServer starts one that has the kinds of both packages, and returns what
// stops it.
func startAPIServer(ctx context.Context) (stop func() error, err error) {
	assets, err := toolchain.Assets(ctx, os.Stderr)
	if err != nil {
		return nil, err
	}
	all, err := crds.Load(root)
	if err != nil {
		return nil, err
	}
	env := &envtest.Environment{CRDs: all, BinaryAssetsDirectory: assets}
	cfg, err := env.Start()
	if err != nil {
		return nil, errors.Join(err, env.Stop())
	}
	// No test waits for another's turn.
	cfg.QPS = -1
	if kube, err = client.New(cfg, client.Options{}); err != nil {
		return nil, errors.Join(err, env.Stop())
	}
	return env.Stop, nil
}

func freeAddress(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// listening waits until a process accepts connections.
func listening(ctx context.Context, p *process.Process, address string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if c, err := (&net.Dialer{}).DialContext(ctx, "tcp", address); err == nil {
			return c.Close()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s does not listen on %s: %w", p.Name(), address, ctx.Err())
		case <-p.Done():
			return p.Err()
		case <-tick.C:
		}
	}
}

// A rendering is what becomes of a composite.
type rendering struct {
	composite *unstructured.Unstructured
	// composed by name in the composition.
	composed map[string]*unstructured.Unstructured
}

// render composes an XR, of which the observed resources exist.
func render(t *testing.T, xr *unstructured.Unstructured, observed ...*unstructured.Unstructured) rendering {
	t.Helper()
	dir := t.TempDir()
	kind := strings.ToLower(xr.GetKind())
	args := []string{
		"composition", "render", write(t, dir, "xr.yaml", xr),
		filepath.Join(root, "package/xcluster/compositions", kind+".yaml"), engine.functions,
		"--crossplane-binary", engine.tools.Crossplane,
		"--xrd", filepath.Join(root, "package/xcluster/apis", kind+"s.cluster.metal-stack.crossplane.io.yaml"),
	}
	if len(observed) > 0 {
		args = append(args, "--observed-resources", write(t, dir, "observed.yaml", observed...))
	}
	cmd := exec.CommandContext(t.Context(), engine.tools.CLI, args...)
	stderr := &bytes.Buffer{}
	cmd.Stderr = stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("cannot render: %v\n%s", err, stderr)
	}

	r := rendering{composed: map[string]*unstructured.Unstructured{}}
	for _, o := range decode(t, out) {
		if name := o.GetAnnotations()[annotationResource]; name != "" {
			r.composed[name] = o
			continue
		}
		r.composite = o
	}
	return r
}

func write(t *testing.T, dir, name string, objects ...*unstructured.Unstructured) string {
	t.Helper()
	b := &bytes.Buffer{}
	for _, o := range objects {
		y, err := yaml.Marshal(o.Object)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = fmt.Fprintf(b, "---\n%s", y)
	}
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func decode(t *testing.T, b []byte) []*unstructured.Unstructured {
	t.Helper()
	var all []*unstructured.Unstructured
	r := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(b)))
	for {
		doc, err := r.Read()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		o := &unstructured.Unstructured{}
		if err := yaml.Unmarshal(doc, &o.Object); err != nil {
			t.Fatal(err)
		}
		if len(o.Object) > 0 {
			all = append(all, o)
		}
	}
}
