package rest

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/go-openapi/runtime"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

const (
	// readLimit is the time that a read may take.
	readLimit = 30 * time.Second

	// writeLimit is the time that a write may take, at most: the caller's
	// context counts as well. An allocate waits up to 10 s for metal-api's
	// mutex, and one that is cancelled meanwhile blocks the partition.
	writeLimit = 60 * time.Second

	// bodyLimit is the largest answer that is read, in bytes.
	bodyLimit = 64 << 20
)

// writes are the operations that change something.
var writes = map[string]bool{ //nolint:gochecknoglobals // A table.
	"allocateNetwork":    true,
	"updateNetwork":      true,
	"freeNetwork":        true,
	"allocateFirewall":   true,
	"allocateMachine":    true,
	"updateMachine":      true,
	"allocateIP":         true,
	"allocateSpecificIP": true,
	"updateIP":           true,
	"freeIP":             true,
	"freeMachine":        true,
	"reinstallMachine":   true,
	"createProject":      true,
	"updateProject":      true,
	"deleteProject":      true,
}

// A Gate of a metal-api says when a request may be made.
type Gate interface {
	// Enter when it is the caller's turn (see metal.CallerOf). An error, which is
	// a *metal.Error, means that nothing may be sent. Leave must be called: it
	// tells how the request went, and after how long the metal-api wants to be
	// asked again, if it said.
	Enter(ctx context.Context) (leave func(err error, retryAfter time.Duration), err error)
}

// always is open.
type always struct{}

func (always) Enter(context.Context) (func(error, time.Duration), error) {
	return func(error, time.Duration) {}, nil
}

// A wire to one metal-api. It stands above go-openapi's runtime, as what
// metal-go submits its operations to, and below it, as its transport.
type wire struct {
	next interface {
		SubmitContext(ctx context.Context, o *runtime.ClientOperation) (any, error)
	}
	transport *http.Transport
	observe   Observer
	guard     func() error
	gate      Gate
	userAgent string
	host      string
	address   string
	translate translator
}

// An answer of a metal-api, or of whatever stands in its place.
type answer struct {
	operation string

	// status is 0 as long as there is no whole answer.
	status     int
	location   string
	body       []byte
	retryAfter time.Duration
}

type answerKey struct{}

// Submit an operation of metal-go.
func (w *wire) Submit(o *runtime.ClientOperation) (any, error) {
	return w.submit(o.Context, o) //nolint:staticcheck // The only place in which metal-go hands over the context.
}

// submit an operation when it is its turn. Its error is a *metal.Error without what
// was attempted.
func (w *wire) submit(ctx context.Context, o *runtime.ClientOperation) (any, error) {
	leave, err := w.gate.Enter(ctx)
	if err != nil {
		return nil, err
	}
	a := &answer{operation: o.ID}
	var result any
	defer func() { leave(err, a.retryAfter) }()
	result, err = w.send(ctx, o, a)
	return result, err
}

func (w *wire) send(ctx context.Context, o *runtime.ClientOperation, a *answer) (any, error) {
	limit := readLimit
	if writes[o.ID] {
		limit = writeLimit
		if err := w.guard(); err != nil {
			return nil, &metal.Error{Kind: metal.Transient, Message: "nothing was sent: " + err.Error(), Refused: true, Err: err}
		}
	}
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, answerKey{}, a), limit)
	defer cancel()

	result, err := w.next.SubmitContext(ctx, o)
	switch {
	case err == nil:
		return result, nil
	case a.status == 0:
		return nil, noAnswer(w.host, err)
	default:
		return nil, w.translate.answer(a)
	}
}

// client of this wire. It follows no redirects: a POST would become a GET.
func (w *wire) client() *http.Client {
	return &http.Client{
		Transport:     w,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// RoundTrip reads the whole answer, so that its connection can be used again
// and an answer that breaks off is none.
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	a, ok := r.Context().Value(answerKey{}).(*answer)
	if !ok {
		return nil, errors.New("cannot send a request that no operation asked for")
	}
	begin, told := time.Now(), metal.CallerOf(r.Context()).Took
	defer func() {
		took := time.Since(begin)
		w.observe(a.operation, a.status, took.Seconds())
		if told != nil {
			*told = took
		}
	}()

	res, err := w.transport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(res.Body, bodyLimit+1))
	if err != nil {
		return nil, err
	}
	if len(body) > bodyLimit {
		return nil, fmt.Errorf("cannot read an answer of more than %d bytes", bodyLimit)
	}

	a.status, a.location, a.body = res.StatusCode, res.Header.Get("Location"), body
	a.retryAfter = retryAfter(res.Header.Get("Retry-After"), time.Now())
	res.Body = io.NopCloser(bytes.NewReader(body))
	return res, nil
}

// retryAfter reads the header of that name: seconds, or a time.
func retryAfter(header string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(header); err == nil {
		return max(0, time.Duration(seconds)*time.Second)
	}
	if t, err := http.ParseTime(header); err == nil {
		return max(0, t.Sub(now))
	}
	return 0
}

// consume an answer that is one JSON value. metal-go takes an empty answer
// and null for an empty list, which would be a proof that something is gone.
func consume(r io.Reader, v any) error {
	body, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if b := bytes.TrimSpace(body); len(b) == 0 || bytes.Equal(b, []byte("null")) {
		return errors.New("cannot take nothing for an answer")
	}
	return json.Unmarshal(body, v)
}

// newTransport returns a transport that trusts the given authorities, or the
// well-known ones if there are none.
func newTransport(caBundle []byte) (*http.Transport, error) {
	var roots *x509.CertPool
	if len(caBundle) > 0 {
		roots = x509.NewCertPool()
		if !roots.AppendCertsFromPEM(caBundle) {
			return nil, invalid("its caBundle holds no PEM encoded certificate")
		}
	}
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:       &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:   10 * time.Second,
		MaxIdleConnsPerHost:   8,
		IdleConnTimeout:       90 * time.Second,
		ExpectContinueTimeout: time.Second,
		ForceAttemptHTTP2:     true,
		// A connection that died without a word would else be used for
		// minutes.
		HTTP2: &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 15 * time.Second},
	}, nil
}
