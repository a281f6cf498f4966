package rest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/url"
	"syscall"
	"testing"

	"github.com/go-openapi/runtime/client"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// Causes that no test server brings about by itself.
func TestWhy(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		err     error
		kind    metal.Kind
		message string
	}{
		"UnknownName":  {&net.DNSError{Err: "no such host", Name: "h", Server: "10.0.0.1:53", IsNotFound: true}, metal.Transient, "the name h is not known: check the url of the ProviderConfig and the name service"},
		"NoAnswerDNS":  {&net.DNSError{Err: "server misbehaving", Name: "h", Server: "10.0.0.1:53", IsTemporary: true}, metal.Transient, "the name h cannot be resolved: check the name service"},
		"SlowDNS":      {&net.DNSError{Err: "i/o timeout", Name: "h", Server: "10.0.0.1:53", IsTimeout: true}, metal.Transient, "the name h cannot be resolved: check the name service"},
		"OtherHost":    {&tls.CertificateVerificationError{Err: x509.HostnameError{Certificate: &x509.Certificate{}, Host: "h"}}, metal.Misdirected, "the certificate of h is for another host: check the url of the ProviderConfig, or caBundle if it is another server's"},
		"Expired":      {&tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.Expired, Detail: "current time 2026-01-01T00:00:00Z is after"}}, metal.Misdirected, "the certificate of h, or one of caBundle, has expired or is not valid yet: renew it"},
		"NoAuthority":  {&tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.NotAuthorizedToSign}}, metal.Misdirected, "the certificate of h cannot be verified: check caBundle of the ProviderConfig"},
		"Insecure":     {&tls.CertificateVerificationError{Err: errors.New("x")}, metal.Misdirected, "the certificate of h cannot be verified: check caBundle of the ProviderConfig"},
		"NoRoute":      {&net.OpError{Op: "dial", Err: syscall.EHOSTUNREACH}, metal.Transient, "h cannot be reached: there is no route to it"},
		"Reset":        {&net.OpError{Op: "read", Err: syscall.ECONNRESET}, metal.Transient, "the connection to h broke before the answer was complete"},
		"Dropped":      {io.EOF, metal.Transient, "the connection to h broke before the answer was complete"},
		"TimeOut":      {context.DeadlineExceeded, metal.Transient, "h did not answer in time"},
		"DialTimeOut":  {&net.OpError{Op: "dial", Err: syscall.ETIMEDOUT}, metal.Transient, "h did not answer in time"},
		"SomethingNew": {errors.New("port 12345"), metal.Transient, "h gave no answer"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := noAnswer("h", &url.Error{Op: "Get", URL: "https://h/metal", Err: tc.err})
			if e.Kind != tc.kind || e.Message != tc.message || e.Refused || !errors.Is(e, tc.err) {
				t.Errorf("want %s: %s\ngot %#v", tc.kind, tc.message, e)
			}
		})
	}
}

// go-openapi prints requests, with their keys, where the environment says so.
func TestNeverPrintsRequests(t *testing.T) {
	t.Setenv("DEBUG", "1")
	s, err := New(metal.Config{URL: "http://localhost/metal", Secret: "x"})
	if err != nil {
		t.Fatal(err)
	}
	if rt, ok := s.(*stack).wire.next.(*client.Runtime); !ok || rt.Debug {
		t.Error("requests must not be printed")
	}
}
