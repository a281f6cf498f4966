package images

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
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
	//nolint:gosec // The arguments are those of a developer's build.
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
