package simulator

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestChoosePrimary(t *testing.T) {
	t.Parallel()
	const theirs = systemProject
	child := func(project string, shared bool) link {
		return link{network: network{parent: superNetwork, project: project, shared: shared}, kind: typeExternal}
	}
	external := link{kind: typeExternal}
	type want struct {
		Kinds   []string
		Message string
	}
	const (
		multiple = "multiple private networks are specified but there must be only one primary private network that must not be shared"
		foreign  = "the given private network does not belong to the project, which is not allowed"
	)
	cases := map[string]struct {
		reason string
		role   string
		links  []link
		want   want
	}{
		"Unshared": {
			reason: "The private network is the primary one, wherever it stands.",
			role:   roleFirewall, links: []link{external, child(sampleProject, false)},
			want: want{Kinds: []string{typeExternal, primaryUnshared}},
		},
		"Shared": {
			reason: "A shared network can be primary when there is no other.",
			role:   roleMachine, links: []link{child(sampleProject, true)},
			want: want{Kinds: []string{primaryShared}},
		},
		"Storage": {
			reason: "The project of a firewall's secondary network is not asked for.",
			role:   roleFirewall, links: []link{child(theirs, true), child(sampleProject, false)},
			want: want{Kinds: []string{secondaryShared, primaryUnshared}},
		},
		"MachineInTwo": {
			reason: "Only a firewall can be in a shared network besides its primary one.",
			role:   roleMachine, links: []link{child(sampleProject, true), child(sampleProject, false)},
			want: want{Message: "a machine can be in one private network only"},
		},
		"TwoShared":    {reason: "Neither of them is primary.", role: roleFirewall, links: []link{child(sampleProject, true), child(sampleProject, true)}, want: want{Message: multiple}},
		"TwoUnshared":  {reason: "Both would be primary.", role: roleFirewall, links: []link{child(sampleProject, false), child(sampleProject, false)}, want: want{Message: multiple}},
		"OtherProject": {reason: "The primary network is the project's own.", role: roleFirewall, links: []link{child(theirs, true)}, want: want{Message: foreign}},
		"None":         {reason: "External networks alone will not do.", role: roleFirewall, links: []link{external}, want: want{Message: "no private network given"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := want{}
			if err := choosePrimary(tc.links, demand{role: tc.role, allocateRequest: allocateRequest{ProjectID: sampleProject}}); err != nil {
				got.Message = err.Error()
			} else {
				for _, l := range tc.links {
					got.Kinds = append(got.Kinds, l.kind)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
