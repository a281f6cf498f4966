package images

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Names of the project's packages, below an organisation in a registry.
const (
	ProviderName      = "provider-metal-stack"
	ConfigurationName = "configuration-xcluster"
)

// Folders of the packages and their input, relative to the top of the project.
const (
	providerFolder      = "package/provider"
	providerMain        = "./cmd/provider"
	configurationFolder = "package/xcluster"
)

func providerExamples() []string {
	return []string{"examples/providerconfig", "examples/network", "examples/firewall"}
}

func configurationExamples() []string {
	return []string{"examples/xcluster", "examples/xfirewall", "examples/claim"}
}

// entrypoint is where a runtime image keeps its only file.
const entrypoint = "/usr/local/bin/"

// DefaultPlatforms are those a release of the provider supports.
func DefaultPlatforms() []v1.Platform {
	return []v1.Platform{
		{OS: "linux", Architecture: "amd64"},
		{OS: "linux", Architecture: "arm64"},
	}
}

// HostPlatform is linux on the architecture that this process runs on.
func HostPlatform() v1.Platform {
	return v1.Platform{OS: "linux", Architecture: runtime.GOARCH}
}

// ProviderOptions say what a provider package is made of.
type ProviderOptions struct {
	// Root is the top folder of the project, "." when empty.
	Root string

	// Version, such as v0.1.0, is compiled into the binary and written to the
	// image's labels.
	Version string

	// Platforms to build for. DefaultPlatforms when empty.
	Platforms []v1.Platform

	// Main is the Go package of the runtime binary, ./cmd/provider when empty.
	Main string

	// Package is the folder of crossplane.yaml and CRDs, package/provider when
	// empty. It is relative to Root unless absolute.
	Package string

	// Examples are folders of manifests shown by package browsers, relative to
	// Root unless absolute. Those of the project when nil.
	Examples []string

	// Binary is a file used as the runtime instead of building Main. It needs
	// exactly one platform.
	Binary string
}

// Provider builds the provider package: an index of one image per platform.
func Provider(ctx context.Context, o ProviderOptions) (v1.ImageIndex, error) {
	platforms := o.Platforms
	if len(platforms) == 0 {
		platforms = DefaultPlatforms()
	}
	if o.Binary != "" && len(platforms) != 1 {
		return nil, fmt.Errorf("cannot use one binary for %d platforms", len(platforms))
	}

	examples := o.Examples
	if examples == nil {
		examples = providerExamples()
	}
	contents, err := readPackage(o.Root, or(o.Package, providerFolder), examples)
	if err != nil {
		return nil, err
	}
	if err := contents.expect("Provider"); err != nil {
		return nil, err
	}

	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, p := range platforms {
		binary, err := o.binary(ctx, p)
		if err != nil {
			return nil, err
		}
		img, err := contents.image(&runtimeBinary{name: "provider", content: binary, platform: p}, o.Version)
		if err != nil {
			return nil, fmt.Errorf("cannot build package %s for %s: %w", contents.name, p, err)
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: img, Descriptor: v1.Descriptor{Platform: &p}})
	}
	return index, nil
}

// ProviderBinary builds what a provider package of this machine's platform runs.
// After such a package little is left to compile.
func ProviderBinary(ctx context.Context, root, version string) ([]byte, error) {
	return ProviderOptions{Root: root, Version: version}.binary(ctx, HostPlatform())
}

func (o ProviderOptions) binary(ctx context.Context, p v1.Platform) ([]byte, error) {
	if o.Binary != "" {
		return readBinary(o.Binary)
	}
	return build(ctx, or(o.Root, "."), or(o.Main, providerMain), o.Version, p)
}

// ConfigurationOptions say what a configuration package is made of.
type ConfigurationOptions struct {
	// Root is the top folder of the project, "." when empty.
	Root string

	// Version, such as v0.1.0, is written to the image's labels.
	Version string

	// Package is the folder of crossplane.yaml, XRDs and Compositions,
	// package/xcluster when empty. It is relative to Root unless absolute.
	Package string

	// Examples are folders of manifests shown by package browsers, relative to
	// Root unless absolute. Those of the project when nil.
	Examples []string
}

// Configuration builds the configuration package. It has no runtime, hence one
// image for all platforms.
func Configuration(_ context.Context, o ConfigurationOptions) (v1.Image, error) {
	examples := o.Examples
	if examples == nil {
		examples = configurationExamples()
	}
	contents, err := readPackage(o.Root, or(o.Package, configurationFolder), examples)
	if err != nil {
		return nil, err
	}
	if err := contents.expect("Configuration"); err != nil {
		return nil, err
	}
	return contents.image(nil, o.Version)
}

// FunctionOptions say what a function package is made of.
type FunctionOptions struct {
	// Package is the folder of crossplane.yaml and CRDs.
	Package string

	// Binary is the file of the function's static executable.
	Binary string

	// Version, such as v0.10.7, is written to the image's labels.
	Version string

	// Platform that the binary runs on. HostPlatform when nil.
	Platform *v1.Platform
}

// Function builds the package of a composition function from a folder, for
// example the package folder of the function's Go module, and a given binary.
func Function(_ context.Context, o FunctionOptions) (v1.Image, error) {
	contents, err := readPackage("", o.Package, nil)
	if err != nil {
		return nil, err
	}
	if err := contents.expect("Function"); err != nil {
		return nil, err
	}
	binary, err := readBinary(o.Binary)
	if err != nil {
		return nil, err
	}
	platform := HostPlatform()
	if o.Platform != nil {
		platform = *o.Platform
	}
	return contents.image(&runtimeBinary{name: "function", content: binary, platform: platform}, o.Version)
}

// or returns the value unless it is empty, then the default.
func or(value, byDefault string) string {
	if value == "" {
		return byDefault
	}
	return value
}

// under returns the path relative to the root, unless it is absolute.
func under(root, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(root, path)
}

// errNoMeta is returned for a folder whose crossplane.yaml is not the metadata
// of a package.
var errNoMeta = errors.New("crossplane.yaml must hold exactly one object of group meta.pkg.crossplane.io with a name")

// documents joins YAML files to one stream, each preceded by a separator.
func documents(files [][]byte) []byte {
	var out bytes.Buffer
	for _, f := range files {
		f = bytes.TrimSpace(f)
		f = bytes.TrimPrefix(f, []byte("---\n"))
		out.WriteString("---\n")
		out.Write(f)
		out.WriteString("\n")
	}
	return out.Bytes()
}
