//go:build envtest

package validation

import (
	"strings"
	"testing"

	"github.com/crossplane/crossplane-runtime/v2/pkg/reconciler/managed"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	kerrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// managedKinds are those of managed resources.
var managedKinds = []string{"Network", "Firewall", "Machine", "IP", "Project"}

// Refusals of management policies.
const (
	needObserve = "managementPolicies need Observe, or are [*]: Crossplane supports no others"
	starAlone   = "managementPolicies of * are [*] alone: Crossplane supports no others"
	deleteAlone = "managementPolicies with Delete and without Create are [Observe, Delete]: Crossplane supports no others"
)

// The API server takes the management policies that crossplane-runtime supports, and no
// others: those would stop everything, a deletion as well.
func TestManagementPolicies(t *testing.T) {
	t.Parallel()
	actions := []xpv2.ManagementAction{"Observe", "Create", "Update", "Delete", "LateInitialize", "*"}
	objects := subjects(t)
	for _, kind := range managedKinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			ns := namespace(t.Context(), t)
			for subset := range 1 << len(actions) {
				policies, given := xpv2.ManagementPolicies{}, list{}
				for i, a := range actions {
					if subset&(1<<i) != 0 {
						policies, given = append(policies, a), append(given, string(a))
					}
				}
				o := objects[kind].DeepCopy()
				o.SetNamespace(ns)
				change{"spec.managementPolicies": given}.apply(t, o)
				err := kube.Create(t.Context(), o, client.DryRunAll)
				if managed.NewManagementPoliciesResolver(true, policies).Validate() == nil {
					if err != nil {
						t.Errorf("%v: want it accepted: %v", policies, err)
					}
					continue
				}
				if !kerrors.IsInvalid(err) || !strings.Contains(err.Error(), ": Crossplane supports no others") {
					t.Errorf("%v: want it refused, got %v", policies, err)
				}
			}
		})
	}
}
