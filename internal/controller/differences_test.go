package controller

import (
	"testing"

	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

func TestDifferences(t *testing.T) {
	t.Parallel()
	type want struct {
		reason  xpv2.ConditionReason
		message string
		repair  bool
	}
	cases := map[string]struct {
		reason    string
		d         differences
		role      metal.Role
		mayUpdate bool
		want      want
	}{
		"Equal":      {"nothing differs", differences{}, metal.RoleNone, true, want{xpv2.ReasonObserveMatched, "", false}},
		"Admin":      {"an admin repairs", differences{needs: metal.RoleAdmin, repairable: []string{"description"}}, metal.RoleAdmin, true, want{xpv2.ReasonUpdateRequested, "not as the spec says: description", true}},
		"Edit":       {"only an admin may", differences{needs: metal.RoleAdmin, repairable: []string{"description", "labels"}}, metal.RoleEdit, true, want{xpv2.ReasonUpdateRestricted, "not as the spec says: description, labels (metal-api lets only the role admin change that, and the credentials have the role edit)", false}},
		"NoRole":     {"a role that is not known is none", differences{needs: metal.RoleAdmin, repairable: []string{"tags"}}, metal.RoleNone, true, want{xpv2.ReasonUpdateRestricted, "not as the spec says: tags (metal-api lets only the role admin change that, and the credentials have the role none)", false}},
		"Policy":     {"only where Update is allowed", differences{needs: metal.RoleAdmin, repairable: []string{"tags"}}, metal.RoleAdmin, false, want{xpv2.ReasonUpdateRestricted, "not as the spec says: tags (managementPolicies do not allow Update)", false}},
		"Fixed":      {"what cannot be changed in place", differences{fixed: []string{"size is a on the machine and b in the spec"}}, metal.RoleAdmin, true, want{"Fixed", "size is a on the machine and b in the spec: set it back, or create another Firewall", false}},
		"FixedAdmin": {"does not keep from repairing the rest", differences{needs: metal.RoleAdmin, repairable: []string{"tags"}, fixed: []string{"rules: not those of the machine"}}, metal.RoleAdmin, true, want{"Fixed", "rules: not those of the machine: set it back, or create another Firewall; not as the spec says: tags", true}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := tc.d.condition("Firewall", tc.role, tc.mayUpdate)
			got := want{c.Reason, c.Message, tc.d.repairBy(tc.role, tc.mayUpdate)}
			if diff := cmp.Diff(tc.want, got, cmp.AllowUnexported(want{})); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestUnlike(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason       string
		says, is     string
		onlyObserved bool
		want         []string
	}{
		"Equal":        {"equal", "a", "a", false, nil},
		"Differs":      {"another value", "a", "b", false, []string{"size is b there and a in the spec"}},
		"ObserveOther": {"what it says must be so for who only observes", "a", "b", true, []string{"size is b there and a in the spec"}},
		"NotSet":       {"who may free must say what", "", "b", false, []string{"size is b there and not set in the spec"}},
		"ObserveUnset": {"who only observes needs to say nothing", "", "b", true, nil},
		"None":         {"the object has none", "a", "", false, []string{"size is not set there and a in the spec"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, unlike("size", tc.says, tc.is, tc.onlyObserved)); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
