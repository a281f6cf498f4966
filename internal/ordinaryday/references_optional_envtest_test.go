//go:build envtest

package ordinaryday

import (
	corev1 "k8s.io/api/core/v1"
)

// An optional reference that leads nowhere is left out.
func withoutOptional(r referral) {
	later := r.target("later")
	o := r.resource(later.GetName(), "Optional")
	r.create(o)
	r.untilWell(o)
	r.stillWell(o)
	r.story.away(o)
}

// One that leads somewhere is followed.
func withOptional(r referral) {
	later := r.madeTarget("later")
	o := r.resource(later.GetName(), "Optional")
	r.create(o)
	r.untilWell(o)
	r.leadsTo(o, later)
	r.stillWell(o)
	r.away(o, later)
}

// What an optional reference leads to comes when something exists without it:
// that is told, or is no difference, but nothing is ever stuck.
func optionalCameLate(r referral) {
	later := r.target("later")
	o := r.resource(later.GetName(), "Optional")
	r.create(o)
	r.untilWell(o)
	to := r.of(r.reference.kind)
	to.create(later)
	to.untilWell(later)
	id := r.one(o).id
	writes := r.api.writes(id)
	r.look(o)
	r.look(o)
	v := viewOf(o)
	if v.Ready != corev1.ConditionTrue || v.Synced != corev1.ConditionTrue || (v.UpToDate != corev1.ConditionTrue && v.Message == "") {
		r.t.Errorf("want it Ready and Synced, and a word about a difference, got %+v", v)
	}
	if got := r.api.writes(id); got != writes || r.one(o).id != id {
		r.t.Errorf("want nothing written to metal-api, it was written %d times", got-writes)
	}
	r.away(o, later)
}
