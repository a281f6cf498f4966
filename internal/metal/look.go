package metal

import (
	"context"

	"k8s.io/apimachinery/pkg/types"
)

// A Look at an object that a managed resource has, and that most likely is as it
// was: it may be served from an answer that many share. It is asked for by the
// context of Network and Machine, for that one object, and says afterwards where
// the answer came from. If there is none yet, the error is of kind Later. Without a
// look they ask metal-stack.
type Look struct {
	// UID of the managed resource.
	UID types.UID

	// Unshared asks for an answer that is about this object alone.
	Unshared bool

	// Kind, namespace and name of it, by which it is told that there is an answer, or
	// another one. Empty: by what its object says.
	Kind     string
	Resource types.NamespacedName

	// From is where the answer came from.
	From Source
}

// A Source of an answer.
type Source int

// Sources of an answer.
const (
	// Asked metal-stack just now.
	Asked Source = iota

	// Told by metal-stack moments ago, in the answer to the allocate of this
	// very object.
	Told

	// Shared is an answer for many, a little old. What it shows may be taken for
	// true as long as it is what was seen before; nothing else may.
	Shared
)

type lookKey struct{}

// WithLook asks for a look.
func WithLook(ctx context.Context, l *Look) context.Context {
	return context.WithValue(ctx, lookKey{}, l)
}

// LookOf a context; nil if none is asked for.
func LookOf(ctx context.Context) *Look {
	l, _ := ctx.Value(lookKey{}).(*Look)
	return l
}
