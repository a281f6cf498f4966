package controller

import (
	"context"

	"github.com/crossplane/crossplane-runtime/v2/pkg/reconciler/managed"
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	"k8s.io/apimachinery/pkg/types"

	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/memory"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// A Resource is a managed resource that says in its status what it waits for.
type Resource interface {
	resource.ModernManaged

	GetMessage() string
	SetMessage(message string)

	// A copy of what was asked for.
	GetAsked() string
	SetAsked(asked string)
}

// A Kind is what is particular of a kind of managed resource: T is the managed
// resource, O what it stands for at metal-stack. Its methods take no decision
// about whose an object is: they are called when that is settled.
//
//nolint:interfacebloat // All that tells two kinds apart, in one place.
type Kind[T Resource, O any] interface {
	// Noun that messages call an object by, for example "network".
	Noun() string

	// Thing that the object is where it has another name, such as machine.
	Thing() string

	// Find the object of an id. Nil proves that there is none.
	Find(ctx context.Context, s metal.Stack, id string) (*O, error)

	// FindMarked objects: those that carry the mark of a managed resource's
	// uid.
	FindMarked(ctx context.Context, s metal.Stack, uid types.UID) ([]O, error)

	// FindNamed objects: those that carry the mark of a managed resource's
	// namespace/name, whatever its uid.
	FindNamed(ctx context.Context, s metal.Stack, resource string) ([]O, error)

	// Facts that tell whose an object is.
	Facts(o *O) Facts

	// Place that the managed resource's spec names.
	Place(mg T) Place

	// Fixed fields of the spec, in canonical spelling, beside those of an
	// object, if there is one.
	Fixed(mg T, o *O) []Field

	// Written is what the spec wants to be written of what can be changed in
	// place: what is forgotten when the spec no longer wants it.
	Written(mg T) memory.Written

	// Prepare an allocate: everything that a read can refuse is read here, and
	// nothing is made. What it returns allocates, once.
	Prepare(ctx context.Context, s metal.Stack, mg T, marks metal.Marks) (Allocate[O], error)

	// Observe an object that is the managed resource's: write what is seen to
	// status.atProvider, all but the message, and say how it is. wrote is what
	// was written once: what of it nobody wants any more differs, too.
	Observe(mg T, o *O, wrote memory.Written) Observation

	// Flaw of an object that seems ready, as a sentence: what a look at the
	// object alone does not show. Empty if there is none.
	Flaw(ctx context.Context, s metal.Stack, mg T, o *O) (string, error)

	// Forget what status.atProvider says, all but the message.
	Forget(mg T)

	// ChangedBy is the role that may change in place what can be changed so.
	ChangedBy() metal.Role

	// Update what can be changed in place, the marks among it. What was written
	// once and nobody wants any more goes.
	Update(ctx context.Context, s metal.Stack, mg T, o *O, marks metal.Marks, wrote memory.Written) error

	// Free an object that was found to be the managed resource's a moment ago.
	// A *WaitError says that it is not its turn.
	Free(ctx context.Context, s metal.Stack, mg T, o *O) error
}

// A waiting kind has resources that wait for others before they are created: a *WaitError
// says for what.
type waiting[T Resource] interface {
	Waits(ctx context.Context, s metal.Stack, mg T) error
}

// A kind with namesakes has resources that take turns under several names: what one of
// them left behind, the next may find.
type namesakes[T Resource] interface {
	// Namesakes of a resource, by namespace/name, of which none lives.
	Namesakes(ctx context.Context, mg T) ([]string, error)
}

// A described kind has objects that a resource which only looks can name by what they are.
type described[T Resource, O any] interface {
	// Described by the spec is the one object, or it is said which there are; nil and no
	// words if the spec describes none.
	Described(ctx context.Context, s metal.Stack, mg T) (o *O, why string, err error)
}

// A showing kind shows in the status which allocation it is, for when annotations are
// lost: kubectl replace takes them away.
type showing[T Resource] interface {
	// Shown is the allocation that the status shows.
	Shown(mg T) string
}

// A passing kind has objects that metal-stack frees by itself.
type passing[T Resource] interface {
	// Passed says, of an object that is gone, that this was its natural end, and
	// what a person can do: another one is not made. Empty if it was not.
	Passed(mg T) string
}

// Allocate makes an object. metal.NothingMade tells of an error whether the
// object may exist all the same.
type Allocate[O any] func(ctx context.Context) (*O, error)

// Facts about an object at metal-stack that tell whose it is.
type Facts struct {
	// ID is the external name. metal-stack reuses machine ids.
	ID string

	// AllocationUUID is never reused.
	AllocationUUID string

	// Marks of the managed resource that it was made for. They are weak where who
	// may not change the object can write them: then they prove nothing by
	// themselves.
	Marks     metal.Marks
	WeakMarks bool

	PartitionID string
	ProjectID   string

	// Unfit says why the object cannot be of this kind, if it cannot.
	Unfit string

	// Unfreeable says why metal-api cannot free the object, if it cannot: it can
	// only be looked at.
	Unfreeable string
}

// A Place is where a managed resource wants its object.
type Place struct {
	PartitionID string
	ProjectID   string
}

// An Observation of an object.
type Observation struct {
	// Ready condition.
	Ready xpv2.Condition

	// Repairable fields that differ between spec and object, sorted, and
	// sentences about those that were written and cannot be taken back.
	Repairable []string
	Stuck      map[string]string

	// ConnectionDetails of the object.
	ConnectionDetails managed.ConnectionDetails
}

// ReasonBroken of a resource that is not ready: what it stands for is damaged, and
// only who runs the metal-stack can repair it.
const ReasonBroken xpv2.ConditionReason = "Broken"

// A WaitError says what something waits for. It is no failure: it goes away
// when others are done.
type WaitError struct {
	// For what, as a sentence that names the object and the way out.
	For string
}

// Error says what is waited for.
func (e *WaitError) Error() string { return e.For }
