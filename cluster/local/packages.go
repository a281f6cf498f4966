package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	xpapis "github.com/crossplane/crossplane/apis/v2"
	extv1 "github.com/crossplane/crossplane/apis/v2/apiextensions/v1"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	"github.com/crossplane/crossplane/apis/v2/pkg/v1beta1"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"golang.org/x/mod/modfile"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/cluster/images"
	"github.com/crossplane-contrib/provider-metal-stack/cluster/local/packageruntime"
	"github.com/crossplane-contrib/provider-metal-stack/cluster/local/toolchain"
)

// Organization is where the packages are published, and what users install.
// The cluster pulls everything below it from its own registry instead.
const Organization = "xpkg.crossplane.io/crossplane-contrib"

// module is this project's.
const module = "github.com/crossplane-contrib/provider-metal-stack"

// PatchAndTransformName is the package of the function that patches and transforms,
// for Compositions of one's own.
const PatchAndTransformName = "function-patch-and-transform"

// installTimeout bounds an installation: everything it needs is on this
// machine.
const installTimeout = 3 * time.Minute

// mirror has Crossplane pull what Organization names from the cluster's own
// registry, dependencies of packages too: they are installed by their real
// names.
func (c *Cluster) mirror(ctx context.Context) error {
	kube, err := c.packageClient()
	if err != nil {
		return err
	}
	if err := kube.Create(ctx, &v1beta1.ImageConfig{
		ObjectMeta: metav1.ObjectMeta{Name: "local-registry"},
		Spec: v1beta1.ImageConfigSpec{
			MatchImages:  []v1beta1.ImageMatch{{Type: v1beta1.Prefix, Prefix: Organization}},
			RewriteImage: &v1beta1.ImageRewrite{Prefix: c.mirrored("")},
		},
	}); err != nil {
		return fmt.Errorf("cannot make Crossplane pull from the local registry: %w", err)
	}
	return nil
}

// mirrored is where the registry has a package of Organization.
func (c *Cluster) mirrored(name string) string {
	return path.Join(c.Registry(), path.Base(Organization), name)
}

func (c *Cluster) packageClient() (client.Client, error) {
	scheme := runtime.NewScheme()
	if err := xpapis.AddToScheme(scheme); err != nil {
		return nil, fmt.Errorf("cannot prepare the client's scheme: %w", err)
	}
	kube, err := client.New(c.plane.Config, client.Options{Scheme: scheme})
	if err != nil {
		return nil, fmt.Errorf("cannot make a client: %w", err)
	}
	return kube, nil
}

// Publish pushes a package, an image or an index of images, to the cluster's
// registry as the given version of a package of Organization, and returns the
// reference to install it by.
func (c *Cluster) Publish(ctx context.Context, name, version string, pkg remote.Taggable) (string, error) {
	digest, err := images.Push(ctx, c.mirrored(name)+":"+version, pkg)
	if err != nil {
		return "", err
	}
	_, _ = fmt.Fprintf(c.out, "registry: %s %s %s\n", name, version, digest)
	return Organization + "/" + name + ":" + version, nil
}

// PublishProvider builds the provider's package from this checkout, as the
// given version, and publishes it.
func (c *Cluster) PublishProvider(ctx context.Context, version string) (string, error) {
	return c.publishProgram(ctx, images.ProviderName, version, images.Provider)
}

// PublishFunction builds the composition function's package from this checkout, as
// the given version, and publishes it.
func (c *Cluster) PublishFunction(ctx context.Context, version string) (string, error) {
	return c.publishProgram(ctx, images.FunctionName, version, images.Function)
}

// publishProgram builds a package that runs a program of this checkout.
func (c *Cluster) publishProgram(ctx context.Context, name, version string, build func(context.Context, images.RuntimeOptions) (v1.ImageIndex, error)) (string, error) {
	root, err := ProjectRoot()
	if err != nil {
		return "", err
	}
	pkg, err := build(ctx, images.RuntimeOptions{Root: root, Version: version, Platforms: []v1.Platform{images.HostPlatform()}})
	if err != nil {
		return "", err
	}
	return c.Publish(ctx, name, version, pkg)
}

// PublishConfiguration builds the configuration's package from this checkout,
// as the given version, and publishes it.
func (c *Cluster) PublishConfiguration(ctx context.Context, version string) (string, error) {
	root, err := ProjectRoot()
	if err != nil {
		return "", err
	}
	pkg, err := images.Configuration(ctx, images.ConfigurationOptions{Root: root, Version: version})
	if err != nil {
		return "", err
	}
	return c.Publish(ctx, images.ConfigurationName, version, pkg)
}

// PublishPatchAndTransform publishes the function of that name.
func (c *Cluster) PublishPatchAndTransform(ctx context.Context) (string, error) {
	f, err := toolchain.PatchAndTransform(ctx, c.out)
	if err != nil {
		return "", err
	}
	pkg, err := images.Function(ctx, images.RuntimeOptions{
		Package: f.Package, Binary: f.Program, Version: f.Version, Platforms: []v1.Platform{images.HostPlatform()},
	})
	if err != nil {
		return "", err
	}
	return c.Publish(ctx, PatchAndTransformName, f.Version, pkg)
}

// Install installs a package, or another version of it, by Crossplane's package
// manager and waits until it is healthy. The kind is provider, function or
// configuration. The object's name is the package's, such as
// crossplane-contrib-provider-metal-stack.
func (c *Cluster) Install(ctx context.Context, kind, ref string) error {
	began := time.Now()
	command := "install"
	if _, err := c.Kubectl(ctx, "get", kind+".pkg.crossplane.io", PackageName(ref)); err == nil {
		command = "update"
	}
	if _, err := c.Crossplane(ctx, "xpkg", command, kind, ref); err != nil {
		return err
	}
	what := kind + ".pkg.crossplane.io/" + PackageName(ref)
	if _, err := c.Kubectl(ctx, "wait", what, "--for=jsonpath={.status.resolvedPackage}="+c.resolved(ref), "--timeout="+installTimeout.String()); err != nil {
		return errors.Join(err, c.explain(ctx, what))
	}
	if err := c.AwaitHealthy(ctx, kind, PackageName(ref)); err != nil {
		return err
	}
	if err := c.awaitEstablished(ctx); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(c.out, "installed: %s %s after %.1f s\n", kind, ref, time.Since(began).Seconds())
	return nil
}

// AwaitHealthy waits until an installed package is healthy.
func (c *Cluster) AwaitHealthy(ctx context.Context, kind, name string) error {
	what := kind + ".pkg.crossplane.io/" + name
	if _, err := c.Kubectl(ctx, "wait", what, "--for=condition=Healthy", "--timeout="+installTimeout.String()); err != nil {
		return errors.Join(err, c.explain(ctx, what))
	}
	return nil
}

// awaitEstablished waits until every composite resource and claim that packages
// have defined can be used, which is some time after they are healthy.
func (c *Cluster) awaitEstablished(ctx context.Context) error {
	kube, err := c.packageClient()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, installTimeout)
	defer cancel()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		definitions := &extv1.CompositeResourceDefinitionList{}
		if err := kube.List(ctx, definitions); err != nil {
			return fmt.Errorf("cannot list definitions of composite resources: %w", err)
		}
		i := slices.IndexFunc(definitions.Items, func(d extv1.CompositeResourceDefinition) bool { return !established(&d) })
		if i < 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("composite resource definition %s is not established: %w", definitions.Items[i].Name, ctx.Err())
		case <-tick.C:
		}
	}
}

func established(d *extv1.CompositeResourceDefinition) bool {
	is := func(t xpv2.ConditionType) bool { return d.Status.GetCondition(t).Status == corev1.ConditionTrue }
	return is(extv1.TypeEstablished) && (d.Spec.ClaimNames == nil || is(extv1.TypeOffered))
}

// resolved is where Crossplane pulls a reference from.
func (c *Cluster) resolved(ref string) string {
	if name, ok := strings.CutPrefix(ref, Organization+"/"); ok {
		return c.mirrored(name)
	}
	return ref
}

// explain adds what Crossplane says of a package that does not become healthy.
func (c *Cluster) explain(ctx context.Context, what string) error {
	said, err := c.Kubectl(ctx, "describe", what)
	if err != nil {
		return nil //nolint:nilerr // There is an error already, this would have told more of it.
	}
	return errors.New(said)
}

// PackageName is the name of the object that a package reference is installed
// as.
func PackageName(ref string) string {
	repository, _, _ := strings.Cut(ref, "@")
	if i := strings.LastIndex(repository, ":"); i > strings.LastIndex(repository, "/") {
		repository = repository[:i]
	}
	_, name, _ := strings.Cut(repository, "/")
	return strings.ReplaceAll(name, "/", "-")
}

// Provider is the running program of the installed provider, nil if there is
// none.
func (c *Cluster) Provider() *packageruntime.Program {
	return c.runtime.Program(PackageName(Organization + "/" + images.ProviderName))
}

// Function is the running program of the installed composition function, nil if there is
// none.
func (c *Cluster) Function() *packageruntime.Program {
	return c.runtime.Program(PackageName(Organization + "/" + images.FunctionName))
}

// ReplaceProvider runs a file in place of the installed provider's program, with
// what that has, until another version is installed.
func (c *Cluster) ReplaceProvider(ctx context.Context, file string) error {
	p := c.Provider()
	if p == nil {
		return errors.New("cannot replace the provider: it is not installed")
	}
	return p.Replace(ctx, file)
}

// Crossplane runs the crossplane command line tool on the cluster and returns
// what it prints.
func (c *Cluster) Crossplane(ctx context.Context, args ...string) (string, error) {
	return c.run(ctx, c.tools.CLI, "crossplane", args)
}

// Kubectl runs kubectl on the cluster and returns what it prints.
func (c *Cluster) Kubectl(ctx context.Context, args ...string) (string, error) {
	return c.run(ctx, c.tools.Kubectl, "kubectl", args)
}

func (c *Cluster) run(ctx context.Context, program, name string, args []string) (string, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(cmd.Environ(), "KUBECONFIG="+c.Kubeconfig())
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return stdout.String(), fmt.Errorf("cannot run %s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(stderr.String()))
	}
	return stdout.String(), nil
}

// ProjectRoot finds the checkout that holds the current directory.
func ProjectRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("cannot find the project: %w", err)
	}
	for {
		b, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && modfile.ModulePath(b) == module {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("cannot find the project: the current directory is not in a checkout of %s", module)
		}
		dir = filepath.Dir(dir)
	}
}
