package controller

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	"github.com/crossplane/crossplane-runtime/v2/pkg/event"
	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/crossplane/crossplane-runtime/v2/pkg/reconciler/managed"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	kerrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/memory"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/relation"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metrics"
	"github.com/crossplane-contrib/provider-metal-stack/internal/pace"
	"github.com/crossplane-contrib/provider-metal-stack/internal/turn"
)

// Times that belong together. An allocate must not be cancelled: metal-api's
// allocation mutex would stay locked, and the machine may come all the same.
const (
	// CreateTimeout of an allocate, whatever becomes of the reconcile.
	CreateTimeout = 60 * time.Second

	// ReconcileTimeout of all external calls of a reconcile.
	ReconcileTimeout = CreateTimeout + 30*time.Second

	// ShutdownTimeout that a manager needs to end gracefully: a reconcile with
	// a create in it, and its annotations.
	ShutdownTimeout = ReconcileTimeout + 30*time.Second

	// glanceLater is when a look at what rests is tried again that a metal-api
	// had no place for.
	glanceLater = 10 * time.Second
)

// A connector makes an external client for each reconcile.
type connector[T Resource, O any] struct {
	kind      Kind[T, O]
	name      string // Of the kind, such as Network.
	connect   Connector
	relations *relation.Home
	persist   persister
	record    event.Recorder
	count     *metrics.Decisions
	holdOff   time.Duration
	timeout   time.Duration // Of an allocate.
	turns     *turn.Rooms
	bell      *pace.Bell
	waiting   *waitingRoom

	// now is the time, process that of the first reconcile: not before this
	// process's leadership.
	now     func() time.Time
	process func() time.Time
}

// Connect to the metal-stack of a managed resource.
func (c *connector[T, O]) Connect(ctx context.Context, mg T) (managed.TypedExternalClient[T], error) {
	pace.About(ctx, mg)
	process := c.process()
	conn, err := c.connect.Connect(ctx, mg)
	if err != nil {
		return nil, c.failed(mg, err)
	}
	return &external[T, O]{connector: c, conn: conn, started: process}, nil
}

// An external client of all kinds: it sees to it that everything is made once,
// that nothing is lost, and that only what is ours is touched.
type external[T Resource, O any] struct {
	*connector[T, O]

	conn    *Connection
	started time.Time

	// observed is what was read for this look, by nobody else.
	observed *O

	// told is true if an event has said whose the object is from now on.
	told bool

	// proved is true if the metal-stack was seen to be the one that is recorded.
	proved bool

	// The seat that was taken in a room, empty if none was.
	room turn.Room
	seat string
}

// Observe what a managed resource stands for.
func (e *external[T, O]) Observe(ctx context.Context, mg T) (managed.ExternalObservation, error) {
	class := metal.Work
	if pace.Rests(mg) {
		class = metal.Glance
	}
	o, err := e.observe(e.calling(ctx, mg, class), mg)
	if metal.KindOf(err) == metal.Later {
		return managed.ExternalObservation{}, pace.PutOff(ctx, glanceLater)
	}
	err = e.failed(mg, err)
	if meta.WasDeleted(mg) {
		// The reconciler waits for other finalizers without a word.
		e.sayWhoKeeps(ctx, mg)
	}
	return o, err
}

// Create what a managed resource asks for.
func (e *external[T, O]) Create(ctx context.Context, mg T) (managed.ExternalCreation, error) {
	c, outcome, err := e.create(e.calling(ctx, mg, metal.Work), mg)
	e.leavesTurn()
	e.count.Created(outcome)
	if err == nil {
		pace.Made(ctx)
	}
	return c, e.said(mg, err)
}

// Update what differs, on a fresh read: what was observed may have been freed
// and given to others since.
func (e *external[T, O]) Update(ctx context.Context, mg T) (managed.ExternalUpdate, error) {
	ctx = e.calling(ctx, mg, metal.Work)
	return managed.ExternalUpdate{}, e.said(mg, insist(func() error { return e.update(ctx, mg) }))
}

func (e *external[T, O]) update(ctx context.Context, mg T) error {
	o, j, err := e.find(ctx, mg)
	if err != nil {
		return err
	}
	if !j.Touchable() {
		return e.untouchable(mg, j)
	}
	r, err := e.resolve(ctx, mg, true)
	if err != nil {
		return err
	}
	if step := e.consented(mg, o); step != nil {
		return e.take(ctx, mg, o, step)
	}
	asked := memory.Of(mg).Writing(e.kind.Written(mg))
	if err := e.remember(ctx, mg, asked); err != nil {
		return err
	}
	pace.Wrote(ctx)
	if err := e.kind.Update(ctx, e.conn.Stack, mg, o, e.marks(mg), asked.Written()); err != nil {
		return err
	}
	if j.Verdict == TakeOver && !e.told {
		// What was restored knew its object before: its mark says so only now.
		e.record.Event(mg, recorded(e.kind.Noun(), e.kind.Facts(o), TakeOver))
	}

	// A second read tells whether metal-api did as it said.
	o, j, err = e.find(ctx, mg)
	if err != nil {
		return err
	}
	if !j.Touchable() {
		return e.untouchable(mg, j)
	}
	obs := e.see(mg, o)
	differs := e.differences(mg, o, obs, r)
	if len(differs.repairable) > 0 {
		return errors.Errorf("%s %s was updated, but %s still differs", e.kind.Noun(), e.kind.Facts(o).ID, differs)
	}
	upToDate := differs.condition(e.name, differs.needs, true)
	e.mark(mg, upToDate)
	mg.SetMessage(upToDate.Message)
	return e.settle(ctx, mg, obs)
}

// Delete frees what is the managed resource's, on a fresh read: metal-api frees
// whatever is on a machine.
func (e *external[T, O]) Delete(ctx context.Context, mg T) (managed.ExternalDelete, error) {
	e.mark(mg, xpv2.Deleting())
	mg.SetMessage("")
	err := insist(func() error { return e.free(e.calling(ctx, mg, metal.Work), mg) })
	var wait *WaitError
	if errors.As(err, &wait) {
		mg.SetMessage(wait.For)
		pace.Waits(ctx, wait.For)
		return managed.ExternalDelete{}, nil
	}
	if err == nil {
		pace.Freed(ctx)
	}
	return managed.ExternalDelete{}, e.said(mg, err)
}

func (e *external[T, O]) free(ctx context.Context, mg T) error {
	o, j, err := e.findAgain(ctx, mg)
	if err != nil {
		return err
	}
	switch {
	case j.Verdict == Nothing || j.Verdict == Another:
		// The next observation proves that it is gone.
		return nil
	case !j.Touchable():
		return e.untouchable(mg, j)
	}
	if f := e.kind.Facts(o); f.Unfreeable != "" {
		return errors.Errorf("%s %s %s: set managementPolicies to [Observe] to let go of it", e.kind.Noun(), f.ID, f.Unfreeable)
	}
	// A create of what is to be allocated by way of it may be in flight that
	// metal-api knows nothing of yet.
	who, err := e.relations.Users(ctx, e.conn.Stack, e.name, mg)
	if err != nil {
		return err
	}
	if len(who) > 0 {
		return &WaitError{For: madeFor(e.kind.Noun()+" "+e.kind.Facts(o).ID, who)}
	}
	pace.Wrote(ctx)
	err = e.kind.Free(ctx, e.conn.Stack, mg, o)
	if metal.KindOf(err) == metal.NotFound {
		return nil // The next observation proves it.
	}
	return err
}

// mostNamed are how many of several a message names.
const mostNamed = 10

// madeFor something are others, which it waits for.
func madeFor(what string, who []string) string {
	if len(who) == 1 {
		return fmt.Sprintf("%s is being deleted, and waits for %s, which was made for it: delete it first", what, who[0])
	}
	return fmt.Sprintf("%s is being deleted, and waits for %s, which were made for it: delete them first", what, Enumerate(who))
}

// Enumerate several in words: of many, the first ones.
func Enumerate(who []string) string {
	if others := len(who) - mostNamed; others > 1 {
		who = append(slices.Clone(who[:mostNamed]), fmt.Sprintf("%d others", others))
	}
	if len(who) < 2 {
		return strings.Join(who, "")
	}
	last := len(who) - 1
	return strings.Join(who[:last], ", ") + " and " + who[last]
}

// insist on a change that metal-api did not make because something else changed
// the object in between, such as a machine's events: from its look on it is tried
// again at once, a few times.
func insist(change func() error) error {
	const most = 5
	for range most - 1 {
		if err := change(); metal.KindOf(err) != metal.Changed {
			return err
		}
	}
	return change()
}

// calling a metal-stack for a resource.
func (e *external[T, O]) calling(ctx context.Context, mg T, c metal.Class) context.Context {
	return metal.WithCaller(ctx, metal.Caller{ProjectID: e.payer(mg), Class: c})
}

func (e *external[T, O]) marks(mg T) metal.Marks {
	return metal.Marks{
		UID:            mg.GetUID(),
		Resource:       mg.GetNamespace() + "/" + mg.GetName(),
		ProviderConfig: e.conn.ProviderConfigUID,
	}
}

// mark conditions with the generation that they are about.
func (c *connector[T, O]) mark(mg T, cs ...xpv2.Condition) {
	for i := range cs {
		cs[i].ObservedGeneration = mg.GetGeneration()
	}
	mg.SetConditions(cs...)
}

// said puts an error into the message. Conflicts are tried again at once and
// need no word.
func (c *connector[T, O]) said(mg T, err error) error {
	if err != nil && !kerrors.IsConflict(err) {
		mg.SetMessage(err.Error())
	}
	return err
}

// failed looks are said. What goes, or is broken, is not to be used, whatever was
// seen last.
func (c *connector[T, O]) failed(mg T, err error) error {
	switch {
	case err == nil || kerrors.IsConflict(err):
	case meta.WasDeleted(mg):
		c.mark(mg, xpv2.Deleting().WithMessage(err.Error()))
	case metal.KindOf(err) == metal.Broken:
		c.mark(mg, broken(err.Error()))
	}
	return c.said(mg, err)
}

// broken is the condition of what only who runs the metal-stack can repair.
func broken(why string) xpv2.Condition {
	c := xpv2.Unavailable().WithMessage(why)
	c.Reason = ReasonBroken
	return c
}
