// Package await waits until something is so, and says what was missing if it never
// is.
package await

import (
	"cmp"
	"context"
	"fmt"
	"time"
)

// Nothing is missing any more: that is looked at now and then until the context
// ends. The error is the context's cause, with what was missing last.
func Nothing(ctx context.Context, every time.Duration, missing func(context.Context) (string, error)) error {
	tick := time.NewTicker(every)
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
			return fmt.Errorf("%w: %s", context.Cause(ctx), cmp.Or(last, "nothing was seen"))
		case <-tick.C:
		}
	}
}
