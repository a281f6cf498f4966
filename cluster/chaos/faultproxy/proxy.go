// Package faultproxy is a reverse proxy that does harm on purpose: it delays,
// drops, refuses and lies about requests, and calls out at chosen ones, before
// they reach the server or after. Its rules are plain data, so that a schedule
// of faults can be written down.
package faultproxy

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"time"
)

// bodyLimit is the largest request that is taken, in bytes.
const bodyLimit = 16 << 20

// A Call is what a request asks for.
type Call struct {
	// Operation by the server's name for it.
	Operation string

	// Write is true if it changes something.
	Write bool

	// Stream is true for an answer that does not end, such as a watch. No rule
	// meets it, only Cut does.
	Stream bool
}

// Options of a Proxy.
type Options struct {
	// Target is where requests go.
	Target *url.URL

	// Transport to the target.
	Transport http.RoundTripper

	// Classify a request and its body.
	Classify func(r *http.Request, body []byte) Call

	// Certificate to serve TLS with. Plain HTTP if nil.
	Certificate *tls.Certificate
}

// A Proxy in front of a server.
type Proxy struct {
	options  Options
	forward  *httputil.ReverseProxy
	listener *listener
	server   *http.Server
	rules    rules
	serving  sync.WaitGroup
}

// New proxy that listens on a free port of loopback, until Close.
func New(ctx context.Context, o Options) (*Proxy, error) {
	inner, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("cannot listen: %w", err)
	}
	p := &Proxy{
		options: o,
		forward: &httputil.ReverseProxy{
			Rewrite:       func(r *httputil.ProxyRequest) { r.SetURL(o.Target) },
			Transport:     o.Transport,
			FlushInterval: -1,
			ErrorHandler:  func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
			ErrorLog:      quiet(),
		},
		listener: &listener{Listener: inner, open: map[*conn]bool{}},
	}
	// HTTP/1.1 only: a cut connection is then one request's.
	p.server = &http.Server{Handler: http.HandlerFunc(p.serve), ReadHeaderTimeout: time.Minute, ErrorLog: quiet()}
	var l net.Listener = p.listener
	if o.Certificate != nil {
		l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{*o.Certificate}, MinVersion: tls.VersionTLS12})
	}
	p.serving.Go(func() { _ = p.server.Serve(l) })
	return p, nil
}

// URL of the proxy, without a path.
func (p *Proxy) URL() string {
	scheme := "http://"
	if p.options.Certificate != nil {
		scheme = "https://"
	}
	return scheme + p.listener.Addr().String()
}

// Close the proxy, and all connections with it.
func (p *Proxy) Close() {
	_ = p.server.Close()
	p.serving.Wait()
}

// Add a rule. Of the rules that match a request the oldest one applies.
func (p *Proxy) Add(r Rule) { p.rules.add(r) }

// Clear all rules, and Restore.
func (p *Proxy) Clear() {
	p.rules.clear()
	p.Restore()
}

// Drain counts how often rules were applied since the last call, by their
// names.
func (p *Proxy) Drain() map[string]int { return p.rules.drain() }

// Cut all connections, streams too, and let no new one live until Restore.
func (p *Proxy) Cut() { p.listener.cut(true) }

// Restore what was Cut.
func (p *Proxy) Restore() { p.listener.cut(false) }

func (p *Proxy) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if rule, ok := p.rules.take(p.options.Classify(r, body)); ok {
		p.disturb(w, r, rule)
		return
	}
	p.forward.ServeHTTP(w, r)
}

// disturb a request by a rule.
func (p *Proxy) disturb(w http.ResponseWriter, r *http.Request, rule Rule) {
	if rule.Moment != Late && rule.Moment != Middle {
		wait(r.Context(), rule.Delay)
	}
	switch rule.Moment {
	case Before:
		call(rule.Do)
	case Late:
		// It is on its way when the caller dies, and comes true when the next
		// one may have begun.
		call(rule.Do)
		hangUp(w)
		wait(context.WithoutCancel(r.Context()), rule.Delay)
		p.carryOut(r)
		return
	case After:
		p.carryOut(r)
		call(rule.Do)
	case Middle:
		call(rule.Begin)
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), rule.Delay)
		defer cancel()
		if res, err := p.options.Transport.RoundTrip(p.outgoing(r.WithContext(ctx))); err == nil {
			_ = res.Body.Close()
		}
		call(rule.Do)
	default:
		p.answer(w, p.carryOut(r))
		return
	}
	if rule.Status == 0 {
		panic(http.ErrAbortHandler)
	}
	kind := "text/html"
	if rule.JSON {
		kind = "application/json"
	}
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(rule.Status)
	_, _ = io.WriteString(w, rule.Body)
}

// A reply of the server, whole. Nil if there was none.
type reply struct {
	*http.Response

	body []byte
}

// carryOut a request whether the caller waits for it or not.
func (p *Proxy) carryOut(r *http.Request) *reply {
	res, err := p.options.Transport.RoundTrip(p.outgoing(r.WithContext(context.WithoutCancel(r.Context()))))
	if err != nil {
		return nil
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil
	}
	return &reply{Response: res, body: body}
}

// outgoing request to the target.
func (p *Proxy) outgoing(r *http.Request) *http.Request {
	out := r.Clone(r.Context())
	out.RequestURI = ""
	(&httputil.ProxyRequest{In: r, Out: out}).SetURL(p.options.Target)
	return out
}

func (p *Proxy) answer(w http.ResponseWriter, from *reply) {
	if from == nil {
		panic(http.ErrAbortHandler)
	}
	maps.Copy(w.Header(), from.Header)
	w.Header().Del("Content-Length")
	w.WriteHeader(from.StatusCode)
	_, _ = w.Write(from.body)
}

// hangUp on the caller, and go on without.
func hangUp(w http.ResponseWriter) {
	if c, _, err := http.NewResponseController(w).Hijack(); err == nil {
		_ = c.Close()
	}
}

func wait(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
