package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/crossplane-contrib/provider-metal-stack/cluster/images"
	"github.com/crossplane-contrib/provider-metal-stack/cluster/local"
)

// devTimeout bounds the restart of the provider: it may have to wait until the
// old one has finished what it does.
const devTimeout = time.Minute

// Dev builds the provider from this checkout and runs it in the demo that runs,
// in place of the installed package's program.
func Dev(ctx context.Context, dir string, out io.Writer) error {
	f, free, err := tryLock(dir)
	if err != nil {
		return err
	}
	_ = f.Close()
	if free {
		return fmt.Errorf("%w: start one first", errNothingRuns)
	}
	root, err := local.ProjectRoot()
	if err != nil {
		return err
	}
	began := time.Now()
	binary, err := images.ProviderBinary(ctx, root, version)
	if err != nil {
		return err
	}
	program := filepath.Join(dir, "provider")
	if err := replaceFile(program, binary); err != nil {
		return fmt.Errorf("cannot write the provider's program: %w", err)
	}
	_, _ = fmt.Fprintf(out, "built the provider after %.1f s\n", time.Since(began).Seconds())
	if err := askToRun(ctx, dir, program); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(out, "it runs in the demo after %.1f s, until the next version of its package is installed\n", time.Since(began).Seconds())
	return nil
}

// replaceFile by an executable, also where it runs.
func replaceFile(file string, content []byte) error {
	next := file + ".new"
	if err := os.WriteFile(next, content, 0o700); err != nil { //nolint:gosec // An executable.
		return err
	}
	return os.Rename(next, file)
}

// socket in the state directory, which nobody else may enter, is where a demo is
// asked to run another provider.
func socket(dir string) string { return filepath.Join(dir, "demo.sock") }

// listen for programs to run, until the returned function is called.
func listen(ctx context.Context, dir string, run func(ctx context.Context, file string) error) (func(), error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "unix", socket(dir))
	if err != nil {
		return nil, fmt.Errorf("cannot listen in the state directory: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /provider", func(w http.ResponseWriter, r *http.Request) {
		file, err := io.ReadAll(r.Body)
		if err == nil {
			err = run(r.Context(), string(file))
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	server := &http.Server{Handler: mux, ReadHeaderTimeout: time.Second}
	go func() { _ = server.Serve(listener) }()
	return func() { _ = server.Close() }, nil
}

// askToRun a program in place of the provider's.
func askToRun(ctx context.Context, dir, file string) error {
	ctx, cancel := context.WithTimeout(ctx, devTimeout)
	defer cancel()
	demo := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket(dir))
	}}}
	r, err := http.NewRequestWithContext(ctx, http.MethodPut, "http://demo/provider", strings.NewReader(file))
	if err != nil {
		return fmt.Errorf("cannot ask the demo: %w", err)
	}
	answer, err := demo.Do(r)
	if err != nil {
		return fmt.Errorf("cannot ask the demo, which may still be telling its story: %w", err)
	}
	defer func() { _ = answer.Body.Close() }()
	said, err := io.ReadAll(answer.Body)
	if err != nil {
		return fmt.Errorf("cannot hear the demo: %w", err)
	}
	if answer.StatusCode != http.StatusOK {
		return errors.New(strings.TrimSpace(string(said)))
	}
	return nil
}
