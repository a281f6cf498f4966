package contract

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// A check is the run of one row: it sends requests, compares, and remembers what has to be removed.
type check struct {
	suite *Suite
	ctx   context.Context //nolint:containedctx // a check is one call, spelled as a value so that rows read well
	undos []func(c *check)
}

// failure ends a check from wherever it is, as testing.T.FailNow ends a test.
type failure string

func (c *check) failf(format string, args ...any) {
	panic(failure(fmt.Sprintf(format, args...)))
}

// protect runs f and returns the reason of its failure, if it failed.
func (c *check) protect(f func()) (reasons []string) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case failure:
			reasons = []string{string(r)}
		default:
			panic(r)
		}
	}()
	f()

	return nil
}

// later has f run when the check is over, in reverse order, whatever the outcome.
func (c *check) later(f func(c *check)) {
	c.undos = append(c.undos, f)
}

// undo runs what was left for later, even when the check was cancelled, and returns the reasons of all failures.
func (c *check) undo() []string {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.ctx), 2*c.suite.cfg.Timeout)
	defer cancel()

	var reasons []string
	for len(c.undos) > 0 {
		f := c.undos[len(c.undos)-1]
		c.undos = c.undos[:len(c.undos)-1]
		u := &check{suite: c.suite, ctx: ctx}
		for _, reason := range u.protect(func() { f(u) }) {
			reasons = append(reasons, "cannot remove what the row made: "+reason)
		}
	}

	return reasons
}

func (c *check) send(cl client, method, path string, body any) answer {
	a, err := cl.send(c.ctx, method, path, body)
	if err != nil {
		c.failf("%s %s: %v", method, path, err)
	}

	return a
}

func (c *check) get(path string) answer { return c.send(c.suite.main, http.MethodGet, path, nil) }

func (c *check) post(path string, body any) answer {
	return c.send(c.suite.main, http.MethodPost, path, body)
}

func (c *check) put(path string, body any) answer {
	return c.send(c.suite.main, http.MethodPut, path, body)
}

func (c *check) remove(path string) answer {
	return c.send(c.suite.main, http.MethodDelete, path, nil)
}

// control posts to the simulator's control API and decodes its answer into out, unless that is nil.
func (c *check) control(path string, body, out any) {
	a := c.send(client{url: c.suite.cfg.Control}, http.MethodPost, path, body)
	if a.status >= http.StatusBadRequest {
		c.failf("control: %s", a)
	}
	if out == nil {
		return
	}
	if err := json.Unmarshal(a.body, out); err != nil {
		c.failf("control: %s: %v", a, err)
	}
}

// parallel sends n requests at once and returns their answers.
func (c *check) parallel(n int, send func(i int) (answer, error)) []answer {
	answers, errs := make([]answer, n), make([]error, n)

	var group sync.WaitGroup
	for i := range n {
		group.Go(func() { answers[i], errs[i] = send(i) })
	}
	group.Wait()

	for _, err := range errs {
		if err != nil {
			c.failf("%v", err)
		}
	}

	return answers
}

// refused wants an error with this status and with this text in its message.
func (c *check) refused(a answer, status int, message string) {
	if a.status != status || !strings.Contains(a.message(), message) {
		c.failf("%s\n  want %d %s\n  got  %d %s", a.request, status, message, a.status, a.message())
	}
}

// status wants an answer with this status.
func (c *check) status(a answer, status int) {
	if a.status != status {
		c.failf("%s\n  want %d\n  got  %d %s", a.request, status, a.status, a.message())
	}
}

// decode wants an answer with this status and returns its body.
func decode[T any](c *check, a answer, status int) T {
	c.status(a, status)

	var out T
	if err := json.Unmarshal(a.body, &out); err != nil {
		c.failf("%s: %v", a, err)
	}

	return out
}

// equal wants two values to be the same.
func (c *check) equal(what string, got, want any, opts ...cmp.Option) {
	if !cmp.Equal(want, got, opts...) {
		c.failf("%s\n  want %s\n  got  %s", what, show(want), show(got))
	}
}

// sameSet wants two lists of strings to hold the same, in any order.
func (c *check) sameSet(what string, got, want []string) {
	c.equal(what, got, want, cmpopts.SortSlices(func(a, b string) bool { return a < b }), cmpopts.EquateEmpty())
}

// holdsf wants something to be true.
func (c *check) holdsf(ok bool, format string, args ...any) {
	if !ok {
		c.failf(format, args...)
	}
}

// await polls until done says so, at most for the configured timeout. What done returns besides is what it saw.
func (c *check) await(what string, done func() (seen any, ok bool)) {
	start := time.Now()
	ctx, cancel := context.WithTimeout(c.ctx, c.suite.cfg.Timeout)
	defer cancel()

	pause := 5 * time.Millisecond
	timer := time.NewTimer(pause)
	defer timer.Stop()

	for {
		seen, ok := done()
		if ok {
			return
		}

		pause = min(pause*5/4, time.Second)
		timer.Reset(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			c.failf("waited %s for %s\n  last seen %s", time.Since(start).Round(time.Second), what, show(seen))
		}
	}
}

func show(v any) string {
	if s, ok := v.(string); ok {
		return s
	}

	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}

	return string(text)
}
