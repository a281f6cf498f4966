package statedir

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// prepare returns the path of a directory with the given files, of no
// directory where files is nil.
func prepare(t *testing.T, files []string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "state")
	if files == nil {
		return dir
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(dir, f), []byte("precious"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func list(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestMake(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason string
		files  []string
		want   []string
		err    error
	}{
		"New":     {reason: "A directory that does not exist is made.", want: []string{marker}},
		"Empty":   {reason: "An empty directory may be taken.", files: []string{}, want: []string{marker}},
		"Ours":    {reason: "One of ours is emptied.", files: []string{marker, "etcd"}, want: []string{marker}},
		"Foreign": {reason: "Anything else is left alone.", files: []string{"go.mod", "main.go"}, want: []string{"go.mod", "main.go"}, err: ErrNotOurs},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := prepare(t, tc.files)
			_, err := Make(dir)
			if diff := cmp.Diff(tc.err, err, cmpopts.EquateErrors()); diff != "" {
				t.Errorf("\n%s\nMake: -want error, +got:\n%s", tc.reason, diff)
			}
			if diff := cmp.Diff(tc.want, list(t, dir)); diff != "" {
				t.Errorf("\n%s\nfiles: -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestRemove(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason string
		files  []string
		want   []string
		err    error
	}{
		"None":    {reason: "A directory that does not exist is gone already."},
		"Ours":    {reason: "One of ours is removed.", files: []string{marker, "etcd"}},
		"Foreign": {reason: "Anything else is left alone.", files: []string{"go.mod"}, want: []string{"go.mod"}, err: ErrNotOurs},
		"Empty":   {reason: "Without a mark even an empty directory is somebody's.", files: []string{}, want: []string{}, err: ErrNotOurs},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := prepare(t, tc.files)
			if diff := cmp.Diff(tc.err, Remove(dir), cmpopts.EquateErrors()); diff != "" {
				t.Errorf("\n%s\nRemove: -want error, +got:\n%s", tc.reason, diff)
			}
			if diff := cmp.Diff(tc.want, list(t, dir)); diff != "" {
				t.Errorf("\n%s\nfiles: -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// An empty name would be the current directory: here a checkout.
func TestEmptyName(t *testing.T) {
	dir := prepare(t, []string{marker, "go.mod"})
	t.Chdir(dir)
	if _, err := Make(""); err == nil {
		t.Error("Make: want an error for an empty name")
	}
	if err := Remove(""); err == nil {
		t.Error("Remove: want an error for an empty name")
	}
	if diff := cmp.Diff([]string{marker, "go.mod"}, list(t, dir)); diff != "" {
		t.Errorf("files: -want, +got:\n%s", diff)
	}
}
