package images

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// Push writes a package, an image or an index of images, to a registry under a
// reference such as 127.0.0.1:5000/org/name:v1.0.0 and returns its digest.
// Registries on loopback are spoken to in plain HTTP; credentials come from the
// user's container configuration.
func Push(ctx context.Context, ref string, pkg remote.Taggable) (v1.Hash, error) {
	r, err := name.ParseReference(ref)
	if err != nil {
		return v1.Hash{}, fmt.Errorf("cannot push to %s: %w", ref, err)
	}
	p, err := remote.NewPusher(remote.WithAuthFromKeychain(authn.DefaultKeychain))
	if err != nil {
		return v1.Hash{}, fmt.Errorf("cannot push to %s: %w", ref, err)
	}
	if err := p.Push(ctx, r, pkg); err != nil {
		return v1.Hash{}, fmt.Errorf("cannot push to %s: %w", ref, err)
	}
	d, err := remote.Head(r, remote.WithContext(ctx), remote.WithAuthFromKeychain(authn.DefaultKeychain))
	if err != nil {
		return v1.Hash{}, fmt.Errorf("cannot find what was pushed to %s: %w", ref, err)
	}
	return d.Digest, nil
}

// Pull returns the image of a package for a platform, layers not yet fetched.
func Pull(ctx context.Context, ref string, p v1.Platform) (v1.Image, error) {
	r, err := name.ParseReference(ref)
	if err != nil {
		return nil, fmt.Errorf("cannot pull %s: %w", ref, err)
	}
	img, err := remote.Image(r, remote.WithContext(ctx), remote.WithPlatform(p), remote.WithAuthFromKeychain(authn.DefaultKeychain))
	if err != nil {
		return nil, fmt.Errorf("cannot pull %s: %w", ref, err)
	}
	return img, nil
}

// ExtractEntrypoint writes the executable that an image's entrypoint names to a
// file, as a container runtime would run it.
func ExtractEntrypoint(img v1.Image, file string) error {
	config, err := img.ConfigFile()
	if err != nil {
		return fmt.Errorf("cannot read image configuration: %w", err)
	}
	if len(config.Config.Entrypoint) == 0 {
		return errors.New("cannot extract the entrypoint: the image has none")
	}
	want := strings.TrimPrefix(config.Config.Entrypoint[0], "/")

	files := mutate.Extract(img)
	defer func() { _ = files.Close() }()
	archive := tar.NewReader(files)
	for {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("cannot extract the entrypoint: the image has no file /%s", want)
		}
		if err != nil {
			return fmt.Errorf("cannot read image: %w", err)
		}
		if filepath.Clean(strings.TrimPrefix(h.Name, "/")) == want {
			return writeExecutable(file, archive)
		}
	}
}

func writeExecutable(file string, content io.Reader) error {
	f, err := os.OpenFile(filepath.Clean(file), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o755) //nolint:gosec // An executable.
	if err != nil {
		return fmt.Errorf("cannot write entrypoint: %w", err)
	}
	_, err = io.Copy(f, content)
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("cannot write entrypoint: %w", err)
	}
	return nil
}

// WriteFile writes one image as an .xpkg file, which `crossplane xpkg push`
// takes. An index is written image by image.
func WriteFile(file, ref string, img v1.Image) error {
	tag, err := name.NewTag(ref)
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", file, err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
		return fmt.Errorf("cannot write %s: %w", file, err)
	}
	if err := tarball.WriteToFile(file, tag, img); err != nil {
		return fmt.Errorf("cannot write %s: %w", file, err)
	}
	return nil
}
