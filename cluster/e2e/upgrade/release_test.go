//go:build e2e

package upgrade

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/crossplane-contrib/provider-metal-stack/cluster/e2e/story"
	"github.com/crossplane-contrib/provider-metal-stack/cluster/images"
	"github.com/crossplane-contrib/provider-metal-stack/cluster/local"
)

// A release is a checkout, and the version that it is published as.
type release struct {
	root    string
	version string

	// patched is true if its composites are patched and transformed, as before there
	// was a function of their own.
	patched bool
}

// thisOne is higher than any version that is released.
func thisOne() (release, error) {
	root, err := local.ProjectRoot()
	return release{root: root, version: "v99.0.0"}, err
}

// previous release: that of the newest tag before this commit, checked out into
// a folder. Where there is none, this checkout under an older version, with the
// configuration of before there was a function of its own: the program, and with it
// the package's digest, is another one.
func previous(ctx context.Context, dir string) (release, error) {
	this, err := thisOne()
	if err != nil {
		return release{}, err
	}
	tag, err := exec.CommandContext(ctx, "git", "-C", this.root, "describe", "--tags", "--abbrev=0", "--match=v[0-9]*", "HEAD^").Output()
	r := release{root: dir, version: strings.TrimSpace(string(tag))}
	if err != nil {
		r = release{root: this.root, version: "v0.0.9", patched: true}
	} else if out, err := exec.CommandContext(ctx, "git", "clone", "--quiet", "--shared", "--branch="+r.version, this.root, dir).CombinedOutput(); err != nil {
		return release{}, fmt.Errorf("cannot check out %s: %w: %s", r.version, err, out)
	}
	_, _ = fmt.Fprintf(os.Stdout, "upgrade: the previous release is %s\n", r.version)
	return r, nil
}

// folder of its configuration.
func (r release) folder() string {
	if r.patched {
		return filepath.Join(r.root, "cluster", "e2e", "upgrade", "testdata", "patched")
	}
	return filepath.Join(r.root, "package", "xcluster")
}

// composesAs says whether two releases have the same compositions.
func (r release) composesAs(other release) (bool, error) {
	var contents [2]string
	for i, of := range []release{r, other} {
		err := fs.WalkDir(os.DirFS(filepath.Join(of.folder(), "compositions")), ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			b, err := os.ReadFile(filepath.Join(of.folder(), "compositions", path))
			contents[i] += path + "\n" + string(b)
			return err
		})
		if err != nil {
			return false, err
		}
	}
	return contents[0] == contents[1], nil
}

// publish a release and return the references to install provider and
// configuration by.
func (r release) publish(ctx context.Context, w *story.World) (provider, configuration string, err error) {
	p, err := images.Provider(ctx, images.RuntimeOptions{Root: r.root, Version: r.version, Platforms: []v1.Platform{images.HostPlatform()}})
	if err != nil {
		return "", "", err
	}
	if provider, err = w.Cluster.Publish(ctx, images.ProviderName, r.version, p); err != nil {
		return "", "", err
	}
	if _, err := r.publishFunction(ctx, w); err != nil {
		return "", "", err
	}
	configuration, err = r.publishConfiguration(ctx, w, r.folder())
	return provider, configuration, err
}

// publishFunction that composes, whichever that is.
func (r release) publishFunction(ctx context.Context, w *story.World) (string, error) {
	if r.patched {
		return w.Cluster.PublishPatchAndTransform(ctx)
	}
	f, err := images.Function(ctx, images.RuntimeOptions{Root: r.root, Version: r.version, Platforms: []v1.Platform{images.HostPlatform()}})
	if err != nil {
		return "", err
	}
	return w.Cluster.Publish(ctx, images.FunctionName, r.version, f)
}

// publishConfiguration of a folder.
func (r release) publishConfiguration(ctx context.Context, w *story.World, folder string) (string, error) {
	// A release of before has not all examples of today.
	c, err := images.Configuration(ctx, images.ConfigurationOptions{Root: r.root, Version: r.version, Package: folder, Examples: []string{"examples/xcluster"}})
	if err != nil {
		return "", err
	}
	return w.Cluster.Publish(ctx, images.ConfigurationName, r.version, c)
}
