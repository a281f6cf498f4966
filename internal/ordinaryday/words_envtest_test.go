//go:build envtest

package ordinaryday

import (
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// A blank at the end of a word is no reason to write it again and again.
func blankAtEnd(s story) {
	o := s.manifest("blank-at-end", change{s.kind.words.field: s.kind.words.blank})
	s.create(o)
	s.untilWell(o)
	s.quiet(o)
	s.away(o)
}

// What others write stays as they wrote it, byte for byte, and is not written
// again.
func othersWords(s story) {
	o := s.manifest("others-words", change{s.kind.words.field: s.kind.words.two})
	s.create(o)
	s.untilWell(o)
	s.others(o)
	s.quiet(o)
	s.kept(o)
	s.away(o)

	none := s.manifest("others-words-alone")
	s.create(none)
	s.untilWell(none)
	s.others(none)
	s.quiet(none)
	s.kept(none)
	s.away(none)
}

// What the resource once wrote and nobody wants any more goes; what others wrote
// stays.
func unwantedWords(s story) {
	o := s.manifest("unwanted-words", change{s.kind.words.field: s.kind.words.two, s.kind.words.description: "for storage"})
	s.create(o)
	s.untilWell(o)
	s.others(o)
	s.unwanted(o)
	s.away(o)
}

// So it is after kubectl replace has taken the memory away: what the spec says
// by then is remembered anew.
func replacedWords(s story) {
	o := s.manifest("replaced-words", change{s.kind.words.field: s.kind.words.two, s.kind.words.description: "for storage"})
	manifest := s.yaml(o)
	s.applied(manifest, "created", "apply")
	s.untilWell(o)
	s.others(o)
	s.replaced(manifest, o)
	s.untilWell(o)
	s.unwanted(o)
	s.away(o)
}

// others write to metal-api as well.
func (s story) others(o *unstructured.Unstructured) {
	s.t.Helper()
	s.write(s.one(o), s.kind.words.strangers)
	s.kept(o)
}

// write more words to an object at metal-api, as others do.
func (s story) write(f found, words []string) {
	s.t.Helper()
	if err := s.kind.words.write(s.t.Context(), s.stack, f.id, slices.Concat(f.words, words)); err != nil {
		s.t.Fatal(err)
	}
}

// kept is what others wrote.
func (s story) kept(o *unstructured.Unstructured) {
	s.t.Helper()
	if now := s.one(o).words; !contain(now, s.kind.words.strangers) {
		s.t.Errorf("want what others wrote as they wrote it, %q, got %q", s.kind.words.strangers, now)
	}
}

// unwanted are a word and the description of a resource that has both.
func (s story) unwanted(o *unstructured.Unstructured) {
	s.t.Helper()
	w := s.kind.words
	if now := s.one(o).words; !slices.Contains(now, w.second) {
		s.t.Fatalf("want %q to begin with, got %q", w.second, now)
	}
	s.edit(o, change{w.field: w.one, w.description: nil})
	s.until(o, "what nobody wants any more is gone", func() bool {
		f := s.one(o)
		return !s.gone(o) && !slices.Contains(f.words, w.second) && f.values[w.description] == "" && viewOf(o) == well
	})
	s.quiet(o)
	s.kept(o)
}

// quiet is a resource that is as it shall be, and that nothing is written for.
func (s story) quiet(o *unstructured.Unstructured) {
	s.t.Helper()
	id := s.one(o).id
	writes := s.api.writes(id)
	s.stillWell(o)
	s.stillWell(o)
	if got := s.api.writes(id); got != writes {
		s.t.Errorf("want nothing written to metal-api, it was written %d times", got-writes)
	}
}
