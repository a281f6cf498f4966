package pace

import (
	"context"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
)

// A verdict on a reconcile, which is left in its context.
type verdict struct {
	done     bool
	wrote    bool
	conflict bool
	until    time.Time
	subject  subject
	known    bool // The subject.
}

type verdictKey struct{}

// of a reconcile. Outside of one it is nobody's.
func of(ctx context.Context) *verdict {
	if v, ok := ctx.Value(verdictKey{}).(*verdict); ok {
		return v
	}
	return &verdict{}
}

// Wrote says that a write to metal-stack was begun.
func Wrote(ctx context.Context) { of(ctx).wrote = true }

// Done says that something was made or freed at metal-stack: it is worth a look at
// once.
func Done(ctx context.Context) { of(ctx).done = true }

// Conflict says that Kubernetes had a newer version of the resource.
func Conflict(ctx context.Context) { of(ctx).conflict = true }

// Until says when it can be told what a look could not tell.
func Until(ctx context.Context, t time.Time) { of(ctx).until = t }

// Waits says what the resource waits for.
func Waits(ctx context.Context, what string) { of(ctx).subject.waits = what }

// About says which resource the look is about: what a person has changed or deleted
// inherits no backoff.
func About(ctx context.Context, mg resource.Managed) {
	v := of(ctx)
	v.known = true
	v.subject.generation, v.subject.deleted = mg.GetGeneration(), meta.WasDeleted(mg)
}
