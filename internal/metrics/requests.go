package metrics

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Requests to metal-apis, by operation and class of status. It is safe for
// concurrent use.
type Requests struct {
	*prometheus.HistogramVec
}

// NewRequests that have not been made yet.
func NewRequests() Requests {
	return Requests{prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: namespace,
		Subsystem: "api",
		Name:      "request_duration_seconds",
		Help:      "How long requests to metal-api took, by operation and by class of the answer's status (none: there was no answer).",
		// metal-api reads in milliseconds, allocates in tens of them, and
		// requests are given up after 30 s.
		Buckets: []float64{.0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
	}, []string{"operation", "status"})}
}

// Turns that requests to metal-apis waited for, by class. They are safe for
// concurrent use.
type Turns struct {
	*prometheus.HistogramVec
}

// NewTurns that nobody has waited for yet.
func NewTurns() Turns {
	return Turns{prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: namespace,
		Subsystem: "api",
		Name:      "turn_wait_seconds",
		Help:      "How long requests waited for their turn at a metal-api, by class: work (somebody waits for it), glance (a look at one resource at rest), refresh (a look at many); and how long resources waited for their turn to be allocated (allocate).",
		Buckets:   []float64{.001, .01, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
	}, []string{"class"})}
}

// Waited is told of one request.
func (t Turns) Waited(class string, seconds float64) { t.WithLabelValues(class).Observe(seconds) }

// NewSnapshotAge is how old an answer is that looks are served from before it is
// asked for anew.
func NewSnapshotAge(age func() time.Duration) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: namespace,
		Name:      "snapshot_age_seconds",
		Help:      "How old what looks at rest are served from is before it is found anew, at the metal-stack where that is most. It is served until it is twice as old.",
	}, func() float64 { return age().Seconds() })
}

// Observe one request: what it was for, the status of the answer, 0 if there
// was none, and how many seconds it took.
func (r Requests) Observe(operation string, status int, seconds float64) {
	r.WithLabelValues(operation, class(status)).Observe(seconds)
}

// class of a status, such as 2xx.
func class(status int) string {
	if status < 100 || status > 599 {
		return "none"
	}
	return strconv.Itoa(status/100) + "xx"
}
