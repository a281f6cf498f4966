package images

import (
	"archive/tar"
	"debug/elf"
	"errors"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// project is a small module with a provider package.
var project = map[string]string{
	"go.mod":                           "module example.org/tiny\n\ngo 1.26\n",
	"cmd/provider/main.go":             "package main\n\nvar version string\n\nfunc main() { println(version) }\n",
	"package/provider/crossplane.yaml": "apiVersion: meta.pkg.crossplane.io/v1\nkind: Provider\nmetadata:\n  name: tiny\n  annotations:\n    meta.crossplane.io/license: Apache-2.0\n",
	"package/provider/crds/b.yaml":     "---\nkind: B\n",
	"package/provider/crds/a.yaml":     "kind: A\n\n",
	"package/provider/crds/notes.md":   "Not a manifest.\n",
	"examples/tiny/one.yaml":           "kind: One\n",
	"package/xcluster/crossplane.yaml": "apiVersion: meta.pkg.crossplane.io/v1\nkind: Configuration\nmetadata:\n  name: wired\n",
	"package/xcluster/xrds/x.yaml":     "kind: X\n",
	"package/fn/crossplane.yaml":       "apiVersion: meta.pkg.crossplane.io/v1beta1\nkind: Function\nmetadata:\n  name: fn\n",
	"package/broken/crossplane.yaml":   "apiVersion: v1\nkind: Provider\nmetadata:\n  name: broken\n",
}

// tiny writes the project to a new folder and returns it.
func tiny(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for file, content := range project {
		file = filepath.Join(root, file)
		if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestProvider(t *testing.T) {
	t.Parallel()

	// Two checkouts in different folders at different times.
	first, err := Provider(t.Context(), RuntimeOptions{Root: tiny(t), Version: "v1.2.3", Examples: []string{"examples/tiny"}})
	if err != nil {
		t.Fatal(err)
	}
	second, err := Provider(t.Context(), RuntimeOptions{Root: tiny(t), Version: "v1.2.3", Examples: []string{"examples/tiny"}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(digest(t, first), digest(t, second)); diff != "" {
		t.Errorf("Provider(...): two builds of the same sources differ (-first, +second):\n%s", diff)
	}

	address, stop, err := Serve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	ref := address + "/org/tiny:v1.2.3"
	pushed, err := Push(t.Context(), ref, first)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(digest(t, first), pushed); diff != "" {
		t.Errorf("Push(...): -built, +pushed:\n%s", diff)
	}

	for _, p := range DefaultPlatforms() {
		t.Run(p.Architecture, func(t *testing.T) {
			img, err := Pull(t.Context(), ref, p)
			if err != nil {
				t.Fatal(err)
			}
			checkRuntime(t, img, p)
			checkLayers(t, img)
		})
	}
}

func checkRuntime(t *testing.T, img v1.Image, p v1.Platform) {
	t.Helper()
	config, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	want := v1.Config{User: "65532", Entrypoint: []string{"/usr/local/bin/provider"}}
	if diff := cmp.Diff(want, v1.Config{User: config.Config.User, Entrypoint: config.Config.Entrypoint}); diff != "" {
		t.Errorf("image configuration: -want, +got:\n%s", diff)
	}
	if diff := cmp.Diff(p, *config.Platform()); diff != "" {
		t.Errorf("platform: -want, +got:\n%s", diff)
	}

	file := filepath.Join(t.TempDir(), "provider")
	if err := ExtractEntrypoint(img, file); err != nil {
		t.Fatal(err)
	}
	binary, err := elf.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = binary.Close() }()
	machine := map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}[p.Architecture]
	if diff := cmp.Diff(machine, binary.Machine); diff != "" {
		t.Errorf("binary's machine: -want, +got:\n%s", diff)
	}
	for _, s := range binary.Progs {
		if s.Type == elf.PT_INTERP {
			t.Error("binary is linked dynamically: nothing on an empty base could load it")
		}
	}

	if runtime.GOOS == p.OS && runtime.GOARCH == p.Architecture {
		out, err := exec.CommandContext(t.Context(), file).CombinedOutput()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff("v1.2.3", strings.TrimSpace(string(out))); diff != "" {
			t.Errorf("version compiled into the binary: -want, +got:\n%s", diff)
		}
	}
}

func checkLayers(t *testing.T, img v1.Image) {
	t.Helper()
	got := map[string]string{}
	manifest, err := img.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	config, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range manifest.Layers {
		value := l.Annotations["io.crossplane.xpkg"]
		if value == "" {
			continue
		}
		if diff := cmp.Diff(value, config.Config.Labels["io.crossplane.xpkg:"+l.Digest.String()]); diff != "" {
			t.Errorf("label of layer: -annotation, +label:\n%s", diff)
		}
		maps.Copy(got, files(t, img, l.Digest))
	}
	want := map[string]string{
		"package.yaml":      "---\n" + strings.TrimSpace(project["package/provider/crossplane.yaml"]) + "\n---\nkind: A\n---\nkind: B\n",
		".up/examples.yaml": "---\nkind: One\n",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("annotated layers: -want, +got:\n%s", diff)
	}
}

func TestConfiguration(t *testing.T) {
	t.Parallel()
	img, err := Configuration(t.Context(), ConfigurationOptions{Root: tiny(t), Version: "v1", Examples: []string{"examples/tiny"}})
	if err != nil {
		t.Fatal(err)
	}
	want := "---\n" + strings.TrimSpace(project["package/xcluster/crossplane.yaml"]) + "\n---\nkind: X\n"
	if diff := cmp.Diff(want, stream(t, img)); diff != "" {
		t.Errorf("package.yaml: -want, +got:\n%s", diff)
	}
	file := filepath.Join(t.TempDir(), "deeper", "wired.xpkg")
	if err := WriteFile(file, "example.org/wired:v1", img); err != nil {
		t.Error(err)
	}
}

func TestFunction(t *testing.T) {
	t.Parallel()
	root := tiny(t)
	binary := filepath.Join(root, "function")
	if err := os.WriteFile(binary, []byte("not run here"), 0o600); err != nil {
		t.Fatal(err)
	}
	index, err := Function(t.Context(), RuntimeOptions{Package: filepath.Join(root, "package/fn"), Binary: binary, Platforms: []v1.Platform{HostPlatform()}})
	if err != nil {
		t.Fatal(err)
	}
	img := only(t, index)
	file := filepath.Join(root, "extracted")
	if err := ExtractEntrypoint(img, file); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("not run here", string(got)); diff != "" {
		t.Errorf("entrypoint: -want, +got:\n%s", diff)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	root := tiny(t)
	cases := map[string]struct {
		reason string
		o      RuntimeOptions
		want   string
	}{
		"WrongKind": {
			reason: "A configuration has no runtime: it must not become a provider.",
			o:      RuntimeOptions{Package: "package/xcluster"},
			want:   "it is a Configuration, not a Provider",
		},
		"NoMeta": {
			reason: "A provider of another group is not the metadata of a package.",
			o:      RuntimeOptions{Package: "package/broken"},
			want:   errNoMeta.Error(),
		},
		"NoPackage": {
			reason: "A folder that does not exist is named.",
			o:      RuntimeOptions{Package: "package/absent"},
			want:   "package/absent/crossplane.yaml",
		},
		"NoExamples": {
			reason: "Examples that were asked for must exist.",
			o:      RuntimeOptions{Examples: []string{"examples/absent"}},
			want:   "cannot read examples",
		},
		"NotCompiling": {
			reason: "The compiler's message tells what to mend.",
			o:      RuntimeOptions{Main: "./cmd/absent"},
			want:   "cmd/absent",
		},
		"OneBinaryForTwoPlatforms": {
			reason: "A binary runs on one platform.",
			o:      RuntimeOptions{Binary: "provider"},
			want:   "one binary for 2 platforms",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tc.o.Root = root
			if tc.o.Examples == nil {
				tc.o.Examples = []string{}
			}
			_, err := Provider(t.Context(), tc.o)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%s\nProvider(...): want an error with %q, got %v", tc.reason, tc.want, err)
			}
		})
	}
}

func digest(t *testing.T, d interface{ Digest() (v1.Hash, error) }) v1.Hash {
	t.Helper()
	h, err := d.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// stream returns the package.yaml of a package.
func stream(t *testing.T, img v1.Image) string {
	t.Helper()
	manifest, err := img.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(manifest.Layers, func(l v1.Descriptor) bool { return l.Annotations["io.crossplane.xpkg"] == "base" })
	if i < 0 {
		t.Fatal("no layer is annotated as the base of a package")
	}
	return files(t, img, manifest.Layers[i].Digest)["package.yaml"]
}

// files returns what a layer holds, by name.
func files(t *testing.T, img v1.Image, layer v1.Hash) map[string]string {
	t.Helper()
	l, err := img.LayerByDigest(layer)
	if err != nil {
		t.Fatal(err)
	}
	rc, err := l.Uncompressed()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rc.Close() }()
	found := map[string]string{}
	for archive := tar.NewReader(rc); ; {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		found[h.Name] = string(content)
	}
}
