package contract

import (
	"context"
	"net/http/httptest"
	"os"
	"os/signal"
	"testing"
	"time"

	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

// TestContract checks every row against the metal-api that the environment describes, or against the simulator.
func TestContract(t *testing.T) {
	cfg, err := FromEnv()
	if err != nil {
		t.Fatal(err)
	}
	if cfg.URL == "" {
		cfg = simulated(t, os.Getenv(envTimeout) != "", cfg.Timeout)
	}

	// An interrupted run still removes what it made.
	ctx, stop := signal.NotifyContext(t.Context(), os.Interrupt)
	defer stop()

	suite, err := New(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}

	report := NewReporter(os.Stdout)
	t.Cleanup(report.Counts)
	t.Cleanup(func() {
		if err := suite.Close(context.WithoutCancel(ctx)); err != nil {
			t.Error(err)
		}
	})

	for _, row := range Rows() {
		if ctx.Err() != nil {
			t.Fatal("interrupted")
		}
		t.Run(row.Name, func(t *testing.T) {
			result := suite.Check(ctx, row)
			report.Row(result)

			switch result.Outcome {
			case Failed:
				t.Error(result.Reason)
			case Skipped:
				t.Skip(result.Reason)
			case Passed:
			}
		})
	}
}

// simulated starts a simulator whose machines are fast, and returns the Config with which no row is skipped.
func simulated(t *testing.T, bounded bool, timeout time.Duration) Config {
	t.Helper()

	const mutex = 500 * time.Millisecond
	sim, err := simulator.New(simulator.Options{
		Speed: 20,
		Durations: simulator.Durations{
			Beat:        200 * time.Millisecond,
			IPAMRelease: time.Second, // long enough that a row which does not wait fails
			MutexWait:   mutex,
			MutexExpiry: mutex,
			MutexSweep:  3 * mutex,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sim.Close)

	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)

	if !bounded {
		timeout = time.Minute
	}

	return Config{
		URL:         server.URL + "/metal",
		HMAC:        "metal-admin",
		HMACView:    "metal-view",
		HMACEdit:    "metal-edit",
		Control:     server.URL + "/control",
		Destructive: true,
		Timeout:     timeout,
		MutexWait:   mutex,
	}
}

// TestNames makes sure that a row can be told by its name, in the report and by go test -run.
func TestNames(t *testing.T) {
	t.Parallel()

	seen := map[string]bool{}
	for _, row := range Rows() {
		if seen[row.Name] {
			t.Errorf("two rows are called %q", row.Name)
		}
		seen[row.Name] = true
	}
	t.Logf("%d rows", len(seen))
}
