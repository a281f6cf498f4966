package images

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// runtimeBinary is the static executable that a package runs.
type runtimeBinary struct {
	name     string
	content  []byte
	platform v1.Platform
}

// path of the binary in its image.
func (b *runtimeBinary) path() string {
	return entrypoint + b.name
}

func readBinary(path string) ([]byte, error) {
	content, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		return nil, fmt.Errorf("cannot read runtime binary: %w", err)
	}
	return content, nil
}

// build compiles a static binary. The flags keep paths, version control state
// and the features of the building host out of it.
func build(ctx context.Context, root, main, version string, p v1.Platform) ([]byte, error) {
	dir, err := os.MkdirTemp("", "xpkg-")
	if err != nil {
		return nil, fmt.Errorf("cannot build %s: %w", main, err)
	}
	defer func() { _ = os.RemoveAll(dir) }()

	out := filepath.Join(dir, "binary")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false",
		"-ldflags", "-s -w -X main.version="+version, "-o", out, main)
	cmd.Dir = root
	cmd.Env = append(os.Environ(),
		"CGO_ENABLED=0", "GOOS="+p.OS, "GOARCH="+p.Architecture, "GOAMD64=v1", "GOARM64=v8.0")
	var messages bytes.Buffer
	cmd.Stdout, cmd.Stderr = &messages, &messages
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("cannot build %s for %s: %w\n%s", main, p, err, messages.Bytes())
	}
	return readBinary(out)
}

// layer holds one file, owned by root and of no time.
func layer(name string, content []byte, mode int64) (v1.Layer, error) {
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	if err := w.WriteHeader(&tar.Header{Name: name, Mode: mode, Size: int64(len(content)), Typeflag: tar.TypeReg}); err != nil {
		return nil, fmt.Errorf("cannot archive %s: %w", name, err)
	}
	if _, err := w.Write(content); err != nil {
		return nil, fmt.Errorf("cannot archive %s: %w", name, err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("cannot archive %s: %w", name, err)
	}
	l, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(archive.Bytes())), nil
	}, tarball.WithCompressedCaching)
	if err != nil {
		return nil, fmt.Errorf("cannot make a layer of %s: %w", name, err)
	}
	return l, nil
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
