package monitoring

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
	"sigs.k8s.io/yaml"

	_ "embed"
)

//go:embed dashboard.json
var dashboard []byte

//go:embed alerts.yaml
var alerts []byte

// A Query is something that Prometheus is asked.
type Query struct {
	// Source of the query: the title of its panel, or the name of its alert.
	Source string
	Expr   string
}

// A Panel of the dashboard, as far as it matters here.
type Panel struct {
	Type        string `json:"type"`
	Title       string `json:"title"`
	Description string `json:"description"`
	Datasource  struct {
		UID string `json:"uid"`
	} `json:"datasource"`
	Targets []struct {
		Expr string `json:"expr"`
	} `json:"targets"`
}

// Panels of the dashboard.
func Panels() ([]Panel, error) {
	var d struct {
		Panels []Panel `json:"panels"`
	}
	if err := json.Unmarshal(dashboard, &d); err != nil {
		return nil, fmt.Errorf("cannot read the dashboard: %w", err)
	}
	return d.Panels, nil
}

// DashboardQueries of all panels, with the interval that Grafana would choose.
func DashboardQueries() ([]Query, error) {
	panels, err := Panels()
	if err != nil {
		return nil, err
	}
	var out []Query
	for i := range panels {
		for _, t := range panels[i].Targets {
			out = append(out, Query{Source: panels[i].Title, Expr: strings.ReplaceAll(t.Expr, "$__rate_interval", "5m")})
		}
	}
	return out, nil
}

// Alerts as Prometheus reads them: what stands below the spec of the
// PrometheusRule.
func Alerts() ([]rulefmt.Rule, error) {
	var manifest struct {
		Spec json.RawMessage `json:"spec"`
	}
	if err := yaml.Unmarshal(alerts, &manifest); err != nil {
		return nil, fmt.Errorf("cannot read the alerts: %w", err)
	}
	groups, errs := rulefmt.Parse(manifest.Spec, false, model.UTF8Validation, parser.NewParser(parser.Options{}))
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("cannot read the alerts: %w", err)
	}
	var out []rulefmt.Rule
	for _, g := range groups.Groups {
		out = append(out, g.Rules...)
	}
	return out, nil
}

// Watched is what an alert looks at, whether it fires or not: its expression
// with comparisons that answer 0 or 1, and without its absent().
func Watched(expr string) (string, error) {
	e, err := parser.NewParser(parser.Options{}).ParseExpr(expr)
	if err != nil {
		return "", fmt.Errorf("cannot parse %s: %w", expr, err)
	}
	if call, ok := e.(*parser.Call); ok && call.Func.Name == "absent" {
		return call.Args[0].String(), nil
	}
	parser.Inspect(e, func(n parser.Node, _ []parser.Node) error {
		if b, ok := n.(*parser.BinaryExpr); ok && b.Op.IsComparisonOperator() {
			b.ReturnBool = true
		}
		return nil
	})
	return e.String(), nil
}

// Names of the metrics that an expression asks for.
func Names(expr string) ([]string, error) {
	e, err := parser.NewParser(parser.Options{}).ParseExpr(expr)
	if err != nil {
		return nil, fmt.Errorf("cannot parse %s: %w", expr, err)
	}
	var out []string
	parser.Inspect(e, func(n parser.Node, _ []parser.Node) error {
		if s, ok := n.(*parser.VectorSelector); ok {
			out = append(out, s.Name)
		}
		return nil
	})
	return out, nil
}
