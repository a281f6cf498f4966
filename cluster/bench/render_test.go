package bench

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func aReport() *Report {
	life := func(name string, n int, seconds float64) *Life {
		return &Life{
			Variant: name, Networks: n, Firewalls: n / 10, Create: Phase{Seconds: seconds}, Rest: Phase{Seconds: 60, RSS: 100, Requests: map[string]int{"findNetworks": 6}},
			Age: 10, Stale: 20, PhonedHome: Latency{P50: 1, P99: 3, Samples: n / 10}, Restart: 30, Delete: Phase{Seconds: 1, Peak: 200},
		}
	}
	return &Report{
		Machine: Machine{CPU: "A <fast> one", Cores: 2, Memory: 8, Go: "go1.26", OS: "linux/amd64"}, Date: "2026-01-01",
		Lives:  []*Life{life("ours", 100, 4), life(runtimeLimiter(10).name, 100, 40), life("ours", 1000, 50)},
		Floors: []*Floor{{Networks: 100, Create: 1, Delete: 1}, {Networks: 1000, Create: 10, Delete: 10}},
		Firsts: []*First{
			{Variant: "ours", Poll: time.Minute, Networks: 1000, New: Welcome{Reconciled: Latency{P50: 0.1, P99: 0.2, Samples: 3}}},
			{Variant: "ours", Poll: time.Minute, Networks: 10000, New: Welcome{Reconciled: Latency{Missing: 3}}},
		},
		Orange: []Interruption{{Run: 1, What: "create", Networks: 4000, Seconds: 100, CPUSeconds: 12, Orphans: 0}},
	}
}

func TestMarkdown(t *testing.T) {
	t.Parallel()
	got := aReport().markdown()
	for _, want := range []string{
		"A <fast> one, 2 cores, 8 GB",
		"**Goals and what was got**, 1000 networks and 100 firewalls",
		"| memory at rest | < 250 MB | 100 MB | met |",
		"| a firewall's Phoned Home to Ready | < 2 s | 1.0 / 3.0 s | missed |",
		"| creating all networks, of the sequential floor | < 3 × | 5.00 × (50.0 s of 10.0 s) | missed |",
		"|  | 100 networks | 1000 networks |",
		"|  | ours | crossplane-runtime's limiter, rate 10 |",
		"|  | poll | beside 1000 networks | beside 10000 networks |",
		"| ours | 1m0s | 0.10 / 0.20 s | none, 3 of 3 not within 2m0s |",
		"| 1 | create | 100 s | 12.0 | 0 |",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("want %q in:\n%s", want, got)
		}
	}
}

// The plot is an image that can be read, and all of its points are within.
func TestPlot(t *testing.T) {
	t.Parallel()
	for _, r := range []*Report{{}, aReport()} {
		d := xml.NewDecoder(strings.NewReader(r.svg()))
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
		}
	}
	for v, want := range map[float64]float64{0: 0, 1: 0, 10: 0.5, 100: 1, 1000: 1} {
		if got := (axis{from: 0, to: 2}).at(v); got != want {
			t.Errorf("axis from 1 to 100: %v is at %v, want %v", v, got, want)
		}
	}
}

func TestRender(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	o := Options{JSON: filepath.Join(dir, "figures.json"), Page: filepath.Join(dir, "page.md"), Plot: filepath.Join(dir, "plot.svg")}
	if err := os.WriteFile(o.Page, []byte("before\n"+begin+"old\n"+end+"after\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, l := range []*Life{{Variant: "ours", Networks: 1000}, {Variant: "ours", Networks: 100}, {Variant: "ours", Networks: 100, Restart: 1}} {
		if err := o.keep(func(r *Report) { r.Lives = put(r.Lives, l) }); err != nil {
			t.Fatal(err)
		}
	}
	r, err := Read(o.JSON)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]*Life{{Variant: "ours", Networks: 100, Restart: 1}, {Variant: "ours", Networks: 1000}}, r.Lives); diff != "" {
		t.Errorf("a figure replaces that of the same number: -want, +got:\n%s", diff)
	}
	page, err := os.ReadFile(o.Page)
	if err != nil {
		t.Fatal(err)
	}
	if text := string(page); !strings.HasPrefix(text, "before\n"+begin+"Measured") || !strings.HasSuffix(text, end+"after\n") || strings.Contains(text, "old") {
		t.Errorf("page:\n%s", text)
	}
	if _, err := between("no markers", "text"); err == nil {
		t.Error("a page without markers: got no error")
	}
}
