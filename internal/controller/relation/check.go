package relation

import (
	"context"
	"slices"
	"strings"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/crossplane/crossplane-runtime/v2/pkg/reconciler/managed"
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// Check that something may be allocated by way of all that a resource names, whose
// references are resolved: nothing of it is being deleted, and will be freed, and each
// that a reference led to is its resource's own: a restored one has an id, and may yet
// be refused for being another's. What is being deleted waits for all that it sees: it
// sees this resource, or is seen here.
func (h *Home) Check(ctx context.Context, s metal.Stack, kind string, mg resource.Managed) error {
	for _, r := range h.kinds.named(kind).references(mg) {
		if h.kinds.named(r.To).Owner == nil {
			continue
		}
		var err error
		switch {
		case r.ID != "":
			err = h.check(ctx, s, noun(kind), mg, r)
		case r.refers():
			err = h.checkLed(ctx, s, mg, r)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// checkLed to what a reference led whose ids are named elsewhere, as addresses are: each is
// its resource's own, also where another metal-stack has the same.
func (h *Home) checkLed(ctx context.Context, s metal.Stack, mg resource.Managed, r Reference) error {
	all, err := h.candidates(ctx, h.live, mg, r)
	if err != nil {
		return err
	}
	for _, to := range all {
		id := meta.GetExternalName(to)
		if id == "" || !r.Matches(mg, to) || PoliciesOf(to).ShouldOnlyObserve() {
			continue
		}
		owner, err := h.kinds.named(r.To).Owner(ctx, s, id)
		if err != nil {
			return err
		}
		if owner == nil || !owner.is(to) {
			return notThatOf(r.To, id, to)
		}
	}
	return nil
}

// notThatOf a resource is an object that it names.
func notThatOf(kind, id string, to resource.Managed) error {
	return errors.Errorf("%s %s is not that of %s, which names it: see its message", noun(kind), id, kind+" "+nameOf(to))
}

func (h *Home) check(ctx context.Context, s metal.Stack, what string, mg resource.Managed, r Reference) error {
	owner, err := h.kinds.named(r.To).Owner(ctx, s, r.ID)
	if err != nil {
		return err
	}
	if owner == nil {
		return errors.Errorf("there is no %s %s", noun(r.To), r.ID)
	}
	all, err := h.having(ctx, r.To, r.ID, owner)
	if err != nil {
		return errors.Wrapf(err, "cannot list the %ss that may have %s %s", r.To, noun(r.To), r.ID)
	}
	at := siteOf(mg, s)
	for _, to := range all {
		referred := r.Matches(mg, to)
		policies := PoliciesOf(to)
		freed := meta.WasDeleted(to) && policies.ShouldDelete() && at.has(ctx, to)
		switch {
		case at.err != nil:
			return at.err
		case freed:
			return errors.Errorf("%[1]s %[2]s is being deleted with %[3]s %[4]s: delete the %[5]s as well, name another %[1]s, or let go of this one by managementPolicies of [Observe] in %[3]s %[4]s", noun(r.To), r.ID, r.To, nameOf(to), what)
		case referred && !Usable(to):
			return errors.New(awaiting(r.To, nameOf(to), to))
		case referred && !policies.ShouldOnlyObserve() && !owner.is(to):
			return notThatOf(r.To, r.ID, to)
		}
	}
	return nil
}

// is true for the resource that an object was made for: the object is the one that was
// recorded, and carries its mark or none.
func (o *Owner) is(mg resource.Managed) bool {
	return mg.GetAnnotations()[v1alpha1.AnnotationAllocationUUID] == o.AllocationUUID && (o.Marks.UID == "" || o.Marks.UID == mg.GetUID())
}

// having an object are the resources that name it, as they are now: those that the
// cache knows by its id, and the one whose mark it carries. One that is neither,
// because it was applied just now, sees who uses it before it frees anything.
func (h *Home) having(ctx context.Context, kind, id string, owner *Owner) ([]resource.Managed, error) {
	known := h.list(kind)
	if err := h.listInstalled(ctx, h.kube, known, kind, client.MatchingFields{byID: id}); err != nil {
		return nil, err
	}
	var names []types.NamespacedName
	for _, mg := range known.GetItems() {
		names = append(names, client.ObjectKeyFromObject(mg))
	}
	if namespace, name, ok := strings.Cut(owner.Marks.Resource, "/"); ok {
		names = append(names, types.NamespacedName{Namespace: namespace, Name: name})
	}
	slices.SortFunc(names, func(a, b types.NamespacedName) int { return strings.Compare(a.String(), b.String()) })
	var all []resource.Managed
	for _, name := range slices.Compact(names) {
		mg := h.object(kind)
		switch err := h.live.Get(ctx, name, mg); {
		case notInstalled(err):
		case err != nil:
			return nil, err
		case meta.GetExternalName(mg) == id:
			all = append(all, mg)
		}
	}
	return all, nil
}

// PoliciesOf a managed resource say what may be done to its object.
func PoliciesOf(mg resource.Managed) managed.ManagementPoliciesChecker {
	return managed.NewManagementPoliciesResolver(true, mg.GetManagementPolicies())
}

// Taken says which other resource of a kind has taken an object, by the allocation that it
// recorded; of what is taken over from a uid, only one that was given the same. Empty if
// none has.
func (h *Home) Taken(ctx context.Context, kind string, mg resource.Managed, from types.UID, id, allocation string) (string, error) {
	all, err := h.having(ctx, kind, id, &Owner{})
	if err != nil {
		return "", errors.Wrapf(err, "cannot list the %ss that may have %s %s", kind, noun(kind), id)
	}
	for _, other := range all {
		a := other.GetAnnotations()
		looks := PoliciesOf(other).ShouldOnlyObserve()
		if other.GetUID() != mg.GetUID() && (from == "" || a[v1alpha1.AnnotationTakeOver] == string(from)) && a[v1alpha1.AnnotationAllocationUUID] == allocation && a[v1alpha1.AnnotationAsked] != "" && !looks {
			return nameOf(other), nil
		}
	}
	return "", nil
}
