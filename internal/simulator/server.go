package simulator

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/metal-stack/security"
)

// A call is one request to metal-api as its handler sees it.
type call struct {
	*stack

	ctx   context.Context //nolint:containedctx // a call lives exactly as long as its request
	path  func(name string) string
	query url.Values
	body  []byte
	user  *security.User
	entry *JournalEntry // what the handler tells the journal
	meter *meter
	busy  time.Duration // of what costs

	conflict bool          // something else changes the object before this call writes it
	gap      time.Duration // between two prefixes of a network
}

// decode reads the body; one that is not JSON is the caller's mistake.
func (c *call) decode(into any) error {
	if err := json.NewDecoder(bytes.NewReader(c.body)).Decode(into); err != nil {
		return badRequest(err)
	}
	return nil
}

// A route is an operation of metal-api.
type route struct {
	pattern   string
	operation string
	role      role
	status    int // of success
	write     bool
	handle    func(*call) (any, error)
}

// ServeHTTP implements http.Handler.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// metal-api does not mind slashes too many, and must not redirect: a client would repeat a POST as a GET.
	clean := path.Clean("/" + r.URL.Path)
	if clean == "/control" || strings.HasPrefix(clean, "/control/") {
		s.control.ServeHTTP(w, at(r, clean))
		return
	}

	inside, ok := strings.CutPrefix(clean, s.options.BasePath)
	if request := at(r, inside); ok && inside != "" {
		if _, pattern := s.routes.Handler(request); pattern != "" {
			s.routes.ServeHTTP(w, request)
			return
		}
		if knownArea(inside) {
			s.serve(route{operation: "unknown", role: nobody, handle: notSimulated}, w, request)
			return
		}
	}
	s.serve(route{operation: "unknown", role: authenticated, handle: pageNotFound}, w, r)
}

func at(r *http.Request, path string) *http.Request {
	moved := new(http.Request)
	*moved = *r
	moved.URL = &url.URL{Path: path, RawQuery: r.URL.RawQuery}
	return moved
}

func notSimulated(*call) (any, error) {
	return nil, withStatus(http.StatusNotImplemented, errors.New("this operation of metal-api is not simulated, see docs/simulator.md"))
}

func pageNotFound(*call) (any, error) {
	return nil, withStatus(http.StatusNotFound, errors.New("404: Page Not Found"))
}

// An answer is what is sent to the caller.
type answer struct {
	status int
	kind   string
	body   []byte
}

func (a answer) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", a.kind)
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // a caller that has gone is no concern of ours
}

func jsonAnswer(status int, v any) answer {
	body, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return jsonAnswer(http.StatusInternalServerError, errorBody(http.StatusInternalServerError, err.Error()))
	}
	return answer{status: status, kind: "application/json", body: append(body, '\n')}
}

func errorAnswer(err error) answer {
	status := statusOf(err)
	return jsonAnswer(status, errorBody(status, err.Error()))
}

// serve answers one request: authentication, role, fault, operation, fault.
func (s *Simulator) serve(op route, w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	c := &call{
		stack: s.stack.Load(),
		ctx:   r.Context(),
		path:  r.PathValue,
		query: r.URL.Query(),
		entry: &JournalEntry{Operation: op.operation},
		meter: s.meter,
	}
	s.counters.add(op.operation)
	defer func() { s.counters.spent(op.operation, time.Since(began), c.busy) }()

	a, refused := s.admit(op, c, r)
	if !refused {
		a = s.carryOut(op, c)
	}
	s.log.Debug("request", "operation", op.operation, "caller", c.entry.Caller, "status", a.status, "message", c.entry.Message)
	a.write(w)
}

// admit checks who asks and reads what is asked.
func (s *Simulator) admit(op route, c *call, r *http.Request) (answer, bool) {
	user, err := s.auth.user(r)
	if err != nil {
		return errorAnswer(err), true
	}
	if op.role != nobody && user.Tenant != tenant {
		return jsonAnswer(http.StatusForbidden, fmt.Sprintf("tenant %s not allowed", user.Tenant)), true
	}
	c.user, c.entry.Caller = user, user.EMail
	if err := op.role.check(user); err != nil {
		s.record(op, c, statusOf(err), err)
		return errorAnswer(err), true
	}
	// Only with the body read does the server notice that the caller closes the connection.
	if c.body, err = io.ReadAll(http.MaxBytesReader(nil, r.Body, 16<<20)); err != nil {
		return errorAnswer(badRequest(err)), true
	}
	return answer{}, false
}

// carryOut runs the operation, disturbed by the fault that is in force for it.
func (s *Simulator) carryOut(op route, c *call) answer {
	fault := s.faults.take(op.operation)
	if fault == nil {
		return s.operate(op, c)
	}

	// What was delayed on its way is carried out even when the caller has gone meanwhile.
	if d := time.Duration(fault.DelayBefore); d > 0 {
		c.ctx = context.WithoutCancel(c.ctx)
		_ = pause(c.life, d)
	}
	if fault.Drop == Before {
		panic(http.ErrAbortHandler)
	}
	if fault.Status != 0 && fault.When != After {
		return fault.answer()
	}
	c.conflict = fault.Conflict
	c.gap = time.Duration(fault.DelayBetween)
	a := s.operate(op, c)
	_ = pause(c.life, time.Duration(fault.DelayAfter))
	switch {
	case fault.Drop == After:
		panic(http.ErrAbortHandler)
	case fault.Status != 0:
		return fault.answer()
	}
	return a
}

func (s *Simulator) operate(op route, c *call) answer {
	body, err := c.carryOut(op)
	if err != nil {
		s.record(op, c, statusOf(err), err)
		return errorAnswer(err)
	}
	s.record(op, c, op.status, nil)
	return jsonAnswer(op.status, body)
}

func (s *Simulator) record(op route, c *call, status int, err error) {
	c.entry.Time, c.entry.Status = now(), status
	if err != nil {
		c.entry.Message = err.Error()
	}
	if op.write {
		s.journal.add(*c.entry)
	}
}
