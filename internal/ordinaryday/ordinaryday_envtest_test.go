//go:build envtest

package ordinaryday

import "testing"

// TestOrdinaryDay leads each kind through its rows and its stories, on one API
// server. When all is done, it says whether the provider wrote a spec, or was
// ever without a word.
func TestOrdinaryDay(t *testing.T) {
	s := newServer(t)
	shared := s.newBench(t, "day").furnished(t).addressed(t)
	for name, k := range kinds() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			t.Run("Rows", func(t *testing.T) {
				t.Parallel()
				rows(t, shared, k)
			})
			for name, tell := range map[string]func(story){
				"applied-again":   appliedAgain,
				"maximal":         maximalAppliedAgain,
				"blank-at-end":    blankAtEnd,
				"others-words":    othersWords,
				"unwanted-words":  unwantedWords,
				"replaced-words":  replacedWords,
				"two-changes":     twoChanges,
				"freed-outside":   freedOutside,
				"restored":        restored,
				"restored-words":  restoredWords,
				"elsewhere":       appliedElsewhere,
				"beside":          appliedBeside,
				"others-hands":    othersHands,
				"paused":          paused,
				"paused-policies": pausedByPolicies,
				"deleted-wrong":   deletedWhileWrong,
				"no-config":       noConfiguration,
				"others-secret":   othersSecret,
				"external-name":   wrongExternalName,
				"observe-nothing": observeNothing,
				"looked-first":    lookedFirst,
				"looked-deleted":  lookedThenDeleted,
				"looked-at-wrong": lookedElsewhere,
			} {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					tell(shared.story(t, k))
				})
			}
			t.Run("awkward", func(t *testing.T) {
				t.Parallel()
				awkward(t, shared, k)
			})
			for _, y := range k.typos(shared.world) {
				t.Run("typo-"+y.name, func(t *testing.T) {
					t.Parallel()
					misspelt(shared.story(t, k), y)
				})
			}
			for _, r := range k.references {
				t.Run(r.plain, func(t *testing.T) {
					t.Parallel()
					references(t, shared, k, r)
				})
			}
			t.Run("broken", func(t *testing.T) {
				t.Parallel()
				own := s.newBench(t, "broken-"+k.plural).furnished(t)
				answerLost(own.story(t, k))
				deletedWhileBroken(own.story(t, k))
			})
		})
	}
	t.Run("Composites", func(t *testing.T) {
		t.Parallel()
		compositesOrdinaryDay(t, s)
	})
	t.Run("Examples", func(t *testing.T) {
		t.Parallel()
		examples(t, s.newBench(t, "default"))
	})
}
