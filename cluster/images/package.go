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
	FunctionName      = "function-xcluster"
	ConfigurationName = "configuration-xcluster"
)

// Folders of the packages and their input, relative to the top of the project.
const (
	providerFolder      = "package/provider"
	providerMain        = "./cmd/provider"
	functionFolder      = "package/function"
	functionMain        = "./cmd/function"
	configurationFolder = "package/xcluster"
)

func providerExamples() []string {
	return []string{"examples/providerconfig", "examples/network", "examples/firewall"}
}

func configurationExamples() []string {
	return []string{"examples/xcluster", "examples/cluster", "examples/existing-network", "examples/bring-in", "examples/xfirewall", "examples/claim"}
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

// RuntimeOptions say what a package that runs a program is made of.
type RuntimeOptions struct {
	// Root is the top folder of the project, "." when empty.
	Root string

	// Version, such as v0.1.0, is compiled into the binary and written to the
	// image's labels.
	Version string

	// Platforms to build for. DefaultPlatforms when empty.
	Platforms []v1.Platform

	// Main is the Go package of the program, the project's own when empty.
	Main string

	// Package is the folder of crossplane.yaml and CRDs, the project's own when
	// empty. It is relative to Root unless absolute.
	Package string

	// Examples are folders of manifests shown by package browsers, relative to
	// Root unless absolute. Those of the project when nil.
	Examples []string

	// Binary is a file used as the program instead of building Main. It needs
	// exactly one platform.
	Binary string
}

// Provider builds the provider package: an index of one image per platform.
func Provider(ctx context.Context, o RuntimeOptions) (v1.ImageIndex, error) {
	if o.Examples == nil {
		o.Examples = providerExamples()
	}
	return o.of(providerFolder, providerMain).index(ctx, "Provider", "provider")
}

// Function builds the package of the composition function: an index of one image
// per platform.
func Function(ctx context.Context, o RuntimeOptions) (v1.ImageIndex, error) {
	return o.of(functionFolder, functionMain).index(ctx, "Function", "function")
}

// ProviderBinary builds what a provider package of this machine's platform runs.
// After such a package little is left to compile.
func ProviderBinary(ctx context.Context, root, version string) ([]byte, error) {
	return RuntimeOptions{Root: root, Version: version}.of(providerFolder, providerMain).binary(ctx, HostPlatform())
}

// of a folder and a Go package, where no others are given.
func (o RuntimeOptions) of(folder, program string) RuntimeOptions {
	o.Package, o.Main = or(o.Package, folder), or(o.Main, program)
	if len(o.Platforms) == 0 {
		o.Platforms = DefaultPlatforms()
	}
	return o
}

// index of one image per platform.
func (o RuntimeOptions) index(ctx context.Context, kind, program string) (v1.ImageIndex, error) {
	if o.Binary != "" && len(o.Platforms) != 1 {
		return nil, fmt.Errorf("cannot use one binary for %d platforms", len(o.Platforms))
	}
	contents, err := readPackage(o.Root, o.Package, o.Examples)
	if err != nil {
		return nil, err
	}
	if err := contents.expect(kind); err != nil {
		return nil, err
	}
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, p := range o.Platforms {
		binary, err := o.binary(ctx, p)
		if err != nil {
			return nil, err
		}
		img, err := contents.image(&runtimeBinary{name: program, content: binary, platform: p}, o.Version)
		if err != nil {
			return nil, fmt.Errorf("cannot build package %s for %s: %w", contents.name, p, err)
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: img, Descriptor: v1.Descriptor{Platform: &p}})
	}
	return index, nil
}

func (o RuntimeOptions) binary(ctx context.Context, p v1.Platform) ([]byte, error) {
	if o.Binary != "" {
		return readBinary(o.Binary)
	}
	return build(ctx, or(o.Root, "."), o.Main, o.Version, p)
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
