//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/crossplane-contrib/provider-metal-stack/cluster/e2e/story"
	"github.com/crossplane-contrib/provider-metal-stack/cluster/local/freeport"
)

// poll of the provider.
const poll = 10 * time.Second

// shared by all stories: each has a namespace of its own. The provider's metrics
// are at a URL.
var (
	shared  *story.World
	metrics string
)

func TestMain(m *testing.M) {
	port, err := freeport.Choose(context.Background())
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "e2e:", err)
		os.Exit(1)
	}
	address := fmt.Sprintf("127.0.0.1:%d", port)
	metrics = "http://" + address + "/metrics"
	os.Exit(story.Main(m, story.Options{
		Name: "e2e", Poll: poll, Machines: 48,
		ProviderArgs: []string{"--poll-state-metric=2s"},
		ProviderEnv:  []string{"METRICS_BIND_ADDRESS=" + address},
	}, func(ctx context.Context, w *story.World) error {
		shared = w
		return w.Install(ctx, "v0.1.0")
	}))
}

func begin(t *testing.T) *story.Story {
	t.Helper()
	return story.Begin(t, shared)
}
