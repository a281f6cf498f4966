package bench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/crossplane-contrib/provider-metal-stack/cluster/local/freeport"
	"github.com/crossplane-contrib/provider-metal-stack/cluster/local/process"
)

// clockTicks per second, in which Linux counts what a process has spent.
const clockTicks = 100

// A provider as a process.
type provider struct {
	process *process.Process
	metrics string
	started time.Time
	args    []string
}

// A usage of a process: what it has spent since its start, what it takes now, and
// the most that it has taken.
type usage struct {
	CPU       float64
	RSS, Peak float64
}

// startProvider with further arguments, as the leader of one.
func (w *world) startProvider(ctx context.Context, args ...string) error {
	port, err := freeport.Choose(ctx)
	if err != nil {
		return err
	}
	address := "127.0.0.1:" + strconv.Itoa(port)
	w.starts++
	started := time.Now()
	p, err := process.Start(process.Spec{
		Name: "provider", Path: w.opts.program("provider"), Dir: w.dir, Log: filepath.Join(w.dir, fmt.Sprintf("provider-%d.log", w.starts)),
		Env: append(os.Environ(), "KUBECONFIG="+w.plane.Kubeconfig),
		Args: append([]string{
			"--leader-election", "--leader-election-namespace=" + atRest,
			"--metrics-bind-address=" + address, "--health-probe-bind-address=0",
		}, args...),
	})
	if err != nil {
		return err
	}
	w.provider = &provider{process: p, metrics: "http://" + address + "/metrics", started: started, args: args}
	return nil
}

// stopProvider as a cluster does that ends its pod.
func (w *world) stopProvider() error {
	u, err := usageOf(w.provider.process.PID())
	if err != nil {
		return err
	}
	w.spent.CPU += u.CPU
	w.spent.Peak = max(w.spent.Peak, u.Peak)
	w.provider.process.Stop()
	w.provider = nil
	return nil
}

// usage by this provider and those before it.
func (w *world) usage() (usage, error) {
	if w.provider == nil {
		return w.spent, nil
	}
	u, err := usageOf(w.provider.process.PID())
	return usage{CPU: u.CPU + w.spent.CPU, RSS: u.RSS, Peak: max(u.Peak, w.spent.Peak)}, err
}

func usageOf(pid int) (usage, error) {
	dir := filepath.Join("/proc", strconv.Itoa(pid))
	stat, err := os.ReadFile(filepath.Join(dir, "stat"))
	if err != nil {
		return usage{}, fmt.Errorf("cannot see what the provider has spent: %w", err)
	}
	status, err := os.ReadFile(filepath.Join(dir, "status"))
	if err != nil {
		return usage{}, fmt.Errorf("cannot see what memory the provider has: %w", err)
	}
	return usage{CPU: cpuSeconds(string(stat)), RSS: megabytes(string(status), "VmRSS:"), Peak: megabytes(string(status), "VmHWM:")}, nil
}

// cpuSeconds of a process, of its user and system ticks: the 12th and 13th field
// after its name, which may have spaces.
func cpuSeconds(stat string) float64 {
	_, after, _ := strings.Cut(stat, ") ")
	fields := strings.Fields(after)
	if len(fields) < 13 {
		return 0
	}
	sum := 0.0
	for _, f := range fields[11:13] {
		ticks, _ := strconv.ParseFloat(f, 64)
		sum += ticks
	}
	return sum / clockTicks
}

// megabytes of a line of a process's status, which has kibibytes.
func megabytes(status, line string) float64 {
	_, after, _ := strings.Cut(status, line)
	fields := strings.Fields(after)
	if len(fields) == 0 {
		return 0
	}
	kib, _ := strconv.ParseFloat(fields[0], 64)
	return kib * 1024 / 1e6
}
