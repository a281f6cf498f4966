//go:build envtest

package ordinaryday

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// A typo is told, and corrected until something exists.
func misspelt(s story, y typo) {
	name := y.resource
	if name == "" {
		name = "typo-" + y.name
	}
	o := s.manifest(name, y.wrong)
	s.create(o)
	s.until(o, "it says what is wrong", func() bool {
		return !s.gone(o) && strings.Contains(viewOf(o).Message, y.says)
	})
	s.look(o)
	if v := viewOf(o); v.Synced != corev1.ConditionFalse || !strings.Contains(v.Message, y.says) {
		s.t.Errorf("want it not Synced because of %q, got %+v", y.says, v)
	}
	s.nothing(o)
	s.edit(o, y.right)
	s.untilWell(o)
	s.stillWell(o)
	s.away(o)
}

// What is deleted with a typo in it goes, without anybody's help.
func deletedWhileWrong(s story) {
	for _, y := range s.kind.typos(s.world) {
		if y.resource != "" {
			continue
		}
		o := s.manifest("wrong-"+y.name, y.wrong)
		s.create(o)
		s.until(o, "it says what is wrong", func() bool {
			return !s.gone(o) && strings.Contains(viewOf(o).Message, y.says)
		})
		s.away(o)
	}
}
