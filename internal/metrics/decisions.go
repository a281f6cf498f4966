package metrics

import "github.com/prometheus/client_golang/prometheus"

// An Outcome of a create.
type Outcome string

// Outcomes of creates.
const (
	// Known creates have allocated what their resource stands for.
	Known Outcome = "known"
	// Refused creates have made nothing, and that is certain.
	Refused Outcome = "refused"
	// Unknown creates may have made something: metal-api gave no clear answer.
	Unknown Outcome = "unknown"
	// Found is what carried a resource's mark before the resource knew it: a
	// create of unknown outcome that came true.
	Found Outcome = "found"
)

// A Refusal says why an object is none of a resource's.
type Refusal string

// Refusals of objects.
const (
	// Marked objects belong to another managed resource.
	Marked Refusal = "marked"
	// OtherProject objects are of another project.
	OtherProject Refusal = "project"
	// Unfit objects cannot be of the resource's kind.
	Unfit Refusal = "unfit"
	// Unlike objects are not what the spec describes.
	Unlike Refusal = "unlike"
)

// Decisions that the controller of a kind takes about objects at metal-stack.
// They are safe for concurrent use. Who registers them adds the label kind.
type Decisions struct {
	creates *prometheus.CounterVec
	refused *prometheus.CounterVec
}

// NewDecisions that have not been taken yet: all of them are there, at zero.
func NewDecisions() *Decisions {
	d := &Decisions{
		creates: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace,
			Name:      "create_outcomes_total",
			Help:      "Creates by what became of them: known (allocated), refused (nothing was made), unknown (metal-api gave no clear answer), found (what carried the mark was taken up).",
		}, []string{"outcome"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace,
			Name:      "foreign_objects_refused_total",
			Help:      "Looks at objects that were refused, by why: marked (another managed resource's), project (another project's), unfit (not of this kind), unlike (not what the spec describes).",
		}, []string{"reason"}),
	}
	for _, o := range []Outcome{Known, Refused, Unknown, Found} {
		d.creates.WithLabelValues(string(o))
	}
	for _, r := range []Refusal{Marked, OtherProject, Unfit, Unlike} {
		d.refused.WithLabelValues(string(r))
	}
	return d
}

// Created counts the outcome of a create.
func (d *Decisions) Created(o Outcome) { d.creates.WithLabelValues(string(o)).Inc() }

// Refused counts an object that was refused.
func (d *Decisions) Refused(r Refusal) { d.refused.WithLabelValues(string(r)).Inc() }

// Describe the metrics.
func (d *Decisions) Describe(to chan<- *prometheus.Desc) {
	d.creates.Describe(to)
	d.refused.Describe(to)
}

// Collect the metrics.
func (d *Decisions) Collect(to chan<- prometheus.Metric) {
	d.creates.Collect(to)
	d.refused.Collect(to)
}
