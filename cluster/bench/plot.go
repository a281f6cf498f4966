package bench

import (
	"fmt"
	"html"
	"math"
	"strings"
)

// A point of a curve: a number of networks, and a figure.
type point struct{ x, y float64 }

// A curve of a panel.
type curve struct {
	name   string
	color  string
	dashed bool
	points []point
}

// A panel has curves, both axes logarithmic.
type panel struct {
	title, unit string
	curves      []curve
}

// Sizes of the image, in pixels.
const (
	panelWidth  = 420
	panelHeight = 300
	marginLeft  = 60
	marginTop   = 40
	plotWidth   = 330
	plotHeight  = 200
	legendLine  = 16
)

// colors that differ for the color blind as well.
func colors() []string { return []string{"#0072b2", "#d55e00", "#009e73", "#cc79a7"} }

// panels of the figures: how long it takes, and how much is asked.
func (r *Report) panels() []panel {
	create := panel{title: "Creating all networks", unit: "seconds"}
	creation := panel{title: "Requests to metal-api per network created", unit: "requests"}
	rest := panel{title: "Requests to metal-api per minute at rest", unit: "requests"}
	var names []string
	seen := map[string]bool{}
	for _, l := range r.Lives {
		if !seen[l.Variant] {
			seen[l.Variant] = true
			names = append(names, l.Variant)
		}
	}
	for i, name := range names {
		add := func(p *panel, y func(*Life) float64) {
			c := curve{name: name, color: colors()[i%len(colors())]}
			for _, l := range r.livesOf(name) {
				c.points = append(c.points, point{float64(l.Networks), y(l)})
			}
			p.curves = append(p.curves, c)
		}
		add(&create, func(l *Life) float64 { return l.Create.Seconds })
		add(&creation, func(l *Life) float64 { return ratio(float64(sum(l.Create.Requests)), float64(l.Networks)) })
		add(&rest, func(l *Life) float64 { return perMinute(l.Rest, sum(l.Rest.Requests)) })
	}
	for _, f := range []struct {
		name, color string
		of          func(*Floor) float64
	}{
		{"metal-go alone, sequential", "#555555", func(f *Floor) float64 { return f.Create }},
		{"metal-go alone, 10 workers", "#999999", func(f *Floor) float64 { return f.CreateParallel }},
	} {
		c := curve{name: f.name, color: f.color, dashed: true}
		for _, floor := range r.Floors {
			c.points = append(c.points, point{float64(floor.Networks), f.of(floor)})
		}
		if len(c.points) > 0 {
			create.curves = append(create.curves, c)
		}
	}
	return []panel{create, creation, rest}
}

// svg of all panels, beside one another.
func (r *Report) svg() string {
	all := r.panels()
	most := 0
	for _, p := range all {
		most = max(most, len(p.curves))
	}
	width, height := panelWidth*len(all), panelHeight+legendLine*most
	var b strings.Builder
	_, _ = fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">`+"\n", width, height)
	_, _ = fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="white"/>`+"\n", width, height)
	for i, p := range all {
		_, _ = fmt.Fprintf(&b, `<g transform="translate(%d,0)">`+"\n", i*panelWidth)
		p.draw(&b)
		b.WriteString("</g>\n")
	}
	b.WriteString("</svg>\n")
	return b.String()
}

func (p panel) draw(b *strings.Builder) {
	x, y := p.axes()
	_, _ = fmt.Fprintf(b, `<text x="%d" y="20" font-weight="bold">%s</text>`+"\n", marginLeft, html.EscapeString(p.title))
	for d := x.from; d <= x.to; d++ {
		at := marginLeft + x.at(math.Pow10(d))*plotWidth
		line(b, at, marginTop, at, marginTop+plotHeight)
		_, _ = fmt.Fprintf(b, `<text x="%.1f" y="%d" text-anchor="middle">%g</text>`+"\n", at, marginTop+plotHeight+16, math.Pow10(d))
	}
	for d := y.from; d <= y.to; d++ {
		at := marginTop + (1-y.at(math.Pow10(d)))*plotHeight
		line(b, marginLeft, at, marginLeft+plotWidth, at)
		_, _ = fmt.Fprintf(b, `<text x="%d" y="%.1f" text-anchor="end">%g</text>`+"\n", marginLeft-6, at+4, math.Pow10(d))
	}
	_, _ = fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="middle">networks; %s upwards, 0 at the lower edge</text>`+"\n", marginLeft+plotWidth/2, marginTop+plotHeight+34, p.unit)
	for i, c := range p.curves {
		c.draw(b, x, y)
		at := panelHeight + legendLine*i
		_, _ = fmt.Fprintf(b, `<rect x="%d" y="%d" width="12" height="4" fill="%s"/><text x="%d" y="%d">%s</text>`+"\n",
			marginLeft, at-5, c.color, marginLeft+18, at, html.EscapeString(c.name))
	}
}

func line(b *strings.Builder, x1, y1, x2, y2 float64) {
	_, _ = fmt.Fprintf(b, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="#dddddd"/>`+"\n", x1, y1, x2, y2)
}

func (c curve) draw(b *strings.Builder, x, y axis) {
	dash := ""
	if c.dashed {
		dash = ` stroke-dasharray="5,4"`
	}
	var path []string
	for _, p := range c.points {
		px, py := marginLeft+x.at(p.x)*plotWidth, marginTop+(1-y.at(p.y))*plotHeight
		path = append(path, fmt.Sprintf("%.1f,%.1f", px, py))
		_, _ = fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>`+"\n", px, py, c.color)
	}
	_, _ = fmt.Fprintf(b, `<polyline points="%s" fill="none" stroke="%s" stroke-width="2"%s/>`+"\n", strings.Join(path, " "), c.color, dash)
}

// An axis from one power of ten to another.
type axis struct{ from, to int }

// at is the place of a value on the axis, from 0 to 1. What is smaller than the axis
// lies at its beginning.
func (a axis) at(v float64) float64 {
	if v <= 0 {
		return 0
	}
	at := (math.Log10(v) - float64(a.from)) / float64(max(1, a.to-a.from))
	return min(1, max(0, at))
}

// axes that all points are within. Zero has no place on one.
func (p panel) axes() (axis, axis) {
	x, y := axis{from: math.MaxInt, to: math.MinInt}, axis{from: math.MaxInt, to: math.MinInt}
	for _, c := range p.curves {
		for _, at := range c.points {
			x = x.hold(at.x)
			y = y.hold(at.y)
		}
	}
	return x.orOne(), y.orOne()
}

// hold a value as well.
func (a axis) hold(v float64) axis {
	if v <= 0 {
		return a
	}
	return axis{from: min(a.from, int(math.Floor(math.Log10(v)))), to: max(a.to, int(math.Ceil(math.Log10(v))))}
}

// orOne decade, where there are no points.
func (a axis) orOne() axis {
	if a.from > a.to {
		return axis{from: 0, to: 1}
	}
	if a.from == a.to {
		a.to++
	}
	return a
}
