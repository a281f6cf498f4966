//go:build envtest

package ordinaryday

import (
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// selecting resource, by a label that nothing else has.
func (r referral) selecting() *unstructured.Unstructured {
	r.t.Helper()
	return r.manifest(r.name, r.given, change{r.plain: nil}, change{r.selector: object{"matchLabels": object{"is": r.name}}})
}

// What nothing is selected for waits until something carries the labels.
func selectedLate(r referral) {
	later := r.madeTarget("later")
	o := r.selecting()
	r.create(o)
	r.untilWaits(o, r.name)
	r.nothing(o)
	r.edit(later, change{"metadata.labels": object{"is": r.name}})
	r.untilWell(o)
	r.leadsTo(o, later)
	r.away(o, later)
}

// What two are selected for is told which, and waits until there is one.
func selectedTwice(r referral) {
	label := change{"metadata.labels": object{"is": r.name}}
	one, two := r.madeTarget("one"), r.madeTarget("two")
	r.edit(one, label)
	r.edit(two, label)
	o := r.selecting()
	r.create(o)
	r.until(o, "both are named", func() bool {
		m := viewOf(o).Message
		return !r.gone(o) && strings.Contains(m, one.GetName()) && strings.Contains(m, two.GetName())
	})
	r.nothing(o)
	r.edit(two, change{"metadata.labels": nil})
	r.untilWell(o)
	r.leadsTo(o, one)
	r.away(o, one, two)
}
