// Package toolchain builds the programs of a control plane from Go modules:
// etcd, kube-apiserver, kube-controller-manager, Crossplane's core and CLI, and,
// for who asks for it, function-patch-and-transform. They land in the user's cache
// directory, keyed by how they are built, so a second checkout builds nothing.
package toolchain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// EnvAssets names the variable of controller-runtime's envtest. The folder it
// names, if set, provides etcd and kube-apiserver instead of a build.
const EnvAssets = "KUBEBUILDER_ASSETS"

// A Toolchain tells where the programs of a control plane are.
type Toolchain struct {
	Etcd              string
	APIServer         string
	ControllerManager string
	Kubectl           string

	// Crossplane is core, CLI the command line tool of the same name.
	Crossplane string
	CLI        string

	// CRDs is the folder of core's own custom resource definitions.
	CRDs string
}

// A Function is a composition function.
type Function struct {
	// Program, and the folder with its crossplane.yaml and input schema.
	Program string
	Package string

	// Version such as v0.10.7.
	Version string
}

// Ensure returns the toolchain, building into the user's cache directory what
// is missing there. Progress goes to w, a line at a time. It waits for another
// process that is building.
func Ensure(ctx context.Context, w io.Writer) (*Toolchain, error) {
	root, err := cacheRoot()
	if err != nil {
		return nil, err
	}
	return ensure(ctx, w, root, os.Getenv(EnvAssets))
}

// PatchAndTransform returns function-patch-and-transform, which Compositions of one's
// own may use, as Ensure does the others.
func PatchAndTransform(ctx context.Context, w io.Writer) (*Function, error) {
	root, err := cacheRoot()
	if err != nil {
		return nil, err
	}
	if err := build(ctx, w, root, []recipe{patchAndTransform}); err != nil {
		return nil, err
	}
	dir := filepath.Join(root, patchAndTransform.key())
	return &Function{
		Program: filepath.Join(dir, patchAndTransform.name),
		Package: filepath.Join(dir, patchAndTransform.folder),
		Version: patchAndTransform.version,
	}, nil
}

// Assets returns a folder with etcd and kube-apiserver, as envtest wants it,
// building them if they are missing. A set KUBEBUILDER_ASSETS is returned as it
// is.
func Assets(ctx context.Context, w io.Writer) (string, error) {
	if dir := os.Getenv(EnvAssets); dir != "" {
		return dir, nil
	}
	root, err := cacheRoot()
	if err != nil {
		return "", err
	}
	return assets(ctx, w, root)
}

func cacheRoot() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("cannot find the user's cache directory: %w", err)
	}
	return filepath.Join(cache, "provider-metal-stack", "toolchain"), nil
}

func assets(ctx context.Context, w io.Writer, root string) (string, error) {
	var recipes []recipe
	var name strings.Builder
	for _, r := range programs {
		if r.assets {
			recipes = append(recipes, r)
			name.WriteString("-" + r.key())
		}
	}
	if err := build(ctx, w, root, recipes); err != nil {
		return "", err
	}
	dir := filepath.Join(root, "assets"+name.String())
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("cannot make the folder for %s: %w", EnvAssets, err)
	}
	for _, r := range recipes {
		err := os.Symlink(filepath.Join("..", r.key(), r.name), filepath.Join(dir, r.name))
		if err != nil && !errors.Is(err, os.ErrExist) {
			return "", fmt.Errorf("cannot link %s: %w", r.name, err)
		}
	}
	return dir, nil
}

func ensure(ctx context.Context, w io.Writer, root, given string) (*Toolchain, error) {
	kubectl, err := exec.LookPath("kubectl")
	if err != nil {
		return nil, fmt.Errorf("kubectl is needed on PATH, see https://kubernetes.io/docs/tasks/tools: %w", err)
	}

	var recipes []recipe
	where := map[string]string{}
	for _, r := range programs {
		if given != "" && r.assets {
			where[r.name] = filepath.Join(given, r.name)
			if _, err := os.Stat(where[r.name]); err != nil {
				return nil, fmt.Errorf("%s is set but lacks a program: %w", EnvAssets, err)
			}
			_, _ = fmt.Fprintf(w, "%s: taken from %s\n", r.name, given)
			continue
		}
		where[r.name] = filepath.Join(root, r.key(), r.name)
		recipes = append(recipes, r)
	}
	if err := build(ctx, w, root, recipes); err != nil {
		return nil, err
	}

	return &Toolchain{
		Etcd:              where["etcd"],
		APIServer:         where["kube-apiserver"],
		ControllerManager: where["kube-controller-manager"],
		Kubectl:           kubectl,
		Crossplane:        where["crossplane"],
		CLI:               where["crossplane-cli"],
		CRDs:              filepath.Join(filepath.Dir(where["crossplane"]), "crds"),
	}, nil
}

// build builds the recipes whose folders are not there, one after the other:
// the go tool uses every core for each of them.
func build(ctx context.Context, w io.Writer, root string, recipes []recipe) error {
	if len(missing(root, recipes)) == 0 {
		return nil
	}
	if _, err := exec.LookPath("go"); err != nil {
		return fmt.Errorf("the go tool is needed on PATH: %w", err)
	}
	if err := os.MkdirAll(root, 0o755); err != nil {
		return fmt.Errorf("cannot make the toolchain's folder: %w", err)
	}
	unlock, err := lock(ctx, w, filepath.Join(root, "lock"))
	if err != nil {
		return err
	}
	defer unlock()

	// A build that was killed leaves its work behind.
	leftovers, err := filepath.Glob(filepath.Join(root, workPrefix+"*"))
	if err != nil {
		return fmt.Errorf("cannot look for leftovers: %w", err)
	}
	for _, l := range leftovers {
		if err := os.RemoveAll(l); err != nil {
			return fmt.Errorf("cannot remove a leftover: %w", err)
		}
	}

	// What another process built while this one waited is there now.
	todo := missing(root, recipes)
	p := newProgress(w, todo)
	for _, r := range todo {
		if err := p.during(r, func() error { return r.build(ctx, root) }); err != nil {
			return fmt.Errorf("cannot build %s %s: %w", r.name, r.version, err)
		}
	}
	return nil
}

func missing(root string, recipes []recipe) []recipe {
	var out []recipe
	for _, r := range recipes {
		if _, err := os.Stat(filepath.Join(root, r.key())); errors.Is(err, os.ErrNotExist) {
			out = append(out, r)
		}
	}
	return out
}
