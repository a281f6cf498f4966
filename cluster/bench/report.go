package bench

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

// A Report is all figures, of one run or of several.
type Report struct {
	Machine Machine         `json:"machine"`
	Date    string          `json:"date"`
	Costs   simulator.Costs `json:"costs"`
	Lives   []*Life         `json:"lives"`
	Floors  []*Floor        `json:"floors"`
	Firsts  []*First        `json:"firsts"`
	Orange  []Interruption  `json:"orange"`
}

// A keyed figure replaces an earlier one of the same key.
type keyed interface {
	key() string
	size() int
}

func (l *Life) key() string  { return fmt.Sprint(l.Variant, l.Networks) }
func (l *Life) size() int    { return l.Networks }
func (f *Floor) key() string { return fmt.Sprint(f.Networks) }
func (f *Floor) size() int   { return f.Networks }
func (f First) key() string  { return fmt.Sprint(f.Variant, f.Poll, f.Networks) }
func (f First) size() int    { return f.Networks }

// put figures in place of earlier ones, the smaller ones first.
func put[T keyed](all []T, more ...T) []T {
	for _, m := range more {
		i := slices.IndexFunc(all, func(o T) bool { return o.key() == m.key() })
		if i < 0 {
			all = append(all, m)
			continue
		}
		all[i] = m
	}
	slices.SortStableFunc(all, func(a, b T) int { return a.size() - b.size() })
	return all
}

// Read the figures that a file has. Those of a file that is not there are none.
func Read(path string) (*Report, error) {
	b, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &Report{}, nil
	case err != nil:
		return nil, fmt.Errorf("cannot read the figures: %w", err)
	}
	r := &Report{}
	if err := json.Unmarshal(b, r); err != nil {
		return nil, fmt.Errorf("cannot understand the figures in %s: %w", path, err)
	}
	return r, nil
}

// keep figures beside those of earlier runs, and show all of them.
func (o Options) keep(add func(*Report)) error {
	r, err := Read(o.JSON)
	if err != nil {
		return err
	}
	if r.Machine, err = ThisMachine(); err != nil {
		return err
	}
	r.Date, r.Costs = time.Now().Format(time.DateOnly), o.Costs
	add(r)
	if err := write(o.JSON, r); err != nil {
		return err
	}
	return Render(o)
}

// write figures to a file.
func write(path string, figures any) error {
	b, err := json.MarshalIndent(figures, "", "  ")
	if err != nil {
		return fmt.Errorf("cannot encode the figures: %w", err)
	}
	if err := os.WriteFile(path, append(b, '\n'), 0o600); err != nil {
		return fmt.Errorf("cannot write the figures: %w", err)
	}
	return nil
}
