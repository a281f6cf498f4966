package monitoring

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/util/annotations"
)

// Scrapes of a provider's metrics, in the order of their times, to be asked as a
// Prometheus that made them. They are not safe for concurrent use.
type Scrapes struct {
	engine *promql.Engine
	series []*promql.Series
	known  map[string]*promql.Series
	last   time.Time
}

// NewScrapes without any.
func NewScrapes() *Scrapes {
	return &Scrapes{
		engine: promql.NewEngine(promql.EngineOpts{
			MaxSamples: 1 << 20,
			Timeout:    time.Minute,
			Parser:     parser.NewParser(parser.Options{}),
		}),
		known: map[string]*promql.Series{},
	}
}

// Add what was scraped at a time, in Prometheus's text format.
func (s *Scrapes) Add(exposition []byte, at time.Time) error {
	p, err := textparse.New(exposition, "text/plain", nil, textparse.ParserOptions{})
	if err != nil {
		return fmt.Errorf("cannot read the scrape: %w", err)
	}
	for {
		entry, err := p.Next()
		if errors.Is(err, io.EOF) {
			s.last = at
			return nil
		}
		if err != nil {
			return fmt.Errorf("cannot read the scrape: %w", err)
		}
		if entry != textparse.EntrySeries {
			continue
		}
		var l labels.Labels
		p.Labels(&l)
		_, _, v := p.Series()
		of, ok := s.known[l.String()]
		if !ok {
			of = &promql.Series{Metric: l}
			s.known[l.String()] = of
			s.series = append(s.series, of)
		}
		of.Floats = append(of.Floats, promql.FPoint{T: at.UnixMilli(), F: v})
	}
}

// Ask a query at the time of the last scrape. What is no number does not count
// as an answer.
func (s *Scrapes) Ask(ctx context.Context, expr string) (promql.Vector, error) {
	q, err := s.engine.NewInstantQuery(ctx, s, nil, expr, s.last)
	if err != nil {
		return nil, fmt.Errorf("cannot ask %s: %w", expr, err)
	}
	defer q.Close()
	answer, err := q.Exec(ctx).Vector()
	if err != nil {
		return nil, fmt.Errorf("cannot ask %s: %w", expr, err)
	}
	var out promql.Vector
	for i := range answer {
		if !math.IsNaN(answer[i].F) {
			out = append(out, answer[i])
		}
	}
	return out, nil
}

// Querier of all scrapes.
func (s *Scrapes) Querier(int64, int64) (storage.Querier, error) {
	return &storage.MockQuerier{SelectMockFunction: func(_ bool, _ *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
		found := &seriesSet{}
		for _, one := range s.series {
			if matches(one.Metric, matchers) {
				found.series = append(found.series, promql.NewStorageSeries(*one))
			}
		}
		return found
	}}, nil
}

func matches(l labels.Labels, by []*labels.Matcher) bool {
	for _, m := range by {
		if !m.Matches(l.Get(m.Name)) {
			return false
		}
	}
	return true
}

// A seriesSet is walked through once.
type seriesSet struct {
	series []storage.Series
	next   int
}

func (s *seriesSet) Next() bool {
	s.next++
	return s.next <= len(s.series)
}

func (s *seriesSet) At() storage.Series { return s.series[s.next-1] }

func (*seriesSet) Err() error { return nil }

func (*seriesSet) Warnings() annotations.Annotations { return nil }
