package metrics

import (
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// A ReplacementState is what a replacement of a firewall is at.
type ReplacementState string

// States of replacements.
const (
	// Both firewalls are allocated.
	Both ReplacementState = "both"
	// WaitsForCapacity: there is no machine, no address or no quota for the new one.
	WaitsForCapacity ReplacementState = "capacity"
	// WaitsForTurn: another one in the partition is under way.
	WaitsForTurn ReplacementState = "turn"
	// WaitsForHealth: too many firewalls of the partition are ill.
	WaitsForHealth ReplacementState = "health"
	// Gone: the old one was freed first, and the new one is not allocated.
	Gone ReplacementState = "gone"
	// Begins is any other: it is about to be allocated, or was refused.
	Begins ReplacementState = "begins"
)

// otherReason counts what is none of the reasons that are known.
const otherReason = "other"

// reasons for replacements: fields of an XFirewall.
func reasons() []string {
	return []string{"dnsServers", "healthTimeout", "image", "networks", "ntpServers", "rollToken", "rules", "size", "sshPublicKeys", "userDataSecretRef", otherReason}
}

// Replacements of firewalls by others. They are safe for concurrent use.
type Replacements struct {
	look    func() ([]ReplacementState, time.Duration)
	begun   *prometheus.CounterVec
	now     *prometheus.Desc
	overlap *prometheus.Desc
}

// NewReplacements of which none has begun. Look says which there are, and for how long
// the oldest of those with both firewalls has had them.
func NewReplacements(look func() (states []ReplacementState, oldest time.Duration)) *Replacements {
	r := &Replacements{
		look: look,
		begun: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace,
			Name:      "firewall_replacements_begun_total",
			Help:      "Firewalls that were allocated to replace others, by what was changed: the fields of the XFirewall, healthTimeout for a crash loop, other for an annotation of a person. What has several reasons counts for each.",
		}, []string{"reason"}),
		now: prometheus.NewDesc(namespace+"_firewall_replacements",
			"Replacements of firewalls, by what they are at: both (both firewalls are allocated), capacity (no machine, address or quota for the new one), turn (another one in the partition is under way), health (too many firewalls of the partition are ill), gone (the old one was freed first, and the new one is not allocated: there is no firewall), begins (any other).",
			[]string{"state"}, nil),
		overlap: prometheus.NewDesc(namespace+"_firewall_overlap_seconds",
			"For how long the oldest of the replacements with both firewalls has had both; 0 if there is none.", nil, nil),
	}
	for _, reason := range reasons() {
		r.begun.WithLabelValues(reason)
	}
	return r
}

// Begun counts a replacement, for each of its reasons.
func (r *Replacements) Begun(why []string) {
	known := slices.DeleteFunc(slices.Clone(why), func(s string) bool { return !slices.Contains(reasons(), s) })
	if len(known) < len(why) || len(why) == 0 {
		known = append(known, otherReason)
	}
	for _, reason := range known {
		r.begun.WithLabelValues(reason).Inc()
	}
}

// Describe the metrics.
func (r *Replacements) Describe(to chan<- *prometheus.Desc) {
	r.begun.Describe(to)
	to <- r.now
	to <- r.overlap
}

// Collect the metrics.
func (r *Replacements) Collect(to chan<- prometheus.Metric) {
	r.begun.Collect(to)
	states, oldest := r.look()
	counts := map[ReplacementState]int{Both: 0, WaitsForCapacity: 0, WaitsForTurn: 0, WaitsForHealth: 0, Gone: 0, Begins: 0}
	for _, s := range states {
		counts[s]++
	}
	for s, n := range counts {
		to <- prometheus.MustNewConstMetric(r.now, prometheus.GaugeValue, float64(n), string(s))
	}
	to <- prometheus.MustNewConstMetric(r.overlap, prometheus.GaugeValue, oldest.Seconds())
}
