package images

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
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

// Serve starts a registry in memory on a free port of loopback and returns its
// address, such as 127.0.0.1:41234, and a function that ends it.
func Serve(ctx context.Context) (address string, stop func(), err error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("cannot serve a registry: %w", err)
	}
	srv := &http.Server{
		Handler:           registry.New(registry.Logger(log.New(io.Discard, "", 0))),
		ReadHeaderTimeout: time.Minute,
	}
	go func() { _ = srv.Serve(l) }()
	return l.Addr().String(), func() { _ = srv.Close() }, nil
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
