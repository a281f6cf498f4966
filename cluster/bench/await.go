package bench

import (
	"cmp"
	"context"
	"fmt"
	"time"
)

// interval between two looks at what is awaited. When it came true is told by
// whoever saw it, not by the look.
const interval = 100 * time.Millisecond

// await that nothing is missing any more. What was missing last is part of the
// error.
func await(ctx context.Context, within time.Duration, what string, missing func(context.Context) (string, error)) error {
	ctx, cancel := context.WithTimeoutCause(ctx, within, fmt.Errorf("it took longer than %s", within))
	defer cancel()
	tick := time.NewTicker(interval)
	defer tick.Stop()
	last := ""
	for {
		is, err := missing(ctx)
		switch {
		case err == nil && is == "":
			return nil
		case err == nil:
			last = is
		case ctx.Err() == nil:
			last = err.Error()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("cannot wait for %s: %w: %s", what, context.Cause(ctx), cmp.Or(last, "nothing was seen"))
		case <-tick.C:
		}
	}
}
