// Package rest is a metal.Stack on metal-api v1, by metal-go.
//
// Every request goes through one place, the wire: it sets the time limit,
// keeps the whole answer, tells the observer, and turns whatever is no proper
// answer into a *metal.Error. metal-go alone loses the status of an answer
// that is not in metal-api's form, and takes an empty body for an empty list.
package rest

import (
	"net/url"
	"strings"
	"time"

	"github.com/go-openapi/runtime"
	"github.com/go-openapi/runtime/client"
	"github.com/go-openapi/strfmt"
	metalapi "github.com/metal-stack/metal-go/api/client"
	"github.com/metal-stack/security"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// An Observer is told of every request that was made to a metal-api: its
// operation as metal-api's API description calls it (findNetworks,
// allocateFirewall, …), the status of the answer, 0 if there was none, and how
// long it took.
type Observer func(operation string, status int, seconds float64)

// An Option of New.
type Option func(*wire)

// WithObserver tells o of every request. It must not block.
func WithObserver(o Observer) Option {
	return func(w *wire) { w.observe = o }
}

// WithGuard asks g before each write to a metal-api. If it returns an error, nothing
// is sent. It must not block.
func WithGuard(g func() error) Option {
	return func(w *wire) { w.guard = g }
}

// WithGate asks the gate of the metal-api at an address before each request.
func WithGate(at func(address string) Gate) Option {
	return func(w *wire) { w.gate = at(w.address) }
}

// WithUserAgent says who asks.
func WithUserAgent(name string) Option {
	return func(w *wire) { w.userAgent = name }
}

// stack is a metal-stack behind one metal-api, seen by one user.
type stack struct {
	api  *metalapi.MetalAPI
	wire *wire
}

// New returns the metal-stack of a configuration. It has an HTTP client of its
// own and implements io.Closer: close it when the configuration has changed.
// Nothing is asked yet. A configuration that cannot be used is an error of
// kind metal.Invalid.
func New(cfg metal.Config, opts ...Option) (metal.Stack, error) {
	u, err := parse(cfg.URL)
	if err != nil {
		return nil, attempted("use the ProviderConfig", err)
	}
	// A Secret made of a file usually ends in a newline, which no key does.
	secret := strings.TrimSpace(cfg.Secret)
	if secret == "" {
		return nil, attempted("use the ProviderConfig", invalid("the key in its Secret is empty"))
	}
	transport, err := newTransport(cfg.CABundle)
	if err != nil {
		return nil, attempted("use the ProviderConfig", err)
	}

	w := &wire{
		transport: transport,
		observe:   func(string, int, float64) {},
		guard:     func() error { return nil },
		gate:      always{},
		userAgent: "provider-metal-stack",
		host:      u.Hostname(),
		address:   strings.ToLower(u.Scheme+"://"+u.Host) + strings.TrimSuffix(u.EscapedPath(), "/"),
		translate: translator{secret: secret, authType: authType(cfg)},
	}
	for _, o := range opts {
		o(w)
	}

	// What metalgo.NewClient does, which offers no place for an http.Client.
	rt := client.NewWithClient(u.Host, u.Path, []string{u.Scheme}, w.client())
	rt.Debug = false // Else a variable DEBUG in the environment would print keys.
	rt.Consumers = map[string]runtime.Consumer{runtime.JSONMime: runtime.ConsumerFunc(consume)}
	rt.DefaultAuthentication = w.authenticate(cfg.Type, secret)
	w.next = rt

	return &stack{api: metalapi.New(w, strfmt.Default), wire: w}, nil
}

// Address of the metal-api.
func (s *stack) Address() string { return s.wire.address }

// Close the idle connections.
func (s *stack) Close() error {
	s.wire.transport.CloseIdleConnections()
	return nil
}

// parse the URL of a metal-api.
func parse(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, invalid("its url must be a scheme (http or https), a host and a base path, such as https://api.example.org/metal")
	}
	return u, nil
}

// authType of an HMAC key. metal-api knows three users with such keys.
func authType(cfg metal.Config) string {
	switch {
	case cfg.Type == v1alpha1.CredentialsToken:
		return ""
	case cfg.HMACAuthType == "":
		return string(v1alpha1.HMACAuthTypeAdmin)
	default:
		return string(cfg.HMACAuthType)
	}
}

// authenticate requests.
func (w *wire) authenticate(t v1alpha1.CredentialsType, secret string) runtime.ClientAuthInfoWriter {
	sign := func(r runtime.ClientRequest) { security.AddUserTokenToClientRequest(r, secret) }
	if t != v1alpha1.CredentialsToken {
		hmac := security.NewHMACAuth(w.translate.authType, []byte(secret))
		sign = func(r runtime.ClientRequest) { hmac.AddAuthToClientRequest(r, time.Now()) }
	}
	return runtime.ClientAuthInfoWriterFunc(func(r runtime.ClientRequest, _ strfmt.Registry) error {
		sign(r)
		return r.SetHeaderParam("User-Agent", w.userAgent)
	})
}

// checkID refuses ids that would ask for something else: an empty one lists,
// and frees, by other routes, as would one that is a path.
func checkID(what, id string) error {
	if id == "" {
		return invalid("the " + what + " has no id")
	}
	if id == "." || id == ".." || strings.ContainsAny(id, "/\\?#%{}") {
		return invalid(what + " id \"" + id + "\" is not one that metal-stack gives")
	}
	return nil
}

// checkMarks refuses those that would ask for something else: none at all ask for
// everything.
func checkMarks(marks map[string]string) error {
	if len(marks) == 0 {
		return invalid("there is no mark to find it by")
	}
	for k, v := range marks {
		if v == "" {
			return invalid("the mark " + k + " has no value")
		}
	}
	return nil
}
