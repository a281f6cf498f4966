package controller

import (
	"fmt"
	"slices"
	"strings"

	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// reasonFixed of the condition UpToDate: something differs that cannot be
// changed in place.
const reasonFixed xpv2.ConditionReason = "Fixed"

// differences between what is asked for and what is: names of fields that can
// be repaired, and sentences about what is fixed.
type differences struct {
	repairable []string
	fixed      []string

	// needs is the role that may repair.
	needs metal.Role

	// offers a step that a person must consent to, for a reason.
	offers string
	why    xpv2.ConditionReason
}

// repairBy says whether the repairable differences shall be repaired: only if the role
// may change that at metal-api, and the policies allow it.
func (d differences) repairBy(role metal.Role, mayUpdate bool) bool {
	return len(d.repairable) > 0 && mayUpdate && role.Includes(d.needs)
}

// condition UpToDate of a kind.
func (d differences) condition(kind string, role metal.Role, mayUpdate bool) xpv2.Condition {
	var words []string
	if len(d.fixed) > 0 {
		words = append(words, fmt.Sprintf("%s: set it back, or create another %s", strings.Join(d.fixed, ", "), kind))
	}
	if len(d.repairable) > 0 {
		switch {
		case !mayUpdate:
			words = append(words, differ(d.repairable)+" (managementPolicies do not allow Update)")
		case !role.Includes(d.needs):
			words = append(words, fmt.Sprintf("%s (metal-api lets only the role %s change that, and the credentials have the role %s)", differ(d.repairable), d.needs, nameOfRole(role)))
		default:
			words = append(words, differ(d.repairable))
		}
	}
	if d.offers != "" {
		words = append(words, d.offers)
	}
	message := strings.Join(words, "; ")
	switch {
	case len(words) == 0:
		return xpv2.ObserveMatched()
	case len(d.fixed) > 0:
		return xpv2.Condition{Type: xpv2.TypeUpToDate, Status: corev1.ConditionFalse, LastTransitionTime: metav1.Now(), Reason: reasonFixed, Message: message}
	case d.offers != "":
		return xpv2.Condition{Type: xpv2.TypeUpToDate, Status: corev1.ConditionFalse, LastTransitionTime: metav1.Now(), Reason: d.why, Message: message}
	case d.repairBy(role, mayUpdate):
		return xpv2.UpdateRequested().WithMessage(message)
	default:
		return xpv2.UpdateRestricted().WithMessage(message)
	}
}

// String lists all differences.
func (d differences) String() string {
	return strings.Join(slices.Concat(d.repairable, d.fixed), ", ")
}

func differ(what []string) string {
	return "not as the spec says: " + strings.Join(what, ", ")
}

func nameOfRole(r metal.Role) string {
	if r == metal.RoleNone {
		return "none"
	}
	return string(r)
}

// unlike says how a field of the spec differs from the object that shall be
// imported, in at most one sentence. Where the resource is only observed, a
// field that is left out does not differ.
func unlike(field, says, is string, onlyObserved bool) []string {
	switch {
	case says == is || (says == "" && onlyObserved):
		return nil
	case says == "":
		return []string{fmt.Sprintf("%s is %s there and not set in the spec", field, is)}
	case is == "":
		return []string{fmt.Sprintf("%s is not set there and %s in the spec", field, says)}
	default:
		return []string{fmt.Sprintf("%s is %s there and %s in the spec", field, is, says)}
	}
}
