package rest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"syscall"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// checkURL is the way out of an answer that no metal-api gives.
const checkURL = "check the url of the ProviderConfig and its base path, such as /metal"

// attempted says what an error's request was for. An error that is not of the
// wire is one of metal-go about an answer that it does not expect.
func attempted(what string, err error) error {
	var e *metal.Error
	if !errors.As(err, &e) {
		e = misdirected(0, "the answer is none that metal-api gives: "+checkURL)
	}
	c := *e
	c.Attempted = what
	return &c
}

// invalid is an error about a request that is not sent.
func invalid(message string) *metal.Error {
	return &metal.Error{Kind: metal.Invalid, Message: message, Refused: true}
}

// misdirected is an error about an answer that no metal-api gives.
func misdirected(status int, message string) *metal.Error {
	return &metal.Error{Kind: metal.Misdirected, Status: status, Message: message}
}

// noAnswer says why there was none. Whether the request was carried out is
// unknown.
func noAnswer(host string, err error) *metal.Error {
	kind, message := why(host, err)
	return &metal.Error{Kind: kind, Message: message, Err: err}
}

func why(host string, err error) (metal.Kind, string) {
	var (
		authority x509.UnknownAuthorityError
		name      x509.HostnameError
		cert      x509.CertificateInvalidError
		verify    *tls.CertificateVerificationError
		record    tls.RecordHeaderError
		dns       *net.DNSError
		timeout   net.Error
	)
	switch {
	case errors.Is(err, context.Canceled):
		return metal.Transient, "it was given up before there was an answer"
	case errors.As(err, &authority):
		return metal.Misdirected, "the certificate of " + host + " is signed by an unknown authority: put that authority's certificate into caBundle of the ProviderConfig"
	case errors.As(err, &name):
		return metal.Misdirected, "the certificate of " + host + " is for another host: check the url of the ProviderConfig, or caBundle if it is another server's"
	case errors.As(err, &cert) && cert.Reason == x509.Expired:
		return metal.Misdirected, "the certificate of " + host + ", or one of caBundle, has expired or is not valid yet: renew it"
	case errors.As(err, &cert), errors.As(err, &verify):
		return metal.Misdirected, "the certificate of " + host + " cannot be verified: check caBundle of the ProviderConfig"
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, &record):
		return metal.Misdirected, host + " does not speak TLS: check the url of the ProviderConfig, should it begin with http://?"
	case errors.As(err, &dns) && dns.IsNotFound:
		return metal.Transient, "the name " + host + " is not known: check the url of the ProviderConfig and the name service"
	case errors.As(err, &dns):
		return metal.Transient, "the name " + host + " cannot be resolved: check the name service"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return metal.Transient, host + " did not answer in time"
	case errors.Is(err, syscall.ECONNREFUSED):
		return metal.Transient, host + " refuses the connection: check that the metal-api runs, and the url of the ProviderConfig"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return metal.Transient, host + " cannot be reached: there is no route to it"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return metal.Transient, "the connection to " + host + " broke before the answer was complete"
	default:
		return metal.Transient, host + " gave no answer"
	}
}
