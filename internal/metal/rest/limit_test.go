package rest

import (
	"context"
	"testing"
	"time"

	"github.com/go-openapi/runtime"
)

// patient is what waits as long as it may.
type patient struct{ left time.Duration }

func (p *patient) SubmitContext(ctx context.Context, _ *runtime.ClientOperation) (any, error) {
	deadline, _ := ctx.Deadline()
	p.left = time.Until(deadline)
	return struct{}{}, nil
}

func TestLimits(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason    string
		operation string
		caller    time.Duration
		want      time.Duration
	}{
		"Read":       {"a find is a POST and still a read", "findNetworks", time.Hour, 30 * time.Second},
		"Write":      {"an allocate waits 10 s for the mutex, and must not be cancelled meanwhile", "allocateFirewall", time.Hour, time.Minute},
		"LessToRead": {"the caller's limit counts", "findMachines", time.Second, time.Second},
		"LessToWait": {"the caller's limit counts", "freeNetwork", time.Second, time.Second},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), tc.caller)
			defer cancel()
			next := &patient{}
			if _, err := (&wire{next: next, guard: func() error { return nil }, gate: always{}}).submit(ctx, &runtime.ClientOperation{ID: tc.operation}); err != nil {
				t.Fatal(err)
			}
			if next.left > tc.want || next.left < tc.want-5*time.Second {
				t.Errorf("%s: want %s, got %s", tc.reason, tc.want, next.left)
			}
		})
	}
}
