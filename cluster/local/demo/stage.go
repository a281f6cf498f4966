package demo

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/cluster/local"
	"github.com/crossplane-contrib/provider-metal-stack/internal/simulator"
)

// basePath of the simulated metal-api's routes.
const basePath = "/metal"

// speed of the simulated machines: slow enough to watch them, a machine boots in
// about ten seconds.
const speed = 0.3

// machines that there are: for what the story makes, and for what its visitor makes after
// it.
const machines = 8

// A stage is where the story plays: a metal-stack and a Crossplane.
type stage struct {
	out     io.Writer
	began   time.Time
	sim     *simulator.Simulator
	server  *http.Server
	address string
	cluster *local.Cluster
	kube    client.Client
}

// setStage starts both. If that fails nothing is left running.
func setStage(ctx context.Context, dir string, out io.Writer) (*stage, error) {
	s := &stage{out: out, began: time.Now()}
	if err := s.serveMetalAPI(ctx); err != nil {
		return nil, err
	}
	var err error
	s.cluster, err = local.Start(ctx, local.Options{
		Dir: dir, Out: out,
		// What a visitor breaks by hand is to be seen soon.
		ProviderArgs: []string{"--poll=10s"},
		// Machines boot in seconds here: what takes minutes elsewhere comes at once.
		CoreArgs: []string{"--circuit-breaker-burst=1000"},
	})
	if err == nil {
		s.kube, err = client.New(s.cluster.Config(), client.Options{})
	}
	if err != nil {
		s.clear()
		return nil, err
	}
	return s, nil
}

// clear ends what setStage started.
func (s *stage) clear() {
	if s.cluster != nil {
		s.cluster.Stop()
	}
	_ = s.server.Close()
	s.sim.Close()
}

func (s *stage) serveMetalAPI(ctx context.Context) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("cannot listen for the simulated metal-api: %w", err)
	}
	s.sim, err = simulator.New(simulator.Options{BasePath: basePath, Speed: speed, Machines: machines})
	if err != nil {
		_ = listener.Close()
		return fmt.Errorf("cannot start the simulated metal-stack: %w", err)
	}
	s.address = listener.Addr().String()
	s.server = &http.Server{Handler: s.sim, ReadHeaderTimeout: time.Minute}
	go func() { _ = s.server.Serve(listener) }()
	s.sayf("a simulated metal-api answers at %s", s.metalAPI())
	return nil
}

func (s *stage) metalAPI() string { return "http://" + s.address + basePath }

func (s *stage) state() state {
	processes := s.cluster.Processes()
	processes["demo, with the simulated metal-api and the package registry"] = os.Getpid()
	return state{PID: os.Getpid(), Processes: processes, Kubeconfig: s.cluster.Kubeconfig(), MetalAPI: s.metalAPI()}
}

// sayf tells a line of the story, with the seconds since its beginning.
func (s *stage) sayf(format string, args ...any) {
	_, _ = fmt.Fprintf(s.out, "%6.1f s  %s\n", time.Since(s.began).Seconds(), fmt.Sprintf(format, args...))
}

// show prints what a command prints, under the command.
func (s *stage) show(command, output string) {
	_, _ = fmt.Fprintf(s.out, "\n$ %s\n%s", command, output)
}
