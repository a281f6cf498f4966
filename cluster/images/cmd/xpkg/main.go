// Command xpkg builds the project's packages, pushes them to a registry, writes
// them as .xpkg files and prints a line per package and platform with the size
// of a download and the digest that the registry knows it by.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"text/tabwriter"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/crossplane-contrib/provider-metal-stack/cluster/images"
)

func main() {
	version := flag.String("version", "v0.0.0-dev", "version of the packages, and their tag")
	output := flag.String("output", "_output/xpkg", "folder for .xpkg files; none are written when empty")
	repository := flag.String("registry", "", "registry and organisation to push to, such as xpkg.example.org/acme; one on loopback that ends with this command when empty")
	platforms := flag.String("platforms", "linux/amd64,linux/arm64", "platforms of the provider and the function")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, *version, *output, *repository, *platforms); err != nil {
		fmt.Fprintln(os.Stderr, "xpkg:", err)
		stop()
		os.Exit(1) //nolint:gocritic // What is deferred was just done.
	}
}

func run(ctx context.Context, out io.Writer, version, output, repository, platforms string) error {
	if repository == "" {
		address, stop, err := images.Serve(ctx)
		if err != nil {
			return err
		}
		defer stop()
		repository = address + "/local"
	}
	wanted, err := parsePlatforms(platforms)
	if err != nil {
		return err
	}
	r := &release{version: version, output: output, repository: repository, table: tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)}
	if err := r.program(ctx, images.ProviderName, images.Provider, wanted); err != nil {
		return err
	}
	if err := r.program(ctx, images.FunctionName, images.Function, wanted); err != nil {
		return err
	}
	if err := r.configuration(ctx); err != nil {
		return err
	}
	if err := r.table.Flush(); err != nil {
		return fmt.Errorf("cannot print packages: %w", err)
	}
	return nil
}

func parsePlatforms(list string) ([]v1.Platform, error) {
	var platforms []v1.Platform
	for s := range strings.SplitSeq(list, ",") {
		p, err := v1.ParsePlatform(strings.TrimSpace(s))
		if err != nil {
			return nil, fmt.Errorf("cannot use platform %q: %w", s, err)
		}
		platforms = append(platforms, *p)
	}
	return platforms, nil
}

// release is one version of all packages on its way to a registry.
type release struct {
	version, output, repository string
	table                       *tabwriter.Writer
}

func (r *release) ref(pkg string) string {
	return r.repository + "/" + pkg + ":" + r.version
}

// program is a package that runs one, for each platform.
func (r *release) program(ctx context.Context, name string, build func(context.Context, images.RuntimeOptions) (v1.ImageIndex, error), platforms []v1.Platform) error {
	index, err := build(ctx, images.RuntimeOptions{Version: r.version, Platforms: platforms})
	if err != nil {
		return err
	}
	digest, err := images.Push(ctx, r.ref(name), index)
	if err != nil {
		return err
	}
	for _, p := range platforms {
		img, err := images.Pull(ctx, r.ref(name), p)
		if err != nil {
			return err
		}
		if err := r.line(name, p.String(), img); err != nil {
			return err
		}
	}
	return r.row(name, "index", "", digest)
}

func (r *release) configuration(ctx context.Context) error {
	img, err := images.Configuration(ctx, images.ConfigurationOptions{Version: r.version})
	if err != nil {
		return err
	}
	if _, err := images.Push(ctx, r.ref(images.ConfigurationName), img); err != nil {
		return err
	}
	pulled, err := images.Pull(ctx, r.ref(images.ConfigurationName), images.HostPlatform())
	if err != nil {
		return err
	}
	return r.line(images.ConfigurationName, "any", pulled)
}

// line prints what the registry serves for a platform, and writes it to a file.
func (r *release) line(pkg, platform string, img v1.Image) error {
	if r.output != "" {
		file := fmt.Sprintf("%s-%s-%s.xpkg", pkg, r.version, strings.ReplaceAll(platform, "/", "-"))
		if err := images.WriteFile(filepath.Join(r.output, file), r.ref(pkg), img); err != nil {
			return err
		}
	}
	manifest, err := img.Manifest()
	if err != nil {
		return fmt.Errorf("cannot read manifest of %s: %w", pkg, err)
	}
	size := manifest.Config.Size
	for _, l := range manifest.Layers {
		size += l.Size
	}
	digest, err := img.Digest()
	if err != nil {
		return fmt.Errorf("cannot digest %s: %w", pkg, err)
	}
	return r.row(pkg, platform, humanSize(size), digest)
}

func (r *release) row(pkg, platform, size string, digest v1.Hash) error {
	_, err := fmt.Fprintf(r.table, "%s\t%s\t%s\t%s\n", pkg, platform, size, digest)
	return err
}

// humanSize in KiB or MiB.
func humanSize(bytes int64) string {
	if bytes < 1<<20 {
		return fmt.Sprintf("%.1f KiB", float64(bytes)/(1<<10))
	}
	return fmt.Sprintf("%.1f MiB", float64(bytes)/(1<<20))
}
