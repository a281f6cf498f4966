package images

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// What Crossplane expects of a package image: names of files, and the
// annotation on the layers that hold them.
const (
	metaFile     = "crossplane.yaml"
	streamFile   = "package.yaml"
	examplesFile = ".up/examples.yaml"

	layerAnnotation = "io.crossplane.xpkg"
	layerBase       = "base"
	layerExamples   = "upbound"
)

// user of the runtime, unless the cluster chooses another: any may execute it.
const user = "65532"

// contents of a package that are the same for every platform.
type contents struct {
	name        string
	kind        string
	annotations map[string]string
	stream      []byte
	examples    []byte
}

// readPackage reads the folder of a package, and those of its examples.
func readPackage(root, folder string, examples []string) (*contents, error) {
	folder = under(root, folder)
	meta, err := os.ReadFile(filepath.Join(folder, metaFile))
	if err != nil {
		return nil, fmt.Errorf("cannot read package: %w", err)
	}
	c, err := parseMeta(meta)
	if err != nil {
		return nil, fmt.Errorf("cannot read package %s: %w", folder, err)
	}

	objects, err := manifests(folder)
	if err != nil {
		return nil, fmt.Errorf("cannot read package %s: %w", folder, err)
	}
	c.stream = documents(append([][]byte{meta}, objects...))

	for _, e := range examples {
		shown, err := manifests(under(root, e))
		if err != nil {
			return nil, fmt.Errorf("cannot read examples of package %s: %w", folder, err)
		}
		c.examples = append(c.examples, documents(shown)...)
	}
	return c, nil
}

func parseMeta(file []byte) (*contents, error) {
	m := &metav1.PartialObjectMetadata{}
	if err := yaml.Unmarshal(file, m); err != nil {
		return nil, errors.Join(errNoMeta, err)
	}
	if m.GroupVersionKind().Group != "meta.pkg.crossplane.io" || m.GetName() == "" {
		return nil, errNoMeta
	}
	return &contents{name: m.GetName(), kind: m.Kind, annotations: m.GetAnnotations()}, nil
}

// manifests returns the YAML files below a folder, save its crossplane.yaml, in
// the order of their paths.
func manifests(folder string) ([][]byte, error) {
	var files [][]byte
	in := os.DirFS(folder)
	err := fs.WalkDir(in, ".", func(path string, d fs.DirEntry, err error) error {
		ext := filepath.Ext(path)
		if err != nil || d.IsDir() || ext != ".yaml" && ext != ".yml" || path == metaFile {
			return err
		}
		content, err := fs.ReadFile(in, path)
		files = append(files, content)
		return err
	})
	return files, err
}

// expect refuses a package of another kind.
func (c *contents) expect(kind string) error {
	if c.kind != kind {
		return fmt.Errorf("cannot use package %s: it is a %s, not a %s", c.name, c.kind, kind)
	}
	return nil
}

// image puts the contents around a runtime binary, or on nothing when it is nil.
func (c *contents) image(run *runtimeBinary, version string) (v1.Image, error) {
	config := &v1.ConfigFile{
		RootFS: v1.RootFS{Type: "layers"},
		Config: v1.Config{Labels: c.labels(version)},
	}
	var layers []mutate.Addendum
	if run != nil {
		config.OS, config.Architecture, config.Variant = run.platform.OS, run.platform.Architecture, run.platform.Variant
		config.Config.User = user
		config.Config.Entrypoint = []string{run.path()}
		l, err := layer(strings.TrimPrefix(run.path(), "/"), run.content, 0o755)
		if err != nil {
			return nil, err
		}
		layers = append(layers, mutate.Addendum{Layer: l})
	}

	annotated := func(file, value string, content []byte) error {
		l, err := layer(file, content, 0o644)
		if err != nil {
			return err
		}
		digest, err := l.Digest()
		if err != nil {
			return fmt.Errorf("cannot digest %s: %w", file, err)
		}
		// The label carries the annotation through formats without annotations,
		// such as the tarball of an .xpkg file.
		config.Config.Labels[layerAnnotation+":"+digest.String()] = value
		layers = append(layers, mutate.Addendum{Layer: l, Annotations: map[string]string{layerAnnotation: value}})
		return nil
	}
	if err := annotated(streamFile, layerBase, c.stream); err != nil {
		return nil, err
	}
	if len(c.examples) > 0 {
		if err := annotated(examplesFile, layerExamples, c.examples); err != nil {
			return nil, err
		}
	}

	img, err := mutate.ConfigFile(empty.Image, config)
	if err != nil {
		return nil, fmt.Errorf("cannot configure image: %w", err)
	}
	img, err = mutate.Append(img, layers...)
	if err != nil {
		return nil, fmt.Errorf("cannot append layers: %w", err)
	}
	return img, nil
}

// labels tell where an image comes from.
func (c *contents) labels(version string) map[string]string {
	labels := map[string]string{"org.opencontainers.image.title": c.name}
	for label, value := range map[string]string{
		"org.opencontainers.image.version":     version,
		"org.opencontainers.image.source":      c.annotations["meta.crossplane.io/source"],
		"org.opencontainers.image.licenses":    c.annotations["meta.crossplane.io/license"],
		"org.opencontainers.image.description": c.annotations["meta.crossplane.io/description"],
	} {
		if value != "" {
			labels[label] = value
		}
	}
	return labels
}
