package demo

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func TestExamples(t *testing.T) {
	t.Parallel()
	const url = "http://127.0.0.1:1/metal"
	cases := map[string]struct {
		reason string
		first  string
		has    []string
	}{
		"providerconfig": {
			reason: "Namespaces come first, configurations name the demo's metal-api.",
			first:  "namespace metal-stack",
			has:    []string{"clusterproviderconfig default", "secret metal-stack/metal-api"},
		},
		"cluster": {reason: "The story's XCluster.", first: "xcluster default/whole"},
		"claim":   {reason: "The story's claim.", first: "xclusterclaim default/x-claimed"},
	}
	for folder, tc := range cases {
		t.Run(folder, func(t *testing.T) {
			t.Parallel()
			objects, err := examples(folder, url)
			if err != nil {
				t.Fatal(err)
			}
			titles := map[string]bool{}
			for _, o := range objects {
				titles[title(o)] = true
				if got, ok, _ := unstructured.NestedString(o.Object, "spec", "url"); ok && got != url {
					t.Errorf("\n%s\n%s has the URL %s, want %s", tc.reason, title(o), got, url)
				}
			}
			if diff := cmp.Diff(tc.first, title(objects[0])); diff != "" {
				t.Errorf("\n%s\nfirst: -want, +got:\n%s", tc.reason, diff)
			}
			for _, want := range tc.has {
				if !titles[want] {
					t.Errorf("\n%s\nwant %s among %v", tc.reason, want, titles)
				}
			}
		})
	}
	if _, err := examples("none", url); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a folder that is not there: got %v, want an error", err)
	}
}

func TestLock(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new", "demo")
	if err := end(t.Context(), dir, io.Discard); !errors.Is(err, errNothingRuns) {
		t.Errorf("end without a demo: got %v, want errNothingRuns", err)
	}
	unlock, err := lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lock(dir); err == nil {
		t.Error("a second demo in one directory: want an error")
	}
	unlock()
	again, err := lock(dir)
	if err != nil {
		t.Fatalf("after the first has ended: %v", err)
	}
	again()
}

// What a user has in a directory is not the demo's to remove.
func TestDownLeavesForeignDirectories(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	precious := filepath.Join(dir, "go.mod")
	if err := os.WriteFile(precious, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Down(t.Context(), dir, io.Discard); err == nil {
		t.Error("Down of a directory that is not a demo's: want an error")
	}
	if err := Once(t.Context(), "", io.Discard); err == nil {
		t.Error("Once without a directory: want an error")
	}
	if _, err := os.Stat(precious); err != nil {
		t.Error(err)
	}
}

func TestDownWithoutDemo(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := Down(t.Context(), filepath.Join(t.TempDir(), "demo"), &out); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "no demo runs") {
		t.Errorf("got %q, want it to say that nothing runs", out.String())
	}
}

type closer struct {
	bytes.Buffer

	closed bool
}

func (c *closer) Close() error {
	c.closed = true
	return nil
}

func TestSink(t *testing.T) {
	t.Parallel()
	caller := &closer{}
	s := &sink{caller: caller}
	_, _ = io.WriteString(s, "story")
	s.detach()
	_, _ = io.WriteString(s, "after")
	s.detach()
	if diff := cmp.Diff("story", caller.String()); diff != "" || !caller.closed {
		t.Errorf("closed: %t, written: -want, +got:\n%s", caller.closed, diff)
	}
}
