package bench

import (
	"context"
	"fmt"
	"time"

	patient "github.com/crossplane-contrib/provider-metal-stack/cluster/local/await"
)

// interval between two looks at what is awaited. When it came true is told by
// whoever saw it, not by the look.
const interval = 100 * time.Millisecond

// await that nothing is missing any more. What was missing last is part of the
// error.
func await(ctx context.Context, within time.Duration, what string, missing func(context.Context) (string, error)) error {
	ctx, cancel := context.WithTimeoutCause(ctx, within, fmt.Errorf("it took longer than %s", within))
	defer cancel()
	if err := patient.Nothing(ctx, interval, missing); err != nil {
		return fmt.Errorf("cannot wait for %s: %w", what, err)
	}
	return nil
}
