package controller

import (
	"context"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/reconciler/managed"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/internal/pace"
	"github.com/crossplane-contrib/provider-metal-stack/internal/turn"
)

const (
	// inSilence is how long a resource waits for its turn before it says so.
	inSilence = 10 * time.Second

	// unwoken is when a resource that waits for its turn is looked at although
	// nobody has woken it.
	unwoken = time.Minute
)

// takesTurn is true if a resource may create what it asks for: metal-api allocates
// one after the other in a partition. Nothing is written of a create, and nothing
// asked for it, before its turn: whatever ends this process then, few have an
// allocate under way whose outcome is unknown.
func (e *external[T, O]) takesTurn(mg T) (bool, time.Duration) {
	e.room = turn.Room{Stack: e.conn.Stack.Address(), Kind: e.kind.Thing(), Partition: e.kind.Place(mg).PartitionID}
	key := client.ObjectKeyFromObject(mg)
	e.seat = visitor(e.name, mg)
	seated, waited := e.turns.Take(e.room, turn.Visitor{
		ID:        e.seat,
		ProjectID: e.payer(mg),
		Wake:      func() { e.bell.Ring(key, pace.High) },
	})
	if !seated {
		e.seat = ""
	}
	return seated, waited
}

// visitor that waits for a turn, by kind and name.
func visitor(kind string, o client.Object) string {
	return kind + " " + o.GetNamespace() + "/" + o.GetName()
}

// waitsForTurn without a word, unless it takes long, or it still shows what is gone.
func (e *external[T, O]) waitsForTurn(ctx context.Context, mg T, waited time.Duration) (managed.ExternalObservation, error) {
	says := "waits for its turn: others are allocated before, one after the other"
	if partition := e.kind.Place(mg).PartitionID; partition != "" {
		says = "waits for its turn: others in partition " + partition + " are allocated before, one after the other"
	}
	switch {
	case waited < inSilence && mg.GetCondition(xpv2.TypeReady).Status != corev1.ConditionTrue:
		return managed.ExternalObservation{}, pace.PutOff(ctx, inSilence)
	case mg.GetMessage() == says:
		return managed.ExternalObservation{}, pace.PutOff(ctx, unwoken)
	}
	e.mark(mg, xpv2.Creating().WithMessage(says))
	mg.SetMessage(says)
	return managed.ExternalObservation{ResourceExists: true, ResourceUpToDate: true}, nil
}

// leavesTurn, if it has one.
func (e *external[T, O]) leavesTurn() {
	if e.seat != "" {
		e.turns.Leave(e.room, e.seat)
		e.seat = ""
	}
}

// Disconnect gives a turn back that was not used. Connections are shared.
func (e *external[T, O]) Disconnect(_ context.Context) error {
	e.leavesTurn()
	return nil
}
