// Package monitoring holds what an operator watches the provider with: a Grafana
// dashboard, Prometheus alerts, and what makes Prometheus scrape the provider.
// The metrics and what to do about each alert are described in docs/metrics.md.
//
// Its code evaluates their queries with Prometheus's own parser and engine, for
// tests of what is written here against what a provider exposes.
package monitoring
