//go:build envtest

package ordinaryday

import (
	"strings"
	"testing"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// references of a kind: what a story about one is told of.
func references(t *testing.T, b *bench, k *kind, r reference) {
	t.Helper()
	for name, tell := range map[string]func(referral){
		"awaited":            awaited,
		"deleted-waiting":    deletedWaiting,
		"applied-again":      referringAgain,
		"led-elsewhere":      ledElsewhere,
		"restored-refused":   throughRefused,
		"misspelt":           referenceMisspelt,
		"selected-late":      selectedLate,
		"selected-twice":     selectedTwice,
		"left-alone":         leftAlone,
		"target-leaves":      targetLeaves,
		"optional-without":   withoutOptional,
		"optional-with":      withOptional,
		"optional-came-late": optionalCameLate,
	} {
		if strings.HasPrefix(name, "optional") && !r.optional || name == "selected-twice" && r.many {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tell(referral{story: b.story(t, k), reference: r, name: fit(k.name + "-" + r.plain + "-" + name)})
		})
	}
}

// A referral is a story of a resource that refers to another one.
type referral struct {
	story
	reference

	name string
}

// resource that refers to a target of a name, with a policy if it says one.
func (r referral) resource(target, policy string) *unstructured.Unstructured {
	r.t.Helper()
	ref := object{"name": target}
	if policy != "" {
		ref["policy"] = object{"resolution": policy}
	}
	return r.manifest(r.name, r.given, change{r.plain: nil}, change{r.at: ref})
}

// target to refer to.
func (r referral) target(name string) *unstructured.Unstructured {
	r.t.Helper()
	return r.of(r.reference.kind).manifest(r.name+"-"+name, r.to)
}

func (r referral) madeTarget(name string) *unstructured.Unstructured {
	r.t.Helper()
	to := r.of(r.reference.kind)
	o := r.target(name)
	to.create(o)
	to.untilWell(o)
	return o
}

// away with targets, when nothing refers to them any more.
func (r referral) away(os ...*unstructured.Unstructured) {
	r.t.Helper()
	r.story.away(os[0])
	for _, o := range os[1:] {
		r.of(r.reference.kind).away(o)
	}
}

// What is referred to is awaited, without any fuss, and then used.
func awaited(r referral) {
	later := r.target("later")
	o := r.resource(later.GetName(), "Required")
	r.create(o)
	r.untilWaits(o, later.GetName())
	r.nothing(o)
	for _, e := range r.events(r.t.Context(), o) {
		if e.Type == corev1.EventTypeWarning {
			r.t.Errorf("want no warning while it waits, got %s: %s", e.Reason, e.Message)
		}
	}
	r.of(r.reference.kind).create(later)
	r.untilWell(o)
	r.leadsTo(o, later)
	r.away(o, later)
}

// untilWaits waits until an object says for what it waits.
func (r referral) untilWaits(o *unstructured.Unstructured, name string) {
	r.t.Helper()
	r.until(o, "it says what it waits for", func() bool { return !r.gone(o) && strings.Contains(viewOf(o).Message, name) })
	for range 2 {
		r.look(o)
		if v := viewOf(o); v.Synced != corev1.ConditionTrue || v.Ready != corev1.ConditionFalse || !strings.Contains(v.Message, name) {
			r.t.Errorf("want it Synced, not Ready, and %s named, got %+v", name, v)
		}
	}
}

// What is deleted while it waits goes.
func deletedWaiting(r referral) {
	o := r.resource("nobody", "")
	r.create(o)
	r.untilWaits(o, "nobody")
	r.away(o)
}

// A name that leads nowhere is corrected.
func referenceMisspelt(r referral) {
	later := r.madeTarget("later")
	o := r.resource(later.GetName()+"r", "")
	r.create(o)
	r.untilWaits(o, later.GetName()+"r")
	r.edit(o, change{r.at + ".name": later.GetName()})
	r.untilWell(o)
	r.leadsTo(o, later)
	r.away(o, later)
}

// What lives is left alone, whatever becomes of what its reference leads to.
func leftAlone(r referral) {
	to := r.of(r.reference.kind)
	old := r.madeTarget("later")
	o := r.resource(old.GetName(), "")
	r.create(o)
	r.untilWell(o)
	id := r.one(o).id
	backup := to.backup(old)
	writes := r.api.writes(id)
	lives := func(what string) {
		r.t.Helper()
		r.look(o)
		r.look(o)
		if v := viewOf(o); v.Ready != corev1.ConditionTrue || v.Synced != corev1.ConditionTrue {
			r.t.Errorf("%s: want it Ready and Synced, got %+v", what, v)
		}
	}
	to.vanish(old)
	lives("it leads nowhere")
	now := to.restore(backup)
	to.untilRefused(now, old)
	lives("it leads to what is refused")
	to.takeOver(now, old)
	lives("it leads to the same again")
	r.untilWell(o)
	if got := r.api.writes(id); got != writes {
		r.t.Errorf("want nothing written to metal-api, it was written %d times", got-writes)
	}
	r.away(o, now)
}

// What is referred to is deleted: it waits for what was made by way of it, and
// nothing more is made so.
func targetLeaves(r referral) {
	to := r.of(r.reference.kind)
	target := r.madeTarget("leaving")
	o := r.resource(target.GetName(), "")
	r.create(o)
	r.untilWell(o)
	to.delete(target)
	to.until(target, "it says what it waits for", func() bool { return !to.gone(target) && strings.Contains(viewOf(target).Message, o.GetName()) })
	late := r.resource(target.GetName(), "")
	late.SetName(r.name + "-late")
	r.create(late)
	r.until(late, "it says that what it refers to leaves", func() bool {
		return !r.gone(late) && strings.Contains(viewOf(late).Message, target.GetName())
	})
	r.look(late)
	r.nothing(late)
	r.story.away(late)
	r.story.away(o)
	to.untilGone(target)
}

// leadsTo a target: its id is in the status and at metal-api, and not in the
// spec.
func (r referral) leadsTo(o, target *unstructured.Unstructured) {
	r.t.Helper()
	if !r.leads(o, target) {
		r.t.Errorf("want the id %s in the status and in the order\n%s", meta.GetExternalName(target), r.said(o))
	}
	if spec := string(asJSON(r.t, o.Object["spec"])); strings.Contains(spec, meta.GetExternalName(target)) {
		r.t.Errorf("want no id in the spec, got %s", spec)
	}
}

func (r referral) leads(o, target *unstructured.Unstructured) bool {
	r.t.Helper()
	to := r.of(r.reference.kind)
	if r.gone(o) || to.gone(target) {
		r.t.Fatal("one of them is gone")
	}
	id := meta.GetExternalName(target)
	atProvider, _, _ := unstructured.NestedMap(o.Object, "status", "atProvider")
	return id != "" && strings.Contains(string(asJSON(r.t, atProvider)), id) && strings.Contains(string(asJSON(r.t, r.order(o))), id)
}

// A manifest with a reference in it is applied again.
func referringAgain(r referral) {
	later := r.madeTarget("later")
	r.applyAgain(r.resource(later.GetName(), ""))
	r.of(r.reference.kind).away(later)
}

// A living resource's reference that is led elsewhere is not followed, and that
// is said until it is set back.
func ledElsewhere(r referral) {
	later, another := r.madeTarget("later"), r.madeTarget("another")
	o := r.resource(later.GetName(), "")
	r.create(o)
	r.untilWell(o)
	row := &row{story: r.story, path: r.plain}
	row.expect(o, fixed, change{r.at + ".name": another.GetName()}, nil)
	r.leadsTo(o, later)
	r.away(o, later, another)
}

// Nothing is allocated by way of a restored resource that is refused.
func throughRefused(r referral) {
	to := r.of(r.reference.kind)
	old := r.madeTarget("restored")
	copied := r.resource(old.GetName(), "")
	copied.SetName(r.name + "-copy")
	r.create(copied)
	r.untilWell(copied)
	backups := []*unstructured.Unstructured{to.backup(old), r.backup(copied)}
	r.vanish(copied)
	to.vanish(old)

	// One that was never seen by the old cluster, or lost its annotations.
	o := r.resource(old.GetName(), "")
	r.create(o)
	now := to.restore(backups[0])
	to.untilRefused(now, old)
	r.untilWaits(o, old.GetName())
	again := r.restore(backups[1])
	r.untilRefused(again, copied)
	r.nothing(o)
	r.nothing(again)

	to.takeOver(now, old)
	if !r.alone {
		r.untilWell(o)
	}
	r.takeOver(again, copied)
	r.story.away(again)
	r.untilWell(o)
	r.away(o, now)
}
