package toolchain

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/modfile"
)

// A recipe's version is what its module requires: the two are written down in
// different files.
func TestPrograms(t *testing.T) {
	t.Parallel()
	keys := map[string]string{}
	for _, r := range append(slices.Clone(programs), patchAndTransform) {
		if other, ok := keys[r.key()]; ok {
			t.Errorf("%s and %s share the key %s", r.name, other, r.key())
		}
		keys[r.key()] = r.name

		b, err := modules.ReadFile("modules/" + r.module + ".mod")
		if err != nil {
			t.Errorf("%s: %v", r.name, err)
			continue
		}
		mod, err := modfile.Parse(r.module+".mod", b, nil)
		if err != nil {
			t.Errorf("%s: %v", r.name, err)
			continue
		}
		found := ""
		for _, req := range mod.Require {
			if r.pkg == req.Mod.Path || strings.HasPrefix(r.pkg, req.Mod.Path+"/") {
				found = req.Mod.Version
			}
		}
		if found != r.version {
			t.Errorf("%s: modules/%s.mod requires %q, the recipe says %q", r.name, r.module, found, r.version)
		}
	}
}

// What is left is told in minutes, at the pace of what was built so far.
func TestProgress(t *testing.T) {
	t.Parallel()
	now := time.Unix(1000, 0)
	said := &bytes.Buffer{}
	p := newProgress(said, []recipe{
		{name: "a", version: "v1", cost: 60}, {name: "b", version: "v2", cost: 120}, {name: "c", version: "v3", cost: 60},
	})
	p.now, p.begun = func() time.Time { return now }, now
	takes := func(d time.Duration) func() error {
		return func() error { now = now.Add(d); return nil }
	}
	for i, d := range []time.Duration{2 * time.Minute, 4 * time.Minute, time.Minute} {
		if err := p.during(p.todo[i], takes(d)); err != nil {
			t.Fatal(err)
		}
	}
	want := `[1/3] a v1: building, about 4 min left
[1/3] a v1: built in 2m0s
[2/3] b v2: building, about 6 min left
[2/3] b v2: built in 4m0s
[3/3] c v3: building, about 2 min left
[3/3] c v3: built in 1m0s
`
	if said.String() != want {
		t.Errorf("want\n%s\ngot\n%s", want, said)
	}
	p.done = 1
	now = p.begun.Add(5 * time.Minute)
	if got := p.left(3 * time.Minute); got != 3*time.Minute {
		t.Errorf("want one minute of b and two of c, got %s", got)
	}
}

func TestKey(t *testing.T) {
	t.Parallel()
	base := programs[0]
	cases := map[string]struct {
		reason string
		change func(*recipe)
	}{
		"Flags":  {reason: "Other flags link another program.", change: func(r *recipe) { r.ldflags = "-X a.b=c" }},
		"Module": {reason: "Other dependencies make another program.", change: func(r *recipe) { r.module = "function" }},
		"Folder": {reason: "Another folder makes another result.", change: func(r *recipe) { r.folder = "crds" }},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed := base
			tc.change(&changed)
			if changed.key() == base.key() {
				t.Errorf("\n%s\nthe key stayed %s", tc.reason, base.key())
			}
		})
	}
}

func TestAssets(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for _, r := range programs {
		if !r.assets {
			continue
		}
		if err := os.Mkdir(filepath.Join(root, r.key()), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, r.key(), r.name), []byte(r.name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // It can be repeated.
		dir, err := assets(t.Context(), io.Discard, root)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"etcd", "kube-apiserver"} {
			if got, err := os.ReadFile(filepath.Join(dir, want)); err != nil || string(got) != want {
				t.Errorf("%s: got %q, %v", want, got, err)
			}
		}
	}
}

func TestGivenAssets(t *testing.T) {
	t.Parallel()
	assets, root := t.TempDir(), t.TempDir()
	if _, err := ensure(t.Context(), io.Discard, root, assets); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an asset folder without programs: got %v, want what is missing", err)
	}

	for _, r := range programs {
		dir := filepath.Join(root, r.key())
		if r.assets {
			dir = assets
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, r.name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := ensure(t.Context(), io.Discard, root, assets)
	if err != nil {
		t.Fatal(err)
	}
	for want, got := range map[string]string{
		filepath.Join(assets, "etcd"):                                     got.Etcd,
		filepath.Join(assets, "kube-apiserver"):                           got.APIServer,
		filepath.Join(root, programs[2].key(), "kube-controller-manager"): got.ControllerManager,
		filepath.Join(root, programs[3].key(), "crds"):                    got.CRDs,
		filepath.Join(root, programs[4].key(), "crossplane-cli"):          got.CLI,
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestLock(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")
	unlock, err := lock(t.Context(), io.Discard, path)
	if err != nil {
		t.Fatal(err)
	}

	told := &bytes.Buffer{}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := lock(ctx, told, path); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a second lock: got %v, want to wait", err)
	}
	if !strings.Contains(told.String(), "waiting") {
		t.Errorf("a second lock said %q, want that it waits", told)
	}

	unlock()
	again, err := lock(t.Context(), io.Discard, path)
	if err != nil {
		t.Fatalf("a lock that was given back: %v", err)
	}
	again()
}
