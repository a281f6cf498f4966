package rest_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal/rest"
)

// Who may not write reads on. What was not sent made nothing.
func TestGuard(t *testing.T) {
	t.Parallel()
	_, cfg := simulated(t)
	sent := map[string]bool{}
	refuses := errors.New("this process does not lead")
	s := open(t, cfg, rest.WithGuard(func() error { return refuses }), rest.WithObserver(func(operation string, _ int, _ float64) { sent[operation] = true }))
	for operation, call := range calls(s) {
		write := !strings.HasPrefix(operation, "find") && !strings.HasPrefix(operation, "get") && operation != "info"
		err := call(t)
		if write == sent[operation] || write != errors.Is(err, refuses) || write != metal.NothingMade(err) {
			t.Errorf("%s: want it sent %t, got %t, %v", operation, !write, sent[operation], err)
		}
	}
}
